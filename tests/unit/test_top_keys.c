/* SPDX-License-Identifier: MIT */
/* Every key of the help does something where the help says so. */
#include "tests/unit/test_top.h"

#include "tools/top/mouse.h"

TestSuite(top_keys, .init = set_up, .fini = tear_down);

#define PROCESSES 60

static void
tell_many(void)
{
	char stats[200];

	for (int i = 0; i < PROCESSES; i++) {
		snprintf(stats, sizeof stats,
		    "command p%d\nstate active\nheap_footprint_bytes %d\nrss_bytes 7\nthreads 1\n",
		    100 + i, 1000 - i);
		tell(100 + i, 1 * S, stats);
	}
	mg_model_kin(&m, 121, 120, "root", false);
	mg_model_settle(&m, 1 * S);
}

/* A page of a process with as much as a key may need. */
static void
open_page(void)
{
	press(MG_KEY_HOME);
	press(MG_KEY_ENTER);
	answer(100, MG_ASK_CONFIG, "ok\nheap_max 1G\nsample 512K\nrss_max 0\n");
	answer(100, MG_ASK_POLICIES, "ok\nidle 15000 2 the program is idle\nrss - 0 -\n");
	answer(100, MG_ASK_PROFILE, "ok\n");
	answer(100, MG_ASK_HISTORY,
	    "ok\n# age_ms heap_footprint_bytes live_bytes\n9000000 9 9\n60000 5 5\n0 9 9\n");
}

/* All that is on the screen, and what cannot be seen. */
static unsigned long
fingerprint(void)
{
	unsigned long sum = 5381;

	draw(80, 24);
	for (int i = 0; i < c.width * c.height; i++)
		sum = sum * 33 +
		      (c.cells[i].glyph << 8 | c.cells[i].style << 1 | c.cells[i].selected);
	return sum * 33 + (unsigned long)m.paused;
}

/* Whether the key changes the screen, or asks for something. */
static bool
acts(int key)
{
	unsigned long before = fingerprint();
	struct mg_control_effect e = press(key);

	return e.kind != MG_CONTROL_NOTHING || fingerprint() != before;
}

static bool
acts_somewhere(int key)
{
	bool did;

	tell_many();
	/* In the middle of the table, and of its columns. */
	for (int i = 0; i < 22; i++)
		press(MG_KEY_DOWN);
	draw(80, 24);
	press(MG_KEY_RIGHT);
	type("/p120");
	press(MG_KEY_ENTER);
	snprintf(m.table.search, sizeof m.table.search, "p1");
	press('t');
	if (key == '+' || key == '=')
		press('-');
	did = acts(key);
	tear_down();
	set_up();
	tell_many();
	open_page();
	return acts(key) || did;
}

Test(top_keys, every_row_has_an_effect)
{
	for (size_t i = 0; i < mg_keys_count; i++) {
		if (mg_keys[i].key == MG_KEY_NONE)
			continue;
		cr_expect(acts_somewhere(mg_keys[i].key), "row %zu: '%s' %s", i, mg_keys[i].printed,
		    mg_keys[i].help);
		tear_down();
		set_up();
	}
}

Test(top_keys, those_of_nothing_have_none)
{
	tell_many();
	cr_expect(not(acts('Z')));
	cr_expect(not(acts(MG_KEY_OTHER)));
}

Test(top_keys, searches_while_typing_and_goes_on)
{
	tell_many();
	type("/15");
	cr_expect(eq(int, m.table.selected_pid, 115), "in the name");
	type("2");
	cr_expect(eq(int, m.table.selected_pid, 152));
	press(MG_KEY_BACKSPACE);
	cr_expect(eq(int, m.table.selected_pid, 115));
	press(MG_KEY_ENTER);
	press('n');
	cr_expect(eq(int, m.table.selected_pid, 150));
	press('N');
	press('N');
	cr_expect(eq(int, m.table.selected_pid, 159), "around the top");
	press('n');
	cr_expect(eq(int, m.table.selected_pid, 115));
}

