/* SPDX-License-Identifier: MIT */
#include "shim/observe/marks.h"

#include "shim/base/sys.h"

/* What leaks from the start on is judged at 55 s, and again before a minute has passed. */
static const uint64_t apart_ns[MG_TREND_SCALES] = { 9 * MG_NS_PER_S / 2, 60 * MG_NS_PER_S,
	600 * MG_NS_PER_S };

/* When the marks were written; the places in it are those in mg_site.marks. */
static struct {
	uint64_t time_ns[MG_SITE_MARKS];
	unsigned n;
	unsigned next; /* the oldest, once all are written */
} scales[MG_TREND_SCALES];

static uint64_t
age_of(uint64_t time_ns, uint64_t now_ns)
{
	return now_ns > time_ns ? (now_ns - time_ns) / MG_NS_PER_MS : 0;
}

static unsigned
place(unsigned scale, unsigned i)
{
	return (scales[scale].next + MG_SITE_MARKS - scales[scale].n + i) % MG_SITE_MARKS;
}

/* A look that comes a little early counts, or the next one would be late by a whole look. */
unsigned
mg_marks_due(uint64_t now_ns)
{
	unsigned due = 0;

	for (unsigned k = 0; k < MG_TREND_SCALES; k++) {
		unsigned last = place(k, scales[k].n - 1);

		if (scales[k].n == 0 ||
		    now_ns >= scales[k].time_ns[last] + apart_ns[k] - apart_ns[k] / 16)
			due |= 1u << k;
	}
	return due;
}

uint64_t
mg_marks_wait_ns(uint64_t now_ns)
{
	uint64_t due_ns;

	if (scales[0].n == 0)
		return 0;
	due_ns = scales[0].time_ns[place(0, scales[0].n - 1)] + apart_ns[0];
	return due_ns > now_ns ? due_ns - now_ns : 0;
}

static struct mg_trend_mark
mark_of(const struct mg_site *s)
{
	return (struct mg_trend_mark){ s->in, s->out, (uint64_t)s->live_bytes };
}

void
mg_marks_write(struct mg_site *s, unsigned due)
{
	for (unsigned k = 0; k < MG_TREND_SCALES; k++)
		if ((due >> k & 1) != 0)
			s->marks[k][scales[k].next] = mark_of(s);
}

void
mg_marks_note(unsigned due, uint64_t now_ns)
{
	for (unsigned k = 0; k < MG_TREND_SCALES; k++) {
		if ((due >> k & 1) == 0)
			continue;
		scales[k].time_ns[scales[k].next] = now_ns;
		scales[k].next = (scales[k].next + 1) % MG_SITE_MARKS;
		scales[k].n += scales[k].n < MG_SITE_MARKS;
	}
}

unsigned
mg_marks_read(const struct mg_site *s, unsigned scale, uint64_t now_ns, struct mg_trend_mark *marks,
    uint64_t *age_ms)
{
	unsigned n = scales[scale].n;

	for (unsigned i = 0; i < n; i++) {
		if (marks != NULL)
			marks[i] = s->marks[scale][place(scale, i)];
		if (age_ms != NULL)
			age_ms[i] = age_of(scales[scale].time_ns[place(scale, i)], now_ns);
	}
	if (marks != NULL)
		marks[n] = mark_of(s);
	if (age_ms != NULL)
		age_ms[n] = 0;
	return n + 1;
}

struct mg_trend
mg_marks_judge(const struct mg_site *s, uint64_t now_ns)
{
	struct mg_trend trends[MG_TREND_SCALES];

	for (unsigned k = 0; k < MG_TREND_SCALES; k++) {
		struct mg_trend_mark marks[MG_TREND_MARKS];
		uint64_t age_ms[MG_TREND_MARKS];
		unsigned n = mg_marks_read(s, k, now_ns, marks, age_ms);

		trends[k] = mg_trend_judge(marks, age_ms, n);
	}
	return mg_trend_worst(trends, MG_TREND_SCALES);
}

/* What came and went between a mark and now is half as much; live stays what it is. */
void
mg_marks_halve(struct mg_site *s)
{
	uint32_t in = s->in / 2, out = s->out / 2;
	uint32_t live = s->in - s->out - s->thinned;

	if (in - out < live)
		in = out + live;
	else
		out = in - live;
	for (unsigned k = 0; k < MG_TREND_SCALES; k++)
		for (unsigned i = 0; i < MG_SITE_MARKS; i++) {
			struct mg_trend_mark *m = &s->marks[k][i];

			if (m->in == 0)
				continue;
			m->in = in - (s->in - m->in) / 2;
			m->out = out - (s->out - m->out) / 2;
		}
	s->in = in;
	s->out = out;
	s->thinned = 0;
}
