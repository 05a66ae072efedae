/* SPDX-License-Identifier: MIT */
/* The doctor's findings about a machine. */
#include "tests/unit/test_doctor.h"
#include "tools/doctor/rules.h"

static const struct mg_marks marks = { 80, 85, 95 };

/* A machine of 4G that is well, with swap, a governed process, and nothing to say but that. */
static struct mg_readings_machine
healthy(void)
{
	struct mg_readings_machine m = {
		.memory = { .total_bytes = 4000 * MB,
		    .available_bytes = 3000 * MB,
		    .anonymous_bytes = 500 * MB,
		    .swap_total_bytes = 1000 * MB,
		    .swap_free_bytes = 1000 * MB,
		    .commit_limit_bytes = 1000 * MB,
		    .has_stall = true },
		.settings = { .huge = MG_SETTINGS_HUGE_MADVISE,
		    .has_oom_kills = true,
		    .has_overcommit = true,
		    .has_disk = true,
		    .disk_free_bytes = 50 * GB },
		.census = { .processes = 30, .governed = 1, .n = 2 },
	};

	m.census.rows[0] = (struct mg_census_row){ .pid = 11,
		.name = "node",
		.memory = { .rss_bytes = 300 * MB },
		.governed = MG_GOVERNED_YES };
	m.census.rows[1] =
	    (struct mg_census_row){ .pid = 12, .name = "app", .memory = { .rss_bytes = 100 * MB } };
	return m;
}

#define M(field, value) SET(mg_readings_machine, field, value)
#define TEXT(field, value) NAME(mg_readings_machine, field, value)

