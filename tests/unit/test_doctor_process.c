/* SPDX-License-Identifier: MIT */
/* The doctor's findings about a process, and what --check says. */
#include <errno.h>

#include "tests/unit/test_doctor.h"
#include "tools/doctor/rules.h"

static const struct mg_marks marks = { 80, 85, 95 };

#define RESIDENT mappings.resident_bytes
#define STAT stats.values

/* A governed process of 400M, 300M of them its heap, 240M live, with a ceiling of 1000M. */
static struct mg_readings_process
healthy(void)
{
	struct mg_readings_process p = {
		.process = { .pid = 7, .parent_pid = 1, .state = 'S', .name = "app" },
		.program = "app",
		.owner = "root",
		.memory = { .rss_bytes = 400 * MB, .threads = 4 },
		.mappings = { .count = 200,
		    .resident_bytes = { [MG_MAPPINGS_ANONYMOUS] = 330 * MB,
			[MG_MAPPINGS_FILE] = 70 * MB } },
		.governed = MG_GOVERNED_YES,
		.STAT = { .version = "0.1.0",
		    .heap_limit_bytes = 1000 * MB,
		    .heap_footprint_bytes = 300 * MB,
		    .heap_peak_bytes = 320 * MB,
		    .live_bytes = 150 * MB,
		    .cached_bytes = 20 * MB,
		    .parked_bytes = 120 * MB,
		    .own_bytes = 10 * MB },
		.has_environment = true,
		.memory_of_machine = { .total_bytes = 4000 * MB,
		    .available_bytes = 3000 * MB,
		    .has_stall = true },
		.settings = { .huge = MG_SETTINGS_HUGE_MADVISE, .most_mappings = 65530 },
	};

	for (size_t i = 0; i < MG_REPLY_STATS; i++)
		p.stats.has[i] = true;
	return p;
}

#define P(field, value) SET(mg_readings_process, field, value)
#define TEXT(field, value) NAME(mg_readings_process, field, value)
#define ANON RESIDENT[MG_MAPPINGS_ANONYMOUS]
#define WELL "ceiling:fine not-slow:fine"

