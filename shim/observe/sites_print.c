/* SPDX-License-Identifier: MIT */
#include "shim/base/sys.h"
#include "shim/observe/marks.h"
#include "shim/observe/modules.h"
#include "shim/observe/samples.h"
#include "shim/observe/site.h"
#include "shim/observe/site_copy.h"

#include <string.h>

#define MOST_FRAMES 8u
#define SAMPLES_AT_ONCE 256u
/* Longest texts; a number has at most 20 digits, and a blank. */
#define NUMBER_BYTES 21u
#define FRAME_BYTES 22u
#define HEAD_BYTES (512u + MG_TREND_SCALES * (MG_TREND_MARKS + 1) * NUMBER_BYTES)
#define SITE_BYTES                                                             \
	((10 + MG_SITES_AGES) * NUMBER_BYTES + MG_UNWIND_DEPTH * FRAME_BYTES + \
	    MG_TREND_SCALES * MG_TREND_MARKS * (2 * 11 + NUMBER_BYTES) + 128)
/* Sites that may come while the reply is printed. */
#define NEW_SITES 64u

static uint64_t
whole(double x)
{
	return x > 0 ? (uint64_t)(x + 0.5) : 0;
}

void
mg_sites_print_frames(struct mg_text *t, const uint64_t *frames, unsigned depth)
{
	if (depth == 0)
		mg_text_add(t, "(no stack)");
	for (unsigned i = 0; i < depth && i < MOST_FRAMES; i++) {
		mg_text_add(t, "%s", i > 0 ? " < " : "");
		mg_modules_print_frame(t, frames[i]);
	}
	if (depth > MOST_FRAMES)
		mg_text_add(t, " < ...");
}

/* ---- `sites`. */

struct rank {
	uint64_t key; /* verdict, then live bytes */
	unsigned slot;
};

static unsigned
collect(struct rank *ranks, unsigned end)
{
	unsigned n = 0;

	for (unsigned slot = 0; slot < end && mg_site_enter(); slot++) {
		const struct mg_site *s = mg_site_at(slot);

		if (s->in != 0)
			ranks[n++] =
			    (struct rank){ (uint64_t)s->verdict << 60 | whole(s->live_bytes) >> 4,
				    slot };
		mg_site_lock_leave();
	}
	return n;
}

/* Shell's sort, largest first. */
static void
sort(struct rank *ranks, unsigned n)
{
	for (unsigned gap = n / 2; gap > 0; gap /= 2)
		for (unsigned i = gap; i < n; i++) {
			struct rank r = ranks[i];
			unsigned j = i;

			for (; j >= gap && ranks[j - gap].key < r.key; j -= gap)
				ranks[j] = ranks[j - gap];
			ranks[j] = r;
		}
}

static void
print_line(struct mg_text *t, unsigned slot)
{
	struct mg_site s;
	double rate;

	if (!mg_site_copy(slot, &s))
		return;
	rate = s.bytes_per_minute;
	mg_text_add(t, "%u %lu %lu %s%lu %s ", s.number, whole(s.live_bytes), whole(s.live_blocks),
	    rate <= -1 ? "-" : "", whole(rate < 0 ? -rate : rate),
	    mg_trend_name((enum mg_trend_verdict)s.verdict));
	if (slot == 0)
		mg_text_add(t, "(other)");
	else
		mg_sites_print_frames(t, s.frames, s.depth);
	mg_text_add(t, "\n");
}

void
mg_sites_print(struct mg_text *t, unsigned most)
{
	unsigned end = mg_site_copy_end(), n;
	struct rank *ranks;

	mg_text_add(t, "# site live_bytes live_blocks bytes_per_minute verdict frames\n");
	ranks = end > 0 ? mg_sys_map(end * sizeof *ranks) : NULL;
	if (ranks == NULL)
		return;
	n = collect(ranks, end);
	sort(ranks, n);
	for (unsigned i = 0; i < n && i < most; i++)
		print_line(t, ranks[i].slot);
	mg_sys_unmap(ranks, end * sizeof *ranks);
}

/* ---- `profile`. */

struct ages {
	double bytes[MG_SITES_AGES];
};

static unsigned
age_class(uint32_t born_s, uint32_t now_s)
{
	static const unsigned ends_s[] = { 10, 60, 600, 3600, 86400 };
	uint32_t age_s = now_s > born_s ? now_s - born_s : 0;
	unsigned i = 0;

	while (i < MG_SITES_AGES - 1 && age_s >= ends_s[i])
		i++;
	return i;
}

