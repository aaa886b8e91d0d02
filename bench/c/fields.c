// SPDX-License-Identifier: Apache-2.0
/*
 * A file of /proc with a named number in each line, by a descriptor kept open,
 * and some of its numbers: their names, with what stands behind them, come in
 * the file's order. One that begins with - is read and not shown, because it
 * changes all the time.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "limit.h"

static int fd, wanted;
static struct {
	const char *key;
	size_t len;
	int shown;
	unsigned long long value;
} want[16];

void prepare(int argc, char **argv)
{
	fd = open(argc > 0 ? argv[0] : "", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("open");
	for (int i = 1; i < argc && wanted < 16; i++) {
		want[wanted].shown = *argv[i] != '-';
		want[wanted].key = argv[i] + !want[wanted].shown;
		want[wanted].len = strlen(want[wanted].key);
		wanted++;
	}
}

static void decode(const char *p, const char *end)
{
	int next = 0;

	while (p < end && next < wanted) {
		const char *nl = memchr(p, '\n', end - p);

		if (!nl)
			break;
		if ((size_t)(nl - p) > want[next].len && !memcmp(p, want[next].key, want[next].len)) {
			p += want[next].len;
			while (*p == ' ')
				p++;
			want[next++].value = number(&p);
		}
		p = nl + 1;
	}
}

long work(long n)
{
	char buf[16384];
	long items = n;
	ssize_t size, got;

	while (n--) {
		size = 0;
		do { /* a page at a time, and no more when there was room for a line */
			got = pread(fd, buf + size, sizeof(buf) - size, size);
			if (got < 0)
				die("pread");
			size += got;
		} while (got + 64 > 4096 && got > 0);
		decode(buf, buf + size);
	}
	return items;
}

void show(void)
{
	work(1);
	for (int i = 0; i < wanted; i++)
		if (want[i].shown)
			printf("%.*s %llu\n", (int)want[i].len - 1, want[i].key, want[i].value);
}
