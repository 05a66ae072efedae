/* SPDX-License-Identifier: MIT */
/*
 * start ROUNDS PROGRAM LIBRARY...: start and exit of PROGRAM with each LIBRARY preloaded ("" for
 * none), in turns, so that whatever else the machine does falls on all of them. Prints the median
 * of each in microseconds, a line each; a negative number if it failed.
 */
#include "tests/bench/bench.h"

#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static double
run_us(char *program, const char *library)
{
	char preload[4096];
	char *argv[] = { program, NULL }, *env[] = { preload, NULL };
	double begin = bench_now_us();
	int status = 0;
	pid_t pid;

	snprintf(
	    preload, sizeof preload, "%s%s", library[0] != '\0' ? "LD_PRELOAD=" : "X=", library);
	if (posix_spawn(&pid, program, NULL, NULL, argv, env) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		return -1e9;
	return bench_now_us() - begin;
}

int
main(int argc, char **argv)
{
	size_t rounds = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	int libraries = argc - 3;
	double *samples = calloc((size_t)argc * (rounds + 1), sizeof *samples);

	if (rounds == 0 || samples == NULL) {
		fprintf(stderr, "usage: start ROUNDS PROGRAM LIBRARY...\n");
		return 2;
	}
	for (size_t r = 0; r < rounds; r++)
		for (int i = 0; i < libraries; i++)
			samples[(size_t)i * rounds + r] = run_us(argv[2], argv[3 + i]);
	for (int i = 0; i < libraries; i++)
		printf("%.1f\n", bench_median(samples + (size_t)i * rounds, rounds));
	return 0;
}
