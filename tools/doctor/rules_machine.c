/* SPDX-License-Identifier: MIT */
#include "tools/doctor/rules.h"

#include <stdio.h>

#include "tools/common/human.h"
#include "tools/doctor/kinds.h"

#define GB ((uint64_t)1 << 30)
#define BYTES(n) mg_human_bytes(n).text

#define STALL_FELT 100 /* hundredths of a percent of the last 10 s */
#define STALL_SLOW 1000
#define STALL_STUCK 4000
#define LARGE_PCT 20u /* of the machine's memory: worth a word */
#define PROCESS_PCT 10u
#define SWAP_FULL_PCT 80u
/* 2G, as small servers use it; half of a larger machine's memory, within reason. */
#define SWAP_LEAST_BYTES (2 * GB)
#define SWAP_MOST_BYTES (8 * GB)

static uint64_t
used_of(const struct mg_machine *m)
{
	return m->total_bytes - m->available_bytes;
}

static enum mg_finding_level
level_of(const struct mg_machine *m, const struct mg_marks *marks)
{
	return mg_findings_mark(marks, mg_machine_used_pct(m));
}

static void
judge_use(
    const struct mg_readings_machine *r, const struct mg_marks *marks, struct mg_findings *out)
{
	const struct mg_machine *m = &r->memory;
	enum mg_finding_level level = level_of(m, marks);
	static const char *const verdicts[] = { "which is fine", "which is filling up",
		"which is too much: act now", "which is nearly all: act at once" };

	if (m->total_bytes == 0) {
		mg_findings_add(out, MG_FINDING_NOTE, "memory-unknown",
		    "How much memory the machine has is unknown: /proc/meminfo cannot be read.");
		return;
	}
	mg_findings_add(out, level, "memory", "%s of %s of memory are in use, %u %%, %s.",
	    BYTES(used_of(m)), BYTES(m->total_bytes), mg_machine_used_pct(m), verdicts[level]);
	if (level >= MG_FINDING_WARN && r->census.n > 0)
		mg_findings_command(out, "memgov doctor %d", r->census.rows[0].pid);
}

/* What memory is used for that belongs to no process; of interest when memory is short. */
static void
judge_uses(
    const struct mg_readings_machine *r, const struct mg_marks *marks, struct mg_findings *out)
{
	const struct mg_machine *m = &r->memory;

	if (level_of(m, marks) == MG_FINDING_FINE)
		return;
	if (mg_findings_pct(m->shared_bytes, m->total_bytes) >= LARGE_PCT) {
		mg_findings_add(out, MG_FINDING_WARN, "shared",
		    "%s is shared memory: files in memory (tmpfs), and what processes share.",
		    BYTES(m->shared_bytes));
		mg_findings_command(out, "df -h -t tmpfs");
	}
	if (mg_findings_pct(m->kernel_bytes, m->total_bytes) >= LARGE_PCT) {
		mg_findings_add(out, MG_FINDING_WARN, "kernel",
		    "%s is used by the kernel itself, and does not give way.",
		    BYTES(m->kernel_bytes));
		mg_findings_command(out, "slabtop -o -s c");
	}
	if (mg_findings_pct(m->huge_bytes, m->total_bytes) >= LARGE_PCT) {
		mg_findings_add(out, MG_FINDING_WARN, "hugetlb",
		    "%s is set aside for huge pages, used or not.", BYTES(m->huge_bytes));
		mg_findings_command(out, "sysctl vm.nr_hugepages");
	}
}

void
mg_rules_group(const struct mg_group *g, const char *whose, const struct mg_marks *marks,
    struct mg_findings *out)
{
	enum mg_finding_level level = mg_findings_mark(marks, mg_group_used_pct(g));

