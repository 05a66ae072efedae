/* SPDX-License-Identifier: MIT */
#include "shim/tables/suggest.h"

#include "tests/unit/support.h"

#include <limits.h>

Test(suggest, counts_the_letters_between_two_words)
{
	static const struct {
		const char *a, *b;
		unsigned want;
	} rows[] = {
		{ "", "", 0 },
		{ "HEAP_MAX", "HEAP_MAX", 0 },
		{ "heap_max", "HEAP_MAX", 0 },
		{ "HEAPMAX", "HEAP_MAX", 1 },
		{ "HEAP__MAX", "HEAP_MAX", 1 },
		{ "HEAP_MAY", "HEAP_MAX", 1 },
		{ "HEPA_MAX", "HEAP_MAX", 1 },
		{ "EHPA_MAX", "HEAP_MAX", 2 },
		{ "", "LOG", 3 },
		{ "LOG", "", 3 },
		{ "kitten", "sitting", 3 },
		{ "123456789012345678901234567890123456789012345678",
		    "123456789012345678901234567890123456789012345678", 0 },
		{ "1234567890123456789012345678901234567890123456789", "1", UINT_MAX },
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(eq(u32, mg_suggest_distance(rows[i].a, rows[i].b), rows[i].want), "%s %s",
		    rows[i].a, rows[i].b);
}

Test(suggest, takes_a_third_of_the_letters_for_a_slip)
{
	cr_expect(mg_suggest_is_close("LOC", "LOG"));
	cr_expect(not(mg_suggest_is_close("LAC", "LOG")));
	cr_expect(mg_suggest_is_close("HOST", "HINT") == false);
	cr_expect(mg_suggest_is_close("SYSTM_CRTICL", "SYSTEM_CRITICAL"));
	cr_expect(not(mg_suggest_is_close("SYSTM_CRTCL", "SYSTEM_CRITICAL")));
	cr_expect(not(mg_suggest_is_close("FOO", "HEAP_MAX")));
}
