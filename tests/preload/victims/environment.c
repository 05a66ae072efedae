// SPDX-License-Identifier: MIT
/* Runs a child that prints the variables that concern memgov, python and node. */
#include "check.h"

int
main(void)
{
	execl("/bin/sh", "sh", "-c",
	    "env | grep -E '^(LD_PRELOAD|MEMGOV_HEAP_MAX|PYTHONMALLOC)=' | sort", NULL);
	return 1;
}
