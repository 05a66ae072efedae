/* SPDX-License-Identifier: MIT */
#include "shim/base/text.h"

#include "tests/unit/support.h"

#include <errno.h>
#include <string.h>

static char buf[256];
static struct mg_text text;

static void
start(void)
{
	mg_text_init(&text, buf, sizeof buf);
}

TestSuite(text, .init = start);

Test(text, prints_what_printf_prints)
{
	mg_text_add(&text, "%s|%5s|%-5s|%c|%d|%5d|%u|%02u|%lu|%ld|%lx|%zu|%%", "a", "b", "c", 'd',
	    -7, -42, 4000000000u, 7u, UINT64_MAX, INT64_MIN, 0xdeadbeeful, (size_t)12);
	cr_expect(
	    SAME(buf, "a|    b|c    |d|-7|  "
		      "-42|4000000000|07|18446744073709551615|-9223372036854775808|deadbeef|12|%"));
	cr_expect(eq(sz, text.len, strlen(buf)));
	cr_expect(not(text.cut));
}

Test(text, prints_a_null_string_as_words)
{
	const char *volatile none = NULL; /* volatile: the compiler would see it and warn */

	mg_text_add(&text, "%s", none);
	cr_expect(SAME(buf, "(null)"));
}

Test(text, cuts_at_the_end_of_the_buffer_and_says_so)
{
	mg_text_init(&text, buf, 4);
	mg_text_add(&text, "abc");
	cr_expect(not(text.cut));
	mg_text_add(&text, "d");
	cr_expect(text.cut);
	cr_expect(SAME(buf, "abc"));
}

Test(text, survives_a_buffer_of_no_bytes)
{
	mg_text_init(&text, buf, 0);
	mg_text_add(&text, "abc");
	cr_expect(text.cut);
	cr_expect(eq(sz, text.len, 0));
}

Test(text, escapes_json)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "\"\"" }, { "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "\n\t\x01\x7f", "\"\\u000a\\u0009\\u0001\\u007f\"" },
		{ "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		    "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"" },
		{ "\xff", "\"\\ufffd\"" }, { "\xc3", "\"\\ufffd\"" },       /* cut off */
		{ "\xc0\xaf", "\"\\ufffd\\ufffd\"" },                       /* overlong */
		{ "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },            /* surrogate */
		{ "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" }, /* above U+10FFFF */
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		start();
		mg_text_add_json(&text, rows[i].in);
		cr_expect(SAME(buf, rows[i].out), "row %zu", i);
	}
}