static const struct doctor_row heap_rows[] = {
	{ "healthy", WELL, { { 0 } } },
	{ "no ceiling", "no-ceiling:note not-slow:fine", { P(STAT.heap_limit_bytes, 0) } },
	{ "a ceiling that nobody told", "not-slow:fine",
	    { P(stats.has[MG_REPLY_STAT_heap_limit_bytes], 0), P(STAT.heap_limit_bytes, 0) } },
	{ "79 % of the ceiling", WELL, { P(STAT.heap_limit_bytes, 201 * MB) } },
	{ "80 % of the ceiling", "ceiling:note not-slow:fine",
	    { P(STAT.heap_limit_bytes, 200 * MB) } },
	{ "85 % of the ceiling", "ceiling:warn not-slow:fine",
	    { P(STAT.heap_limit_bytes, 188 * MB) } },
	{ "95 % of the ceiling", "ceiling:critical not-slow:fine",
	    { P(STAT.heap_limit_bytes, 168 * MB) } },
	{ "came to its ceiling", "ceiling:fine limit-hits:note", { P(STAT.limit_hits, 5) } },
	{ "refused", "ceiling:fine refused:warn",
	    { P(STAT.limit_hits, 5), P(STAT.refused_allocs, 2) } },

	{ "ceiling and the rest fit the machine", WELL, { P(STAT.heap_limit_bytes, 3900 * MB) } },
	{ "ceiling and the rest do not", "ceiling:fine ceiling-too-high:warn not-slow:fine",
	    { P(STAT.heap_limit_bytes, 3901 * MB) } },
	{ "nor the cgroup", "ceiling:fine ceiling-too-high:warn not-slow:fine",
	    { P(group.limit_bytes, 1099 * MB) } },
	{ "a machine of unknown size", WELL,
	    { P(memory_of_machine.total_bytes, 0), P(memory_of_machine.available_bytes, 0) } },
	{ "the cgroup does", WELL, { P(group.limit_bytes, 1100 * MB) } },

	{ "half of the heap is free", "ceiling:fine free:note not-slow:fine",
	    { P(STAT.parked_bytes, 130 * MB) } },
	{ "half of a small heap", WELL,
	    { P(STAT.heap_footprint_bytes, 60 * MB), P(STAT.cached_bytes, 0),
		P(STAT.parked_bytes, 31 * MB), P(STAT.live_bytes, 20 * MB), P(ANON, 60 * MB),
		P(RESIDENT[MG_MAPPINGS_FILE], 10 * MB) } },
	{ "free after a compaction in vain",
	    "ceiling:fine pinned:note compactions:fine not-slow:fine",
	    { P(STAT.parked_bytes, 130 * MB), P(STAT.compactions, 2),
		P(STAT.last_compact_age_ms, 59999) } },
	{ "free, and the vain compaction is long ago",
	    "ceiling:fine free:note compactions:fine not-slow:fine",
	    { P(STAT.parked_bytes, 130 * MB), P(STAT.compactions, 2),
		P(STAT.last_compact_age_ms, 60000) } },
	{ "free after one that paid", "ceiling:fine free:note compactions:fine not-slow:fine",
	    { P(STAT.parked_bytes, 130 * MB), P(STAT.compactions, 2),
		P(STAT.last_compact_yield_bytes, 3 * MB) } },
	{ "three, the last in vain", "ceiling:fine compactions-vain:fine not-slow:fine",
	    { P(STAT.compactions, 3), P(STAT.last_compact_yield_bytes, 3 * MB - 1) } },
	{ "three in vain, in the least heap",
	    "ceiling:fine compactions-vain:fine beyond:note not-slow:fine",
	    { P(STAT.compactions, 3), P(STAT.heap_footprint_bytes, 32 * MB),
		P(STAT.cached_bytes, 0), P(STAT.parked_bytes, 0) } },
	{ "in a smaller one", "ceiling:fine compactions:fine beyond:note not-slow:fine",
	    { P(STAT.compactions, 3), P(STAT.heap_footprint_bytes, 32 * MB - 1),
		P(STAT.cached_bytes, 0), P(STAT.parked_bytes, 0) } },
	{ "three that paid", "ceiling:fine compactions:fine not-slow:fine",
	    { P(STAT.compactions, 3), P(STAT.last_compact_yield_bytes, 3 * MB) } },

	{ "half is live", "ceiling:fine live:fine not-slow:fine",
	    { P(STAT.live_bytes, 200 * MB) } },
	{ "half of little is live", "ceiling:fine live:fine not-slow:fine",
	    { P(STAT.live_bytes, 32 * MB), P(STAT.heap_footprint_bytes, 40 * MB),
		P(STAT.cached_bytes, 0), P(STAT.parked_bytes, 0), P(ANON, 40 * MB),
		P(RESIDENT[MG_MAPPINGS_FILE], 10 * MB) } },
	{ "half of less", WELL,
	    { P(STAT.live_bytes, 32 * MB - 1), P(STAT.heap_footprint_bytes, 40 * MB),
		P(STAT.cached_bytes, 0), P(STAT.parked_bytes, 0), P(ANON, 40 * MB),
		P(RESIDENT[MG_MAPPINGS_FILE], 10 * MB) } },
	{ "suspects", "ceiling:fine suspects:warn not-slow:fine", { P(STAT.leak_suspects, 1) } },
	{ "sampling off", "ceiling:fine sampling-off:note not-slow:fine", { P(has_sample, 1) } },
	{ "sampling on", WELL, { P(has_sample, 1), P(sample_bytes, 512 * KB) } },
	{ "double frees", "ceiling:fine double-frees:warn not-slow:fine",
	    { P(STAT.double_frees, 1) } },
	{ "another version", "ceiling:fine version:note not-slow:fine",
	    { TEXT(STAT.version, "0.0.9") } },
	{ "above its RSS limit", "ceiling:fine rss-limit:warn not-slow:fine",
	    { P(STAT.rss_limit_bytes, 400 * MB), P(STAT.rss_bytes, 400 * MB) } },
	{ "below it", WELL,
	    { P(STAT.rss_limit_bytes, 400 * MB), P(STAT.rss_bytes, 400 * MB - 1) } },
};

