/* SPDX-License-Identifier: MIT */
#include "tests/unit/test_top.h"

TestSuite(top_page, .init = set_up, .fini = tear_down);

Test(top_page, draws_on_a_screen_of_any_size)
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

Test(top_page, shows_the_marks_of_the_machine_and_says_in_words_when_they_are_passed)
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

Test(top_page, says_what_to_do_when_nothing_is_governed)
{
	draw(80, 24);
	SHOWS("memgov run -- COMMAND");
	tell(1, 1 * S, "command a\n");
	type("fzzz");
	press(MG_KEY_ENTER);
	draw(80, 24);
	SHOWS("No process matches 'zzz'");
}

Test(top_page, opens_a_page_with_all_its_parts)
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
	SHOWS("Memory, last 1 min");
	SHOWS("-30s");
	press(MG_KEY_TAB);
	draw(80, 24);
	SHOWS("[Events]");
	cr_expect(SAME(m.detail->events[0].text, "second"), "the latest first");
	SHOWS("first");
	press(MG_KEY_TAB);
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

Test(top_page, edits_a_setting_in_place)
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
	SHOWS("heap_max (0 or 1M..64T): 1G");
	type("x");
	cr_expect(SAME(press(MG_KEY_ENTER).text, "set heap_max 1Gx"), "what was typed is kept");
	answer(1, MG_ASK_COMMAND, "ok\n");
	cr_expect(eq(int, m.input, MG_MODEL_NO_INPUT));
}

Test(top_page, leaves_an_edit_with_escape)
{
	tell(1, 1 * S, "command app\n");
	press(MG_KEY_ENTER);
	answer(1, MG_ASK_CONFIG, "ok\nheap_max 512M\n");
	press('e');
	press('e');
	cr_expect(eq(int, press(MG_KEY_ESC).kind, MG_CONTROL_NOTHING));
	cr_expect(eq(int, m.input, MG_MODEL_NO_INPUT));
}

Test(top_page, quits_from_the_table_only)
{
	tell(1, 1 * S, "command app\n");
	press('?');
	cr_expect(eq(int, press('q').kind, MG_CONTROL_NOTHING));
	press(MG_KEY_ENTER);
	cr_expect(eq(int, press(MG_KEY_ESC).kind, MG_CONTROL_FOCUS));
	cr_expect(eq(int, press('q').kind, MG_CONTROL_QUIT));
}

Test(top_page, names_every_key_once_on_the_pages_of_the_help)
{
	press('?');
	draw(80, 24);
	cr_expect(eq(int, m.help_pages, 3));
	for (size_t i = 0; i < mg_keys_count; i++) {
		const struct mg_keys_row *k = &mg_keys[i];

		cr_expect(eq(int, mg_keys_find(k->key), (int)k->action), "key %zu twice", i);
		for (m.help_page = 0; m.help_page < 2; m.help_page++) {
			draw(80, 24);
			if (row_with(k->help)[0] != '\0')
				break;
		}
		draw(80, 24);
		if (k->help[0] != '\0')
			SHOWS(k->help);
	}
}

Test(top_page, shows_the_help_on_one_page_where_there_is_room)
{
	press('?');
	draw(170, 40);
	cr_expect(eq(int, m.help_pages, 1));
	SHOWS("Select the row above");
	SHOWS("Quit, or leave");
	press(' ');
	cr_expect(not(m.help));
}

Test(top_page, turns_the_pages_of_the_help)
{
	press('?');
	draw(80, 24);
	press(' ');
	cr_expect(m.help && m.help_page == 1);
	press(MG_KEY_UP);
	cr_expect(m.help && m.help_page == 0);
	press('q');
	cr_expect(not(m.help));
	press('?');
	press(' ');
	press(' ');
	cr_expect(m.help && m.help_page == 2);
	press(' ');
	cr_expect(not(m.help));
}
