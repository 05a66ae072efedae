/* SPDX-License-Identifier: MIT */
/*
 * For victims that work for a minute or more: so many steps a second, evenly, until the runner
 * closes our stdin. A victim that was kept waiting makes up for it.
 */
#ifndef WORK_H
#define WORK_H

#include "check.h"

#include <poll.h>

#define WORK_TURN_MS 10

/* An argument, or what it is without one. */
static inline double
work_argument(int argc, char **argv, int i, double otherwise)
{
	return argc > i ? strtod(argv[i], NULL) : otherwise;
}

static inline int
work_is_over(void)
{
	struct pollfd in = { 0, POLLIN, 0 };
	char c;

	return poll(&in, 1, WORK_TURN_MS) == 1 && read(0, &c, 1) == 0;
}

/* step(nth) with nth from 0 on. */
static inline int
work(double per_second, void (*step)(uint64_t))
{
	double start = seconds();
	uint64_t done = 0;

	check_write("ready\n");
	while (!work_is_over()) {
		for (uint64_t due = (uint64_t)((seconds() - start) * per_second); done < due;
		     done++)
			step(done);
	}
	return passed();
}

#endif
