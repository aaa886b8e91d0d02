// SPDX-License-Identifier: Apache-2.0
/* /proc/PID/status by a descriptor kept open, and the usual fields of it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "limit.h"

static int fd;
static unsigned long long ppid, uid, rss, threads, voluntary;

void prepare(int argc, char **argv)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/status", argc > 0 ? argv[0] : "self");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(path);
}

static const struct {
	const char *key;
	size_t len;
	unsigned long long *value;
} wanted[] = {
#define KEY(name, value) { name, sizeof(name) - 1, value }
	KEY("PPid:\t", &ppid), KEY("Uid:\t", &uid), KEY("VmRSS:\t", &rss),
	KEY("Threads:\t", &threads), KEY("voluntary_ctxt_switches:\t", &voluntary),
};

/* The fields come in this order in every kernel. */
static void decode(const char *p, const char *end)
{
	size_t next = 0;

	while (p < end && next < sizeof(wanted) / sizeof(*wanted)) {
		const char *nl = memchr(p, '\n', end - p);

		if (!nl)
			break;
		if ((size_t)(nl - p) > wanted[next].len && !memcmp(p, wanted[next].key, wanted[next].len)) {
			p += wanted[next].len;
			while (*p == ' ')
				p++;
			*wanted[next++].value = number(&p);
		}
		p = nl + 1;
	}
}

long work(long n)
{
	char buf[8192];
	long items = n;
	ssize_t size;

	while (n--) {
		size = pread(fd, buf, sizeof(buf), 0);
		if (size <= 0)
			die("pread");
		decode(buf, buf + size);
	}
	return items;
}

void show(void)
{
	work(1);
	printf("ppid %llu\nuid %llu\nrss %llu\nthreads %llu\nvoluntary %llu\n",
	       ppid, uid, rss, threads, voluntary);
}
