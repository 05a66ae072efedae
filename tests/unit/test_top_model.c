/* SPDX-License-Identifier: MIT */
#include "tools/top/model.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tools/top/control.h"
#include "tools/top/keys.h"
#include "tools/top/page.h"

static struct mg_model m;
static struct mg_canvas c;
static char line[1024];

static void
set_up(void)
{
	mg_model_init(&m);
	c = (struct mg_canvas){ .ascii = true };
}

static void
tear_down(void)
{
	mg_model_free(&m);
	mg_canvas_free(&c);
}

TestSuite(top_model, .init = set_up, .fini = tear_down);

static void
tell(int pid, uint64_t at_ns, const char *stats)
{
	char reply[1024];

	snprintf(reply, sizeof reply, "ok\n%s", stats);
	mg_model_health(&m, pid, "comm", MG_HEALTH_ANSWERS, at_ns);
	mg_model_reply(&m, pid, MG_ASK_STATS, 0, reply, at_ns);
	mg_model_settle(&m, at_ns);
}

static void
answer(int pid, enum mg_ask ask, const char *text)
{
	char reply[1024];

	snprintf(reply, sizeof reply, "%s", text);
	mg_model_reply(&m, pid, ask, 0, reply, 5 * S);
}

static void
draw(int width, int height)
{
	mg_canvas_clear(&c, width, height);
	mg_page_draw(&m, &c, 5 * S);
}

/* The first row that has the text; "" when none does. */
static const char *
row_with(const char *text)
{
	for (int i = 0; i < c.height; i++) {
		mg_canvas_row_text(&c, i, line, sizeof line);
		if (strstr(line, text) != NULL)
			return line;
	}
	return "";
}

#define SHOWS(text) cr_expect(ne(chr, row_with(text)[0], '\0'), "'%s' is not on the screen", text)
#define HIDES(text) cr_expect(eq(chr, row_with(text)[0], '\0'), "'%s' is on the screen", text)

static struct mg_control_effect
press(int key)
{
	return mg_control_key(&m, key, 5 * S);
}

static void
type(const char *text)
{
	for (; *text != '\0'; text++)
		press(*text);
}

static int
pid_at(size_t i)
{
	return i < m.table.n ? m.table.rows[i]->pid : 0;
}

Test(top_model, computes_rates_from_the_time_that_passed)
{
	tell(7, 1 * S, "uptime_ms 1000\nallocs 100\nfrees 100\n");
	cr_expect(not(mg_procs_find(&m.procs, 7)->has_rates));
	tell(7, 1 * S + 500 * MS, "uptime_ms 1500\nallocs 150\nfrees 90\n");
	cr_expect(eq(u64, mg_procs_find(&m.procs, 7)->rates[MG_REPLY_STAT_allocs], 100));
	cr_expect(zero(u64, mg_procs_find(&m.procs, 7)->rates[MG_REPLY_STAT_frees]),
	    "a counter cannot fall");
}

Test(top_model, begins_anew_when_another_program_took_the_process)
{
	tell(7, 1 * S, "uptime_ms 9000\nallocs 500\nheap_footprint_bytes 1\n");
	tell(7, 2 * S, "uptime_ms 10\nallocs 5\nheap_footprint_bytes 2\n");
	cr_expect(not(mg_procs_find(&m.procs, 7)->has_rates));
	cr_expect(eq(sz, mg_procs_find(&m.procs, 7)->n_trend, 1));
}

Test(top_model, keeps_the_newest_part_of_a_trend)
{
	char stats[64];

	for (unsigned i = 1; i <= MG_PROCS_TREND + 10; i++) {
		snprintf(stats, sizeof stats, "uptime_ms %u\nheap_footprint_bytes %u\n", i, i);
		tell(7, i * S, stats);
	}
	cr_expect(eq(sz, mg_procs_find(&m.procs, 7)->n_trend, MG_PROCS_TREND));
	cr_expect(eq(u64, mg_procs_find(&m.procs, 7)->trend[0], 11));
}

