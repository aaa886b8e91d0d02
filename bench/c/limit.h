/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each limit program consists of: prepare() once, work(n) as often as
 * the bench asks, and show(), which prints what was decoded as "key value"
 * lines. loop.c is their main.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <stddef.h>

void prepare(int argc, char **argv);
long work(long n); /* returns the items that n times gave */
void show(void);

void die(const char *what);
void raise_descriptors(void);

/* A decimal at p, which is left at the byte after it. */
static inline unsigned long long number(const char **p)
{
	unsigned long long v = 0;

	while ((unsigned char)(**p - '0') < 10)
		v = v * 10 + (unsigned char)(*(*p)++ - '0');
	return v;
}

/* /proc/PID/stat: the fields from ppid (4) on; field[i] is number i of proc(5). */
struct stat_line {
	const char *comm;
	int comm_len;
	char state;
	long long field[53];
};

void stat_decode(const char *text, size_t size, struct stat_line *s);
int stat_read_at(int proc, const char *pid, char *buf, size_t size);
long stat_each(int proc, void (*f)(const char *pid, struct stat_line *s));

#endif
