/* SPDX-License-Identifier: MIT */
/* Any process: memory that is not the heap's, and what makes memory stay or slow. */
#include "tools/doctor/rules.h"

#include "tools/common/human.h"
#include "tools/doctor/kinds.h"

#define BYTES(n) mg_human_bytes(n).text
#define MB ((uint64_t)1 << 20)

#define PART_PCT 25u /* of RSS: worth a sentence */
#define SMALL_PCT 10u
#define MAPPINGS_PCT 80u

static bool
is_large(uint64_t part, const struct mg_breakdown *b, unsigned least_pct)
{
	return part >= MG_RULES_LEAST_BYTES && mg_findings_pct(part, b->rss_bytes) >= least_pct;
}

static void
judge_python(
    const struct mg_readings_process *p, const struct mg_breakdown *b, struct mg_findings *out)
{
	if (p->has_environment && p->has_arenas_in_malloc) {
		mg_findings_add(out, MG_FINDING_NOTE, "beyond",
		    "%s are anonymous memory that malloc does not see, though pymalloc is off: "
		    "libraries map it themselves.",
		    BYTES(b->beyond_bytes));
		return;
	}
	mg_findings_add(out, MG_FINDING_NOTE, "beyond-python",
	    "%s are anonymous memory that malloc does not see: CPython's arenas for small objects, "
	    "unless libraries map it. PYTHONMALLOC=malloc brings those under memgov.",
	    BYTES(b->beyond_bytes));
	mg_findings_command(out, "PYTHONMALLOC=malloc memgov run -- %s ...",
	    mg_findings_is_word(p->program) ? p->program : "python3");
}

static void
judge_node(
    const struct mg_readings_process *p, const struct mg_breakdown *b, struct mg_findings *out)
{
	uint64_t size = mg_rules_round(b->beyond_bytes + b->beyond_bytes / 2);

	if (p->has_environment && p->has_old_space_limit) {
		mg_findings_add(out, MG_FINDING_NOTE, "beyond",
		    "%s are anonymous memory that malloc does not see: V8's heap, which has a "
		    "limit "
		    "of its own (--max-old-space-size).",
		    BYTES(b->beyond_bytes));
		return;
	}
	mg_findings_add(out, MG_FINDING_NOTE, "beyond-node",
	    "%s are anonymous memory that malloc does not see: V8's heap, %s. With a smaller one "
	    "V8 collects earlier.",
	    BYTES(b->beyond_bytes),
	    p->has_environment ? "without a limit of its own" : "whose limit is unknown");
	mg_findings_command(
	    out, "NODE_OPTIONS=--max-old-space-size=%lu memgov run -- node ...", size / MB);
}

static void
judge_beyond(
    const struct mg_readings_process *p, const struct mg_breakdown *b, struct mg_findings *out)
{
	if (!b->has_heap || !is_large(b->beyond_bytes, b, PART_PCT))
		return;
	if (p->is == MG_READINGS_PYTHON)
		judge_python(p, b, out);
	else if (p->is == MG_READINGS_NODE)
		judge_node(p, b, out);
	else
		mg_findings_add(out, MG_FINDING_NOTE, "beyond",
		    "%s are anonymous memory that malloc does not see: the program or its "
		    "libraries "
		    "map it themselves, and no ceiling of the heap holds it.",
		    BYTES(b->beyond_bytes));
	if (p->stats.values.rss_limit_bytes == 0)
		mg_findings_command(out, "memgov set %d rss_max %luM", p->process.pid,
		    mg_rules_round(b->rss_bytes + b->rss_bytes / 2) / MB);
}

static void
judge_parts(
    const struct mg_readings_process *p, const struct mg_breakdown *b, struct mg_findings *out)
{
	if (b->has_stacks && is_large(b->stack_bytes, b, SMALL_PCT))
		mg_findings_add(out, MG_FINDING_NOTE, "stacks",
		    "%s are stacks, of %u threads: fewer threads, or smaller stacks, would help.",
		    BYTES(b->stack_bytes), p->memory.threads);
	if (is_large(b->file_bytes, b, PART_PCT))
		mg_findings_add(out, MG_FINDING_FINE, "files",
		    "%s are files, code and data, that the kernel for the most part takes back "
		    "when "
		    "memory is short.",
		    BYTES(b->file_bytes));
	if (is_large(b->shared_bytes, b, PART_PCT))
		mg_findings_add(out, MG_FINDING_NOTE, "shared",
		    "%s are shared memory, which others may hold as well; it stays until they let "
		    "go.",
		    BYTES(b->shared_bytes));
	if (b->has_stacks && is_large(p->mappings.huge_bytes, b, SMALL_PCT))
		mg_findings_add(out, MG_FINDING_NOTE, "huge-pages",
		    "%s are in huge pages, which fill up again after they were given back; the "
		    "heap "
		    "of memgov is not among them.",
		    BYTES(p->mappings.huge_bytes));
	if (is_large(p->memory.locked_bytes, b, 0))
		mg_findings_add(out, MG_FINDING_NOTE, "locked",
		    "%s are locked (mlock): what of it is in memory can neither be given back nor "
		    "swapped.",
		    BYTES(p->memory.locked_bytes));
}

static void
judge_limits(
    const struct mg_readings_process *p, const struct mg_breakdown *b, struct mg_findings *out)
{
	unsigned pct = mg_findings_pct(p->mappings.count, p->settings.most_mappings);

	if (b->has_stacks && pct >= MAPPINGS_PCT) {
		mg_findings_add(out, MG_FINDING_WARN, "mappings",
		    "It has %lu mappings, %u %% of what a process may have: at the limit its "
		    "requests fail, with memory free.",
		    p->mappings.count, pct);
		mg_findings_command(
		    out, "sysctl -w vm.max_map_count=%lu", p->settings.most_mappings * 4);
	}
	if (b->swap_bytes >= MG_RULES_LEAST_BYTES &&
	    mg_findings_pct(b->swap_bytes, b->rss_bytes + b->swap_bytes) >= SMALL_PCT)
		mg_findings_add(out, MG_FINDING_NOTE, "swapped",
		    "%s of it are in swap: slow when it is touched again.", BYTES(b->swap_bytes));
}

static void
judge_size(
    const struct mg_readings_process *p, const struct mg_breakdown *b, struct mg_findings *out)
{
	const struct mg_kind *kind = mg_kinds_find(p->process.name);

	if (kind == NULL)
		kind = mg_kinds_find(p->program);
	if (kind != NULL && b->rss_bytes > kind->high_bytes)
		mg_findings_add(out, MG_FINDING_NOTE, "above-typical",
		    "It takes %s; %s to %s is typical for such a program.", BYTES(b->rss_bytes),
		    BYTES(kind->low_bytes), BYTES(kind->high_bytes));
}

void
mg_rules_beyond(
    const struct mg_readings_process *p, const struct mg_breakdown *b, struct mg_findings *out)
{
	judge_beyond(p, b, out);
	judge_parts(p, b, out);
	judge_limits(p, b, out);
	judge_size(p, b, out);
}
