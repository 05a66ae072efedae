/* SPDX-License-Identifier: MIT */
#include "tools/cli/target.h"

#include <string.h>

#include "tests/unit/support.h"

Test(client_target, reads_the_interpreter_of_a_script)
{
	static const struct {
		const char *text;
		size_t n;
		const char *words[3];
	} rows[] = {
		{ "#!/bin/sh\necho", 1, { "/bin/sh" } },
		{ "#! /usr/bin/env  python3 -u\n", 3, { "/usr/bin/env", "python3", "-u" } },
		{ "#!/bin/sh", 1, { "/bin/sh" } },
		{ "#!/bin/sh\r\n", 1, { "/bin/sh" } },
		{ "#!\n/bin/sh\n", 0, { NULL } },
		{ "#!", 0, { NULL } },
		{ "#", 0, { NULL } },
		{ "", 0, { NULL } },
		{ "\x7f"
		  "ELF",
		    0, { NULL } },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char buf[64], *words[3];
		size_t n = mg_target_parse_script(
		    rows[i].text, strlen(rows[i].text), buf, sizeof buf, words);

		cr_assert(eq(sz, n, rows[i].n), "%s", rows[i].text);
		for (size_t k = 0; k < n; k++)
			cr_expect(SAME(words[k], rows[i].words[k]));
	}
}

Test(client_target, cuts_an_interpreter_that_is_too_long)
{
	char buf[8], *words[3];

	cr_assert(eq(sz, mg_target_parse_script("#!/bin/shell\n", 13, buf, sizeof buf, words), 1));
	cr_expect(SAME(words[0], "/bin/sh"));
}
