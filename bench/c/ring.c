// SPDX-License-Identifier: Apache-2.0
/* The whole ring of /dev/kmsg: open, a read for each record, close. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "limit.h"

static unsigned long long first, last; /* what show counts */
static unsigned long long records, sequences, times, levels, texts;

void prepare(int argc, char **argv)
{
	if (argc == 2) {
		first = strtoull(argv[0], NULL, 10);
		last = strtoull(argv[1], NULL, 10);
	}
}

static void decode(const char *p, const char *end)
{
	unsigned long long level, sequence, time;
	const char *text;

	level = number(&p) & 7;
	p++;
	sequence = number(&p);
	p++;
	time = number(&p);
	text = memchr(p, ';', end - p);
	if (!text)
		return;
	text++;
	p = memchr(text, '\n', end - text);
	if (!p || sequence < first || sequence > last)
		return;
	records++;
	sequences += sequence;
	times += time;
	levels += level;
	texts += p - text;
}

static long ring(void)
{
	char buf[8192];
	long count = 0;
	ssize_t n;
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		die("/dev/kmsg");
	for (;;) {
		n = read(fd, buf, sizeof(buf));
		if (n > 0) {
			decode(buf, buf + n);
			count++;
		} else if (n == 0 || errno != EPIPE) {
			break;
		}
	}
	close(fd);
	return count;
}

long work(long n)
{
	long items = 0;

	while (n--)
		items += ring();
	return items;
}

void show(void)
{
	records = sequences = times = levels = 0;
	ring();
	printf("records %llu\nsequences %llu\nmicroseconds %llu\nlevels %llu\n",
	       records, sequences, times, levels);
}
