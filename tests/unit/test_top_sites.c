/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/test_top.h"
#include "tools/top/siteline.h"

/* Names come from a map of generated code, where any name can stand at any address. */
#define MAP                                                                            \
	"1000 100 xmalloc\n1100 100 Cache::remember(Request const&)\n1200 100 serve\n" \
	"1300 100 main\n1400 100 "                                                     \
	"a_function_with_a_name_that_is_longer_than_any_column_for_it_could_ever_be\n" \
	"1500 100 read_request\n"                                                      \
	"1600 100 JS:*accept /srv/a_server_with_a_long_name.js:1234:7\n"

static char map[64];

static void
remove_map(void)
{
	unlink(map);
	tear_down();
}

TestSuite(top_sites, .init = set_up, .fini = remove_map);

static int
me(void)
{
	return (int)getpid();
}

/* A process of this very id, because a map belongs to a process, on its page of sites. */
static void
open_page(void)
{
	FILE *f;

	snprintf(map, sizeof map, "/tmp/perf-%d.map", me());
	f = fopen(map, "wx");
	cr_assert(ne(ptr, f, NULL));
	fputs(MAP, f);
	fclose(f);
	tell(me(), 1 * S,
	    "command leaky\nstate active\nheap_footprint_bytes 16777216\nlive_bytes 14680064\n");
	press('s');
}

static void
profile(const char *text)
{
	char *reply = NULL;

	cr_assert(ge(int, asprintf(&reply, "ok\nmemgov-profile 1\n%s", text), 0));
	mg_model_reply(&m, me(), MG_ASK_PROFILE, 0, reply, 5 * S);
	free(reply);
}

/* With all the time that names take. */
static void
name(void)
{
	mg_model_name(&m, UINT64_MAX);
}

/* A site that has grown by ten samples of 512K every 5 s. */
#define GROWS                                                                    \
	"trend 0 0:0:0 10:0:5242880 20:0:10485760 30:0:15728640 40:0:20971520 "  \
	"50:0:26214400 60:0:31457280 70:0:36700160 80:0:41943040 90:0:47185920 " \
	"100:0:52428800 110:0:57671680 120:0:62914560\n"
#define HEAD                                                                                 \
	"sample_bytes 524288\nsamples 1300 140\n"                                            \
	"marks 0 60000 55000 50000 45000 40000 35000 30000 25000 20000 15000 10000 5000 0\n" \
	"module 1 1000 2000 00 /nowhere/libstrange.so.2\n"
#define SITES                                                                            \
	"site 1 5120 10485760 6000 61440000 20 0 360000 5000\nages 0 0 0 10485760 0 0\n" \
	"frames 0+0x1010 0+0x1510 0+0x1210 0+0x1310\n"                                   \
	"site 2 1000 1048576 1000 1048576 120 0 60000 10\nages 0 0 1048576 0 0 0\n"      \
	"frames 0+0x1010 0+0x1110 0+0x1210 0+0x1310\n" GROWS                             \
	"site 3 1 524288 2000000 1048576000 2000 1999 60000 10\nages 524288 0 0 0 0 0\n" \
	"frames 1+0x1234 1+0x4321\n"                                                     \
	"site 4 7 7168 7 7168 7 0 60000 10\nframes 0+0x1410 0+0x1310\n"

/* Row `i` below the titles of the list. */
static const char *
list_row(int i)
{
	for (int r = 0; r < c.height; r++) {
		mg_canvas_row_text(&c, r, line, sizeof line);
		if (strstr(line, " WHO") == NULL)
			continue;
		mg_canvas_row_text(&c, r + 1 + i, line, sizeof line);
		return line;
	}
	return "";
}

static enum mg_style
style_at(const char *text)
{
	for (int r = 0; r < c.height; r++) {
		const char *at;

		mg_canvas_row_text(&c, r, line, sizeof line);
		at = strstr(line, text);
		if (at != NULL)
			return (enum mg_style)c.cells[r * c.width + (at - line)].style;
	}
	return MG_STYLES;
}