static void
add_ages(struct ages *ages, unsigned slots, uint32_t now_s)
{
	uint32_t end = 2;

	for (uint32_t i = 1; i < end; i += SAMPLES_AT_ONCE) {
		if (!mg_site_enter())
			return;
		end = mg_samples_end();
		for (uint32_t j = i; j < end && j < i + SAMPLES_AT_ONCE; j++) {
			const struct mg_samples_entry *e = mg_samples_at(j);

			if (e == NULL || e->slot >= slots)
				continue;
			ages[e->slot].bytes[age_class(e->born_s, now_s)] +=
			    e->weight * (double)e->bytes;
		}
		mg_site_lock_leave();
	}
}

static void
print_head(struct mg_text *t, uint64_t now_ns)
{
	struct mg_sites_sum sum = mg_sites_read();

	mg_text_add(t, "memgov-profile 1\npid %d\n", mg_sys_pid());
	mg_text_add(t, "uptime_ms %lu\n", mg_sites_uptime_ms(now_ns));
	mg_text_add(t, "sample_bytes %lu\n", mg_sample_mean());
	mg_text_add(t, "samples %lu %lu\n", sum.samples, sum.live_samples);
	for (unsigned k = 0; k < MG_TREND_SCALES; k++) {
		uint64_t age_ms[MG_TREND_MARKS];
		unsigned n = mg_marks_read(NULL, k, now_ns, NULL, age_ms);

		mg_text_add(t, "marks %u", k);
		for (unsigned i = 0; i < n; i++)
			mg_text_add(t, " %lu", age_ms[i]);
		mg_text_add(t, "\n");
	}
}

static void
print_ages(struct mg_text *t, const struct ages *ages)
{
	double sum = 0;

	for (unsigned i = 0; i < MG_SITES_AGES; i++)
		sum += ages->bytes[i];
	if (sum < 1)
		return;
	mg_text_add(t, "ages");
	for (unsigned i = 0; i < MG_SITES_AGES; i++)
		mg_text_add(t, " %lu", whole(ages->bytes[i]));
	mg_text_add(t, "\n");
}

static void
print_trend(struct mg_text *t, const struct mg_site *s, unsigned scale, uint64_t now_ns)
{
	struct mg_trend_mark marks[MG_TREND_MARKS];
	unsigned n = mg_marks_read(s, scale, now_ns, marks, NULL);
	bool is_something = false;

	for (unsigned i = 0; i < n; i++)
		is_something |= marks[i].in != 0 || marks[i].out != 0;
	if (!is_something)
		return;
	mg_text_add(t, "trend %u", scale);
	for (unsigned i = 0; i < n; i++)
		mg_text_add(t, " %u:%u:%lu", marks[i].in, marks[i].out, marks[i].live_bytes);
	mg_text_add(t, "\n");
}

static uint64_t
age_ms(uint64_t time_ns, uint64_t now_ns)
{
	return now_ns > time_ns ? (now_ns - time_ns) / MG_NS_PER_MS : 0;
}

static void
print_site(struct mg_text *t, const struct mg_site *s, const struct ages *ages, uint64_t now_ns)
{
	mg_text_add(t, "site %u %lu %lu %lu %lu %u %u %lu %lu\n", s->number, whole(s->live_blocks),
	    whole(s->live_bytes), whole(s->alloc_blocks), whole(s->alloc_bytes), s->in, s->out,
	    age_ms(s->first_ns, now_ns), age_ms(s->last_ns, now_ns));
	print_ages(t, ages);
	if (s->depth > 0)
		mg_text_add(t, "frames");
	for (unsigned i = 0; i < s->depth; i++)
		mg_text_add(t, " %u+0x%lx", MG_MODULES_NUMBER(s->frames[i]),
		    MG_MODULES_OFFSET(s->frames[i]));
	if (s->depth > 0)
		mg_text_add(t, "\n");
	for (unsigned k = 0; k < MG_TREND_SCALES; k++)
		print_trend(t, s, k, now_ns);
}

void
mg_sites_print_profile(struct mg_text *t, uint64_t now_ns)
{
	static const struct ages none;
	unsigned end = mg_site_copy_end();
	struct ages *ages = end > 0 ? mg_sys_map(end * sizeof *ages) : NULL;
	struct mg_site s;

	print_head(t, now_ns);
	mg_modules_print(t);
	if (ages != NULL)
		add_ages(ages, end, (uint32_t)(now_ns / MG_NS_PER_S));
	for (unsigned slot = 0; slot < end; slot++)
		if (mg_site_copy(slot, &s))
			print_site(t, &s, ages != NULL ? &ages[slot] : &none, now_ns);
	if (ages != NULL)
		mg_sys_unmap(ages, end * sizeof *ages);
	mg_text_add(t, "end\n");
}

size_t
mg_sites_print_room(void)
{
	return HEAD_BYTES + mg_modules_room() +
	       (mg_site_copy_end() + NEW_SITES) * (size_t)SITE_BYTES;
}
