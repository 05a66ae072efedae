/* SPDX-License-Identifier: MIT */
/* A governed process: its heap against its ceiling, what is free in it, who holds the rest. */
#include "tools/doctor/rules.h"

#include <string.h>

#include "shim/tables/version.h"
#include "tools/common/human.h"

#define BYTES(n) mg_human_bytes(n).text
#define MB ((uint64_t)1 << 20)

#define FREE_PCT 50u /* of the footprint: as MEMGOV_FRAGMENTATION */
#define LIVE_PCT 50u /* of RSS: the answer to where it is */
#define VAIN_PCT 1u  /* of the footprint: a compaction that gives back less did not pay */
#define VAIN_LEAST 3u
#define RECENT_MS 60000
#define LARGEST_BYTES ((uint64_t)1 << 60)

uint64_t
mg_rules_round(uint64_t bytes)
{
	uint64_t step = bytes <= 1024 * MB ? 64 * MB : bytes <= 8192 * MB ? 512 * MB : 4096 * MB;

	return bytes < LARGEST_BYTES ? (bytes + step - 1) / step * step : LARGEST_BYTES;
}

static void
advise_ceiling(const struct mg_readings_process *p, uint64_t bytes, struct mg_findings *out)
{
	mg_findings_command(
	    out, "memgov set %d heap_max %luM", p->process.pid, mg_rules_round(bytes) / MB);
}

static void
judge_ceiling(const struct mg_readings_process *p, const struct mg_breakdown *b,
    const struct mg_marks *marks, struct mg_findings *out)
{
	const struct mg_snapshot *s = &p->stats.values;
	unsigned pct = mg_findings_pct(b->live_bytes + b->own_bytes, s->heap_limit_bytes);
	enum mg_finding_level level = mg_findings_mark(marks, pct);

	if (!p->stats.has[MG_REPLY_STAT_heap_limit_bytes])
		return;
	if (s->heap_limit_bytes == 0) {
		mg_findings_add(out, MG_FINDING_NOTE, "no-ceiling",
		    "It has no ceiling: nothing keeps its heap, %s at most so far, from growing.",
		    BYTES(s->heap_peak_bytes));
		advise_ceiling(p, s->heap_peak_bytes + s->heap_peak_bytes / 2, out);
		return;
	}
	mg_findings_add(out, level, "ceiling",
	    "What the program holds takes %u %% of its ceiling of %s%s.", pct,
	    BYTES(s->heap_limit_bytes), level == MG_FINDING_FINE ? "" : ": little room is left");
	if (level > MG_FINDING_FINE)
		advise_ceiling(p, s->heap_limit_bytes + s->heap_limit_bytes / 2, out);
}

static void
judge_refusals(const struct mg_readings_process *p, struct mg_findings *out)
{
	const struct mg_snapshot *s = &p->stats.values;

	if (s->refused_allocs > 0) {
		mg_findings_add(out, MG_FINDING_WARN, "refused",
		    "Requests refused since its start: %lu; %lu did not fit under the ceiling at "
		    "once.",
		    s->refused_allocs, s->limit_hits);
		mg_findings_command(out, "memgov events %d", p->process.pid);
	} else if (s->limit_hits > 0) {
		mg_findings_add(out, MG_FINDING_NOTE, "limit-hits",
		    "It came to its ceiling %lu times, and room was made each time, which costs "
		    "time.",
		    s->limit_hits);
		mg_findings_command(out, "memgov events %d", p->process.pid);
	}
}

/* The ceiling holds only when the kernel does not act first. */
static void
judge_ceiling_fits(
    const struct mg_readings_process *p, const struct mg_breakdown *b, struct mg_findings *out)
{
	uint64_t limit = p->stats.values.heap_limit_bytes, room = p->group.limit_bytes;
	uint64_t rest = b->rss_bytes - b->heap_bytes;
	bool is_group = room > 0;

	if (!is_group)
		room = p->memory_of_machine.total_bytes;
	if (limit == 0 || room == 0 || limit + rest <= room)
		return;
	mg_findings_add(out, MG_FINDING_WARN, "ceiling-too-high",
	    "Its ceiling of %s and the %s outside the heap are more than the %s of %s: the kernel "
	    "kills before the ceiling holds.",
	    BYTES(limit), BYTES(rest), BYTES(room), is_group ? "its cgroup" : "the machine");
	if (room > rest + 64 * MB)
		mg_findings_command(out, "memgov set %d heap_max %luM", p->process.pid,
		    (room - rest) / 10 * 9 / MB);
}

static bool
is_vain(const struct mg_snapshot *s)
{
	return s->compactions > 0 &&
	       mg_findings_pct(s->last_compact_yield_bytes, s->heap_footprint_bytes) < VAIN_PCT;
}

static void
judge_free(
    const struct mg_readings_process *p, const struct mg_breakdown *b, struct mg_findings *out)
{
	const struct mg_snapshot *s = &p->stats.values;
	unsigned pct = mg_findings_pct(b->free_bytes, s->heap_footprint_bytes);

	if (pct < FREE_PCT || b->free_bytes < MG_RULES_LEAST_BYTES)
		return;
	if (is_vain(s) && s->last_compact_age_ms < RECENT_MS) {
		mg_findings_add(out, MG_FINDING_NOTE, "pinned",
		    "%s of its heap, %u %%, are free blocks on pages that still hold live ones: a "
		    "compaction %s ago gave back %s.",
		    BYTES(b->free_bytes), pct, mg_human_span(s->last_compact_age_ms).text,
		    BYTES(s->last_compact_yield_bytes));
		return;
	}
	mg_findings_add(out, MG_FINDING_NOTE, "free",
	    "%s of its heap, %u %%, are free and kept: a compaction may give them back.",
	    BYTES(b->free_bytes), pct);
	mg_findings_command(out, "memgov compact %d", p->process.pid);
}