Test(top_model, starts_a_trend_with_the_history)
{
	const struct mg_proc *p;

	m.step_ns = 1 * S;
	tell(7, 1 * S, "uptime_ms 4000\nheap_footprint_bytes 9\n");
	answer(7, MG_ASK_HISTORY, "ok\n# age_ms heap_footprint_bytes\n3500 1\n1500 2\n");
	p = mg_procs_find(&m.procs, 7);
	cr_assert(eq(sz, p->n_trend, 4));
	cr_expect(eq(u64, p->trend[0], 1));
	cr_expect(eq(u64, p->trend[1], 1));
	cr_expect(eq(u64, p->trend[2], 2));
	cr_expect(eq(u64, p->trend[3], 9));
}

Test(top_model, sorts_by_footprint_and_then_by_what_is_asked)
{
	tell(1, 1 * S, "command bb\nheap_footprint_bytes 10\nrss_bytes 5\n");
	tell(2, 1 * S, "command CC\nheap_footprint_bytes 30\nrss_bytes 5\n");
	tell(3, 1 * S, "command aa\nheap_footprint_bytes 20\nrss_bytes 6\n");
	cr_expect(pid_at(0) == 2 && pid_at(1) == 3 && pid_at(2) == 1);
	press('r');
	cr_expect(pid_at(0) == 1 && pid_at(1) == 3 && pid_at(2) == 2);
	mg_table_sort_by(&m.table, MG_COLUMN_ID_command);
	mg_table_update(&m.table, &m.procs);
	cr_expect(
	    pid_at(0) == 3 && pid_at(1) == 1 && pid_at(2) == 2, "names from A to Z, in any case");
	mg_table_sort_by(&m.table, MG_COLUMN_ID_rss);
	mg_table_update(&m.table, &m.procs);
	cr_expect(pid_at(0) == 3, "the largest first");
}

Test(top_model, finds_columns_by_title_and_by_statistic)
{
	enum mg_column_id id;

	cr_expect(mg_columns_find("rss", &id) && id == MG_COLUMN_ID_rss);
	cr_expect(mg_columns_find("ALLOC/s", &id) && id == MG_COLUMN_ID_allocs);
	cr_expect(mg_columns_find("refused_allocs", &id) && id == MG_COLUMN_ID_refused);
	cr_expect(not(mg_columns_find("nonsense", &id)));
}

Test(top_model, filters_by_name_and_pid_while_typing)
{
	tell(11, 1 * S, "command Redis\n");
	tell(22, 1 * S, "command node\n");
	type("/redis");
	cr_expect(eq(sz, m.table.n, 1));
	cr_expect(eq(int, pid_at(0), 11));
	press(MG_KEY_CLEAR_LINE);
	type("22x");
	press(MG_KEY_BACKSPACE);
	cr_expect(eq(int, pid_at(0), 22));
	press(MG_KEY_ENTER);
	draw(80, 24);
	SHOWS("filter: 22");
	press(MG_KEY_ESC);
	cr_expect(eq(sz, m.table.n, 2));
}

Test(top_model, keeps_the_selection_on_its_process)
{
	tell(1, 1 * S, "heap_footprint_bytes 10\n");
	tell(2, 1 * S, "heap_footprint_bytes 20\n");
	press(MG_KEY_DOWN);
	cr_expect(eq(int, m.table.selected_pid, 1));
	tell(1, 2 * S, "uptime_ms 1\nheap_footprint_bytes 99\n");
	cr_expect(eq(int, m.table.selected_pid, 1));
	cr_expect(eq(int, pid_at(0), 1));
	press(MG_KEY_END);
	press(MG_KEY_END);
	cr_expect(eq(int, m.table.selected_pid, 2));
}

Test(top_model, marks_and_then_drops_a_process_that_ended)
{
	tell(1, 1 * S, "command a\nheap_footprint_bytes 1048576\n");
	mg_model_health(&m, 1, "", MG_HEALTH_ENDED, 2 * S);
	mg_model_settle(&m, 3 * S);
	draw(80, 24);
	SHOWS("ended");
	SHOWS("1M");
	mg_model_settle(&m, 20 * S);
	cr_expect(zero(sz, m.table.n));
}