static const struct doctor_row rows[] = {
	{ "healthy", "memory:fine stall:fine", { { 0 } } },
	{ "79 %", "memory:fine stall:fine", { M(memory.available_bytes, 801 * MB) } },
	{ "80 %", "memory:note stall:fine", { M(memory.available_bytes, 800 * MB) } },
	{ "84 %", "memory:note stall:fine", { M(memory.available_bytes, 601 * MB) } },
	{ "85 %", "memory:warn stall:fine", { M(memory.available_bytes, 600 * MB) } },
	{ "94 %", "memory:warn stall:fine", { M(memory.available_bytes, 201 * MB) } },
	{ "95 %", "memory:critical stall:fine", { M(memory.available_bytes, 200 * MB) } },
	{ "nothing known of memory", "memory-unknown:note stall-unknown:note",
	    { M(memory.total_bytes, 0), M(memory.available_bytes, 0), M(memory.has_stall, 0),
		M(settings.has_oom_kills, 0), M(settings.has_disk, 0), M(settings.huge, 0) } },

	{ "what fills a full machine",
	    "memory:warn shared:warn kernel:warn hugetlb:warn stall:fine",
	    { M(memory.available_bytes, 600 * MB), M(memory.shared_bytes, 800 * MB),
		M(memory.kernel_bytes, 800 * MB), M(memory.huge_bytes, 800 * MB) } },
	{ "little of each", "memory:warn stall:fine",
	    { M(memory.available_bytes, 600 * MB), M(memory.shared_bytes, 799 * MB),
		M(memory.kernel_bytes, 799 * MB), M(memory.huge_bytes, 799 * MB) } },
	{ "the same where there is room", "memory:fine stall:fine",
	    { M(memory.shared_bytes, 800 * MB), M(memory.kernel_bytes, 800 * MB),
		M(memory.huge_bytes, 800 * MB) } },

	{ "cgroup with room", "memory:fine stall:fine",
	    { M(group.limit_bytes, 100 * MB), M(group.used_bytes, 79 * MB) } },
	{ "cgroup filling up", "memory:fine cgroup:note stall:fine",
	    { M(group.limit_bytes, 100 * MB), M(group.used_bytes, 80 * MB) } },
	{ "cgroup full", "memory:fine cgroup:critical stall:fine",
	    { M(group.limit_bytes, 100 * MB), M(group.used_bytes, 95 * MB) } },
	{ "above memory.high", "memory:fine cgroup-slow:critical stall:fine",
	    { M(group.limit_bytes, 100 * MB), M(group.slow_bytes, 50 * MB),
		M(group.used_bytes, 50 * MB) } },
	{ "memory.high alone, near", "memory:fine cgroup:warn stall:fine",
	    { M(group.slow_bytes, 100 * MB), M(group.used_bytes, 90 * MB) } },
	{ "cgroup without a limit", "memory:fine stall:fine",
	    { M(group.used_bytes, 95 * MB), M(group.has_oom_kills, 1), M(group.oom_kills, 2) } },
	{ "no kills in the cgroup", "memory:fine stall:fine",
	    { M(group.limit_bytes, 100 * MB), M(group.has_oom_kills, 1) } },
	{ "kills that nobody counted", "memory:fine stall:fine",
	    { M(group.limit_bytes, 100 * MB), M(group.oom_kills, 1) } },
	{ "kills in the cgroup", "memory:fine cgroup-kills:warn stall:fine",
	    { M(group.limit_bytes, 100 * MB), M(group.has_oom_kills, 1), M(group.oom_kills, 2) } },

	{ "kills", "memory:fine oom-kills:warn stall:fine", { M(settings.oom_kills, 1) } },
	{ "kills, all of them in its own cgroup", "memory:fine cgroup-kills:warn stall:fine",
	    { M(settings.oom_kills, 2), M(group.limit_bytes, 100 * MB), M(group.has_oom_kills, 1),
		M(group.oom_kills, 2) } },
	{ "kills, one of them elsewhere", "memory:fine cgroup-kills:warn oom-kills:warn stall:fine",
	    { M(settings.oom_kills, 3), M(group.limit_bytes, 100 * MB), M(group.has_oom_kills, 1),
		M(group.oom_kills, 2) } },
	{ "kills of which the kernel does not tell", "memory:fine stall:fine",
	    { M(settings.has_oom_kills, 0), M(settings.oom_kills, 3) } },
	{ "no swap, no need", "memory:fine swap-not-needed:fine stall:fine",
	    { M(memory.swap_total_bytes, 0), M(memory.swap_free_bytes, 0) } },
	{ "no swap at 84 %", "memory:note swap-not-needed:fine stall:fine",
	    { M(memory.swap_total_bytes, 0), M(memory.swap_free_bytes, 0),
		M(memory.available_bytes, 601 * MB) } },
	{ "no swap at 85 %", "memory:warn swap-add:warn stall:fine",
	    { M(memory.swap_total_bytes, 0), M(memory.swap_free_bytes, 0),
		M(memory.available_bytes, 600 * MB) } },
	{ "no swap, and tasks wait", "memory:fine swap-add:warn stall:warn",
	    { M(memory.swap_total_bytes, 0), M(memory.swap_free_bytes, 0),
		M(memory.stall_some, 1000) } },
	{ "no swap after kills", "memory:fine oom-kills:warn swap-add:note stall:fine",
	    { M(memory.swap_total_bytes, 0), M(memory.swap_free_bytes, 0),
		M(settings.oom_kills, 3) } },
	{ "no swap and no disk", "memory:warn swap-no-room:warn stall:fine",
	    { M(memory.swap_total_bytes, 0), M(memory.swap_free_bytes, 0),
		M(memory.available_bytes, 600 * MB), M(settings.disk_free_bytes, 3 * GB - 1) } },
	{ "no swap, disk enough", "memory:warn swap-add:warn stall:fine",
	    { M(memory.swap_total_bytes, 0), M(memory.swap_free_bytes, 0),
		M(memory.available_bytes, 600 * MB), M(settings.disk_free_bytes, 3 * GB) } },
	{ "swap at 79 %", "memory:fine stall:fine", { M(memory.swap_free_bytes, 201 * MB) } },
	{ "swap at 80 %", "memory:fine swap-full:warn stall:fine",
	    { M(memory.swap_free_bytes, 200 * MB) } },
	{ "thrashing", "memory:fine thrashing:warn stall:warn",
	    { M(memory.swap_free_bytes, 900 * MB), M(memory.stall_some, 1000) } },

	{ "no wait to feel", "memory:fine stall:fine", { M(memory.stall_some, 99) } },
	{ "a wait to feel", "memory:fine stall:note", { M(memory.stall_some, 100) } },
	{ "stuck", "memory:fine stall:critical", { M(memory.stall_some, 4000) } },

	{ "a large one", "memory:fine stall:fine largest:note",
	    { M(census.rows[0].memory.rss_bytes, 400 * MB) } },
	{ "a large one where memory is short", "memory:warn stall:fine largest:warn",
	    { M(census.rows[0].memory.rss_bytes, 400 * MB), M(memory.available_bytes, 600 * MB) } },
	{ "above what is typical", "memory:fine stall:fine largest:note above-typical:note",
	    { M(census.rows[0].memory.rss_bytes, 400 * MB + 1) } },
	{ "no process to be seen", "memory:fine stall:fine", { M(census.n, 0) } },
	{ "a crowd", "memory:fine stall:fine crowd:note",
	    { M(census.crowd_n, 9), M(census.crowd_bytes, 400 * MB),
		TEXT(census.crowd, "php-fpm") } },
	{ "a crowd with less than one has", "memory:fine stall:fine largest:note",
	    { M(census.crowd_n, 9), M(census.crowd_bytes, 400 * MB),
		M(census.rows[0].memory.rss_bytes, 400 * MB) } },
	{ "a small crowd", "memory:fine stall:fine",
	    { M(census.crowd_n, 9), M(census.crowd_bytes, 399 * MB) } },

	{ "none governed", "memory:fine stall:fine none-governed:note", { M(census.governed, 0) } },
	{ "one without a socket", "memory:fine stall:fine silent:note",
	    { M(census.rows[1].governed, MG_GOVERNED_SILENT), M(census.governed, 0) } },
	{ "ceilings that fit", "memory:fine stall:fine", { M(census.limits_bytes, 4000 * MB) } },
	{ "ceilings that do not", "memory:fine stall:fine ceilings:note",
	    { M(census.limits_bytes, 4000 * MB + 1) } },
	{ "ceilings of a machine of unknown size", "memory-unknown:note stall:fine",
	    { M(memory.total_bytes, 0), M(memory.available_bytes, 0), M(census.limits_bytes, 1) } },
	{ "refusals", "memory:fine stall:fine refusing:warn", { M(census.refusing, 1) } },

	{ "huge pages for all", "memory:fine stall:fine huge-pages:note",
	    { M(settings.huge, MG_SETTINGS_HUGE_ALWAYS) } },
	{ "promised too much", "memory:fine stall:fine overcommit:warn",
	    { M(settings.overcommit, 2), M(memory.committed_bytes, 800 * MB) } },
	{ "promised less", "memory:fine stall:fine",
	    { M(settings.overcommit, 2), M(memory.committed_bytes, 799 * MB) } },
	{ "promises that bind nobody", "memory:fine stall:fine",
	    { M(memory.committed_bytes, 999 * MB) } },
};

