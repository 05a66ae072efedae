/* SPDX-License-Identifier: MIT */
/* forks ROUNDS: median time of fork, exit of the child and wait, in microseconds, in a program with
 * a small heap. */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
	double *samples = calloc(rounds, sizeof *samples);
	char *heap = malloc(1 << 20);

	memset(heap, 1, 1 << 20);
	for (size_t r = 0; r < rounds; r++) {
		double begin = bench_now_us();
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
		samples[r] = bench_now_us() - begin;
	}
	printf("us %.2f\n", bench_median(samples, rounds));
	free(heap);
	return 0;
}
