/* SPDX-License-Identifier: MIT */
#include "tools/common/peer.h"

#include <errno.h>

#include "tests/unit/support.h"

/* The bits of what is wanted, in the order in which it is asked. */
static unsigned
ask_all(struct mg_peer *p)
{
	unsigned asked = 0;
	const char *text;
	enum mg_ask ask;
	uint64_t timeout;

	while (mg_peer_next(p, &ask, &text, &timeout)) {
		cr_expect(asked >> ask == 0, "in order, and each once");
		asked |= 1u << ask;
	}
	return asked;
}

#define BIT(ask) (1u << MG_ASK_##ask)

Test(client_peer, asks_for_history_once_and_for_details_in_focus)
{
	struct mg_peer p = { .process.pid = 1, .process.state = 'S' };

	cr_expect(eq(int, mg_peer_want(&p, false, 1 * S), MG_HEALTH_NEW));
	cr_expect(eq(u32, ask_all(&p), BIT(STATS) | BIT(HISTORY)));
	mg_peer_want(&p, false, 2 * S);
	cr_expect(eq(u32, ask_all(&p), BIT(STATS)));
	mg_peer_want(&p, true, 3 * S);
	cr_expect(eq(u32, ask_all(&p),
	    BIT(STATS) | BIT(POLICIES) | BIT(HISTORY) | BIT(EVENTS) | BIT(CONFIG)));
}

Test(client_peer, asks_for_a_profile_every_two_seconds_at_most)
{
	struct mg_peer p = { .health = MG_HEALTH_ANSWERS, .known = true };

	mg_peer_want_details(&p);
	cr_expect(zero(u32, ask_all(&p) & BIT(PROFILE)));
	mg_peer_want_profile(&p, 1 * S);
	cr_expect(eq(u32, ask_all(&p), BIT(PROFILE)));
	mg_peer_want_profile(&p, 3 * S - 1);
	cr_expect(zero(u32, ask_all(&p)));
	mg_peer_want_profile(&p, 3 * S);
	cr_expect(eq(u32, ask_all(&p), BIT(PROFILE)));
	p.client.busy = true;
	p.asking = MG_ASK_PROFILE;
	mg_peer_want_profile(&p, 9 * S);
	cr_expect(zero(u32, ask_all(&p)), "it is on its way");
	p.client.busy = false;
	p.health = MG_HEALTH_SILENT;
	mg_peer_want_profile(&p, 9 * S);
	cr_expect(zero(u32, ask_all(&p)));
}

Test(client_peer, asks_a_stopped_process_nothing)
{
	struct mg_peer p = { .process.pid = 1, .process.state = 'T', .health = MG_HEALTH_ANSWERS };

	cr_expect(eq(int, mg_peer_want(&p, true, 1 * S), MG_HEALTH_STOPPED));
	cr_expect(zero(u32, ask_all(&p)));
	p.health = MG_HEALTH_STOPPED;
	cr_expect(eq(int, mg_peer_conclude(&p, MG_ASK_STATS, -ETIME, 2 * S), MG_HEALTH_STOPPED),
	    "a request that was under way when it stopped");
}

Test(client_peer, pauses_longer_after_every_failure)
{
	static const uint64_t pauses[] = { 500 * MS, 1 * S, 2 * S, 4 * S, 8 * S, 8 * S, 8 * S };
	struct mg_peer p = { .known = true };
	uint64_t now = 1 * S;

	for (size_t i = 0; i < ROWS(pauses); i++) {
		cr_expect(
		    eq(int, mg_peer_conclude(&p, MG_ASK_STATS, -ETIME, now), MG_HEALTH_SILENT));
		mg_peer_want(&p, false, now + pauses[i] - 1);
		cr_expect(zero(u32, ask_all(&p)), "%zu", i);
		now += pauses[i];
		mg_peer_want(&p, false, now);
		cr_expect(eq(u32, ask_all(&p), BIT(STATS)), "%zu", i);
	}
	cr_expect(eq(int, mg_peer_conclude(&p, MG_ASK_STATS, 0, now), MG_HEALTH_ANSWERS));
	mg_peer_want(&p, false, now);
	cr_expect(eq(u32, ask_all(&p), BIT(STATS)));
}

Test(client_peer, sends_a_command_first_and_in_spite_of_failures)
{
	struct mg_peer p = {
		.known = true, .command = "compact", .wanted = BIT(COMMAND) | BIT(STATS)
	};

	mg_peer_conclude(&p, MG_ASK_STATS, -ETIME, 1 * S);
	cr_expect(eq(u32, ask_all(&p), BIT(COMMAND)));
}

Test(client_peer, is_not_ill_when_a_detail_is_refused)
{
	struct mg_peer p = { .health = MG_HEALTH_ANSWERS };

	cr_expect(eq(int, mg_peer_conclude(&p, MG_ASK_EVENTS, -ETIME, 1 * S), MG_HEALTH_ANSWERS));
}