Test(doctor_machine, finds_what_there_is_and_no_more)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_readings_machine m = healthy();
		struct mg_findings f = { 0 };

		doctor_apply(&m, &rows[i]);
		mg_rules_machine(&m, &marks, &f);
		cr_expect(SAME(doctor_list(&f), rows[i].want), "%s", rows[i].name);
	}
}

static struct mg_finding
only(const struct mg_readings_machine *m, const char *id)
{
	struct mg_findings f = { 0 };
	const struct mg_finding *x;

	mg_rules_machine(m, &marks, &f);
	x = mg_findings_find(&f, id);
	return x != NULL ? *x : (struct mg_finding){ .text = "not found" };
}

Test(doctor_machine, says_its_figures_and_what_to_type)
{
	struct mg_readings_machine m = healthy();
	struct mg_finding x;

	m.memory.available_bytes = 100 * MB;
	x = only(&m, "memory");
	cr_expect(SAME(
	    x.text, "3.8G of 3.9G of memory are in use, 97 %, which is nearly all: act at once."));
	cr_expect(SAME(x.command, "memgov doctor 11"));
	m.memory.swap_total_bytes = m.memory.swap_free_bytes = 0;
	x = only(&m, "swap-add");
	cr_expect(eq(u32, support_count(x.text, "2G of swap"), 1), "%s", x.text);
	cr_expect(eq(u32, support_count(x.text, "500M that processes hold"), 1), "%s", x.text);
	cr_expect(SAME(x.command, "fallocate -l 2G /swapfile && chmod 600 /swapfile\n"
				  "mkswap /swapfile && swapon /swapfile\n"
				  "echo '/swapfile none swap sw 0 0' >> /etc/fstab"));
}

