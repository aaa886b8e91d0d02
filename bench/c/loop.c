// SPDX-License-Identifier: Apache-2.0
/*
 * The main of every limit program. It is driven over its standard input, so
 * that rounds of several programs interleave within one life of each:
 *
 *	run N	does the work N times, answers with nanoseconds and items
 *	show	does it once, answers with what was decoded and "."
 *
 * It ends with its input, so it never outlives the bench. With "threads" as
 * its first argument it has a second thread, which sleeps.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "limit.h"

void die(const char *what)
{
	perror(what);
	exit(1);
}

/* The soft limit is 1024 for the sake of select(2), which nobody uses here. */
void raise_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		die("getrlimit");
	r.rlim_cur = r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		die("setrlimit");
}

/* The time of this process on a CPU, in the kernel or out of it. */
static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void *asleep(void *unused)
{
	for (;;)
		pause();
}

/*
 * The kernel counts who uses a file only where threads share the descriptors:
 * that is the price of being a program in Go, whoever wrote it.
 */
static void be_two_threads(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, asleep, NULL))
		die("pthread_create");
}

int main(int argc, char **argv)
{
	char line[64];
	long n, items;

	argc--, argv++;
	if (argc > 0 && !strcmp(argv[0], "threads")) {
		be_two_threads();
		argc--, argv++;
	}
	prepare(argc, argv);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "run %ld", &n) == 1) {
			long long began = now();

			items = work(n);
			printf("%lld %ld\n", now() - began, items);
		} else if (!strcmp(line, "show\n")) {
			show();
			puts(".");
		}
		fflush(stdout);
	}
	return 0;
}
