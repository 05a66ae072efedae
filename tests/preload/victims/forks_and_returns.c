// SPDX-License-Identifier: MIT
/* A signal handler forks, whatever it has interrupted, and the child returns from it and goes on
 * allocating, as the parent does. */
#include "check.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>
#include <sys/wait.h>

#define SLOTS 256
#define FORKS 500
#define ROUNDS 3000

static volatile sig_atomic_t forks;
static volatile bool is_child;
static void *slots[SLOTS];
static uint64_t seed = 1;

static uint32_t
next(void)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (uint32_t)(seed >> 33);
}

static void
churn(void)
{
	uint32_t i = next() % SLOTS;

	free(slots[i]);
	slots[i] = malloc(16 + next() % 2000);
	CHECK(slots[i] != NULL);
}

/* The next alarm comes some time after the end of this one. */
static void
set_alarm(void)
{
	struct itimerval soon = { .it_value.tv_usec = 200 + next() % 1000 };

	CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
}

static void
on_alarm(int sig)
{
	int saved = errno, status = -1;
	pid_t pid = fork();

	(void)sig;
	CHECK(pid != -1);
	if (pid == 0) {
		is_child = true;
	} else {
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(status == 0);
		if (++forks < FORKS)
			set_alarm();
	}
	errno = saved;
}

int
main(void)
{
	CHECK(signal(SIGALRM, on_alarm) != SIG_ERR);
	set_alarm();
	while (forks < FORKS && !is_child)
		churn();
	for (int i = 0; is_child && i < ROUNDS; i++)
		churn();
	if (is_child)
		_exit(0);
	return passed();
}