	if (mg_group_tightest_bytes(g) == 0)
		return;
	if (level > MG_FINDING_FINE && g->slow_bytes > 0 && g->used_bytes >= g->slow_bytes) {
		mg_findings_add(out, MG_FINDING_CRITICAL, "cgroup-slow",
		    "%s cgroup uses %s, above its memory.high of %s: the kernel slows it down.",
		    whose, BYTES(g->used_bytes), BYTES(g->slow_bytes));
	} else if (level > MG_FINDING_FINE) {
		mg_findings_add(out, level, "cgroup",
		    "%s cgroup %.120s uses %s, %u %% of its limit; at the limit the kernel kills.",
		    whose, g->path, BYTES(g->used_bytes), mg_group_used_pct(g));
	}
	if (level > MG_FINDING_FINE && mg_findings_is_word(g->unit))
		mg_findings_command(out, "systemctl show %s -p MemoryMax -p MemoryHigh", g->unit);
	if (g->has_oom_kills && g->oom_kills > 0)
		mg_findings_add(out, MG_FINDING_WARN, "cgroup-kills",
		    "%s cgroup was full, and the kernel killed; processes so far: %lu.", whose,
		    g->oom_kills);
}

/* Without those of the doctor's own cgroup, which are a finding of their own. */
static uint64_t
kills_of(const struct mg_readings_machine *r)
{
	uint64_t all = r->settings.has_oom_kills ? r->settings.oom_kills : 0;
	uint64_t known = r->group.has_oom_kills ? r->group.oom_kills : 0;

	return all > known ? all - known : 0;
}

static void
judge_kills(const struct mg_readings_machine *r, struct mg_findings *out)
{
	if (kills_of(r) == 0)
		return;
	mg_findings_add(out, MG_FINDING_WARN, "oom-kills",
	    "Processes that the kernel killed for want of memory since the machine started: %lu.",
	    kills_of(r));
	mg_findings_command(out, "dmesg -T | grep -i 'killed process'");
}

static uint64_t
swap_size(uint64_t total)
{
	uint64_t half = total / 2 / GB * GB;

	return half < SWAP_LEAST_BYTES  ? SWAP_LEAST_BYTES
	       : half > SWAP_MOST_BYTES ? SWAP_MOST_BYTES
					: half;
}

/* It helps where memory is short, but not all of it is in use at the same time. */
static void
advise_swap(const struct mg_readings_machine *r, bool is_short, struct mg_findings *out)
{
	const struct mg_machine *m = &r->memory;
	uint64_t size = swap_size(m->total_bytes);

	if (r->settings.has_disk && r->settings.disk_free_bytes < size + GB) {
		mg_findings_add(out, is_short ? MG_FINDING_WARN : MG_FINDING_NOTE, "swap-no-room",
		    "There is no swap, which would help; with %s free, the disk of / has no room "
		    "for %s of it.",
		    BYTES(r->settings.disk_free_bytes), BYTES(size));
		return;
	}
	if (is_short)
		mg_findings_add(out, MG_FINDING_WARN, "swap-add",
		    "There is no swap, and memory is short: %s of swap would take what lies idle "
		    "of "
		    "the %s that processes hold, which slows down instead of killing.",
		    BYTES(size), BYTES(m->anonymous_bytes));
	else
		mg_findings_add(out, MG_FINDING_NOTE, "swap-add",
		    "There is no swap. Memory is not short now, but the kernel has killed: unless "
		    "that was a cgroup's limit, %s of swap would have slowed down instead.",
		    BYTES(size));
	mg_findings_command(out, "fallocate -l %luG /swapfile && chmod 600 /swapfile", size / GB);
	mg_findings_command(out, "mkswap /swapfile && swapon /swapfile");
	mg_findings_command(out, "echo '/swapfile none swap sw 0 0' >> /etc/fstab");
}

