/* SPDX-License-Identifier: MIT */
#include "tools/doc/roff.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define WIDTH 76

/* A dash that is typed must not become a hyphen. */
static bool
is_typed_dash(const char *begin, const char *p)
{
	return *p == '-' && (p == begin || p[-1] == '-' || strchr("[|( ", p[-1]) != NULL);
}

static void
add_word(struct mg_text *t, const char *word, size_t n, bool *is_bold)
{
	if (*word == '.' || *word == '\'')
		mg_text_add(t, "\\&");
	for (const char *p = word; p < word + n; p++) {
		if (*p == '`') {
			*is_bold = !*is_bold;
			mg_text_add(t, *is_bold ? "\\fB" : "\\fP");
		} else if (*p == '\\') {
			mg_text_add(t, "\\e");
		} else {
			if (*p == '-' && (*is_bold || is_typed_dash(word, p)))
				mg_text_add(t, "\\");
			mg_text_add(t, "%c", *p);
		}
	}
}

void
mg_roff_text(struct mg_text *t, const char *s)
{
	bool is_bold = false;
	size_t col = 0;

	while (*s != '\0') {
		size_t n = strcspn(s, " "), before = t->len;

		if (col > 0 && col + 1 + n > WIDTH) {
			mg_text_add(t, "\n");
			col = 0;
		} else if (col > 0) {
			mg_text_add(t, " ");
		}
		add_word(t, s, n, &is_bold);
		col += t->len - before;
		if (n > 0 && s[n - 1] == '.' && s[n] == ' ' && !is_bold) {
			mg_text_add(t, "\n");
			col = 0;
		}
		s += n;
		s += strspn(s, " ");
	}
	if (col > 0)
		mg_text_add(t, "\n");
}

void
mg_roff_arg(struct mg_text *t, const char *s)
{
	/* Or a full stop alone would be punctuation, and no argument. */
	mg_text_add(t, s[0] != '\0' && s[1] == '\0' ? "\"\\&" : "\"");
	for (; *s != '\0'; s++) {
		switch (*s) {
		case '"': mg_text_add(t, "\\(dq"); break;
		case '\\': mg_text_add(t, "\\e"); break;
		case '-': mg_text_add(t, "\\-"); break;
		default: mg_text_add(t, "%c", *s); break;
		}
	}
	mg_text_add(t, "\"");
}