Test(top_keys, leaves_a_search_where_it_began)
{
	tell_many();
	press(MG_KEY_DOWN);
	type("/15");
	press(MG_KEY_ESC);
	cr_expect(eq(int, m.table.selected_pid, 101));
	type("/nobody");
	cr_expect(eq(int, m.table.selected_pid, 101));
	draw(80, 24);
	SHOWS("Search: nobody  no row has this");
	press(MG_KEY_ENTER);
	press('n');
	draw(80, 24);
	SHOWS("No row has 'nobody'");
}

Test(top_keys, sets_the_delay)
{
	m.step_ns = 1 * S;
	press('d');
	draw(80, 24);
	SHOWS("Delay (100ms to 1h): 1s");
	press(MG_KEY_CLEAR_LINE);
	type("250ms");
	press(MG_KEY_ENTER);
	cr_expect(eq(u64, m.step_ns, 250 * MS));
	press('d');
	type("x");
	press(MG_KEY_ENTER);
	cr_expect(eq(u64, m.step_ns, 250 * MS));
	draw(80, 24);
	SHOWS("'250msx' is not accepted; type a time from 100ms to 1h");
	SHOWS("Delay (100ms to 1h): 250msx");
	press(MG_KEY_ESC);
	cr_expect(eq(int, m.input, MG_MODEL_NO_INPUT));
}

Test(top_keys, goes_round_the_columns_that_were_chosen)
{
	tell_many();
	m.table.choice = (struct mg_layout_choice){ 3,
		{ MG_COLUMN_ID_command, MG_COLUMN_ID_bar, MG_COLUMN_ID_rss } };
	press('>');
	cr_expect(eq(int, (int)m.table.sort, MG_COLUMN_ID_command));
	press('>');
	cr_expect(eq(int, (int)m.table.sort, MG_COLUMN_ID_rss), "a picture has no figure");
	press('<');
	cr_expect(eq(int, (int)m.table.sort, MG_COLUMN_ID_command));
}

/* The dialog of the columns. */

static void
open_chooser(void)
{
	tell_many();
	draw(50, 24);
	press('o');
	draw(80, 24);
}

Test(top_keys, begins_the_choice_with_what_is_on_the_screen)
{
	open_chooser();
	SHOWS("[x] PID      Process id.");
	SHOWS("[x] HEAP");
	SHOWS("[ ] LEAKS");
	SHOWS("Space Show  < Left  > Right  a Automatic  Enter Keep  Esc Undo");
}

Test(top_keys, chooses_columns_and_their_order)
{
	open_chooser();
	press(' ');
	press(MG_KEY_DOWN);
	press(MG_KEY_DOWN);
	press('<');
	press(MG_KEY_ENTER);
	draw(80, 24);
	HIDES("[x]");
	HIDES("PID");
	SHOWS("STATE    COMMAND");
}

Test(top_keys, cannot_hide_the_name)
{
	open_chooser();
	press(MG_KEY_DOWN);
	press(' ');
	draw(80, 24);
	SHOWS("[x] COMMAND");
}

Test(top_keys, undoes_the_choice_or_leaves_it_to_the_width)
{
	open_chooser();
	press(' ');
	press(MG_KEY_ESC);
	cr_expect(zero(sz, m.table.choice.n));
	press('o');
	press(' ');
	press(MG_KEY_ENTER);
	cr_expect(gt(sz, m.table.choice.n, 0));
	press('o');
	press('a');
	cr_expect(zero(sz, m.table.choice.n));
	cr_expect(not(m.chooser.is_open));
}

Test(top_keys, can_show_every_column)
{
	open_chooser();
	for (int i = 0; i < MG_COLUMN_IDS; i++) {
		if (!m.chooser.shown[m.chooser.order[m.chooser.cursor]])
			press(' ');
		press(MG_KEY_DOWN);
		draw(80, 24);
	}
	press(MG_KEY_ENTER);
	draw(700, 24);
	for (enum mg_column_id id = 0; id < MG_COLUMN_IDS; id++)
		SHOWS(mg_columns_title(id));
}

