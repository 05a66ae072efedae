/* SPDX-License-Identifier: MIT */
#include "tools/common/peer.h"

#include <stddef.h>

#include "shim/base/sys.h"

/* A governor answers in under a millisecond; a compaction that it is in the middle of may hold it
 * up. */
#define STATS_TIMEOUT_NS MG_NS_PER_S
#define PROFILE_TIMEOUT_NS (10 * MG_NS_PER_S)
#define COMMAND_TIMEOUT_NS (120 * MG_NS_PER_S)

#define TEXTS (1u << MG_ASK_POLICIES | 1u << MG_ASK_EVENTS | 1u << MG_ASK_CONFIG)
#define RARELY 32
#define PROFILE_PAUSE_NS (2 * MG_NS_PER_S)
#define RETRY_MIN_NS (MG_NS_PER_S / 2)
#define RETRY_DOUBLINGS 4

static const char *const requests[MG_ASKS] = {
	[MG_ASK_STATS] = "stats text",
	[MG_ASK_POLICIES] = "policies",
	[MG_ASK_HISTORY] = "history",
	[MG_ASK_EVENTS] = "events",
	[MG_ASK_CONFIG] = "config text",
	[MG_ASK_PROFILE] = "profile",
};

static uint64_t
timeout_of(enum mg_ask ask)
{
	switch (ask) {
	case MG_ASK_COMMAND: return COMMAND_TIMEOUT_NS;
	case MG_ASK_PROFILE: return PROFILE_TIMEOUT_NS;
	default: return STATS_TIMEOUT_NS;
	}
}

enum mg_health
mg_peer_want(struct mg_peer *p, bool focused, uint64_t now_ns)
{
	if (p->process.pid != 0 && mg_process_is_stopped(&p->process)) {
		p->failures = 0;
		p->retry_ns = 0;
		return MG_HEALTH_STOPPED;
	}
	if (p->client.busy || now_ns < p->retry_ns)
		return p->health;
	p->wanted |= 1u << MG_ASK_STATS;
	if (focused)
		mg_peer_want_details(p);
	if (!p->known)
		p->wanted |= 1u << MG_ASK_HISTORY;
	p->known = true;
	return p->health;
}

void
mg_peer_want_details(struct mg_peer *p)
{
	p->wanted |= TEXTS | 1u << MG_ASK_HISTORY;
}

void
mg_peer_want_texts(struct mg_peer *p, uint64_t every_ns, uint64_t now_ns)
{
	bool may_answer = p->health == MG_HEALTH_ANSWERS || p->health == MG_HEALTH_NEW;

	if (!may_answer || p->client.busy)
		return;
	if (now_ns >= p->texts_ns) {
		p->wanted |= TEXTS;
		p->texts_ns = now_ns + every_ns;
	}
	if (now_ns >= p->rare_ns) {
		p->wanted |= 1u << MG_ASK_PROFILE;
		p->rare_every_ns = p->rare_every_ns == 0                  ? every_ns
				   : p->rare_every_ns < every_ns * RARELY ? p->rare_every_ns * 2
									  : p->rare_every_ns;
		p->rare_ns = now_ns + p->rare_every_ns;
	}
}

void
mg_peer_want_profile(struct mg_peer *p, uint64_t now_ns)
{
	bool is_asked = p->client.busy && p->asking == MG_ASK_PROFILE;

	if (p->health != MG_HEALTH_ANSWERS || is_asked || now_ns < p->profile_ns)
		return;
	p->wanted |= 1u << MG_ASK_PROFILE;
	p->profile_ns = now_ns + PROFILE_PAUSE_NS;
}

bool
mg_peer_next(
    struct mg_peer *p, enum mg_ask *ask_out, const char **text_out, uint64_t *timeout_ns_out)
{
	for (enum mg_ask a = MG_ASK_COMMAND; a < MG_ASKS; a++) {
		if ((p->wanted & 1u << a) == 0)
			continue;
		p->wanted &= ~(1u << a);
		*ask_out = a;
		*text_out = a == MG_ASK_COMMAND ? p->command : requests[a];
		*timeout_ns_out = timeout_of(a);
		return true;
	}
	return false;
}

/* A command that waits is still sent: it was asked for, and has a longer time of its own. */
static enum mg_health
note_failure(struct mg_peer *p, uint64_t now)
{
	unsigned doublings = p->failures < RETRY_DOUBLINGS ? p->failures : RETRY_DOUBLINGS;

	p->failures++;
	p->wanted &= 1u << MG_ASK_COMMAND;
	p->texts_ns = p->rare_ns = 0; /* they were not sent */
	p->retry_ns = now + (RETRY_MIN_NS << doublings);
	return p->health == MG_HEALTH_STOPPED ? MG_HEALTH_STOPPED : MG_HEALTH_SILENT;
}

enum mg_health
mg_peer_conclude(struct mg_peer *p, enum mg_ask ask, int result, uint64_t now_ns)
{
	if (result != 0)
		return ask == MG_ASK_STATS ? note_failure(p, now_ns) : p->health;
	p->failures = 0;
	p->retry_ns = 0;
	return MG_HEALTH_ANSWERS;
}
