/* SPDX-License-Identifier: MIT */
#include "tools/doctor/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/common/human.h"

#define BYTES(n) mg_human_bytes(n).text
#define STALL_FELT 100

static void
advise_governing(const struct mg_readings_process *p, struct mg_findings *out)
{
	if (mg_findings_is_word(p->group.unit)) {
		mg_findings_command(
		    out, "systemctl edit %s    # add, then restart it:", p->group.unit);
		mg_findings_command(out, "[Service]");
		mg_findings_command(out, "Environment=LD_PRELOAD=%s MEMGOV_PRESET=auto",
		    p->library[0] != '\0' ? p->library : "/usr/local/lib/libmemgov.so");
		return;
	}
	mg_findings_command(out, "memgov run --preset auto -- %s ...",
	    mg_findings_is_word(p->program) ? p->program : "COMMAND");
}

/* The threads of the kernel, and what has ended and waits for its parent. */
static bool
has_memory(const struct mg_readings_process *p, struct mg_findings *out)
{
	if (p->process.state == 'Z')
		mg_findings_add(out, MG_FINDING_NOTE, "ended",
		    "It has ended, and waits for its parent (%d) to notice; it holds no memory.",
		    p->process.parent_pid);
	else if (p->memory.rss_bytes == 0)
		mg_findings_add(out, MG_FINDING_NOTE, "no-memory",
		    "It has no memory of its own: a thread of the kernel, or all of it is in "
		    "swap.");
	return p->process.state != 'Z' && p->memory.rss_bytes > 0;
}

static void
judge_governing(const struct mg_readings_process *p, struct mg_findings *out)
{
	int pid = p->process.pid;

	if (p->governed == MG_GOVERNED_YES && p->silence != 0) {
		mg_findings_add(out, MG_FINDING_WARN, "silent",
		    "It is governed, but does not answer (%s): of its heap nothing is known.",
		    mg_process_is_stopped(&p->process) ? "it is stopped" : strerror(-p->silence));
		mg_findings_command(out, "memgov stats %d", pid);
	} else if (p->governed == MG_GOVERNED_SILENT) {
		mg_findings_add(out, MG_FINDING_NOTE, "no-socket",
		    "memgov is in it, but has no socket, or none where we look: of its heap "
		    "nothing "
		    "is known.");
		mg_findings_command(out, "memgov stats %d    # says why", pid);
	} else if (p->governed == MG_GOVERNED_UNKNOWN) {
		mg_findings_add(out, MG_FINDING_NOTE, "not-ours",
		    "It belongs to %s: whether it is governed, and what its memory is used for, is "
		    "unknown%s.",
		    p->owner[0] != '\0' ? p->owner : "somebody else",
		    p->is_root ? ", even to root" : " to you; ask as that user or as root");
	} else if (p->governed == MG_GOVERNED_NO && p->why_not[0] != '\0') {
		mg_findings_add(out, MG_FINDING_NOTE, "not-governable",
		    "It is not governed, and cannot be: %s.", p->why_not);
	} else if (p->governed == MG_GOVERNED_NO) {
		mg_findings_add(out, MG_FINDING_NOTE, "not-governed",
		    "It is not governed: what of its memory is in use, free, or leaking cannot be "
		    "seen "
		    "from outside. memgov cannot enter a running program; start it so:");
		advise_governing(p, out);
	}
}

/* The machine, as far as it concerns this process. */
static void
judge_machine(
    const struct mg_readings_process *p, const struct mg_marks *marks, struct mg_findings *out)
{
	const struct mg_machine *m = &p->memory_of_machine;
	enum mg_finding_level level = mg_findings_mark(marks, mg_machine_used_pct(m));

	if (level >= MG_FINDING_WARN) {
		mg_findings_add(out, level, "memory",
		    "%u %% of the machine's %s are in use, of which %u %% are this process's.",
		    mg_machine_used_pct(m), BYTES(m->total_bytes),
		    mg_findings_pct(p->memory.rss_bytes, m->total_bytes));
		mg_findings_command(out, "memgov doctor");
	}
}

/* "Responses slow?" */
static void
judge_slowness(
    const struct mg_readings_process *p, const struct mg_breakdown *b, struct mg_findings *out)
{
	const struct mg_machine *m = &p->memory_of_machine;

	if (!m->has_stall || m->stall_some >= STALL_FELT) {
		mg_rules_stall(m, out);
		return;
	}
	if (b->has_heap && p->stats.values.limit_hits == 0 && b->swap_bytes == 0)
		mg_findings_add(out, MG_FINDING_FINE, "not-slow",
		    "If it is slow, memory is not why: no task waits for memory, nothing of it is "
		    "in "
		    "swap, and it never came to its ceiling.");
}

void
mg_rules_process(
    const struct mg_readings_process *p, const struct mg_marks *marks, struct mg_findings *out)
{
	struct mg_breakdown b = mg_breakdown_make(p);

	if (!has_memory(p, out))
		return;
	judge_governing(p, out);
	if (b.has_heap)
		mg_rules_heap(p, &b, marks, out);
	mg_rules_beyond(p, &b, out);
	mg_rules_group(&p->group, "Its", marks, out);
	judge_machine(p, marks, out);
	judge_slowness(p, &b, out);
}

static void
worsen(struct mg_rules_check *c, enum mg_finding_level level)
{
	if (level > c->level)
		c->level = level;
}

__attribute__((format(printf, 2, 3))) static void
say(struct mg_rules_check *c, const char *fmt, ...)
{
	size_t n = strlen(c->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->text + n, sizeof c->text - n, fmt, ap);
	va_end(ap);
}

static void
check_process(
    const struct mg_readings_process *p, const struct mg_marks *marks, struct mg_rules_check *out)
{
	const struct mg_snapshot *s = &p->stats.values;
	struct mg_breakdown b = mg_breakdown_make(p);
	unsigned pct = mg_findings_pct(b.live_bytes + b.own_bytes, s->heap_limit_bytes);

	say(out, "; %s (%d) ", p->process.name, p->process.pid);
	if (!b.has_heap) {
		say(out, "has %s RSS, and of its heap nothing is known", BYTES(b.rss_bytes));
		if (p->governed == MG_GOVERNED_YES)
			worsen(out, MG_FINDING_WARN);
		return;
	}
	if (s->heap_limit_bytes > 0) {
		say(out, "holds %u %% of its ceiling of %s", pct, BYTES(s->heap_limit_bytes));
		worsen(out, mg_findings_mark(marks, pct));
	} else {
		say(out, "has no ceiling and holds %s", BYTES(b.live_bytes));
	}
	if (s->refused_allocs > 0)
		say(out, ", requests refused since its start: %lu", s->refused_allocs);
}

bool
mg_rules_check(const struct mg_machine *m, const struct mg_group *g,
    const struct mg_readings_process *p, const struct mg_marks *marks, struct mg_rules_check *out)
{
	unsigned pct = mg_machine_used_pct(m);

	*out = (struct mg_rules_check){ 0 };
	if (m->total_bytes == 0)
		return false;
	worsen(out, mg_findings_mark(marks, pct));
	say(out, "%u %% of %s of memory in use", pct, BYTES(m->total_bytes));
	if (mg_group_tightest_bytes(g) > 0) {
		worsen(out, mg_findings_mark(marks, mg_group_used_pct(g)));
		say(out, ", %u %% of the cgroup's %s", mg_group_used_pct(g),
		    BYTES(mg_group_tightest_bytes(g)));
	}
	if (p != NULL)
		check_process(p, marks, out);
	mg_findings_clean(out->text, false);
	return true;
}