static void
judge_swap(
    const struct mg_readings_machine *r, const struct mg_marks *marks, struct mg_findings *out)
{
	const struct mg_machine *m = &r->memory;
	uint64_t used = m->swap_total_bytes - m->swap_free_bytes;
	unsigned pct = mg_findings_pct(used, m->swap_total_bytes);
	bool is_short = level_of(m, marks) >= MG_FINDING_WARN || m->stall_some >= STALL_SLOW;

	if (m->total_bytes == 0)
		return;
	if (m->swap_total_bytes == 0 && (is_short || kills_of(r) > 0))
		advise_swap(r, is_short, out);
	else if (m->swap_total_bytes == 0)
		mg_findings_add(out, MG_FINDING_FINE, "swap-not-needed",
		    "There is no swap, and nothing shows a need of it: %u %% in use, %s.",
		    mg_machine_used_pct(m),
		    r->settings.has_oom_kills ? "and no kill for want of it" : "kills are unknown");
	else if (m->stall_some >= STALL_SLOW && pct > 0)
		mg_findings_add(out, MG_FINDING_WARN, "thrashing",
		    "%s is in swap, and tasks wait for it: more is in use at the same time than "
		    "fits into memory, and more swap would not help.",
		    BYTES(used));
	else if (pct >= SWAP_FULL_PCT)
		mg_findings_add(out, MG_FINDING_WARN, "swap-full",
		    "%s of %s of swap are in use, %u %%: when it is full, the kernel kills.",
		    BYTES(used), BYTES(m->swap_total_bytes), pct);
}

void
mg_rules_stall(const struct mg_machine *m, struct mg_findings *out)
{
	enum mg_finding_level level = m->stall_some >= STALL_STUCK  ? MG_FINDING_CRITICAL
				      : m->stall_some >= STALL_SLOW ? MG_FINDING_WARN
				      : m->stall_some >= STALL_FELT ? MG_FINDING_NOTE
								    : MG_FINDING_FINE;

	if (!m->has_stall)
		mg_findings_add(out, MG_FINDING_NOTE, "stall-unknown",
		    "Whether tasks wait for memory is unknown: this kernel does not say (PSI).");
	else if (level == MG_FINDING_FINE)
		mg_findings_add(out, level, "stall",
		    "No task waits for memory; if responses are slow, that is not why.");
	else
		mg_findings_add(out, level, "stall",
		    "In %u %% of the last 10 s a task waited for memory: that makes responses "
		    "slow.",
		    m->stall_some / 100);
}

