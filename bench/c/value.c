// SPDX-License-Identifier: Apache-2.0
/* One number in one file, by a descriptor kept open. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "limit.h"

static int fd;
static unsigned long long value;

void prepare(int argc, char **argv)
{
	fd = open(argc > 0 ? argv[0] : "", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("open");
}

long work(long n)
{
	char buf[64];
	const char *p;
	long items = n;
	ssize_t size;

	while (n--) {
		size = pread(fd, buf, sizeof(buf) - 1, 0);
		if (size <= 0)
			die("pread");
		buf[size] = 0;
		p = buf;
		value = number(&p);
	}
	return items;
}

void show(void)
{
	work(1);
	printf("value %llu\n", value);
}