static const struct doctor_row beyond_rows[] = {
	{ "a quarter beyond the heap", "ceiling:fine beyond:note not-slow:fine",
	    { P(ANON, 425 * MB), P(RESIDENT[MG_MAPPINGS_FILE], 75 * MB) } },
	{ "less", WELL, { P(ANON, 424 * MB), P(RESIDENT[MG_MAPPINGS_FILE], 76 * MB) } },
	{ "in swap, and so perhaps the heap's", WELL,
	    { P(ANON, 425 * MB), P(STAT.heap_footprint_bytes, 425 * MB),
		P(mappings.swapped_bytes[MG_MAPPINGS_ANONYMOUS], 80 * MB) } },
	{ "python", "ceiling:fine beyond-python:note not-slow:fine",
	    { P(ANON, 500 * MB), P(is, MG_READINGS_PYTHON) } },
	{ "python with its arenas in malloc", "ceiling:fine beyond:note not-slow:fine",
	    { P(ANON, 500 * MB), P(is, MG_READINGS_PYTHON), P(has_arenas_in_malloc, 1) } },
	{ "python of which nothing is known", "ceiling:fine beyond-python:note not-slow:fine",
	    { P(ANON, 500 * MB), P(is, MG_READINGS_PYTHON), P(has_environment, 0) } },
	{ "node", "ceiling:fine beyond-node:note not-slow:fine",
	    { P(ANON, 500 * MB), P(is, MG_READINGS_NODE) } },
	{ "node with a limit", "ceiling:fine beyond:note not-slow:fine",
	    { P(ANON, 500 * MB), P(is, MG_READINGS_NODE), P(has_old_space_limit, 1) } },

	{ "stacks", "ceiling:fine stacks:note not-slow:fine",
	    { P(RESIDENT[MG_MAPPINGS_STACK], 50 * MB) } },
	{ "fewer stacks", WELL, { P(RESIDENT[MG_MAPPINGS_STACK], 44 * MB) } },
	{ "files", "ceiling:fine files:fine not-slow:fine",
	    { P(RESIDENT[MG_MAPPINGS_FILE], 110 * MB) } },
	{ "shared memory", "ceiling:fine shared:note not-slow:fine",
	    { P(RESIDENT[MG_MAPPINGS_SHARED], 134 * MB) } },
	{ "less of it", WELL, { P(RESIDENT[MG_MAPPINGS_SHARED], 133 * MB) } },
	{ "huge pages", "ceiling:fine huge-pages:note not-slow:fine",
	    { P(mappings.huge_bytes, 40 * MB) } },
	{ "fewer", WELL, { P(mappings.huge_bytes, 40 * MB - 1) } },
	{ "locked", "ceiling:fine locked:note not-slow:fine", { P(memory.locked_bytes, 32 * MB) } },
	{ "locked a little", WELL, { P(memory.locked_bytes, 32 * MB - 1) } },
	{ "many mappings", "ceiling:fine mappings:warn not-slow:fine",
	    { P(mappings.count, 52424) } },
	{ "not so many", WELL, { P(mappings.count, 52423) } },
	{ "any number where none is too many", WELL,
	    { P(mappings.count, 99999), P(settings.most_mappings, 0) } },
	{ "a tenth in swap", "ceiling:fine swapped:note",
	    { P(memory.swap_bytes, 40 * MB), P(RESIDENT[MG_MAPPINGS_FILE], 30 * MB) } },
	{ "the least in swap", "ceiling:fine swapped:note",
	    { P(memory.swap_bytes, 32 * MB), P(ANON, 250 * MB),
		P(RESIDENT[MG_MAPPINGS_FILE], 38 * MB), P(STAT.live_bytes, 100 * MB) } },
	{ "less of it", "ceiling:fine",
	    { P(memory.swap_bytes, 32 * MB - 1), P(ANON, 240 * MB),
		P(RESIDENT[MG_MAPPINGS_FILE], 38 * MB), P(STAT.live_bytes, 100 * MB) } },
	{ "a small part in swap", "ceiling:fine", { P(memory.swap_bytes, 44 * MB) } },
	{ "as much as is typical", WELL, { TEXT(process.name, "node"), P(ANON, 330 * MB) } },
	{ "above what is typical", "ceiling:fine above-typical:note not-slow:fine",
	    { TEXT(process.name, "nginx") } },
	{ "by the name of its program", "ceiling:fine above-typical:note not-slow:fine",
	    { TEXT(program, "nginx") } },

	{ "its cgroup is full", "ceiling:fine ceiling-too-high:warn cgroup:warn not-slow:fine",
	    { P(group.limit_bytes, 500 * MB), P(group.used_bytes, 440 * MB) } },
	{ "the machine is full", "ceiling:fine memory:warn not-slow:fine",
	    { P(memory_of_machine.available_bytes, 600 * MB) } },
	{ "the machine is nearly full", WELL, { P(memory_of_machine.available_bytes, 601 * MB) } },
	{ "tasks wait", "ceiling:fine stall:note", { P(memory_of_machine.stall_some, 100) } },
	{ "waits are unknown", "ceiling:fine stall-unknown:note",
	    { P(memory_of_machine.has_stall, 0) } },
};

