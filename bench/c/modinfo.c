// SPDX-License-Identifier: Apache-2.0
/*
 * .modinfo of module files: open, the ELF header, the section headers with
 * the names that linkers put before them, the section, close.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "limit.h"

#define SLACK 1024

static char **paths;
static long count;
static unsigned long long entries, aliases, vermagics;

/* The arguments are the module files. */
void prepare(int argc, char **argv)
{
	paths = argv;
	count = argc;
}

static void take(int fd, char *buf, size_t size, off_t at)
{
	if (pread(fd, buf, size, at) != (ssize_t)size)
		die("pread");
}

static void split(const char *p, const char *end)
{
	while (p < end) {
		size_t n = strnlen(p, end - p);
		const char *equals = memchr(p, '=', n);

		if (equals) {
			entries++;
			if (equals - p == 5 && !memcmp(p, "alias", 5))
				aliases++;
			else if (equals - p == 8 && !memcmp(p, "vermagic", 8))
				vermagics += n - 9;
		}
		p += n + 1;
	}
}

static void one(const char *path)
{
	static char head[SLACK + (256 << 10)], section[16 << 20], *names, far[64 << 10];
	Elf64_Ehdr elf;
	Elf64_Shdr *table, *strings;
	off_t lead;
	int i, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	take(fd, (char *)&elf, sizeof(elf), 0);
	lead = elf.e_shoff < SLACK ? elf.e_shoff : SLACK;
	if (lead + elf.e_shnum * sizeof(*table) > sizeof(head))
		die("too many sections");
	take(fd, head, lead + elf.e_shnum * sizeof(*table), elf.e_shoff - lead);
	table = (Elf64_Shdr *)(head + lead);
	strings = &table[elf.e_shstrndx];
	names = head + (strings->sh_offset - (elf.e_shoff - lead));
	if (strings->sh_offset < elf.e_shoff - lead || strings->sh_offset > elf.e_shoff) {
		if (strings->sh_size > sizeof(far))
			die("too many names");
		names = far;
		take(fd, names, strings->sh_size, strings->sh_offset);
	}
	for (i = 0; i < elf.e_shnum; i++) {
		if (strcmp(names + table[i].sh_name, ".modinfo"))
			continue;
		if (table[i].sh_size > sizeof(section))
			die("too large");
		take(fd, section, table[i].sh_size, table[i].sh_offset);
		split(section, section + table[i].sh_size);
		break;
	}
	close(fd);
}

long work(long n)
{
	long i, items = n * count;

	while (n--)
		for (i = 0; i < count; i++)
			one(paths[i]);
	return items;
}

void show(void)
{
	entries = aliases = vermagics = 0;
	work(1);
	printf("files %ld\nentries %llu\naliases %llu\nvermagics %llu\n", count, entries, aliases, vermagics);
}
