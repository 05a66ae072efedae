/* SPDX-License-Identifier: MIT */
#include "shim/tables/snapshot.h"

#include "tests/unit/support.h"

#include <string.h>

static bool
ends_with(const char *s, const char *end)
{
	return strlen(s) >= strlen(end) && strcmp(s + strlen(s) - strlen(end), end) == 0;
}

/* Two names are no plurals: they are numbers of a process, not numbers of things. */
Test(snapshot, every_name_ends_in_its_unit_or_is_a_plural)
{
	static const char *const endings[] = {
		[MG_UNIT_TEXT] = "",
		[MG_UNIT_COUNT] = "s",
		[MG_UNIT_BYTES] = "_bytes",
		[MG_UNIT_MS] = "_ms",
		[MG_UNIT_NS] = "_ns",
		[MG_UNIT_PCT] = "_pct",
	};

	for (size_t i = 0; i < mg_snapshot_stat_count; i++) {
		const struct mg_stat *stat = &mg_snapshot_stats[i];

		if (!ends_with(stat->name, "pid"))
			cr_expect(ends_with(stat->name, endings[stat->unit]), "%s", stat->name);
		for (size_t unit = MG_UNIT_BYTES; unit < ROWS(endings); unit++)
			cr_expect(eq(int, ends_with(stat->name, endings[unit]), unit == stat->unit),
			    "%s", stat->name);
	}
}

Test(snapshot, every_row_has_a_name_of_its_own_a_heading_and_a_sentence)
{
	for (size_t i = 0; i < mg_snapshot_stat_count; i++) {
		const struct mg_stat *stat = &mg_snapshot_stats[i];

		cr_expect(support_stat(stat->name) == stat, "%s", stat->name);
		cr_expect(
		    strlen(stat->heading) > 0 && strlen(stat->heading) <= 8, "%s", stat->name);
		cr_expect(ends_with(stat->help, "."), "%s", stat->name);
		cr_expect(strpbrk(stat->help, "\n\\|") == NULL, "%s", stat->name);
	}
	cr_expect(support_stat("now_ns") == NULL);
}

Test(snapshot, has_the_names_that_users_were_promised)
{
	static const char *const names[] = { "pid", "command", "uptime_ms", "state", "threads",
		"heap_limit_bytes", "heap_footprint_bytes", "live_bytes", "live_blocks",
		"cached_bytes", "parked_bytes", "allocs", "frees", "alloc_bytes", "freed_bytes",
		"returned_bytes", "compactions", "last_compact_yield_bytes", "last_compact_ns",
		"limit_hits", "refused_allocs", "double_frees", "foreign_frees", "rss_bytes",
		"system_used_pct" };

	for (size_t i = 0; i < ROWS(names); i++)
		cr_expect(support_stat(names[i]) != NULL, "%s", names[i]);
}

Test(snapshot, finds_values_by_row)
{
	struct mg_snapshot s = { .live_bytes = 7, .lost_log_lines = UINT64_MAX, .command = "app" };

	cr_expect(eq(u64, mg_snapshot_number(&s, support_stat("live_bytes")), 7));
	cr_expect(eq(u64, mg_snapshot_number(&s, support_stat("lost_log_lines")), UINT64_MAX));
	cr_expect(SAME(mg_snapshot_label(&s, support_stat("command")), "app"));
	cr_expect(
	    zero(u64, mg_snapshot_number(&s, support_stat("command"))), "a label is no number");
	cr_expect(SAME(mg_snapshot_label(&s, support_stat("live_bytes")), ""));
}

Test(snapshot, adds_the_counters_of_threads_and_nothing_else)
{
	struct mg_counters c = { .allocs = 3, .frees = 2, .alloc_bytes = 300, .double_frees = 1 };
	struct mg_counters sum = { .allocs = 10, .foreign_frees = 5 };
	struct mg_snapshot s = { .allocs = 100, .live_bytes = 9, .pid = 4 };
	struct mg_snapshot want = s;

	mg_snapshot_sum_counters(&sum, &c);
	cr_expect(eq(u64, sum.allocs, 13));
	cr_expect(eq(u64, sum.foreign_frees, 5));
	mg_snapshot_add_counters(&s, &sum);
	want.allocs = 113;
	want.frees = 2;
	want.alloc_bytes = 300;
	want.double_frees = 1;
	want.foreign_frees = 5;
	cr_expect(zero(int, memcmp(&s, &want, sizeof s)));
}

/* Every word of struct mg_counters is a counter, and each goes to a field of its own. */
Test(snapshot, loses_no_counter)
{
	struct mg_counters c, sum = { 0 };
	struct mg_snapshot s = { 0 };
	uint64_t total = 0, want = 0;

	for (size_t i = 0; i < sizeof c / sizeof(uint64_t); i++) {
		uint64_t v = 1ull << i;

		memcpy((char *)&c + i * sizeof v, &v, sizeof v);
		want += 2 * v;
	}
	mg_snapshot_sum_counters(&sum, &c);
	mg_snapshot_sum_counters(&sum, &c);
	mg_snapshot_add_counters(&s, &sum);
	for (size_t i = 0; i < mg_snapshot_stat_count; i++)
		total += mg_snapshot_number(&s, &mg_snapshot_stats[i]);
	cr_expect(eq(u64, total, want));
}

Test(snapshot, reads_lines_of_a_reply)
{
	struct mg_snapshot s = { 0 };

	cr_expect(mg_snapshot_parse_line(&s, "live_bytes 4096") == support_stat("live_bytes"));
	cr_expect(eq(u64, s.live_bytes, 4096));
	cr_expect(mg_snapshot_parse_line(&s, "allocs 18446744073709551615\n") != NULL);
	cr_expect(eq(u64, s.allocs, UINT64_MAX));
	cr_expect(mg_snapshot_parse_line(&s, "command two words") == support_stat("command"));
	cr_expect(SAME(s.command, "two words"));
	cr_expect(mg_snapshot_parse_line(&s, "command ") != NULL);
	cr_expect(SAME(s.command, ""));
}

Test(snapshot, cuts_a_label_that_a_newer_library_made_longer)
{
	struct mg_snapshot s = { 0 };

	cr_expect(mg_snapshot_parse_line(&s, "state 0123456789abcdefghij") != NULL);
	cr_expect(SAME(s.state, "0123456789abcde"));
	cr_expect(SAME(s.engine, ""), "the next field is untouched");
}

Test(snapshot, ignores_what_it_does_not_understand)
{
	static const char *const rows[] = { "", " ", "\n", "live_bytes", "live_bytes ",
		"live_bytes\n", "live_byte 1", "live_bytess 1", "future_stat 1", "live_bytes -1",
		"live_bytes 1.5", "live_bytes  1", "live_bytes 1 ",
		"live_bytes 18446744073709551616",
		"live_bytes 000000000000000000000000000000000001", "ok", "now_ns 5",
		" live_bytes 1", "live_bytes\t1" };
	struct mg_snapshot s = { 0 }, zero = { 0 };

	for (size_t i = 0; i < ROWS(rows); i++) {
		cr_expect(mg_snapshot_parse_line(&s, rows[i]) == NULL, "'%s'", rows[i]);
		cr_expect(zero(int, memcmp(&s, &zero, sizeof s)), "'%s'", rows[i]);
	}
}