/* The mouse. */

static struct mg_control_effect
mouse_at(enum mg_mouse_kind kind, int row, int col)
{
	struct mg_mouse mouse = { kind, row, col };

	return mg_mouse_act(&m, &c, &mouse, 5 * S);
}

/* Clicks at the first place of a text on the screen. */
static struct mg_control_effect
click_on(const char *text)
{
	for (int row = 0; row < c.height; row++) {
		const char *at;

		mg_canvas_row_text(&c, row, line, sizeof line);
		at = strstr(line, text);
		if (at != NULL)
			return mouse_at(MG_MOUSE_CLICK, row, (int)(at - line));
	}
	cr_fail("'%s' is not on the screen", text);
	return (struct mg_control_effect){ .kind = MG_CONTROL_NOTHING };
}

Test(top_keys, a_click_selects_and_another_opens)
{
	tell_many();
	draw(80, 24);
	cr_expect(eq(int, click_on("p103").kind, MG_CONTROL_NOTHING));
	cr_expect(eq(int, m.table.selected_pid, 103));
	draw(80, 24);
	cr_expect(eq(int, click_on("p103").kind, MG_CONTROL_FOCUS));
	draw(80, 24);
	click_on("Events");
	cr_expect(eq(int, m.detail->part, MG_DETAIL_PART_EVENTS));
	draw(80, 24);
	click_on("Quit");
	cr_expect(eq(int, m.page, MG_MODEL_TABLE));
}

Test(top_keys, a_click_on_a_title_sorts_and_another_reverses)
{
	tell_many();
	draw(80, 24);
	click_on("COMMAND");
	cr_expect(m.table.sort == MG_COLUMN_ID_command && !m.table.descending);
	draw(80, 24);
	click_on("COMMAND");
	cr_expect(m.table.sort == MG_COLUMN_ID_command && m.table.descending);
	mouse_at(MG_MOUSE_CLICK, 0, 0);
	cr_expect(m.table.descending);
}

Test(top_keys, the_wheel_scrolls)
{
	tell_many();
	draw(80, 24);
	mouse_at(MG_MOUSE_WHEEL_DOWN, 10, 10);
	cr_expect(eq(int, m.table.selected_pid, 103));
	mouse_at(MG_MOUSE_WHEEL_UP, 10, 10);
	cr_expect(eq(int, m.table.selected_pid, 100));
}

Test(top_keys, the_bottom_line_can_be_clicked)
{
	tell_many();
	draw(80, 24);
	click_on("Tree");
	cr_expect(m.table.tree);
	draw(80, 24);
	m.table.choice = (struct mg_layout_choice){ 1, { MG_COLUMN_ID_command } };
	click_on("o Columns");
	cr_expect(m.chooser.is_open);
	draw(80, 24);
	click_on("[ ] LEAKS");
	cr_expect(mg_layout_has(&m.table.choice, MG_COLUMN_ID_leaks));
	draw(80, 24);
	click_on("Keep");
	cr_expect(not(m.chooser.is_open));
	draw(80, 24);
	cr_expect(eq(int, click_on("Quit").kind, MG_CONTROL_QUIT));
}

Test(top_keys, the_mouse_may_be_anywhere)
{
	static const int keys[] = { MG_KEY_UP, '?', ' ', 'q', 'o', MG_KEY_ENTER, MG_KEY_ENTER, 's',
		'q' };

	tell_many();
	for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
		for (int row = -1; row < 26; row++) {
			draw(80, 24);
			mouse_at(MG_MOUSE_WHEEL_DOWN, row, row * 4);
			draw(40, 12);
			mouse_at(MG_MOUSE_CLICK, row, 39);
		}
		press(keys[k]);
	}
}
