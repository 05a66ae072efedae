// SPDX-License-Identifier: MIT
/*
 * Grows by 1 MB until it is refused, which it says. With "handle", a SIGTERM is caught and said as
 * well; with "slowly" it takes its time, for what is polled.
 */
#include "check.h"

#include <signal.h>

static volatile sig_atomic_t terms;

static void
on_term(int sig)
{
	terms += sig == SIGTERM;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "handle") == 0)
		signal(SIGTERM, on_term);
	for (int i = 0; i < 1000; i++) {
		char *p = malloc(1u << 20);

		if (p == NULL) {
			check_write(terms > 0 ? "told and refused\n" : "refused\n");
			return 0;
		}
		memset(p, 1, 1u << 20);
		if (argc == 2 && strcmp(argv[1], "slowly") == 0)
			usleep(5000);
	}
	check_write("never refused\n");
	return 1;
}