Test(top_sites, need_a_profile_only_while_they_are_shown)
{
	tell(me(), 1 * S, "command leaky\n");
	cr_expect(not(mg_model_wants_profile(&m)));
	press(MG_KEY_ENTER);
	cr_expect(not(mg_model_wants_profile(&m)));
	press(MG_KEY_TAB);
	press(MG_KEY_TAB);
	cr_expect(mg_model_wants_profile(&m));
	press(MG_KEY_TAB);
	cr_expect(not(mg_model_wants_profile(&m)));
	press('s');
	cr_expect(mg_model_wants_profile(&m));
	press('q');
	cr_expect(not(mg_model_wants_profile(&m)));
}

Test(top_sites, are_opened_from_the_table)
{
	struct mg_control_effect e;

	tell(7, 1 * S, "command leaky\n");
	e = press('s');
	cr_expect(e.kind == MG_CONTROL_FOCUS && e.pid == 7);
	cr_expect(eq(int, m.detail->part, MG_DETAIL_PART_SITES));
	draw(80, 24);
	SHOWS("[Sites]");
	SHOWS("no answer yet");
}

Test(top_sites, are_rows_with_the_stack_of_the_selected_one)
{
	open_page();
	profile(HEAD SITES "end\n");
	name();
	draw(80, 24);
	SHOWS("11.5M of 14M live estimated from 140 samples, one every 512K; 1 suspect");
	cr_expect(eq(int, style_at("; 1 suspect"), MG_STYLE_BAD));
	cr_expect(SAME(list_row(-1), "VERDICT  LIVE SHARE    BLOCKS   /MIN  AGE WHO"));
	cr_expect(SAME(list_row(0), "suspect    1M #          1000   +60M <10m Cache::remember"));
	cr_expect(SAME(list_row(1), "steady    10M #######    5120      0  <1h read_request"));
	cr_expect(
	    SAME(list_row(2), "steady   512K #             1      0 <10s libstrange.so.2+0x1234"));
	cr_expect(eq(int, style_at("suspect  "), MG_STYLE_BAD));
	SHOWS("Stack: 1000 of 1000 blocks live, first 1m00s ago, last 10ms ago -");
	SHOWS("  xmalloc");
	SHOWS("> Cache::remember");
	press(MG_KEY_DOWN);
	draw(80, 24);
	SHOWS("Stack: 5120 of 6000 blocks live, first 6m00s ago, last 5.0s ago -");
	SHOWS("> read_request");
	press(MG_KEY_DOWN);
	draw(80, 24);
	SHOWS("> libstrange.so.2+0x1234  (its file was replaced)");
}

Test(top_sites, have_their_stack_beside_them_where_there_is_room)
{
	open_page();
	profile(HEAD SITES "end\n");
	name();
	draw(120, 40);
	SHOWS("Cache::remember             |   xmalloc");
	SHOWS("| > Cache::remember");
	SHOWS("a_function_with_a_name_tha~ |   main");
	draw(200, 60);
	SHOWS("one every 512K; 1 suspect");
	SHOWS(" | Stack: 1000 of 1000 blocks live, first");
	SHOWS("a_function_with_a_name_that_is_lon~ |   main");
	SHOWS("Policies --");
}

Test(top_sites, are_cut_with_a_mark_or_not_at_all)
{
	open_page();
	profile(HEAD SITES "end\n");
	name();
	for (int width = 20; width < 220; width++) {
		draw(width, 24);
		for (int i = 0; i < 4; i++) {
			static const char *const who[] = { "Cache::remember", "read_request",
				"libstrange.so.2+0x1234", "could_ever_be" };
			const char *row = list_row(i);

			cr_expect(strstr(row, who[i]) != NULL || strchr(row, '~') != NULL,
			    "%d columns: %s", width, row);
		}
		if (width >= 34)
			SHOWS("VERDICT");
		SHOWS("1 suspect");
	}
}

