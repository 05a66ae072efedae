/* SPDX-License-Identifier: MIT */
#include "tools/common/wrap.h"

#include <stdbool.h>
#include <string.h>

static size_t
word_length(const char *text, bool is_usage)
{
	size_t n = strcspn(text, " ");

	/* An option and its value, or all between brackets. */
	while (is_usage && text[n] == ' ' && text[n + 1] != '[' && text[n + 1] != '-' &&
	       (text[0] == '[' || text[0] == '-') && text[n - 1] != ']' && text[n - 1] != '.')
		n += 1 + strcspn(text + n + 1, " ");
	return n;
}

static void
print(FILE *f, const char *text, size_t indent, size_t width, bool is_usage)
{
	size_t col = indent;

	while (*text != '\0') {
		size_t n = word_length(text, is_usage);

		if (col > indent && col + 1 + n > width) {
			fprintf(f, "\n%*s", (int)indent, "");
			col = indent;
		}
		col += n + (col > indent ? (size_t)fprintf(f, " ") : 0);
		fwrite(text, 1, n, f);
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', f);
}

void
mg_wrap_print(FILE *f, const char *text, size_t indent, size_t width)
{
	print(f, text, indent, width, false);
}

void
mg_wrap_print_usage(FILE *f, const char *args, size_t indent, size_t width)
{
	print(f, args, indent, width, true);
}
