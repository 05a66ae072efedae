/* SPDX-License-Identifier: MIT */
/*
 * usage FILE PROGRAM ARG...: runs PROGRAM with LD_PRELOAD taken from BENCH_PRELOAD and writes its
 * CPU time (user and system, descendants too) in ms and its peak RSS in MB to FILE. A small program
 * does this, because the peak of whoever starts a program counts as the program's.
 */
#include "tests/bench/bench.h"

#include <sys/resource.h>
#include <sys/wait.h>

static double
ms(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

int
main(int argc, char **argv)
{
	const char *library = getenv("BENCH_PRELOAD");
	struct rusage usage;
	int status;
	pid_t pid;
	FILE *out;

	if (argc < 3)
		return 2;
	pid = fork();
	if (pid == 0) {
		if (library != NULL && library[0] != '\0')
			setenv("LD_PRELOAD", library, 1);
		unsetenv("BENCH_PRELOAD");
		execv(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0)
		return 1;
	out = fopen(argv[1], "w");
	if (out == NULL)
		return 1;
	fprintf(out, "ms %.1f\nmb %.2f\n", ms(usage.ru_utime) + ms(usage.ru_stime),
	    (double)usage.ru_maxrss / 1024);
	return fclose(out) != 0;
}
