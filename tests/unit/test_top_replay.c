/* SPDX-License-Identifier: MIT */
#include "tools/top/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/support.h"
#include "tools/top/keys.h"
#include "tools/top/page.h"

#define HEAD "memgov-record 1\nnames command heap_footprint_bytes allocs\n"
#define T0 1000000ull /* 00:16:40 */

static char folder[] = "/tmp/memgov-unit-XXXXXX";
static char path[64], why[MG_RECFILE_WHY], line[512];
static struct mg_replay r;
static struct mg_model m;
static struct mg_canvas c;

static void
put(const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert(ne(ptr, f, NULL));
	fputs(text, f);
	fclose(f);
}

/* A look a second, from T0 to T0 + 59 s: a heap of 1000, 1001, ... bytes. Then nothing for an
 * hour, and one more. */
static void
set_up(void)
{
	static char text[65536];
	size_t n = (size_t)sprintf(text,
	    HEAD "time %llu\nmachine 1048576 786432 0 0\nhealth 7 answers app\nkin 7 0 own "
		 "me\nstats 7 0=app 1=1000 2=0\n"
		 "reply 7 config\n|heap_max 64M\n",
	    T0);

	for (int i = 1; i < 60; i++)
		n += (size_t)sprintf(
		    text + n, "time %llu\nstats 7 1+1 2+10\n", T0 + (unsigned)i * 1000);
	sprintf(text + n, "time %llu\nstats 7 1=5000\nhealth 8 answers late\n", T0 + 3600000);
	setenv("TZ", "UTC", 1);
	cr_assert(ne(ptr, mkdtemp(folder), NULL));
	snprintf(path, sizeof path, "%s/rec", folder);
	put(text);
	cr_assert(zero(int, mg_model_init(&m)));
	c = (struct mg_canvas){ .ascii = true };
	cr_assert(zero(int, mg_replay_open(&r, path, why)), "%s", why);
	mg_replay_advance(&r, &m, 1 * S);
}

static void
tear_down(void)
{
	if (r.file != NULL)
		mg_replay_close(&r);
	mg_model_free(&m);
	mg_canvas_free(&c);
	unlink(path);
	rmdir(folder);
}

TestSuite(top_replay, .init = set_up, .fini = tear_down);

static uint64_t
heap(void)
{
	const struct mg_proc *p = mg_procs_find(&m.procs, 7);

	return p != NULL ? mg_procs_number(p, MG_REPLY_STAT_heap_footprint_bytes) : 0;
}

static void
press(int key)
{
	cr_expect(mg_replay_key(&r, &m, key, 1 * S));
}

static void
go_to(const char *time)
{
	press('g');
	for (; *time != '\0'; time++)
		press(*time);
	press(MG_KEY_ENTER);
}

static const char *
row(int i)
{
	mg_canvas_clear(&c, 100, 10);
	mg_replay_draw(&r, &c);
	mg_canvas_row_text(&c, i, line, sizeof line);
	return line;
}

Test(top_replay, begins_at_the_beginning_and_goes_on_with_the_time)
{
	cr_expect(eq(u64, heap(), 1000));
	mg_replay_advance(&r, &m, 3 * S);
	cr_expect(eq(u64, heap(), 1002));
	mg_replay_advance(&r, &m, 3 * S + 999 * MS);
	cr_expect(eq(u64, heap(), 1002));
	mg_replay_advance(&r, &m, 11 * S);
	cr_expect(eq(u64, heap(), 1010));
}

Test(top_replay, plays_faster_and_slower)
{
	press('}');
	press('}');
	mg_replay_advance(&r, &m, 2 * S);
	cr_expect(eq(u64, heap(), 1004));
	press('{');
	mg_replay_advance(&r, &m, 3 * S);
	cr_expect(eq(u64, heap(), 1006));
	for (int i = 0; i < 40; i++)
		press('{');
	cr_expect(eq(u32, r.speed, 1));
	for (int i = 0; i < 40; i++)
		press('}');
	cr_expect(eq(u32, r.speed, 4096));
}

Test(top_replay, holds_and_goes_on)
{
	press(' ');
	mg_replay_advance(&r, &m, 9 * S);
	cr_expect(eq(u64, heap(), 1000));
	cr_expect(ne(ptr, strstr(row(0), "held"), NULL), "%s", line);
	press(' ');
	mg_replay_advance(&r, &m, 3 * S);
	cr_expect(eq(u64, heap(), 1002));
}

Test(top_replay, steps_from_look_to_look)
{
	press(']');
	press(']');
	cr_expect(eq(u64, heap(), 1002));
	press('[');
	cr_expect(eq(u64, heap(), 1001));
	press('[');
	press('[');
	press('[');
	cr_expect(eq(u64, heap(), 1000), "the first is the first");
	cr_expect(not(r.is_playing));
}