Test(top_sites, shorten_the_file_rather_than_its_line)
{
	open_page();
	profile(HEAD "site 1 5 5 5 5 5 5 5 5\nframes 0+0x1610 0+0x1310\nend\n");
	name();
	draw(100, 24);
	SHOWS("  0    - accept (a_server_with_a_long_name.js:1234)");
	draw(70, 24);
	SHOWS("accept (a_server_with~:1234)");
	draw(40, 24);
	cr_expect(SAME(list_row(0), "steady      5      0 accept (a_se~:1234)"));
	SHOWS("> accept (a_server_with_a_long_na~:1234)");
	draw(24, 24);
	cr_expect(SAME(list_row(0), "    5 accept (a_s~:1234)"));
	draw(22, 24);
	cr_expect(SAME(list_row(0), "    5 accept"));
}

Test(top_sites, leave_out_namespaces_before_a_name_is_cut)
{
	struct mg_symbols_line l = { .function =
					 "node::Buffer::(anonymous namespace)::CreateBuffer(int)",
		.module = "node",
		.is_named = true };
	static const struct {
		int columns;
		const char *text;
	} rows[] = { { 49, "node::Buffer::(anonymous namespace)::CreateBuffer" },
		{ 48, "~Buffer::(anonymous namespace)::CreateBuffer" },
		{ 43, "~(anonymous namespace)::CreateBuffer" }, { 30, "~CreateBuffer" },
		{ 13, "~CreateBuffer" }, { 12, "~CreateBuff~" } };

	for (size_t i = 0; i < ROWS(rows); i++) {
		mg_canvas_clear(&c, 80, 1);
		mg_siteline_draw(&l, &c, 0, 0, rows[i].columns, MG_STYLE_PLAIN);
		mg_canvas_row_text(&c, 0, line, sizeof line);
		cr_expect(SAME(line, rows[i].text));
	}
}

Test(top_sites, are_places_until_their_names_are_looked_up)
{
	open_page();
	profile(HEAD SITES "end\n");
	cr_expect(mg_model_is_behind(&m));
	mg_model_name(&m, 0);
	cr_expect(mg_model_is_behind(&m));
	draw(80, 24);
	SHOWS("suspect    1M #          1000   +60M <10m 0x1010");
	HIDES("Cache::remember");
	name();
	cr_expect(not(mg_model_is_behind(&m)));
	draw(80, 24);
	SHOWS("Cache::remember");
	profile(HEAD SITES "end\n");
	mg_model_name(&m, 0);
	cr_expect(not(mg_model_is_behind(&m)), "they are known");
	draw(80, 24);
	SHOWS("Cache::remember");
}

Test(top_sites, keep_the_selection_while_they_change_places)
{
	open_page();
	profile(HEAD SITES "end\n");
	mg_model_name(&m, 0);
	press(MG_KEY_DOWN);
	name();
	draw(80, 24);
	SHOWS("> read_request");
	profile(HEAD "site 9 1 99999999 1 99999999 1 0 1 1\nframes 1+0x9999\n" SITES "end\n");
	name();
	draw(80, 24);
	SHOWS("> read_request");
	cr_expect(eq(sz, m.detail->cursor, 2));
	profile(HEAD "site 9 1 99999999 1 99999999 1 0 1 1\nframes 1+0x9999\nend\n");
	name();
	draw(80, 24);
	SHOWS("> libstrange.so.2+0x9999");
}

Test(top_sites, keep_the_selection_on_the_worst)
{
	static const char *const worse = "site 9 1 99999999 1 99999999 1 0 1 1\nframes 1+0x9999\n";
	char text[256];

	open_page();
	profile("site 1 5 5 5 5 5 5 5 5\nframes 0+0x1510\nend\n");
	name();
	snprintf(text, sizeof text, "%ssite 1 5 5 5 5 5 5 5 5\nframes 0+0x1510\nend\n", worse);
	profile(text);
	name();
	draw(80, 24);
	SHOWS("> 0x9999");
	press(MG_KEY_ENTER);
	snprintf(
	    text, sizeof text, "%ssite 1 5 999999999 5 5 5 5 5 5\nframes 0+0x1510\nend\n", worse);
	profile(text);
	name();
	draw(80, 24);
	SHOWS("> 0x9999");
}

