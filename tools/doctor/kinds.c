/* SPDX-License-Identifier: MIT */
#include "tools/doctor/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define MB ((uint64_t)1 << 20)

static const struct mg_kind kinds[] = {
#define KIND(name, low_mb, high_mb) { name, low_mb * MB, high_mb * MB },
#include "tools/doctor/kinds.def"
};

static bool
is_called(const char *program, const char *name)
{
	size_t n = strlen(name);

	if (name[n - 1] == '*')
		return strncmp(program, name, n - 1) == 0;
	return strcmp(program, name) == 0;
}

const struct mg_kind *
mg_kinds_find(const char *program)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (is_called(program, kinds[i].name))
			return &kinds[i];
	return NULL;
}
