/* SPDX-License-Identifier: MIT */
#include "shim/tables/suggest.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define LETTERS 48
#define FAR 3u

static char
fold(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Row i of the table of distances between prefixes, from the two rows above it. */
static void
fill_row(
    unsigned *row, const unsigned *up, const unsigned *up2, const char *a, size_t i, const char *b)
{
	row[0] = (unsigned)i;
	for (size_t j = 1; b[j - 1] != '\0'; j++) {
		bool same = fold(a[i - 1]) == fold(b[j - 1]);

		row[j] = least(least(up[j], row[j - 1]) + 1, up[j - 1] + !same);
		if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
		    fold(a[i - 2]) == fold(b[j - 1]))
			row[j] = least(row[j], up2[j - 2] + 1);
	}
}

unsigned
mg_suggest_distance(const char *a, const char *b)
{
	unsigned rows[3][LETTERS + 1] = { { 0 } };
	size_t n = strlen(a), m = strlen(b);

	if (n > LETTERS || m > LETTERS)
		return UINT_MAX;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++)
		fill_row(rows[i % 3], rows[(i - 1) % 3], rows[(i + 1) % 3], a, i, b);
	return rows[n % 3][m];
}

bool
mg_suggest_is_close(const char *a, const char *b)
{
	return mg_suggest_distance(a, b) <= least(FAR, (unsigned)(strlen(b) / 3));
}
