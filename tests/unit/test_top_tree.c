/* SPDX-License-Identifier: MIT */
#include "tests/unit/test_top.h"

TestSuite(top_tree, .init = set_up, .fini = tear_down);

/* A process of this footprint below another one. */
static void
tell_below(int pid, int parent, unsigned footprint)
{
	char stats[80];

	snprintf(stats, sizeof stats, "command p%d\nheap_footprint_bytes %u\nparent_pid 1\n", pid,
	    footprint);
	tell(pid, 1 * S, stats);
	mg_model_kin(&m, pid, parent, "root", false);
	mg_model_settle(&m, 1 * S);
}

/* "10 20 21" of the table as it is. */
static const char *
order(void)
{
	static char buf[200];
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < m.table.n; i++)
		n += (size_t)snprintf(
		    buf + n, sizeof buf - n, "%s%d", i > 0 ? " " : "", m.table.rows[i]->pid);
	return buf;
}

static void
grow_family(void)
{
	tell_below(10, 0, 100);
	tell_below(20, 10, 300);
	tell_below(21, 10, 200);
	tell_below(30, 20, 900);
	tell_below(11, 0, 150);
}

Test(top_tree, puts_children_below_their_parents_and_sorts_among_them)
{
	grow_family();
	cr_expect(SAME(order(), "30 20 21 11 10"));
	press('t');
	cr_expect(SAME(order(), "11 10 20 30 21"));
	press('r');
	cr_expect(SAME(order(), "10 21 20 30 11"));
	press('t');
	cr_expect(SAME(order(), "10 11 21 20 30"));
}

Test(top_tree, draws_branches)
{
	grow_family();
	press('t');
	draw(80, 24);
	SHOWS(" p11 ");
	SHOWS(" p10 ");
	SHOWS(" +-p20 ");
	SHOWS(" | +-p30 ");
	SHOWS(" +-p21 ");
	c.ascii = false;
	draw(80, 24);
	SHOWS(" \u251c\u2500p20 ");
	SHOWS(" \u2502 \u2514\u2500p30 ");
	SHOWS(" \u2514\u2500p21 ");
}

Test(top_tree, folds_and_unfolds)
{
	grow_family();
	press('t');
	press(MG_KEY_HOME);
	press(MG_KEY_DOWN);
	press('-');
	cr_expect(SAME(order(), "11 10"));
	draw(80, 24);
	SHOWS(" p10 (+3) ");
	press('+');
	cr_expect(SAME(order(), "11 10 20 30 21"));
	press(MG_KEY_END);
	press('-');
	cr_expect(SAME(order(), "11 10"), "what has no children folds with its parent");
	cr_expect(eq(int, m.table.selected_pid, 10));
}

Test(top_tree, keeps_the_ancestors_of_what_passes_the_filter)
{
	grow_family();
	type("fp30");
	press(MG_KEY_ENTER);
	cr_expect(SAME(order(), "30"));
	press('t');
	cr_expect(SAME(order(), "10 20 30"));
}

Test(top_tree, loses_nobody_who_descend_from_each_other)
{
	tell_below(1, 2, 10);
	tell_below(2, 1, 20);
	tell_below(3, 3, 30);
	tell_below(4, 2, 40);
	press('t');
	cr_expect(eq(sz, m.table.n, 4));
	type("fp4");
	cr_expect(ge(sz, m.table.n, 1));
}

Test(top_tree, takes_the_parent_that_a_process_tells_of_where_nothing_else_is_known)
{
	tell(5, 1 * S, "command a\n");
	tell(6, 1 * S, "command b\nparent_pid 5\nheap_footprint_bytes 7\n");
	press('t');
	cr_expect(SAME(order(), "5 6"));
}

Test(top_tree, is_deeper_than_the_screen)
{
	for (int i = 1; i <= 100; i++)
		tell_below(i, i - 1, 10);
	press('t');
	cr_expect(eq(sz, m.table.n, 100));
	for (int w = 0; w < 120; w += 7)
		draw(w, 24);
	press(MG_KEY_END);
	draw(80, 24);
	SHOWS("100 ");
}