static void
judge_settings(const struct mg_readings_machine *r, struct mg_findings *out)
{
	const struct mg_machine *m = &r->memory;
	unsigned pct = mg_findings_pct(m->committed_bytes, m->commit_limit_bytes);

	if (r->settings.huge == MG_SETTINGS_HUGE_ALWAYS) {
		mg_findings_add(out, MG_FINDING_NOTE, "huge-pages",
		    "Huge pages are given to all programs (THP always): what they give back fills "
		    "up "
		    "again. Heaps under memgov are left out of it.");
		mg_findings_command(
		    out, "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
	}
	if (r->settings.has_overcommit && r->settings.overcommit == 2 && pct >= SWAP_FULL_PCT) {
		mg_findings_add(out, MG_FINDING_WARN, "overcommit",
		    "%u %% of the %s that may be promised are (overcommit_memory is 2): requests "
		    "fail before memory is full.",
		    pct, BYTES(m->commit_limit_bytes));
		mg_findings_command(out, "sysctl vm.overcommit_memory vm.overcommit_ratio");
	}
}

/* Into buf, which is returned. */
static const char *
describe(const struct mg_census_row *row, char *buf, size_t cap)
{
	uint64_t limit = row->stats.values.heap_limit_bytes;

	if (row->governed == MG_GOVERNED_NO)
		snprintf(buf, cap, "is not governed");
	else if (row->governed == MG_GOVERNED_UNKNOWN)
		snprintf(buf, cap, "may be governed or not");
	else if (row->governed == MG_GOVERNED_SILENT)
		snprintf(buf, cap, "is governed, but has no socket");
	else if (!row->has_stats)
		snprintf(buf, cap, "is governed, but does not answer");
	else if (limit == 0)
		snprintf(buf, cap, "is governed, without a ceiling");
	else
		snprintf(buf, cap, "is governed, with a ceiling of %s", BYTES(limit));
	return buf;
}

static void
judge_largest(
    const struct mg_readings_machine *r, const struct mg_marks *marks, struct mg_findings *out)
{
	const struct mg_census_row *top = &r->census.rows[0];
	bool is_short = level_of(&r->memory, marks) >= MG_FINDING_WARN;
	unsigned pct = mg_findings_pct(top->memory.rss_bytes, r->memory.total_bytes);
	char how[64];

	if (r->census.n == 0 || pct < PROCESS_PCT)
		return;
	mg_findings_add(out, is_short ? MG_FINDING_WARN : MG_FINDING_NOTE, "largest",
	    "The largest process is %s (%d) with %s, %u %% of memory; it %s.", top->name, top->pid,
	    BYTES(top->memory.rss_bytes), pct, describe(top, how, sizeof how));
	mg_findings_command(out, "memgov doctor %d", top->pid);
}

static void
judge_sizes(const struct mg_readings_machine *r, struct mg_findings *out)
{
	const struct mg_census *c = &r->census;
	unsigned said = 0;

	for (size_t i = 0; i < c->n && said < 3; i++) {
		const struct mg_kind *kind = mg_kinds_find(c->rows[i].name);

		if (kind == NULL || c->rows[i].memory.rss_bytes <= kind->high_bytes)
			continue;
		said++;
		mg_findings_add(out, MG_FINDING_NOTE, "above-typical",
		    "%s (%d) takes %s; %s to %s is typical for such a program.", c->rows[i].name,
		    c->rows[i].pid, BYTES(c->rows[i].memory.rss_bytes), BYTES(kind->low_bytes),
		    BYTES(kind->high_bytes));
		mg_findings_command(out, "memgov doctor %d", c->rows[i].pid);
	}
	if (c->n > 0 && c->crowd_n > 1 && c->crowd_bytes > c->rows[0].memory.rss_bytes &&
	    mg_findings_pct(c->crowd_bytes, r->memory.total_bytes) >= PROCESS_PCT)
		mg_findings_add(out, MG_FINDING_NOTE, "crowd",
		    "%zu processes called %s hold %s together, more than any single one: fewer of "
		    "them would do most.",
		    c->crowd_n, c->crowd, BYTES(c->crowd_bytes));
}

static void
judge_absence(const struct mg_census *c, struct mg_findings *out)
{
	size_t silent = 0;

	for (size_t i = 0; i < c->n; i++)
		silent += c->rows[i].governed == MG_GOVERNED_SILENT;
	if (silent > 0) {
		mg_findings_add(out, MG_FINDING_NOTE, "silent",
		    "memgov is in %zu of the largest processes without a socket where we look: "
		    "MEMGOV_SOCKET_DIR may be another one there.",
		    silent);
	} else if (c->governed == 0) {
		mg_findings_add(
		    out, MG_FINDING_NOTE, "none-governed", "No governed process is to be seen.");
		mg_findings_command(out, "memgov run --heap-max 512M -- COMMAND");
	}
}

static void
judge_governed(const struct mg_readings_machine *r, struct mg_findings *out)
{
	const struct mg_census *c = &r->census;

	judge_absence(c, out);
	if (r->memory.total_bytes > 0 && c->limits_bytes > r->memory.total_bytes) {
		mg_findings_add(out, MG_FINDING_NOTE, "ceilings",
		    "The ceilings of governed processes (%zu) add up to %s, more than the "
		    "machine's %s.",
		    c->limited, BYTES(c->limits_bytes), BYTES(r->memory.total_bytes));
		mg_findings_command(out, "memgov ps");
	}
	if (c->refusing > 0) {
		mg_findings_add(out, MG_FINDING_WARN, "refusing",
		    "Requests were refused in %zu of %zu governed processes.", c->refusing,
		    c->governed);
		mg_findings_command(out, "memgov doctor %d", c->refusing_pid);
	}
}

void
mg_rules_machine(
    const struct mg_readings_machine *m, const struct mg_marks *marks, struct mg_findings *out)
{
	judge_use(m, marks, out);
	judge_uses(m, marks, out);
	mg_rules_group(&m->group, "This shell's", marks, out);
	judge_kills(m, out);
	judge_swap(m, marks, out);
	mg_rules_stall(&m->memory, out);
	judge_largest(m, marks, out);
	judge_sizes(m, out);
	judge_governed(m, out);
	judge_settings(m, out);
}
