/* SPDX-License-Identifier: MIT */
#include "shim/observe/suspects.h"

#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/observe/events.h"
#include "shim/observe/marks.h"
#include "shim/observe/site.h"
#include "shim/observe/site_copy.h"

#include <string.h>

#define REPEAT_NS (3600 * MG_NS_PER_S)
#define SHARED_FRAMES 3u
#define CHAINS 4096u
#define LINE_BYTES 400

/* Of one look. */
static MG_SYS_APART struct {
	struct mg_site site; /* a copy of one, or the sum of several */
	bool is_growing[MG_SITES];
	uint16_t next[MG_SITES]; /* of its group; 0: the last */
	uint16_t groups[CHAINS]; /* first slots, by the hash of the shared frames */
} look;

/* Of look.site, unless another site has its slot by now. True: this is news. */
static bool
write_verdict(unsigned slot, const struct mg_trend *t, uint64_t now_ns)
{
	struct mg_site *s = mg_site_at(slot);
	bool is_news = false;

	if (!mg_site_enter())
		return false;
	if (s->number != look.site.number)
		goto leave;
	s->verdict = (uint8_t)t->verdict;
	s->bytes_per_minute = t->bytes_per_minute;
	is_news = t->verdict == MG_TREND_SUSPECT &&
		  (s->suspect_ns == 0 || now_ns - s->suspect_ns >= REPEAT_NS);
	if (is_news)
		s->suspect_ns = now_ns;
leave:
	mg_site_lock_leave();
	return is_news;
}

static void
tell(const char *who, const struct mg_trend *t, const uint64_t *frames, unsigned depth)
{
	char rate[16], line[LINE_BYTES];
	struct mg_text text;

	mg_text_init(&text, rate, sizeof rate);
	mg_text_add_human(&text, t->bytes_per_minute > 0 ? (uint64_t)t->bytes_per_minute : 0);
	mg_text_init(&text, line, sizeof line);
	mg_sites_print_frames(&text, frames, depth);
	mg_events_add("suspect", "%s %s a minute: %s", who, rate, line);
	mg_log(MG_LOG_INFO, "suspect: %s %s a minute: %s", who, rate, line);
}

/* ---- One by one. */

/* A suspect needs no company. */
static void
join_group(unsigned slot)
{
	const struct mg_site *s = &look.site;
	uint64_t h = 0;

	for (unsigned i = 0; i < SHARED_FRAMES; i++)
		h = (h ^ s->frames[i]) * UINT64_C(0x9e3779b97f4a7c15) ^ (h >> 29);
	h = (h ^ h >> 32) % CHAINS;
	look.next[slot] = look.groups[h];
	look.groups[h] = (uint16_t)slot;
}

static bool
judge(unsigned slot, uint64_t now_ns)
{
	const struct mg_site *s = &look.site;
	struct mg_trend t;
	struct mg_text who;
	char buf[32];

	if (!mg_site_copy(slot, &look.site))
		return false;
	t = mg_marks_judge(s, now_ns);
	look.is_growing[slot] = t.growth > 0;
	mg_text_init(&who, buf, sizeof buf);
	mg_text_add(&who, "site %u grows", s->number);
	if (write_verdict(slot, &t, now_ns))
		tell(buf, &t, s->frames, s->depth);
	if (t.verdict != MG_TREND_SUSPECT && s->depth > SHARED_FRAMES)
		join_group(slot);
	return t.verdict == MG_TREND_SUSPECT;
}

/* ---- Together. */

static void
add_site(struct mg_site *sum, unsigned slot)
{
	const struct mg_site *s = mg_site_at(slot);

	if (!mg_site_enter())
		return;
	sum->in += s->in;
	sum->out += s->out;
	sum->live_bytes += s->live_bytes;
	for (unsigned k = 0; k < MG_TREND_SCALES; k++)
		for (unsigned i = 0; i < MG_SITE_MARKS; i++) {
			sum->marks[k][i].in += s->marks[k][i].in;
			sum->marks[k][i].out += s->marks[k][i].out;
			sum->marks[k][i].live_bytes += s->marks[k][i].live_bytes;
		}
	mg_site_lock_leave();
}

static bool
shares_frames(unsigned slot, const uint64_t frames[SHARED_FRAMES])
{
	bool does = false;

	if (mg_site_enter()) {
		does =
		    memcmp(mg_site_at(slot)->frames, frames, SHARED_FRAMES * sizeof *frames) == 0;
		mg_site_lock_leave();
	}
	return does;
}

/* Takes the first site and those like it out of the chain, into a list of their own. Returns how
 * many. */
static unsigned
take_group(uint16_t *chain, uint64_t frames[SHARED_FRAMES], uint16_t *group)
{
	unsigned n = 0;

	*group = 0;
	if (!mg_site_copy(*chain, &look.site)) {
		*chain = look.next[*chain];
		return 0;
	}
	memcpy(frames, look.site.frames, SHARED_FRAMES * sizeof *frames);
	while (*chain != 0) {
		uint16_t slot = *chain;

		if (!shares_frames(slot, frames)) {
			chain = &look.next[slot];
			continue;
		}
		*chain = look.next[slot];
		look.next[slot] = *group;
		*group = slot;
		n++;
	}
	return n;
}

/* Its sites are suspect that have grown. */
static bool
judge_group(uint16_t group, unsigned n, const uint64_t *frames, uint64_t now_ns)
{
	struct mg_trend t;
	struct mg_text who;
	char buf[32];
	bool is_news = false;

	memset(&look.site, 0, sizeof look.site);
	for (unsigned slot = group; slot != 0; slot = look.next[slot])
		add_site(&look.site, slot);
	t = mg_marks_judge(&look.site, now_ns);
	if (t.verdict != MG_TREND_SUSPECT)
		return false;
	for (unsigned slot = group; slot != 0; slot = look.next[slot])
		if (look.is_growing[slot] && mg_site_copy(slot, &look.site)) {
			struct mg_trend own = mg_marks_judge(&look.site, now_ns);

			own.verdict = MG_TREND_SUSPECT;
			is_news |= write_verdict(slot, &own, now_ns);
		}
	mg_text_init(&who, buf, sizeof buf);
	mg_text_add(&who, "%u sites together grow", n);
	if (is_news)
		tell(buf, &t, frames, SHARED_FRAMES);
	return true;
}

static unsigned
judge_groups(uint64_t now_ns)
{
	uint64_t frames[SHARED_FRAMES];
	unsigned suspects = 0, n;
	uint16_t group;

	for (unsigned i = 0; i < CHAINS; i++)
		while (look.groups[i] != 0) {
			n = take_group(&look.groups[i], frames, &group);
			if (n > 1)
				suspects += judge_group(group, n, frames, now_ns);
		}
	return suspects;
}

unsigned
mg_suspects_find(unsigned end, uint64_t now_ns)
{
	unsigned suspects = 0;

	if (end == 0)
		return 0;
	memset(look.groups, 0, sizeof look.groups);
	for (unsigned slot = 0; slot < end; slot++)
		suspects += judge(slot, now_ns);
	return suspects + judge_groups(now_ns);
}