Test(top_sites, open_their_stack_to_be_scrolled)
{
	open_page();
	profile(HEAD
	    "site 1 5 5 5 5 5 5 5 5\nframes 0+0x1010 1+0x1 1+0x2 1+0x3 1+0x4 1+0x5 1+0x6 1+0x7 "
	    "0+0x1510 1+0x9 1+0xa 1+0xb 1+0xc 1+0xd 1+0xe 1+0xf 1+0x10 0+0x1310\nend\n");
	name();
	draw(80, 20);
	SHOWS("Stack 1-10 of 18: 5 of 5 blocks live");
	HIDES("main");
	press(MG_KEY_ENTER);
	draw(80, 20);
	SHOWS("Stack 1-10 of 18");
	press(MG_KEY_END);
	draw(80, 20);
	SHOWS("Stack 9-18 of 18");
	SHOWS("  main");
	press(MG_KEY_UP);
	draw(80, 20);
	SHOWS("Stack 8-17 of 18");
	press(MG_KEY_ENTER);
	draw(80, 20);
	SHOWS("Stack 1-10 of 18");
}

Test(top_sites, say_how_sampling_is_switched_on)
{
	open_page();
	profile("sample_bytes 0\nend\n");
	name();
	draw(80, 24);
	SHOWS("Sampling is off. e switches it on: type 512K.");
	answer(me(), MG_ASK_CONFIG, "ok\nheap_max 0\nsample 0\n");
	press('e');
	press(MG_KEY_BACKSPACE);
	type("512K");
	cr_expect(SAME(press(MG_KEY_ENTER).text, "set sample 512K"));
	answer(me(), MG_ASK_COMMAND, "ok\n");
	press(MG_KEY_UP);
	profile("sample_bytes 524288\nend\n");
	name();
	draw(80, 24);
	SHOWS("No sample yet: one is taken every 512K that are allocated. e changes that.");
	profile("sample_bytes 0\nsite 1 5 5 5 5 5 5 5 5\nend\n");
	name();
	draw(80, 24);
	SHOWS("sampling is off now");
}

Test(top_sites, say_why_they_are_not_there)
{
	open_page();
	answer(me(), MG_ASK_PROFILE, "error: unknown command\n");
	draw(80, 24);
	SHOWS("not available: unknown command");
	profile("site 1 5 5 5 5 5 5 5 5\n");
	draw(80, 24);
	SHOWS("not available: the profile is cut short, or none");
	profile(HEAD SITES "end\n");
	name();
	mg_model_reply(&m, me(), MG_ASK_PROFILE, -ETIME, NULL, 5 * S);
	draw(80, 24);
	SHOWS("not available: Timer expired");
	SHOWS("Cache::remember");
}

Test(top_sites, are_closed_with_their_page)
{
	open_page();
	profile(HEAD SITES "end\n");
	name();
	cr_expect(ne(ptr, m.detail->sites.symbols, NULL));
	press(MG_KEY_TAB);
	cr_expect(ne(ptr, m.detail->sites.symbols, NULL), "another part is the same page");
	press('q');
	cr_expect(eq(ptr, m.detail->sites.symbols, NULL));
	profile(HEAD SITES "end\n");
	cr_expect(not(m.detail->sites.has_profile), "that came too late");
}

Test(top_sites, are_drawn_on_screens_of_any_size)
{
	open_page();
	profile(HEAD SITES "end\n");
	name();
	for (int open = 0; open < 2; open++) {
		for (int width = 0; width < 140; width += 3)
			for (int height = 0; height < 40; height++)
				draw(width, height);
		press(MG_KEY_ENTER);
	}
}
