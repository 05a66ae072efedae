/* SPDX-License-Identifier: MIT */
#include "tools/doc/manual.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tools/doc/roff.h"

static char buf[1 << 16];

static struct mg_text
empty(size_t cap)
{
	struct mg_text t;

	mg_text_init(&t, buf, cap);
	return t;
}

Test(client_manual, puts_tables_in_place_of_their_lines)
{
	struct mg_text t = empty(sizeof buf);
	size_t line = 0;

	cr_assert(zero(int,
	    mg_manual_expand(".Sh A\n.\\\" memgov-doc policies\n.\\\" else\n.Sh B", &t, &line)));
	cr_expect(eq(int, strncmp(buf, ".Sh A\n.Bl ", 10), 0));
	cr_expect(ne(ptr, strstr(buf, ".It Ic \"idle\"\n"), NULL));
	cr_expect(ne(ptr, strstr(buf, ".El\n.\\\" else\n.Sh B\n"), NULL));
}

Test(client_manual, has_a_section_for_each_subcommand)
{
	struct mg_text t = empty(sizeof buf);
	size_t line = 0;

	cr_assert(zero(int, mg_manual_expand(".\\\" memgov-doc pages\n", &t, &line)));
#define SUBCOMMAND(word, args, handler, help) \
	cr_expect(ne(ptr, strstr(buf, ".Ss " #word "\n"), NULL));
#include "tools/cli/subcommands.def"
}

Test(client_manual, says_which_line_is_wrong)
{
	struct mg_text t = empty(sizeof buf);
	size_t line = 0;

	cr_expect(eq(int, mg_manual_expand("a\n.\\\" memgov-doc polices\n", &t, &line), -EINVAL));
	cr_expect(eq(sz, line, 2));
	t = empty(sizeof buf);
	cr_expect(eq(int,
	    mg_manual_expand(
		".\\\" memgov-doc 0123456789012345678901234567890123456789\n", &t, &line),
	    -EINVAL));
	t = empty(20);
	cr_expect(eq(int, mg_manual_expand(".\\\" memgov-doc policies\n", &t, &line), -ENOSPC));
}

Test(client_manual, escapes_what_roff_would_take)
{
	static const struct {
		const char *text, *want;
		bool is_arg;
	} rows[] = {
		{ "", "", false },
		{ "One. Two.", "One.\nTwo.\n", false },
		{ ".x 'y", "\\&.x \\&'y\n", false },
		{ "a\\n", "a\\en\n", false },
		{ "see `memgov help x-y`.", "see \\fBmemgov help x\\-y\\fP.\n", false },
		{ "well-known --full [-o]", "well-known \\-\\-full [\\-o]\n", false },
		{ "?", "\"\\&?\"", true },
		{ "\"-\\", "\"\\(dq\\-\\e\"", true },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_text t = empty(sizeof buf);

		(rows[i].is_arg ? mg_roff_arg : mg_roff_text)(&t, rows[i].text);
		cr_expect(SAME(buf, rows[i].want), "row %zu", i);
	}
}

Test(client_manual, keeps_lines_short)
{
	static const char text[] =
	    "Every byte that is allocated is a sample with the same small probability, and what "
	    "samples stand for adds up to what is live, on the mean";
	struct mg_text t = empty(sizeof buf);

	mg_roff_text(&t, text);
	for (const char *p = buf; *p != '\0'; p += strcspn(p, "\n") + 1)
		cr_expect(le(sz, strcspn(p, "\n"), 80));
	cr_expect(eq(sz, t.len, strlen(text) + 1));
}
