/* SPDX-License-Identifier: MIT */
/* What `memgov serve` knows, and what it tells Prometheus of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/support.h"
#include "tools/serve/board.h"
#include "tools/serve/guests.h"
#include "tools/serve/metrics.h"

static void
meet(struct mg_board *b, int pid, const char *name, enum mg_health health, uint64_t now)
{
	struct mg_peer p = { .socket.pid = pid, .health = health };

	snprintf(p.process.name, sizeof p.process.name, "%s", name);
	mg_board_health(b, &p, "root", now);
}

static void
hear(struct mg_board *b, int pid, const char *text, uint64_t at_ms)
{
	char body[256];

	snprintf(body, sizeof body, "%s", text);
	mg_board_stats(b, pid, body, at_ms);
}

Test(serve_board, keeps_the_last_figures_of_who_does_not_answer)
{
	struct mg_board b = { 0 };
	const struct mg_board_process *p;

	meet(&b, 7, "comm", MG_HEALTH_NEW, 1);
	p = mg_board_find(&b, 7);
	cr_expect(SAME(p->name, "comm"));
	cr_expect(SAME(p->user, "root"));
	cr_expect(not(p->has_stats));
	hear(&b, 7, "command full name\nallocs 5\n", 1000);
	meet(&b, 7, "comm", MG_HEALTH_SILENT, 2);
	cr_expect(eq(int, p->health, MG_HEALTH_SILENT));
	cr_expect(SAME(p->name, "full name"));
	cr_expect(eq(u64, p->stats.values.allocs, 5));
	cr_expect(eq(u64, p->at_ms, 1000));
	cr_expect(SAME(p->user, "root"));
	hear(&b, 8, "allocs 5\n", 1000);
	cr_expect(eq(sz, b.n, 1), "nobody has heard of 8");
	mg_board_free(&b);
}

Test(serve_board, another_program_in_a_process_starts_anew)
{
	struct mg_board b = { 0 };

	meet(&b, 7, "before", MG_HEALTH_NEW, 1);
	hear(&b, 7, "allocs 5\n", 1000);
	meet(&b, 7, "before", MG_HEALTH_ENDED, 2);
	meet(&b, 7, "after", MG_HEALTH_NEW, 2);
	cr_expect(eq(sz, b.n, 1));
	cr_expect(SAME(b.list[0].name, "after"));
	cr_expect(not(b.list[0].has_stats));
	cr_expect(eq(int, b.list[0].health, MG_HEALTH_NEW));
	mg_board_free(&b);
}

Test(serve_board, a_name_of_the_kernel_is_one_line)
{
	struct mg_board b = { 0 };

	meet(&b, 7, "a\tb\x1b[m\x7f\xc3\xa4", MG_HEALTH_NEW, 1);
	meet(&b, 8, "", MG_HEALTH_NEW, 1);
	cr_expect(SAME(b.list[0].name, "a?b?[m?\xc3\xa4"));
	cr_expect(SAME(b.list[1].name, "?"));
	mg_board_free(&b);
}

Test(serve_board, who_has_ended_stays_for_a_while)
{
	struct mg_board b = { 0 };

	meet(&b, 7, "a", MG_HEALTH_NEW, 0);
	meet(&b, 8, "b", MG_HEALTH_NEW, 0);
	meet(&b, 8, "b", MG_HEALTH_ENDED, 5 * S);
	mg_board_prune(&b, 15 * S - 1);
	cr_expect(eq(sz, b.n, 2));
	mg_board_prune(&b, 15 * S);
	cr_expect(eq(sz, b.n, 1));
	cr_expect(eq(int, b.list[0].socket.pid, 7));
	mg_board_free(&b);
}

Test(serve_board, is_in_the_order_of_pids_and_can_be_copied)
{
	struct mg_board b = { 0 }, copy;

	for (int i = 0; i < 40; i++)
		meet(&b, 1 + i * 7 % 41, "x", MG_HEALTH_NEW, 1);
	cr_assert(zero(int, mg_board_copy(&b, &copy)));
	mg_board_free(&b);
	cr_assert(eq(sz, copy.n, 40));
	for (size_t i = 1; i < copy.n; i++)
		cr_expect(copy.list[i - 1].socket.pid < copy.list[i].socket.pid);
	mg_board_free(&copy);
	cr_assert(zero(int, mg_board_copy(&copy, &b)));
	cr_expect(zero(sz, b.n));
}

static char *
metrics_of(const struct mg_board *b)
{
	struct mg_response r;

	mg_metrics_write(b, 1500000, &r);
	cr_assert(eq(u32, r.status, 200));
	return r.body;
}

Test(serve_board, metrics_have_each_head_once_and_leave_out_what_was_not_told)
{
	struct mg_board b = { 0 };
	char *text;

	meet(&b, 1, "one", MG_HEALTH_NEW, 1);
	meet(&b, 2, "t\"wo\\", MG_HEALTH_NEW, 1);
	meet(&b, 3, "never", MG_HEALTH_NEW, 1);
	meet(&b, 4, "gone", MG_HEALTH_NEW, 1);
	hear(&b, 1, "pid 1\nallocs 5\nuptime_ms 1500\nsystem_total_bytes 77\n", 1);
	hear(&b, 2, "pid 9\nallocs 6\n", 1);
	hear(&b, 4, "allocs 7\n", 1);
	meet(&b, 1, "one", MG_HEALTH_ANSWERS, 1);
	meet(&b, 2, "t\"wo\\", MG_HEALTH_STOPPED, 1);
	meet(&b, 4, "gone", MG_HEALTH_ENDED, 1);
	text = metrics_of(&b);
	cr_expect(eq(u32, support_count(text, "# TYPE memgov_allocs_total counter\n"), 1));
	cr_expect(strstr(text, "memgov_allocs_total{pid=\"1\",command=\"one\",user=\"root\"} 5\n"
			       "memgov_allocs_total{pid=\"2\",command=\"t\\\"wo\\\\\","
			       "user=\"root\"} 6\n# ") != NULL,
	    "%s", text);
	cr_expect(eq(u32, support_count(text, "\nmemgov_uptime_seconds"), 1));
	cr_expect(zero(u32, support_count(text, "memgov_frees_total")), "nobody told it");
	cr_expect(strstr(text, "memgov_up{pid=\"1\",command=\"one\",user=\"root\"} 1\n") != NULL);
	cr_expect(strstr(text, "user=\"root\"} 0\n") != NULL);
	cr_expect(eq(u32, support_count(text, "memgov_up{"), 3));
	cr_expect(zero(u32, support_count(text, "gone")));
	cr_expect(strstr(text, "\nmemgov_processes 3\n") != NULL);
	cr_expect(strstr(text, "\nmemgov_serve_scrape_seconds 0.001500\n") != NULL);
	cr_expect(eq(u32, support_count(text, "\nmemgov_system_total_bytes"), 1));
	cr_expect(zero(u32, support_count(text, "memgov_system_total_bytes{")), "the machine's");
	free(text);
	mg_board_free(&b);
}

/* The other end of a connection that was made for a guest. */
static int
arrive(struct mg_guests *g, struct mg_guest **guest, uint64_t now)
{
	int ends[2];

	cr_assert(zero(int, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends)));
	*guest = mg_guests_come(g, ends[0], now);
	return ends[1];
}

