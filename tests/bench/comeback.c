/* SPDX-License-Identifier: MIT */
/*
 * comeback MB [TOOL]: a worker allocates MB of small blocks, frees them all and sleeps.
 * Milliseconds until 85 % of that is back, from `TOOL compact PID`, or without a tool from the last
 * free, when a policy has to notice. Prints nothing if that does not happen within 15 s.
 */
#include "tests/bench/worker.h"

#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static pid_t
spawn_compact(char *tool)
{
	char pid[16];
	char *argv[] = { tool, (char[]){ "compact" }, pid, NULL };
	posix_spawn_file_actions_t actions;
	pid_t child = -1;

	snprintf(pid, sizeof pid, "%d", (int)getpid());
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	unsetenv("LD_PRELOAD");
	posix_spawn(&child, tool, &actions, NULL, argv, environ);
	return child;
}

int
main(int argc, char **argv)
{
	struct bench_worker w = { .least = 16, .most = 1024 };
	double mb = argc > 1 ? strtod(argv[1], NULL) : 1024, start = bench_rss_mb(), begin, ms = 0;
	pid_t child = 0;

	w.heap_bytes = (size_t)mb << 20;
	bench_worker_start(&w);
	if (argc > 2)
		bench_sleep_ms(500);
	begin = bench_now_us() - (argc > 2 ? 0 : 20000); /* the worker already sleeps for 20 ms */
	if (argc > 2)
		child = spawn_compact(argv[2]);
	while (bench_rss_mb_about() > start + mb * 0.15 && ms < 15000) {
		bench_sleep_ms(2);
		ms = (bench_now_us() - begin) / 1000;
	}
	if (ms < 15000)
		printf("ms %.1f\n", ms);
	if (child > 0)
		waitpid(child, NULL, 0);
	fflush(stdout);
	_exit(0);
}
