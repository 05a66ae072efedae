/* SPDX-License-Identifier: MIT */
/* What the tools read about processes, sockets and the machine. */
#include <errno.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tools/common/human.h"
#include "tools/common/machine.h"
#include "tools/common/process.h"
#include "tools/common/sockets.h"

Test(client_proc, reads_a_process_whose_name_has_blanks_and_brackets)
{
	static const char text[] =
	    "1234 (a) S 9 (b) T 77 1234 1234 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 0 0 0";
	struct mg_process p;

	cr_assert(zero(int, mg_process_parse_stat(text, &p)));
	cr_expect(eq(int, p.pid, 1234));
	cr_expect(SAME(p.name, "a) S 9 (b"));
	cr_expect(eq(int, p.state, 'T'));
	cr_expect(eq(int, p.parent_pid, 77));
	cr_expect(eq(u64, p.start_ticks, 987654));
	cr_expect(mg_process_is_stopped(&p));
}

Test(client_proc, refuses_what_is_no_stat_line)
{
	static const char *const rows[] = { "", "1234", "1234 (a", "1234 a) S 1", "1234 (a) S",
		")(", "x (a) S 1" };
	struct mg_process p;

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(eq(int, mg_process_parse_stat(rows[i], &p), -EINVAL), "%s", rows[i]);
}

Test(client_proc, knows_the_names_of_sockets)
{
	static const struct {
		const char *name;
		int want;
	} rows[] = {
		{ "1234.sock", 1234 },
		{ "2147483647.sock", 2147483647 },
		{ "2147483648.sock", 0 },
		{ "99999999999999.sock", 0 },
		{ "1234.sock2", 0 },
		{ "1234", 0 },
		{ ".sock", 0 },
		{ "-1.sock", 0 },
		{ "0.sock", 0 },
		{ "x.sock", 0 },
		{ ".", 0 },
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(
		    eq(int, mg_sockets_parse_name(rows[i].name), rows[i].want), "%s", rows[i].name);
}

Test(client_proc, reads_meminfo)
{
	static const char text[] =
	    "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    150 kB\n"
	    "Cached:           80 kB\nSwapCached:        7 kB\nSwapTotal:       200 kB\nSwapFree:  "
	    "       50 kB\n";
	struct mg_machine m = { 0 };

	cr_assert(zero(int, mg_machine_parse_meminfo(text, &m)));
	cr_expect(eq(u64, m.total_bytes, 1000 * KB));
	cr_expect(eq(u64, m.available_bytes, 150 * KB));
	cr_expect(eq(u64, m.swap_total_bytes, 200 * KB));
	cr_expect(eq(u64, m.swap_free_bytes, 50 * KB));
	cr_expect(eq(u32, mg_machine_used_pct(&m), 85));
}

Test(client_proc, stands_in_for_meminfo_of_old_kernels)
{
	struct mg_machine m = { 0 };

	cr_assert(zero(int,
	    mg_machine_parse_meminfo("MemTotal: 1000 kB\nMemFree: 100 kB\nCached: 80 kB\n", &m)));
	cr_expect(eq(u64, m.available_bytes, 180 * KB));
	cr_expect(zero(u64, m.swap_total_bytes));
}

Test(client_proc, takes_no_impossible_meminfo)
{
	struct mg_machine m = { .total_bytes = 7 };

	cr_expect(eq(int, mg_machine_parse_meminfo("", &m), -EINVAL));
	cr_expect(eq(int, mg_machine_parse_meminfo("MemFree: 5 kB\n", &m), -EINVAL));
	cr_expect(eq(int, mg_machine_parse_meminfo("MemTotal: 0 kB\n", &m), -EINVAL));
	cr_expect(
	    eq(int, mg_machine_parse_meminfo("MemTotal: 18446744073709551615 kB\n", &m), -EINVAL));
	cr_expect(eq(u64, m.total_bytes, 7), "left alone");
	cr_assert(zero(int, mg_machine_parse_meminfo(
				"MemTotal: 10 kB\nMemAvailable: 20 kB\nSwapFree: 3 kB\n", &m)));
	cr_expect(zero(u32, mg_machine_used_pct(&m)), "more available than there is");
	cr_expect(zero(u64, m.swap_free_bytes), "free swap without swap");
}

Test(client_proc, reads_pressure)
{
	static const char text[] = "some avg10=12.34 avg60=5.00 avg300=1.00 total=99\nfull "
				   "avg10=0.05 avg60=0.00 avg300=0.00 total=9\n";
	struct mg_machine m = { 0 };

	cr_assert(zero(int, mg_machine_parse_stall(text, &m)));
	cr_expect(m.has_stall);
	cr_expect(eq(u32, m.stall_some, 1234));
	cr_expect(eq(u32, m.stall_full, 5));
	m.has_stall = false;
	cr_expect(eq(int, mg_machine_parse_stall("some avg10=1.00\n", &m), -EINVAL));
	cr_expect(
	    eq(int, mg_machine_parse_stall("some avg10=999.00\nfull avg10=1.00", &m), -EINVAL));
	cr_expect(not(m.has_stall));
}

Test(client_proc, shows_changes_of_bytes_with_a_sign)
{
	static const struct {
		double bytes;
		const char *text;
	} rows[] = { { 0, "0" }, { 0.4, "0" }, { -0.4, "0" }, { 0.6, "+1" }, { 1048576, "+1M" },
		{ -3072, "-3K" }, { 1e300, "+15.9E" }, { -1e300, "-15.9E" } };

	for (size_t i = 0; i < ROWS(rows); i++) {
		char buf[32];
		struct mg_text t;

		mg_text_init(&t, buf, sizeof buf);
		mg_human_add_signed(&t, rows[i].bytes);
		cr_expect(SAME(buf, rows[i].text));
	}
}

Test(client_proc, shows_changes_of_counts_with_a_sign)
{
	cr_expect(SAME(mg_human_signed_count(0).text, "0"));
	cr_expect(SAME(mg_human_signed_count(7).text, "+7"));
	cr_expect(SAME(mg_human_signed_count(-1234567).text, "-1.2M"));
	cr_expect(SAME(mg_human_signed_count(INT64_MIN).text, "-9.2E"));
}

Test(client_proc, shows_counts_and_spans_in_few_columns)
{
	static const struct {
		uint64_t v;
		const char *count, *span;
	} rows[] = {
		{ 0, "0", "0ms" },
		{ 999, "999", "999ms" },
		{ 1000, "1000", "1.0s" },
		{ 59999, "59999", "59.9s" },
		{ 99999, "99999", "1m39s" },
		{ 100000, "100K", "1m40s" },
		{ 1234567, "1.2M", "20m34s" },
		{ 12 * 3600000ull + 5 * 60000, "43.5M", "12h05m" },
		{ 3 * 86400000ull + 4 * 3600000ull, "273M", "3d04h" },
		{ 8640000000ull, "8.6G", "100d" },
		{ UINT64_MAX, "18.4E", "213503982334d" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char buf[32];
		struct mg_text t;

		mg_text_init(&t, buf, sizeof buf);
		mg_human_add_count(&t, rows[i].v);
		cr_expect(SAME(buf, rows[i].count));
		mg_text_init(&t, buf, sizeof buf);
		mg_human_add_span(&t, rows[i].v);
		cr_expect(SAME(buf, rows[i].span));
	}
}