static bool
is_hung_up(int fd)
{
	char c;

	return recv(fd, &c, 1, 0) == 0;
}

Test(serve_board, guests_that_take_too_long_are_sent_away)
{
	static struct mg_guests g;
	struct mg_guest *slow, *busy;
	int slow_fd, busy_fd;

	mg_guests_init(&g);
	slow_fd = arrive(&g, &slow, 1);
	busy_fd = arrive(&g, &busy, 1);
	mg_guests_turn(&g, busy, true, 1);
	mg_guests_sweep(&g, 1 + MG_GUESTS_WAIT_NS);
	cr_expect(not(is_hung_up(slow_fd)));
	mg_guests_sweep(&g, 2 + MG_GUESTS_WAIT_NS);
	cr_expect(is_hung_up(slow_fd));
	cr_expect(not(is_hung_up(busy_fd)));
	mg_guests_go(&g, slow);
	mg_guests_turn(&g, busy, false, 2 + MG_GUESTS_WAIT_NS);
	mg_guests_sweep(&g, 2 + 2 * MG_GUESTS_WAIT_NS);
	cr_expect(not(is_hung_up(busy_fd)), "its time begins anew");
	mg_guests_turn(&g, busy, true, 0);
	mg_guests_sweep(&g, 1 + MG_GUESTS_BUSY_NS);
	cr_expect(is_hung_up(busy_fd));
}

Test(serve_board, guests_are_too_many_above_their_number)
{
	static struct mg_guests g;
	struct mg_guest *last = NULL;

	mg_guests_init(&g);
	for (int i = 0; i < MG_GUESTS; i++)
		last = mg_guests_come(&g, -1, 1);
	cr_expect(not(mg_guests_are_too_many(&g)));
	for (int i = 0; i < MG_GUESTS_SPARE; i++)
		cr_expect(mg_guests_come(&g, -1, 1) != NULL);
	cr_expect(mg_guests_are_too_many(&g));
	cr_expect(mg_guests_come(&g, -1, 1) == NULL);
	mg_guests_go(&g, NULL);
	for (int i = 0; i < MG_GUESTS_SPARE; i++)
		mg_guests_go(&g, last - i);
	cr_expect(not(mg_guests_are_too_many(&g)));
	cr_expect(mg_guests_come(&g, -1, 1) != NULL, "there is room again");
}