static const struct doctor_row governing_rows[] = {
	{ "not governed", "not-governed:note", { P(governed, MG_GOVERNED_NO) } },
	{ "cannot be", "not-governable:note",
	    { P(governed, MG_GOVERNED_NO), TEXT(why_not, "it is static") } },
	{ "another user's", "not-ours:note",
	    { P(governed, MG_GOVERNED_UNKNOWN), P(mappings_error, (uint32_t)-EACCES),
		P(memory.anonymous_bytes, 330 * MB), P(memory.file_bytes, 70 * MB) } },
	{ "without a socket", "no-socket:note", { P(governed, MG_GOVERNED_SILENT) } },
	{ "without an answer", "silent:warn", { P(silence, (uint32_t)-ETIME) } },
	{ "a thread of the kernel", "no-memory:note",
	    { P(memory.rss_bytes, 0), P(governed, MG_GOVERNED_NO) } },
	{ "ended", "ended:note", { P(process.state, 'Z'), P(governed, MG_GOVERNED_NO) } },
	{ "much that is its own business", "not-governed:note",
	    { P(governed, MG_GOVERNED_NO), P(ANON, 900 * MB), P(is, MG_READINGS_NODE) } },
};

static void
check(const struct doctor_row *rows, size_t n, bool answers)
{
	for (size_t i = 0; i < n; i++) {
		struct mg_readings_process p = healthy();
		struct mg_findings f = { 0 };

		if (!answers)
			p.stats = (struct mg_reply_stats){ 0 };
		doctor_apply(&p, &rows[i]);
		mg_rules_process(&p, &marks, &f);
		cr_expect(SAME(doctor_list(&f), rows[i].want), "%s", rows[i].name);
	}
}

Test(doctor_process, finds_what_a_heap_has)
{
	check(heap_rows, ROWS(heap_rows), true);
}

Test(doctor_process, finds_what_is_beyond_the_heap)
{
	check(beyond_rows, ROWS(beyond_rows), true);
}

Test(doctor_process, says_what_it_is_to_us)
{
	check(governing_rows, ROWS(governing_rows), false);
}

static struct mg_finding
only(const struct mg_readings_process *p, const char *id)
{
	struct mg_findings f = { 0 };
	const struct mg_finding *x;

	mg_rules_process(p, &marks, &f);
	x = mg_findings_find(&f, id);
	return x != NULL ? *x : (struct mg_finding){ .text = "not found" };
}

Test(doctor_process, says_its_figures_and_what_to_type)
{
	struct mg_readings_process p = healthy();

	p.RESIDENT[MG_MAPPINGS_ANONYMOUS] = 700 * MB;
	p.is = MG_READINGS_NODE;
	cr_expect(eq(u32, support_count(only(&p, "beyond-node").text, "400M are anonymous"), 1));
	cr_expect(SAME(only(&p, "beyond-node").command,
	    "NODE_OPTIONS=--max-old-space-size=640 memgov run -- node ...\n"
	    "memgov set 7 rss_max 1536M"));
	p.STAT.rss_limit_bytes = 2 * GB;
	cr_expect(SAME(only(&p, "beyond-node").command,
	    "NODE_OPTIONS=--max-old-space-size=640 memgov run -- node ..."));
	p.STAT.heap_limit_bytes = 0;
	cr_expect(SAME(only(&p, "no-ceiling").command, "memgov set 7 heap_max 512M"));
	p.STAT.heap_limit_bytes = 4 * GB;
	cr_expect(SAME(only(&p, "ceiling-too-high").command, "memgov set 7 heap_max 3177M"));
	p.group.limit_bytes = 534 * MB;
	cr_expect(SAME(only(&p, "ceiling-too-high").command, ""), "no ceiling would fit");
	p.group.limit_bytes = 535 * MB;
	cr_expect(SAME(only(&p, "ceiling-too-high").command, "memgov set 7 heap_max 58M"));
}

Test(doctor_process, says_how_full_it_is)
{
	struct mg_readings_process p = healthy();

	cr_expect(SAME(
	    only(&p, "ceiling").text, "What the program holds takes 16 % of its ceiling of 0.9G."));
	cr_expect(SAME(only(&p, "ceiling").command, ""));
	p.STAT.heap_limit_bytes = 200 * MB;
	cr_expect(SAME(only(&p, "ceiling").text,
	    "What the program holds takes 80 % of its ceiling of 200M: little room is left."));
	cr_expect(SAME(only(&p, "ceiling").command, "memgov set 7 heap_max 320M"));
}