static void
judge_compactions(const struct mg_readings_process *p, struct mg_findings *out)
{
	const struct mg_snapshot *s = &p->stats.values;

	if (s->compactions == 0)
		return;
	if (is_vain(s) && s->compactions >= VAIN_LEAST &&
	    s->heap_footprint_bytes >= MG_RULES_LEAST_BYTES)
		mg_findings_add(out, MG_FINDING_FINE, "compactions-vain",
		    "Of %lu compactions the last gave back %s: no more whole pages are free, and "
		    "compacting more often would not help.",
		    s->compactions, BYTES(s->last_compact_yield_bytes));
	else
		mg_findings_add(out, MG_FINDING_FINE, "compactions",
		    "Compactions so far: %lu; %s came back, %s of it from the last.",
		    s->compactions, BYTES(s->returned_bytes), BYTES(s->last_compact_yield_bytes));
}

static void
judge_suspects(const struct mg_readings_process *p, struct mg_findings *out)
{
	const struct mg_holder *worst = &p->holders.suspect;
	uint64_t n = p->stats.values.leak_suspects;

	if (n == 0)
		return;
	if (worst->line[0] != '\0')
		mg_findings_add(out, MG_FINDING_WARN, "suspects",
		    "Places in the code whose memory only grows, as a leak's does: %lu; the worst, "
		    "%s, "
		    "holds %s and grows by %s a minute.",
		    n, worst->line, BYTES(worst->live_bytes), BYTES(worst->bytes_per_minute));
	else
		mg_findings_add(out, MG_FINDING_WARN, "suspects",
		    "Places in the code whose memory only grows, as a leak's does: %lu.", n);
	mg_findings_command(out, "memgov sites %d", p->process.pid);
}

/* "Memory still too high?" where it is no mistake of memgov's. */
static void
judge_live(
    const struct mg_readings_process *p, const struct mg_breakdown *b, struct mg_findings *out)
{
	const struct mg_holder *largest = &p->holders.largest;

	if (mg_findings_pct(b->live_bytes, b->rss_bytes) < LIVE_PCT ||
	    b->live_bytes < MG_RULES_LEAST_BYTES)
		return;
	if (largest->line[0] == '\0') {
		mg_findings_add(out, MG_FINDING_FINE, "live",
		    "Most of its memory, %s, is blocks that the program holds: only the program "
		    "can "
		    "give them back.",
		    BYTES(b->live_bytes));
		return;
	}
	mg_findings_add(out, MG_FINDING_FINE, "live",
	    "Most of its memory, %s, is blocks that the program holds; about %s of that were "
	    "allocated by %s. Only the program can give them back.",
	    BYTES(b->live_bytes), BYTES(largest->live_bytes), largest->line);
	mg_findings_command(out, "memgov sites %d", p->process.pid);
}

static void
judge_sampling(const struct mg_readings_process *p, struct mg_findings *out)
{
	if (!p->has_sample || p->sample_bytes > 0)
		return;
	mg_findings_add(out, MG_FINDING_NOTE, "sampling-off",
	    "Sampling is off: which code holds the memory cannot be said.");
	mg_findings_command(out, "memgov set %d sample 512K", p->process.pid);
}

static void
judge_mistakes(const struct mg_readings_process *p, struct mg_findings *out)
{
	const struct mg_snapshot *s = &p->stats.values;

	if (s->double_frees > 0) {
		mg_findings_add(out, MG_FINDING_WARN, "double-frees",
		    "Blocks that it released twice: %lu. That is a mistake in the program.",
		    s->double_frees);
		mg_findings_command(out, "memgov events %d", p->process.pid);
	}
	if (p->stats.has[MG_REPLY_STAT_version] && strcmp(s->version, MG_VERSION) != 0)
		mg_findings_add(out, MG_FINDING_NOTE, "version",
		    "The library in it is version %s, this tool is " MG_VERSION
		    ": its next start takes what is installed.",
		    s->version);
	if (s->rss_limit_bytes > 0 && s->rss_bytes >= s->rss_limit_bytes)
		mg_findings_add(out, MG_FINDING_WARN, "rss-limit",
		    "Its RSS of %s is above MEMGOV_RSS_MAX, which is %s.", BYTES(s->rss_bytes),
		    BYTES(s->rss_limit_bytes));
}

void
mg_rules_heap(const struct mg_readings_process *p, const struct mg_breakdown *b,
    const struct mg_marks *marks, struct mg_findings *out)
{
	judge_ceiling(p, b, marks, out);
	judge_refusals(p, out);
	judge_ceiling_fits(p, b, out);
	judge_free(p, b, out);
	judge_compactions(p, out);
	judge_sampling(p, out);
	judge_suspects(p, out);
	judge_live(p, b, out);
	judge_mistakes(p, out);
}
