/* SPDX-License-Identifier: MIT */
#include "tests/unit/test_top.h"

TestSuite(top_table, .init = set_up, .fini = tear_down);

Test(top_table, sorts_by_footprint_and_then_by_what_is_asked)
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

Test(top_table, finds_columns_by_title_and_by_statistic)
{
	enum mg_column_id id;

	cr_expect(mg_columns_find("rss", &id) && id == MG_COLUMN_ID_rss);
	cr_expect(mg_columns_find("ALLOC/s", &id) && id == MG_COLUMN_ID_allocs);
	cr_expect(mg_columns_find("refused_allocs", &id) && id == MG_COLUMN_ID_refused);
	cr_expect(not(mg_columns_find("nonsense", &id)));
}

Test(top_table, filters_by_name_and_pid_while_typing)
{
	tell(11, 1 * S, "command Redis\n");
	tell(22, 1 * S, "command node\n");
	type("fredis");
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

Test(top_table, keeps_the_selection_on_its_process)
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

Test(top_table, selects_the_first_row_until_a_key_has_chosen_another)
{
	tell(1, 1 * S, "heap_footprint_bytes 10\n");
	tell(2, 1 * S, "heap_footprint_bytes 20\n");
	cr_expect(eq(int, m.table.selected_pid, 2));
	press('r');
	cr_expect(eq(int, m.table.selected_pid, 1));
	press('r');
	tell(1, 2 * S, "uptime_ms 1\nheap_footprint_bytes 99\n");
	cr_expect(eq(int, m.table.selected_pid, 1), "which is the first now");
	press(MG_KEY_ENTER);
	cr_expect(eq(int, m.detail->pid, 1));
	press(MG_KEY_ESC);
	tell(2, 2 * S, "uptime_ms 1\nheap_footprint_bytes 100\n");
	cr_expect(eq(int, m.table.selected_pid, 1), "it was looked at");
}

Test(top_table, shows_a_dash_for_what_was_not_sent)
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
Test(top_table, fits_the_columns_into_80)
{
	struct mg_layout l;
	struct mg_layout_wish wish;
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
	wish = (struct mg_layout_wish){
		.list = m.table.rows, .n = 1, .width = 80, .sort = MG_COLUMN_ID_heap
	};
	mg_layout_make(&l, &wish);
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

Test(top_table, shows_suspects_of_leaks_when_there_are_some)
{
	tell(1, 1 * S, "command a\nheap_footprint_bytes 9\nrss_bytes 9\nleak_suspects 0\n");
	draw(40, 24);
	SHOWS("RSS");
	HIDES("LEAKS");
	tell(2, 1 * S, "command b\nstate active\nleak_suspects 3\n");
	draw(40, 24);
	SHOWS("COMMAND  STATE    LEAKS");
	SHOWS("b        active       3");
	press(MG_KEY_END);
	press(MG_KEY_ENTER);
	draw(80, 24);
	SHOWS("2 b  active  may leak");
}

Test(top_table, gives_way_by_rank_and_never_overlaps)
{
	tell(1, 1 * S, "command a\n");
	for (int width = 0; width < 400; width++) {
		struct mg_layout l;
		struct mg_layout_wish wish;

		wish = (struct mg_layout_wish){ .list = m.table.rows,
			.n = m.table.n,
			.width = width,
			.skip = width % 7,
			.sort = MG_COLUMN_ID_uptime };
		mg_layout_make(&l, &wish);
		for (size_t i = 1; i < l.n; i++)
			cr_expect(
			    eq(int, l.shown[i].col, l.shown[i - 1].col + l.shown[i - 1].width + 1));
		if (width > 40)
			cr_expect(le(int, l.shown[l.n - 1].col + l.shown[l.n - 1].width, width));
	}
}
