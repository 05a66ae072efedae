/* SPDX-License-Identifier: MIT */
#include "shim/tables/value.h"

#include "tests/unit/support.h"

#include <string.h>

Test(value, quotes_what_a_user_typed_on_one_short_line)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "", "''" },
		{ "banana", "'banana'" },
		{ "a\nb\x7f\x1f c", "'a?b?? c'" },
		{ "012345678901234567890123456789012345678901234567890123456789",
		    "'012345678901234567890123456789012345678901234567890123456789'" },
		{ "0123456789012345678901234567890123456789012345678901234567890",
		    "'012345678901234567890123456789012345678901234567890123456789...'" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char buf[128];
		struct mg_text t;

		mg_text_init(&t, buf, sizeof buf);
		mg_value_quote(&t, rows[i].in);
		cr_expect(SAME(buf, rows[i].want));
	}
}

Test(value, knows_the_ends_of_every_kind_of_range)
{
	static const struct {
		const char *name;
		uint64_t v;
		bool want;
	} rows[] = {
		{ "heap_max", 0, true },
		{ "heap_max", 1, false },
		{ "heap_max", MB - 1, false },
		{ "heap_max", MB, true },
		{ "heap_max", 65536 * GB, true },
		{ "heap_max", 65536 * GB + 1, false },
		{ "heap_max", UINT64_MAX, false },
		{ "heap_level", 0, true },
		{ "heap_level", 9, false },
		{ "heap_level", 10, true },
		{ "heap_level", 100, true },
		{ "heap_level", 101, false },
		{ "compact_cpu", 0, false },
		{ "compact_cpu", 1, true },
		{ "reserve", 0, true },
		{ "reserve", GB, true },
		{ "reserve", GB + 1, false },
		{ "idle_check", 100 * MS - 1, false },
		{ "idle_check", 100 * MS, true },
		{ "idle_check", HOUR + 1, false },
		{ "history", 15, false },
		{ "history", 16, true },
		{ "history", 10000, true },
		{ "history", 10001, false },
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(eq(int, mg_value_is_in_range(mg_config_find(rows[i].name), rows[i].v),
			      rows[i].want),
		    "%s %lu", rows[i].name, rows[i].v);
}