Test(doctor_machine, has_nothing_to_type_where_all_is_well)
{
	struct mg_readings_machine m = healthy();
	struct mg_findings f = { 0 };

	m.group.limit_bytes = 100 * MB;
	strcpy(m.group.unit, "x.service");
	mg_rules_machine(&m, &marks, &f);
	for (size_t i = 0; i < f.n; i++)
		cr_expect(SAME(f.list[i].command, ""), "%s", f.list[i].id);
	m.census.n = 0;
	m.memory.available_bytes = 0;
	cr_expect(SAME(only(&m, "memory").command, ""), "no process to look at");
	m.census.n = 1;
	m.memory.available_bytes = 600 * MB;
	cr_expect(SAME(only(&m, "memory").command, "memgov doctor 11"));
}

Test(doctor_machine, answers_whether_memory_makes_it_slow)
{
	struct mg_readings_machine m = healthy();

	cr_expect(SAME(only(&m, "stall").text,
	    "No task waits for memory; if responses are slow, that is not why."));
	m.memory.stall_some = 2345;
	cr_expect(SAME(only(&m, "stall").text,
	    "In 23 % of the last 10 s a task waited for memory: that makes responses slow."));
}

Test(doctor_machine, sizes_swap_by_the_machine)
{
	static const struct {
		uint64_t total;
		const char *want;
	} sizes[] = {
		{ 512 * MB, "-l 2G" },
		{ 4 * GB, "-l 2G" },
		{ 7 * GB, "-l 3G" },
		{ 16 * GB, "-l 8G" },
		{ 1024 * GB, "-l 8G" },
	};

	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct mg_readings_machine m = healthy();
		struct mg_finding x;

		m.memory.total_bytes = sizes[i].total;
		m.memory.available_bytes = m.memory.swap_total_bytes = m.memory.swap_free_bytes = 0;
		x = only(&m, "swap-add");
		cr_expect(ne(ptr, strstr(x.command, sizes[i].want), NULL), "%s", x.command);
	}
}

Test(doctor_machine, says_how_the_largest_is_governed)
{
	static const struct {
		enum mg_governed governed;
		bool has_stats;
		uint64_t limit;
		const char *want;
	} ways[] = {
		{ MG_GOVERNED_NO, false, 0, "it is not governed." },
		{ MG_GOVERNED_UNKNOWN, false, 0, "it may be governed or not." },
		{ MG_GOVERNED_SILENT, false, 0, "it is governed, but has no socket." },
		{ MG_GOVERNED_YES, false, 0, "it is governed, but does not answer." },
		{ MG_GOVERNED_YES, true, 0, "it is governed, without a ceiling." },
		{ MG_GOVERNED_YES, true, 1 * GB, "it is governed, with a ceiling of 1G." },
	};

	for (size_t i = 0; i < ROWS(ways); i++) {
		struct mg_readings_machine m = healthy();
		struct mg_finding x;

		m.census.rows[0].memory.rss_bytes = 1000 * MB;
		m.census.rows[0].governed = ways[i].governed;
		m.census.rows[0].has_stats = ways[i].has_stats;
		m.census.rows[0].stats.values.heap_limit_bytes = ways[i].limit;
		x = only(&m, "largest");
		cr_expect(ne(ptr, strstr(x.text, ways[i].want), NULL), "%s", x.text);
	}
}

Test(doctor_machine, names_of_others_do_no_harm)
{
	struct mg_readings_machine m = healthy();

	strcpy(m.census.rows[0].name, "a\x1b[2J\nb");
	m.census.rows[0].memory.rss_bytes = 1000 * MB;
	cr_expect(eq(u32, support_count(only(&m, "largest").text, "is a?[2J?b (11)"), 1));
	strcpy(m.group.unit, "x.service;reboot");
	m.group.limit_bytes = m.group.used_bytes = 1 * GB;
	cr_expect(SAME(only(&m, "cgroup").command, ""));
	strcpy(m.group.unit, "x@1.service");
	cr_expect(SAME(
	    only(&m, "cgroup").command, "systemctl show x@1.service -p MemoryMax -p MemoryHigh"));
}

Test(doctor_machine, speaks_of_three_odd_sizes_at_most)
{
	struct mg_readings_machine m = healthy();
	struct mg_findings f = { 0 };

	for (m.census.n = 0; m.census.n < MG_CENSUS_ROWS; m.census.n++)
		m.census.rows[m.census.n] = (struct mg_census_row){
			.pid = 20, .name = "sshd", .memory = { .rss_bytes = 100 * MB }
		};
	mg_rules_machine(&m, &marks, &f);
	cr_expect(eq(u32, support_count(doctor_list(&f), "above-typical"), 3));
}