Test(doctor_process, names_the_code_where_it_is_known)
{
	struct mg_readings_process p = healthy();

	p.STAT.leak_suspects = 2;
	p.STAT.live_bytes = 200 * MB;
	cr_expect(SAME(only(&p, "suspects").text,
	    "Places in the code whose memory only grows, as a leak's does: 2."));
	cr_expect(SAME(only(&p, "live").command, ""), "nothing is known of sites");
	strcpy(p.holders.suspect.line, "leak (a.c:4)");
	strcpy(p.holders.largest.line, "cache_add");
	p.holders.suspect.live_bytes = 30 * MB;
	p.holders.suspect.bytes_per_minute = 3 * MB;
	p.holders.largest.live_bytes = 90 * MB;
	cr_expect(SAME(only(&p, "suspects").text, "Places in the code whose memory only grows, as "
						  "a leak's does: 2; the worst, leak (a.c:4), "
						  "holds 30M and grows by 3M a minute."));
	cr_expect(SAME(only(&p, "live").text,
	    "Most of its memory, 200M, is blocks that the program holds; about 90M of that were "
	    "allocated by cache_add. Only the program can give them back."));
	cr_expect(SAME(only(&p, "live").command, "memgov sites 7"));
}

Test(doctor_process, says_how_to_govern)
{
	struct mg_readings_process p = healthy();

	p.stats = (struct mg_reply_stats){ 0 };
	p.governed = MG_GOVERNED_NO;
	cr_expect(SAME(only(&p, "not-governed").command, "memgov run --preset auto -- app ..."));
	strcpy(p.program, "a b");
	cr_expect(
	    SAME(only(&p, "not-governed").command, "memgov run --preset auto -- COMMAND ..."));
	strcpy(p.group.unit, "app.service");
	strcpy(p.library, "/opt/libmemgov.so");
	cr_expect(SAME(only(&p, "not-governed").command,
	    "systemctl edit app.service    # add, then restart it:\n[Service]\n"
	    "Environment=LD_PRELOAD=/opt/libmemgov.so MEMGOV_PRESET=auto"));
}

Test(doctor_process, breaks_memory_down_into_parts_that_add_up)
{
	struct mg_readings_process p = healthy();
	struct mg_breakdown b;

	p.RESIDENT[MG_MAPPINGS_STACK] = 1 * MB;
	p.RESIDENT[MG_MAPPINGS_SHARED] = 2 * MB;
	b = mg_breakdown_make(&p);
	cr_expect(eq(u64, b.heap_bytes, 300 * MB));
	cr_expect(eq(u64, b.beyond_bytes, 30 * MB));
	cr_expect(eq(u64, b.free_bytes, 140 * MB));
	cr_expect(eq(u64, b.rss_bytes, 403 * MB));
	/* Some of the heap may be in swap. */
	p.mappings.swapped_bytes[MG_MAPPINGS_ANONYMOUS] = 50 * MB;
	cr_expect(eq(u64, mg_breakdown_make(&p).beyond_bytes, 80 * MB));
	p.mappings.swapped_bytes[MG_MAPPINGS_ANONYMOUS] = 400 * MB;
	cr_expect(eq(u64, mg_breakdown_make(&p).beyond_bytes, 330 * MB), "not more than there is");
	p.mappings.swapped_bytes[MG_MAPPINGS_ANONYMOUS] = 0;
	/* Large blocks that were never touched. */
	p.STAT.heap_footprint_bytes = 900 * MB;
	b = mg_breakdown_make(&p);
	cr_expect(eq(u64, b.heap_bytes, 330 * MB));
	cr_expect(zero(u64, b.beyond_bytes));
	/* Not governed, and only /proc/PID/status to go by. */
	p.stats = (struct mg_reply_stats){ 0 };
	p.mappings_error = -EACCES;
	p.memory.anonymous_bytes = 5 * MB;
	p.memory.file_bytes = 6 * MB;
	p.memory.shared_bytes = 7 * MB;
	b = mg_breakdown_make(&p);
	cr_expect(not(b.has_heap));
	cr_expect(not(b.has_stacks));
	cr_expect(eq(u64, b.beyond_bytes, 5 * MB));
	cr_expect(eq(u64, b.rss_bytes, 18 * MB));
}