Test(top_model, forgets_a_process_that_was_never_heard_of)
{
	mg_model_health(&m, 1, "x", MG_HEALTH_NEW, 1 * S);
	mg_model_health(&m, 1, "x", MG_HEALTH_ENDED, 1 * S);
	cr_expect(zero(sz, m.procs.n));
}

Test(top_model, shows_a_stopped_process_with_its_last_values)
{
	tell(1, 1 * S, "command a\nstate active\nheap_footprint_bytes 2097152\nallocs 1\n");
	mg_model_health(&m, 1, "a", MG_HEALTH_STOPPED, 2 * S);
	draw(80, 24);
	SHOWS("stopped");
	SHOWS("2M");
	HIDES("active");
}

Test(top_model, shows_a_dash_for_what_was_not_sent)
{
	char buf[16];
	struct mg_text t;

	tell(1, 1 * S, "command a\nheap_footprint_bytes 5\nheap_limit_bytes 0\n");
	mg_text_init(&t, buf, sizeof buf);
	mg_columns_print(mg_procs_find(&m.procs, 1), MG_COLUMN_ID_rss, &t);
	mg_columns_print(mg_procs_find(&m.procs, 1), MG_COLUMN_ID_limit, &t);
	mg_columns_print(mg_procs_find(&m.procs, 1), MG_COLUMN_ID_allocs, &t);
	mg_columns_print(mg_procs_find(&m.procs, 1), MG_COLUMN_ID_heap, &t);
	cr_expect(SAME(buf, "---5"));
}

/* Everything that the screen of 80 columns must have room for, with the longest of each. */
Test(top_model, fits_the_columns_into_80)
{
	struct mg_column_layout l;
	const struct mg_proc *p;
	int end;

	tell(4194304, 1 * S,
	    "command a-quite-long-na\nstate at-limit\nheap_limit_bytes "
	    "1073741824\nheap_footprint_bytes 1023\n"
	    "rss_bytes 1047552\nallocs 0\nreturned_bytes 5\nrefused_allocs 3\nuptime_ms 1\n");
	tell(4194304, 2 * S,
	    "command a-quite-long-na\nstate at-limit\nheap_limit_bytes "
	    "1073741824\nheap_footprint_bytes 1023\n"
	    "rss_bytes 1047552\nallocs 12345678\nreturned_bytes 5\nrefused_allocs 3\nuptime_ms "
	    "2\n");
	p = m.table.rows[0];
	mg_columns_layout(&l, m.table.rows, 1, 80, 0, MG_COLUMN_ID_heap);
	end = l.shown[l.n - 1].col + l.shown[l.n - 1].width;
	cr_expect(le(int, end, 80));
	for (size_t i = 0; i < l.n; i++) {
		char buf[80];
		struct mg_text t;

		if (mg_columns[l.shown[i].id].form == MG_COLUMN_BAR ||
		    mg_columns[l.shown[i].id].form == MG_COLUMN_TREND)
			continue;
		mg_text_init(&t, buf, sizeof buf);
		mg_columns_print(p, l.shown[i].id, &t);
		cr_expect(
		    le(sz, t.len, (size_t)l.shown[i].width), "%s", mg_columns[l.shown[i].id].id);
	}
	draw(80, 24);
	SHOWS("a-quite-long-na");
	SHOWS("REFUSED");
	SHOWS("at-limit");
}

Test(top_model, gives_way_by_rank_and_never_overlaps)
{
	tell(1, 1 * S, "command a\n");
	for (int width = 0; width < 400; width++) {
		struct mg_column_layout l;

		mg_columns_layout(
		    &l, m.table.rows, m.table.n, width, width % 7, MG_COLUMN_ID_uptime);
		for (size_t i = 1; i < l.n; i++)
			cr_expect(
			    eq(int, l.shown[i].col, l.shown[i - 1].col + l.shown[i - 1].width + 1));
		if (width > 40)
			cr_expect(le(int, l.shown[l.n - 1].col + l.shown[l.n - 1].width, width));
	}
}