Test(top_replay, jumps_through_time)
{
	go_to("00:17:10");
	cr_expect(eq(u64, heap(), 1030));
	go_to("-20s");
	cr_expect(eq(u64, heap(), 1010));
	go_to("+5s");
	cr_expect(eq(u64, heap(), 1015));
	go_to("00:17");
	cr_expect(eq(u64, heap(), 1020));
	press(')');
	cr_expect(eq(u64, heap(), 1059));
	press('(');
	cr_expect(eq(u64, heap(), 1020));
	go_to("-1h");
	cr_expect(eq(u64, heap(), 1000));
	go_to("+2h");
	cr_expect(eq(u64, heap(), 5000));
	cr_expect(ne(ptr, mg_procs_find(&m.procs, 8), NULL));
	go_to("00:17:10");
	cr_expect(eq(ptr, mg_procs_find(&m.procs, 8), NULL), "it came later");
}

Test(top_replay, a_jump_shows_rates_and_the_machine)
{
	char row_text[512];

	go_to("00:17:10");
	m.page_rows = 0;
	mg_model_settle(&m, r.player.now_ms * MS);
	mg_canvas_clear(&c, 160, 12);
	mg_page_draw(&m, &c, 1 * S);
	mg_canvas_row_text(&c, 5, row_text, sizeof row_text);
	cr_expect(ne(ptr, strstr(row_text, " 10 "), NULL), "10 blocks a second: %s", row_text);
	mg_canvas_row_text(&c, 0, row_text, sizeof row_text);
	cr_expect(ne(ptr, strstr(row_text, "256K of 1M"), NULL), "%s", row_text);
}

Test(top_replay, says_what_a_time_looks_like)
{
	static const char *const bad[] = { "x", "25:00", "1:60", "12", "+", "-x", "12:00:00x" };

	for (size_t i = 0; i < ROWS(bad); i++) {
		m.message[0] = '\0';
		go_to(bad[i]);
		cr_expect(
		    ne(ptr, strstr(m.message, "is no time; type 03:12, 03:12:30, +10m"), NULL),
		    "%s: %s", bad[i], m.message);
		cr_expect(eq(u64, heap(), 1000));
	}
	press('g');
	press('1');
	cr_expect(
	    ne(ptr, strstr(row(9), "Go to (03:12, 03:12:30, +10m, -1h): 1"), NULL), "%s", line);
	press(MG_KEY_ESC);
	cr_expect(not(r.is_typing));
}

Test(top_replay, does_not_wait_where_nothing_was_recorded)
{
	go_to("00:17:39");
	r.is_playing = true;
	mg_replay_advance(&r, &m, 2 * S);
	cr_expect(eq(u64, heap(), 5000));
	mg_replay_advance(&r, &m, 3 * S);
	cr_expect(not(r.is_playing));
	cr_expect(ne(ptr, strstr(row(0), "at its end"), NULL), "%s", line);
	press(' ');
	cr_expect(eq(u64, heap(), 1000), "and from the beginning again");
}

Test(top_replay, leaves_other_keys_to_the_page)
{
	cr_expect(not(mg_replay_key(&r, &m, 't', 1 * S)));
	cr_expect(not(mg_replay_key(&r, &m, MG_KEY_ENTER, 1 * S)));
	m.help = true;
	cr_expect(not(mg_replay_key(&r, &m, ' ', 1 * S)));
	m.help = false;
	m.input = MG_MODEL_FILTER;
	cr_expect(not(mg_replay_key(&r, &m, 'g', 1 * S)));
}

Test(top_replay, shows_where_it_is)
{
	go_to("00:17:10");
	row(0);
	cr_expect(ne(ptr, strstr(line, "REPLAY  1970-01-01 00:17:10"), NULL), "%s", line);
	cr_expect(ne(ptr, strstr(line, "00:16 "), NULL), "%s", line);
	cr_expect(ne(ptr, strstr(line, " 01:16"), NULL), "%s", line);
}

Test(top_replay, plays_up_to_the_damage_and_says_so)
{
	mg_replay_close(&r);
	put(HEAD "time 1000\nstats 7 0=app 1=1\ntime 2000\nstats 7 1+1\n\x01\x02\ntime 3000\n");
	cr_assert(zero(int, mg_replay_open(&r, path, why)), "%s", why);
	mg_replay_advance(&r, &m, 1 * S);
	mg_replay_advance(&r, &m, 9 * S);
	cr_expect(eq(u64, heap(), 2));
	cr_expect(eq(u64, r.player.now_ms, 2000));
	cr_expect(ne(ptr, strstr(row(9), "damaged behind line 6"), NULL), "%s", line);
}

Test(top_replay, refuses_what_is_no_recording_and_says_why)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "it is no recording" },
		{ "hello\n", "it is no recording" },
		{ "memgov-record 2\n", "later version" },
		{ HEAD, "nothing is recorded in it" },
	};

	mg_replay_close(&r);
	for (size_t i = 0; i < ROWS(rows); i++) {
		put(rows[i].text);
		cr_expect(eq(int, mg_replay_open(&r, path, why), -1));
		cr_expect(ne(ptr, strstr(why, rows[i].why), NULL), "%zu: %s", i, why);
	}
	cr_expect(eq(int, mg_replay_open(&r, folder, why), -1));
	cr_expect(ne(ptr, strstr(why, "Is a directory"), NULL), "%s", why);
}