Test(doctor_process, rounds_up_to_what_one_would_type)
{
	static const struct {
		uint64_t bytes, want;
	} sizes[] = {
		{ 1, 64 * MB },
		{ 64 * MB, 64 * MB },
		{ 64 * MB + 1, 128 * MB },
		{ 1 * GB + 1, 1536 * MB },
		{ 8 * GB, 8 * GB },
		{ 8 * GB + 1, 12 * GB },
		{ ((uint64_t)1 << 60) - 1, (uint64_t)1 << 60 },
		{ UINT64_MAX, (uint64_t)1 << 60 },
	};

	for (size_t i = 0; i < ROWS(sizes); i++)
		cr_expect(eq(u64, mg_rules_round(sizes[i].bytes), sizes[i].want));
}

Test(doctor_check, is_one_line_and_a_level)
{
	static const struct {
		uint64_t available_mb, group_used_mb, live_mb;
		enum mg_finding_level want;
	} levels[] = {
		{ 3000, 0, 150, MG_FINDING_FINE },
		{ 601, 0, 150, MG_FINDING_NOTE },
		{ 600, 0, 150, MG_FINDING_WARN },
		{ 200, 0, 150, MG_FINDING_CRITICAL },
		{ 3000, 84, 150, MG_FINDING_NOTE },
		{ 3000, 85, 150, MG_FINDING_WARN },
		{ 600, 95, 150, MG_FINDING_CRITICAL },
		{ 3000, 0, 840, MG_FINDING_WARN },
		{ 3000, 0, 940, MG_FINDING_CRITICAL },
	};

	for (size_t i = 0; i < ROWS(levels); i++) {
		struct mg_readings_process p = healthy();
		struct mg_group g = { .limit_bytes = 100 * MB };
		struct mg_rules_check c;

		p.memory_of_machine.available_bytes = levels[i].available_mb * MB;
		p.STAT.live_bytes = levels[i].live_mb * MB;
		p.STAT.refused_allocs = 3;
		strcpy(p.process.name, "a\nb");
		g.used_bytes = levels[i].group_used_mb * MB;
		cr_assert(mg_rules_check(&p.memory_of_machine, &g, &p, &marks, &c));
		cr_expect(eq(int, (int)c.level, (int)levels[i].want), "%s", c.text);
		cr_expect(eq(ptr, strchr(c.text, '\n'), NULL));
		cr_expect(eq(u32, support_count(c.text, "a?b (7) holds"), 1), "%s", c.text);
		cr_expect(eq(u32, support_count(c.text, "refused since its start: 3"), 1));
	}
}

Test(doctor_check, says_no_more_than_there_is)
{
	struct mg_readings_process p = healthy();
	struct mg_group g = { .slow_bytes = 100 * MB, .used_bytes = 10 * MB };
	struct mg_rules_check c;

	cr_assert(mg_rules_check(&p.memory_of_machine, &g, &p, &marks, &c));
	cr_expect(SAME(c.text, "25 % of 3.9G of memory in use, 10 % of the cgroup's 100M; app (7) "
			       "holds 16 % of its ceiling of 0.9G"));
	p.STAT.heap_limit_bytes = 0;
	g.slow_bytes = 0;
	cr_assert(mg_rules_check(&p.memory_of_machine, &g, &p, &marks, &c));
	cr_expect(
	    SAME(c.text, "25 % of 3.9G of memory in use; app (7) has no ceiling and holds 150M"));
	cr_assert(mg_rules_check(&p.memory_of_machine, &g, NULL, &marks, &c));
	cr_expect(SAME(c.text, "25 % of 3.9G of memory in use"));
}

Test(doctor_check, of_what_is_not_known)
{
	struct mg_readings_process p = healthy();
	struct mg_group g = { 0 };
	struct mg_machine m = { 0 };
	struct mg_rules_check c;

	cr_expect(not(mg_rules_check(&m, &g, NULL, &marks, &c)));
	p.stats = (struct mg_reply_stats){ 0 };
	cr_expect(mg_rules_check(&p.memory_of_machine, &g, &p, &marks, &c));
	cr_expect(eq(int, (int)c.level, (int)MG_FINDING_WARN), "governed, and silent");
	p.governed = MG_GOVERNED_NO;
	cr_expect(mg_rules_check(&p.memory_of_machine, &g, &p, &marks, &c));
	cr_expect(eq(int, (int)c.level, (int)MG_FINDING_FINE));
	cr_expect(
	    SAME(c.text, "25 % of 3.9G of memory in use; app (7) has 400M RSS, and of its heap "
			 "nothing is known"));
}