Test(top_model, draws_on_a_screen_of_any_size)
{
	tell(1, 1 * S, "command a\nheap_footprint_bytes 10\n");
	for (int page = 0; page < 3; page++) {
		for (int w = 0; w < 100; w += 3)
			for (int h = 0; h < 40; h++)
				draw(w, h);
		if (page == 0)
			press(MG_KEY_ENTER);
		else
			press('?');
	}
}

Test(top_model, shows_the_marks_of_the_machine_and_says_in_words_when_they_are_passed)
{
	struct mg_machine machine = { .total_bytes = 100 * GB, .available_bytes = 10 * GB };

	mg_model_machine(&m, &machine);
	draw(80, 24);
	SHOWS("90G of 100G  90% high");
	machine.available_bytes = 2 * GB;
	mg_model_machine(&m, &machine);
	draw(80, 24);
	SHOWS("98% critical");
	machine.available_bytes = 60 * GB;
	mg_model_machine(&m, &machine);
	draw(80, 24);
	SHOWS("40%");
	HIDES("high");
}

Test(top_model, sums_up_what_is_governed)
{
	tell(1, 1 * S, "heap_footprint_bytes 1048576\nrss_bytes 2097152\n");
	tell(2, 1 * S, "heap_footprint_bytes 1048576\nrss_bytes 2097152\n");
	draw(80, 24);
	SHOWS("Governed 2  Heaps 2M");
	SHOWS("RSS 4M");
}

Test(top_model, says_what_to_do_when_nothing_is_governed)
{
	draw(80, 24);
	SHOWS("memgov run -- COMMAND");
	tell(1, 1 * S, "command a\n");
	type("/zzz");
	press(MG_KEY_ENTER);
	draw(80, 24);
	SHOWS("No process matches 'zzz'");
}

Test(top_model, compacts_the_selected_process_and_shows_what_came_back)
{
	struct mg_control_effect e;

	tell(1, 1 * S, "command a\n");
	e = press('c');
	cr_expect(eq(int, e.kind, MG_CONTROL_COMMAND));
	cr_expect(eq(int, e.pid, 1));
	cr_expect(SAME(e.text, "compact"));
	draw(80, 24);
	SHOWS("compacting");
	answer(1, MG_ASK_COMMAND, "ok\nyield_bytes 12582912\ntook_ns 3000000\n");
	draw(80, 24);
	SHOWS("12M came back in 3ms");
	cr_expect(SAME(press('C').text, "compact aggressive"));
}

Test(top_model, does_not_ask_a_stopped_process_to_compact)
{
	tell(1, 1 * S, "command a\n");
	mg_model_health(&m, 1, "a", MG_HEALTH_STOPPED, 2 * S);
	cr_expect(eq(int, press('c').kind, MG_CONTROL_NOTHING));
	draw(80, 24);
	SHOWS("is stopped and cannot compact");
}

Test(top_model, says_when_a_process_ends_in_the_middle_of_a_command)
{
	tell(1, 1 * S, "command a\n");
	press('c');
	mg_model_health(&m, 1, "", MG_HEALTH_ENDED, 5 * S);
	draw(80, 24);
	SHOWS("has ended before it answered");
}

