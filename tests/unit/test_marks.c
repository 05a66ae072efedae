/* SPDX-License-Identifier: MIT */
#include "shim/observe/marks.h"

#include "tests/unit/support.h"

static struct mg_site site;

/* A look at the site, as the governor's. */
static void
look(uint64_t now_ns)
{
	unsigned due = mg_marks_due(now_ns);

	mg_marks_write(&site, due);
	mg_marks_note(due, now_ns);
}

Test(marks, are_due_in_their_time)
{
	static const struct {
		uint64_t at_ns;
		unsigned due;
	} rows[] = {
		{ 100 * S, 7 },
		{ 101 * S, 0 },
		{ 104200 * MS, 0 },
		{ 104300 * MS, 1 },
		{ 108 * S, 0 },
		{ 115 * S, 1 },
		{ 157 * S, 3 },
		{ 214 * S, 3 },
		{ 900 * S, 7 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		cr_expect(eq(u32, mg_marks_due(rows[i].at_ns), rows[i].due), "row %zu", i);
		if (i > 0)
			cr_expect(eq(int, mg_marks_wait_ns(rows[i].at_ns) < 9 * S / 32,
				      (rows[i].due & 1) != 0),
			    "row %zu", i);
		look(rows[i].at_ns);
	}
}

Test(marks, are_read_oldest_first)
{
	struct mg_trend_mark marks[MG_TREND_MARKS];
	uint64_t age_ms[MG_TREND_MARKS];

	cr_expect(eq(u32, mg_marks_read(&site, 0, 9 * S, marks, age_ms), 1), "only now");
	cr_expect(zero(u64, age_ms[0]));
	for (unsigned i = 1; i <= 30; i++) {
		site.in = i;
		site.out = i / 2;
		site.live_bytes = i * 10;
		look(i * 5 * S);
	}
	site.in = 99;
	cr_expect(eq(u32, mg_marks_read(&site, 0, 151 * S, marks, age_ms), 13));
	for (unsigned i = 0; i < 12; i++) {
		cr_expect(eq(u32, marks[i].in, 19 + i));
		cr_expect(eq(u32, marks[i].out, (19 + i) / 2));
		cr_expect(eq(u64, marks[i].live_bytes, (19 + i) * 10));
		cr_expect(eq(u64, age_ms[i], (151 - (19 + i) * 5) * 1000));
	}
	cr_expect(eq(u32, marks[12].in, 99));
	cr_expect(zero(u64, age_ms[12]));
	cr_expect(eq(u32, mg_marks_read(&site, 1, 151 * S, marks, NULL), 4), "at 5, 65, 125");
	cr_expect(eq(u32, marks[1].in, 13));
	cr_expect(eq(u32, mg_marks_read(NULL, 2, 151 * S, NULL, age_ms), 2));
	cr_expect(eq(u64, age_ms[0], 146000));
}

Test(marks, find_who_grows)
{
	for (unsigned i = 0; i <= 13; i++) {
		site.in = 10 * i;
		site.live_bytes = i * 10.0 * MB;
		cr_expect(
		    eq(int, mg_marks_judge(&site, i * 5 * S).verdict == MG_TREND_SUSPECT, i >= 11),
		    "%u", i);
		look(i * 5 * S);
	}
	cr_expect(
	    epsilon_eq(dbl, mg_marks_judge(&site, 65 * S).bytes_per_minute, 120.0 * MB, 1.0 * MB));
}

/* Deltas halve, what is live stays: 60 of 101 were forgotten. */
Test(marks, halve)
{
	site.in = 201;
	site.out = 40;
	site.live_bytes = 1000;
	look(5 * S);
	site.in = 301;
	site.out = 200;
	site.thinned = 60;
	mg_marks_halve(&site);
	cr_expect(eq(u32, site.in - site.out, 41));
	cr_expect(zero(u32, site.thinned));
	cr_expect(eq(u32, site.in - site.marks[0][0].in, 50));
	cr_expect(eq(u32, site.out - site.marks[0][0].out, 80));
	cr_expect(eq(u64, site.marks[0][0].live_bytes, 1000));
	cr_expect(zero(u32, site.marks[0][1].in), "one that is none yet");
	cr_expect(le(u32, site.in, 301));
}