Test(text, measures_utf8_characters)
{
	static const struct {
		const char *in;
		size_t want;
	} rows[] = {
		{ "a", 1 },
		{ "\x7f", 1 },
		{ "\x80", 0 },
		{ "\xc1\x80", 0 },
		{ "\xc2\x80", 2 },
		{ "\xe0\x9f\xbf", 0 },
		{ "\xe0\xa0\x80", 3 },
		{ "\xed\x9f\xbf", 3 },
		{ "\xf0\x8f\xbf\xbf", 0 },
		{ "\xf0\x90\x80\x80", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xe2\x82", 0 },
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(eq(sz, mg_text_utf8_length(rows[i].in), rows[i].want), "row %zu", i);
}

Test(text, prints_sizes_exactly)
{
	static const struct {
		uint64_t bytes;
		const char *want;
	} rows[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ 1000, "1000" },
		{ 1023, "1023" },
		{ 1024, "1K" },
		{ 1025, "1025" },
		{ 512 * MB, "512M" },
		{ 1536 * MB, "1536M" },
		{ GB, "1G" },
		{ 64 * 1024 * GB, "64T" },
		{ UINT64_MAX, "18446744073709551615" },
		{ 1ull << 63, "8E" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		start();
		mg_text_add_size(&text, rows[i].bytes);
		cr_expect(SAME(buf, rows[i].want));
	}
}

Test(text, prints_sizes_for_people_in_five_columns)
{
	static const struct {
		uint64_t bytes;
		const char *want;
	} rows[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "0.9K" },
		{ 1024, "1K" },
		{ 12595, "12.2K" },
		{ 512 * MB, "512M" },
		{ 1536 * MB, "1.5G" },
		{ 999 * MB, "999M" },
		{ 1000 * MB, "0.9G" },
		{ UINT64_MAX, "15.9E" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		start();
		mg_text_add_human(&text, rows[i].bytes);
		cr_expect(SAME(buf, rows[i].want));
		cr_expect(le(sz, text.len, 5));
	}
}

Test(text, prints_durations_in_the_largest_unit_that_divides)
{
	static const struct {
		uint64_t ns;
		const char *want;
	} rows[] = {
		{ 0, "0" },
		{ 1, "1ns" },
		{ 1500, "1500ns" },
		{ 2000, "2us" },
		{ 2 * MS, "2ms" },
		{ 1500 * MS, "1500ms" },
		{ 2 * S, "2s" },
		{ 60 * S, "1m" },
		{ 90 * S, "90s" },
		{ HOUR, "1h" },
		{ 24 * HOUR, "24h" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		start();
		mg_text_add_duration(&text, rows[i].ns);
		cr_expect(SAME(buf, rows[i].want));
	}
}

struct parse_row {
	const char *in;
	int err;
	uint64_t want;
};

/* A failed parse leaves its output alone, so every row begins with a value of its own. */
static void
check_parser(int parse(const char *, uint64_t *), const struct parse_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t got = 4711 + i;

		cr_expect(eq(int, parse(rows[i].in, &got), rows[i].err), "'%s'", rows[i].in);
		cr_expect(
		    eq(u64, got, rows[i].err == 0 ? rows[i].want : 4711 + i), "'%s'", rows[i].in);
	}
}

Test(text, parses_numbers)
{
	static const struct parse_row rows[] = {
		{ "0", 0, 0 },
		{ "007", 0, 7 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "99999999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1\n", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1.0", -EINVAL, 0 },
	};

	check_parser(mg_text_parse_u64, rows, ROWS(rows));
}

Test(text, parses_sizes)
{
	static const struct parse_row rows[] = {
		{ "0", 0, 0 },
		{ "1", 0, 1 },
		{ "10K", 0, 10 * KB },
		{ "10k", 0, 10 * KB },
		{ "10MB", 0, 10 * MB },
		{ "10MiB", 0, 10 * MB },
		{ "10B", 0, 10 },
		{ "1.5G", 0, 1536 * MB },
		{ "0.25K", 0, 256 },
		{ "1T", 0, 1024 * GB },
		{ "15E", 0, 15ull << 60 },
		{ "16E", -ERANGE, 0 },
		{ "15.999E", 0,
		    (15ull << 60) + (1ull << 60) / 1000 * 999 + (1ull << 60) % 1000 * 999 / 1000 },
		{ "18446744073709551615K", -ERANGE, 0 },
		{ "1.5", -EINVAL, 0 },
		{ "1.", -EINVAL, 0 },
		{ ".5G", -EINVAL, 0 },
		{ "K", -EINVAL, 0 },
		{ "10 K", -EINVAL, 0 },
		{ "10KK", -EINVAL, 0 },
		{ "10iB", -EINVAL, 0 },
		{ "banana", -EINVAL, 0 },
		{ "-1K", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
	};

	check_parser(mg_text_parse_size, rows, ROWS(rows));
}

Test(text, parses_durations)
{
	static const struct parse_row rows[] = {
		{ "0", 0, 0 },
		{ "10", 0, 10 * MS },
		{ "10ms", 0, 10 * MS },
		{ "10us", 0, 10000 },
		{ "10ns", 0, 10 },
		{ "2s", 0, 2 * S },
		{ "1.5s", 0, 1500 * MS },
		{ "0.5h", 0, 30 * MINUTE },
		{ "1m", 0, MINUTE },
		{ "1h", 0, HOUR },
		{ "5124095h", 0, 5124095 * HOUR },
		{ "5124096h", -ERANGE, 0 },
		{ "1d", -EINVAL, 0 },
		{ "1S", -EINVAL, 0 },
		{ "1 s", -EINVAL, 0 },
		{ "s", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
	};

	check_parser(mg_text_parse_duration, rows, ROWS(rows));
}

Test(text, parses_percents)
{
	static const struct parse_row rows[] = {
		{ "80%", 0, 80 },
		{ "80", 0, 80 },
		{ "0", 0, 0 },
		{ "1000%", 0, 1000 },
		{ "80%%", -EINVAL, 0 },
		{ "80 %", -EINVAL, 0 },
		{ "%", -EINVAL, 0 },
		{ "0.8", -EINVAL, 0 },
		{ "18446744073709551616%", -ERANGE, 0 },
	};

	check_parser(mg_text_parse_percent, rows, ROWS(rows));
}

Test(text, reads_back_every_size_and_duration_that_it_prints)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		for (uint64_t off = 0; off < 3; off++) {
			uint64_t v = (1ull << bit) + off * 1000, back = 0;

			start();
			mg_text_add_size(&text, v);
			cr_expect(zero(int, mg_text_parse_size(buf, &back)), "%s", buf);
			cr_expect(eq(u64, back, v));
			start();
			mg_text_add_duration(&text, v);
			cr_expect(zero(int, mg_text_parse_duration(buf, &back)), "%s", buf);
			cr_expect(eq(u64, back, v));
		}
	}
}