Test(top_model, opens_a_page_with_all_its_parts)
{
	struct mg_control_effect e;

	tell(
	    1, 1 * S, "command app\nstate idle\nheap_footprint_bytes 1048576\nlive_bytes 524288\n");
	e = press(MG_KEY_ENTER);
	cr_expect(e.kind == MG_CONTROL_FOCUS && e.pid == 1);
	answer(1, MG_ASK_POLICIES, "ok\nidle 15000 2 the program is idle\nrss - 0 -\n");
	answer(1, MG_ASK_EVENTS, "ok\n9000 compact first\n1000 set second\n");
	answer(1, MG_ASK_CONFIG, "ok\nheap_max 512M\nengine mimalloc\nreport \n");
	answer(
	    1, MG_ASK_HISTORY, "ok\n# age_ms heap_footprint_bytes live_bytes\n60000 9 9\n0 9 9\n");
	draw(80, 24);
	SHOWS("[Policies]");
	SHOWS("idle           15.0s    2        the program is idle");
	SHOWS("1m00s ago");
	press(MG_KEY_TAB);
	draw(80, 24);
	SHOWS("[Events]");
	cr_expect(SAME(m.detail->events[0].text, "second"), "the latest first");
	SHOWS("first");
	press(MG_KEY_TAB);
	draw(80, 24);
	SHOWS("live_bytes");
	press(MG_KEY_TAB);
	draw(80, 24);
	SHOWS("0 or 1M..64T");
	SHOWS("read at start");
	e = press('q');
	cr_expect(e.kind == MG_CONTROL_FOCUS && e.pid == 0);
}

Test(top_model, edits_a_setting_in_place)
{
	struct mg_control_effect e;

	tell(1, 1 * S, "command app\n");
	press(MG_KEY_ENTER);
	answer(1, MG_ASK_CONFIG, "ok\nengine mimalloc\nheap_max 512M\n");
	press('e');
	cr_expect(eq(int, m.detail->part, MG_DETAIL_PART_SETTINGS));
	press('e');
	draw(80, 24);
	SHOWS("read at start only: restart with MEMGOV_ENGINE=VALUE");
	press(MG_KEY_DOWN);
	press('e');
	draw(80, 24);
	SHOWS("heap_max (0 or 1M..64T): 512M");
	cr_expect(eq(int, c.cursor_row, 23));
	press(MG_KEY_CLEAR_LINE);
	type("1G");
	e = press(MG_KEY_ENTER);
	cr_expect(SAME(e.text, "set heap_max 1G"));
	answer(1, MG_ASK_COMMAND, "error: too much\n");
	draw(80, 24);
	SHOWS("1 refuses: too much");
}

Test(top_model, leaves_an_edit_with_escape)
{
	tell(1, 1 * S, "command app\n");
	press(MG_KEY_ENTER);
	answer(1, MG_ASK_CONFIG, "ok\nheap_max 512M\n");
	press('e');
	press('e');
	cr_expect(eq(int, press(MG_KEY_ESC).kind, MG_CONTROL_NOTHING));
	cr_expect(eq(int, m.input, MG_MODEL_NO_INPUT));
}

Test(top_model, quits_from_the_table_only)
{
	tell(1, 1 * S, "command app\n");
	press('?');
	cr_expect(eq(int, press('q').kind, MG_CONTROL_NOTHING));
	press(MG_KEY_ENTER);
	cr_expect(eq(int, press(MG_KEY_ESC).kind, MG_CONTROL_FOCUS));
	cr_expect(eq(int, press('q').kind, MG_CONTROL_QUIT));
}

Test(top_model, names_every_key_once)
{
	press('?');
	draw(80, 24);
	for (size_t i = 0; i < mg_keys_count; i++) {
		cr_expect(eq(int, mg_keys_find(mg_keys[i].key), (int)mg_keys[i].action),
		    "key %zu is there twice", i);
		if (mg_keys[i].printed[0] != '\0')
			SHOWS(mg_keys[i].help);
	}
}

Test(top_model, takes_replies_that_are_noise)
{
	tell(1, 1 * S, "command app\n");
	press(MG_KEY_ENTER);
	for (enum mg_ask ask = MG_ASK_COMMAND; ask < MG_ASKS; ask++) {
		answer(1, ask, "");
		answer(1, ask, "ok");
		answer(1, ask, "ok\n\n\n \n  x\n# \n");
		answer(99, ask, "ok\nx");
	}
	draw(80, 24);
	SHOWS("app");
}
