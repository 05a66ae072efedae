// SPDX-License-Identifier: MIT
/* A constructor that runs under the loader's lock, and does there all that starts a governor. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *
grow(void *arg)
{
	for (int i = 0; i < 64; i++)
		free(memset(malloc(1u << 20), 1, 1u << 20));
	return arg;
}

__attribute__((constructor)) static void
be_busy(void)
{
	char *keep[64];
	pthread_t t;
	pid_t pid;

	for (int i = 0; i < 64; i++)
		keep[i] = memset(malloc(1u << 20), 1, 1u << 20);
	if (pthread_create(&t, NULL, grow, NULL) != 0 || pthread_join(t, NULL) != 0)
		_exit(3);
	if ((pid = fork()) == 0) {
		grow(NULL);
		_exit(0);
	}
	if (waitpid(pid, NULL, 0) != pid)
		_exit(4);
	for (int i = 0; i < 64; i++)
		free(keep[i]);
}
