// SPDX-License-Identifier: Apache-2.0
/* All of /proc/PID/stat: getdents, and for each openat, read, close. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "limit.h"

static int proc;
static long herd;
static unsigned long long count, pids, fields, starts;

void prepare(int argc, char **argv)
{
	herd = argc > 0 ? atol(argv[0]) : 0;
	proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		die("/proc");
}

static void use(const char *pid, struct stat_line *s)
{
	fields += s->field[14] + s->field[22];
}

long work(long n)
{
	long items = 0;

	while (n--)
		items += stat_each(proc, use);
	return items;
}

static void add(const char *pid, struct stat_line *s)
{
	if (s->field[4] != herd)
		return;
	count++;
	pids += atol(pid);
	starts += s->field[22];
}

void show(void)
{
	count = pids = starts = 0;
	stat_each(proc, add);
	printf("sleepers %llu\npids %llu\nstarttimes %llu\n", count, pids, starts);
}
