// SPDX-License-Identifier: Apache-2.0
/*
 * N processes that sleep, for others to look at. It prints its own pid when
 * all of them are there. It ends with its input, and the sleepers end with it
 * however it ends, so that a bench that is killed leaves nothing behind.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 0;
	pid_t self = getpid();
	char c;

	signal(SIGCHLD, SIG_IGN); /* nobody waits for them */
	while (n-- > 0) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("fork");
			return 1;
		}
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			/* It may have ended before that was said. */
			if (getppid() != self)
				_exit(0);
			close(0);
			close(1);
			for (;;)
				pause();
		}
	}
	printf("%d\n", self);
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
