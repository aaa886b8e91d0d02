// SPDX-License-Identifier: Apache-2.0
/* /proc/PID/stat: going through the processes, and taking a line apart. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "limit.h"

struct dirent_head {
	unsigned long long ino, off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

void stat_decode(const char *text, size_t size, struct stat_line *s)
{
	/* The name may hold anything, a ')' too: its end is the last one. */
	const char *p = memrchr(text, ')', size);
	const char *open = memchr(text, '(', size);
	int i, negative;

	s->comm = open + 1;
	s->comm_len = p - s->comm;
	s->state = p[2];
	p += 4;
	for (i = 4; i < 53; i++) {
		negative = *p == '-';
		p += negative;
		s->field[i] = number(&p);
		if (negative)
			s->field[i] = -s->field[i];
		p++;
	}
}

/* The bytes of PID/stat, or -1 when the process has ended meanwhile. */
int stat_read_at(int proc, const char *pid, char *buf, size_t size)
{
	char path[32];
	size_t len = strlen(pid);
	int fd, n;

	memcpy(path, pid, len);
	memcpy(path + len, "/stat", 6);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, buf, size);
	close(fd);
	return n;
}

/* Calls f for each process, and returns how many there were. */
long stat_each(int proc, void (*f)(const char *pid, struct stat_line *s))
{
	static char dents[32 << 10];
	char buf[1024];
	struct stat_line s;
	long count = 0, n, at;
	int size;

	lseek(proc, 0, SEEK_SET);
	while ((n = syscall(SYS_getdents64, proc, dents, sizeof(dents))) > 0) {
		struct dirent_head *d;

		for (at = 0; at < n; at += d->reclen) {
			d = (void *)(dents + at);
			if ((unsigned char)(d->name[0] - '1') > 8)
				continue;
			size = stat_read_at(proc, d->name, buf, sizeof(buf));
			if (size <= 0)
				continue;
			stat_decode(buf, size, &s);
			f(d->name, &s);
			count++;
		}
	}
	return count;
}
