// SPDX-License-Identifier: Apache-2.0
/* /proc/PID/stat of the children of one process, by descriptors kept open. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "limit.h"

static int proc;
static long herd;
static int *fds;
static long count;
static unsigned long long fields;

static void keep(const char *pid, struct stat_line *s)
{
	char path[32];

	if (s->field[4] != herd)
		return;
	snprintf(path, sizeof(path), "%s/stat", pid);
	fds = realloc(fds, (count + 1) * sizeof(*fds));
	fds[count] = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fds[count++] < 0)
		die(path);
}

void prepare(int argc, char **argv)
{
	raise_descriptors();
	herd = argc > 0 ? atol(argv[0]) : 0;
	proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		die("/proc");
	stat_each(proc, keep);
}

static void read_one(int fd, struct stat_line *s, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size, 0);

	if (n <= 0)
		die("pread");
	stat_decode(buf, n, s);
}

long work(long n)
{
	char buf[1024];
	struct stat_line s;
	long i, items = n * count;

	while (n--) {
		for (i = 0; i < count; i++) {
			read_one(fds[i], &s, buf, sizeof(buf));
			fields += s.field[14] + s.field[22];
		}
	}
	return items;
}

void show(void)
{
	char buf[1024];
	struct stat_line s;
	unsigned long long parents = 0, starts = 0;
	long i;

	for (i = 0; i < count; i++) {
		read_one(fds[i], &s, buf, sizeof(buf));
		parents += s.field[4];
		starts += s.field[22];
	}
	printf("sleepers %ld\nparents %llu\nstarttimes %llu\n", count, parents, starts);
}
