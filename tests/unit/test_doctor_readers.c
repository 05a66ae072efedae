/* SPDX-License-Identifier: MIT */
/* What the doctor reads of the kernel's texts, and how it ranks processes. */
#include <stdio.h>

#include "tests/unit/support.h"
#include "tools/common/machine.h"
#include "tools/common/process.h"
#include "tools/doctor/census.h"
#include "tools/doctor/group.h"
#include "tools/doctor/kinds.h"
#include "tools/doctor/mappings.h"
#include "tools/doctor/settings.h"

static struct mg_mappings
read_mappings(const char *const *lines, size_t n)
{
	struct mg_mappings_reader r = { 0 };

	for (size_t i = 0; i < n; i++)
		mg_mappings_line(&r, lines[i]);
	return r.sums;
}

Test(doctor_readers, tells_mappings_apart)
{
	static const struct {
		const char *line;
		enum mg_mappings_kind want;
	} rows[] = {
		{ "7f5917000000-7f5918000000 rw-p 00000000 00:00 0 ", MG_MAPPINGS_ANONYMOUS },
		{ "7f5917000000-7f5918000000 rw-p 00000000 00:00 0\n", MG_MAPPINGS_ANONYMOUS },
		{ "00a85000-00aca000 rw-p 00000000 00:00 0      [heap]", MG_MAPPINGS_ANONYMOUS },
		{ "00a85000-00aca000 rw-p 00000000 00:00 0 [anon:v8]", MG_MAPPINGS_ANONYMOUS },
		{ "7ffc5c75a000-7ffc5c77b000 rw-p 00000000 00:00 0   [stack]", MG_MAPPINGS_STACK },
		{ "7ffc5c75a000-7ffc5c77b000 r-xp 00000000 00:00 0   [vdso]", MG_MAPPINGS_FILE },
		{ "7f59173c0000-7f59173c2000 rw-p 00028000 fe:00 9 /usr/lib/a b.so",
		    MG_MAPPINGS_FILE },
		{ "7f59173c0000-7f59173c2000 rw-s 00028000 fe:00 9 /var/db", MG_MAPPINGS_FILE },
		{ "7f59173c0000-7f59173c2000 rw-s 00000000 00:01 9 /memfd:x (deleted)",
		    MG_MAPPINGS_SHARED },
		{ "7f59173c0000-7f59173c2000 rw-s 00000000 00:01 9 /SYSV00000000 (deleted)",
		    MG_MAPPINGS_SHARED },
		{ "7f59173c0000-7f59173c2000 rw-s 00000000 00:19 9 /dev/shm/x",
		    MG_MAPPINGS_SHARED },
		{ "7f59173c0000-7f59173c2000 rw-s 00000000 00:01 9 /dev/zero (deleted)",
		    MG_MAPPINGS_SHARED },
		{ "7f59173c0000-7f59173c2000 rw-s 00000000 00:00 0 [anon_shmem:x]",
		    MG_MAPPINGS_SHARED },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *lines[] = { rows[i].line, "Rss:       8 kB\n", "Swap:   4 kB",
			"SwapPss:   9 kB", "AnonHugePages:  2 kB", "VmFlags: rd wr" };
		struct mg_mappings m = read_mappings(lines, ROWS(lines));

		cr_expect(eq(u64, m.count, 1));
		cr_expect(eq(u64, m.resident_bytes[rows[i].want], 8 * KB), "%s", rows[i].line);
		cr_expect(eq(u64, m.swapped_bytes[rows[i].want], 4 * KB), "%s", rows[i].line);
		cr_expect(eq(u64, m.huge_bytes, 2 * KB), "%s", rows[i].line);
	}
}

Test(doctor_readers, takes_what_lies_above_a_guard_for_a_stack)
{
	static const struct {
		const char *guard, *above;
		enum mg_mappings_kind want;
	} rows[] = {
		{ "1000-2000 ---p 00000000 00:00 0", "2000-6000 rw-p 00000000 00:00 0",
		    MG_MAPPINGS_STACK },
		{ "1000-11000 ---p 00000000 00:00 0", "11000-91000 rw-p 00000000 00:00 0",
		    MG_MAPPINGS_STACK },
		{ "1000-12000 ---p 00000000 00:00 0", "12000-91000 rw-p 00000000 00:00 0",
		    MG_MAPPINGS_ANONYMOUS },
		{ "1000-2000 ---p 00000000 00:00 0", "2000-5000 rw-p 00000000 00:00 0",
		    MG_MAPPINGS_ANONYMOUS },
		{ "1000-2000 ---p 00000000 00:00 0", "3000-9000 rw-p 00000000 00:00 0",
		    MG_MAPPINGS_ANONYMOUS },
		{ "1000-2000 r--p 00000000 00:00 0", "2000-9000 rw-p 00000000 00:00 0",
		    MG_MAPPINGS_ANONYMOUS },
		{ "1000-2000 ---p 00000000 fe:00 7 /lib/x", "2000-9000 rw-p 00000000 00:00 0",
		    MG_MAPPINGS_ANONYMOUS },
		{ "1000-2000 ---p 00000000 00:00 0", "2000-9000 r--p 00000000 00:00 0",
		    MG_MAPPINGS_ANONYMOUS },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *lines[] = { rows[i].guard, "Rss: 0 kB", rows[i].above, "Rss: 12 kB" };
		struct mg_mappings m = read_mappings(lines, ROWS(lines));

		cr_expect(eq(u64, m.resident_bytes[rows[i].want], 12 * KB), "%s", rows[i].above);
	}
}

Test(doctor_readers, takes_no_figures_before_a_mapping)
{
	static const char *const lines[] = { "Rss: 8 kB", "nonsense", "" };
	struct mg_mappings m = read_mappings(lines, ROWS(lines));

	cr_expect(zero(u64, m.count));
	cr_expect(zero(u64, m.resident_bytes[0]));
}

Test(doctor_readers, knows_the_setting_of_huge_pages)
{
	cr_expect(eq(int, (int)mg_settings_parse_huge("always [madvise] never\n"),
	    (int)MG_SETTINGS_HUGE_MADVISE));
	cr_expect(eq(int, (int)mg_settings_parse_huge("[always] madvise never"),
	    (int)MG_SETTINGS_HUGE_ALWAYS));
	cr_expect(eq(int, (int)mg_settings_parse_huge("always madvise [never]"),
	    (int)MG_SETTINGS_HUGE_NEVER));
	cr_expect(eq(int, (int)mg_settings_parse_huge("always madvise never"),
	    (int)MG_SETTINGS_HUGE_UNKNOWN));
	cr_expect(
	    eq(int, (int)mg_settings_parse_huge("[neverever]"), (int)MG_SETTINGS_HUGE_UNKNOWN));
}

Test(doctor_readers, finds_the_service_in_the_path_of_a_cgroup)
{
	static const struct {
		const char *path, *want;
	} rows[] = {
		{ "/system.slice/nginx.service", "nginx.service" },
		{ "/system.slice/app@1.service/workers", "app@1.service" },
		{ "/user.slice/user-0.slice/user@0.service/app.slice/x.service", "x.service" },
		{ "/user.slice/user-0.slice/user@0.service/init.scope", "" },
		{ "/system.slice/.service", "" },
		{ "/docker/0123", "" },
		{ "/", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char unit[32];

		mg_group_parse_unit(rows[i].path, unit, sizeof unit);
		cr_expect(SAME(unit, rows[i].want), "%s", rows[i].path);
	}
	char small[14];
	mg_group_parse_unit("/system.slice/nginx.service", small, sizeof small);
	cr_expect(SAME(small, "nginx.service"));
	mg_group_parse_unit("/system.slice/nginx1.service", small, sizeof small);
	cr_expect(SAME(small, ""), "not cut");
}

Test(doctor_readers, measures_a_cgroup_by_its_tighter_limit)
{
	static const struct {
		uint64_t limit, slow, used;
		unsigned want;
	} rows[] = {
		{ 0, 0, 5 * MB, 0 },
		{ 10 * MB, 0, 5 * MB, 50 },
		{ 10 * MB, 6 * MB, 3 * MB, 50 },
		{ 10 * MB, 20 * MB, 5 * MB, 50 },
		{ 0, 6 * MB, 3 * MB, 50 },
		{ 1, 0, 5 * MB, 0 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_group g = { .limit_bytes = rows[i].limit,
			.slow_bytes = rows[i].slow,
			.used_bytes = rows[i].used };

		cr_expect(eq(u32, mg_group_used_pct(&g), rows[i].want), "row %zu", i);
	}
}

Test(doctor_readers, knows_typical_sizes)
{
	static const struct {
		const char *name;
		uint64_t high_mb;
	} rows[] = {
		{ "node", 400 },
		{ "python3.11", 250 },
		{ "php-fpm7.4", 80 },
		{ "php", 128 },
		{ "nginx", 50 },
		{ "nodes", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct mg_kind *k = mg_kinds_find(rows[i].name);

		cr_expect(eq(u64, k != NULL ? k->high_bytes : 0, rows[i].high_mb * MB), "%s",
		    rows[i].name);
		cr_expect(k == NULL || k->low_bytes < k->high_bytes);
	}
}

Test(doctor_readers, ranks_processes_and_finds_the_crowd)
{
	struct mg_census_process list[14] = { 0 };
	struct mg_census c;

	for (int i = 0; i < 14; i++) {
		list[i].pid = i + 1;
		list[i].memory.rss_bytes = (uint64_t)i / 2 * MB;
		list[i].memory.anonymous_bytes = MB;
		snprintf(list[i].name, sizeof list[i].name, "%s",
		    i < 3   ? "few"
		    : i < 8 ? "many"
			    : "p");
	}
	for (int i = 8; i < 14; i++)
		snprintf(list[i].name, sizeof list[i].name, "p%d", i);
	mg_census_rank(list, 14, &c);
	cr_expect(eq(sz, c.processes, 14));
	cr_assert(eq(sz, c.n, MG_CENSUS_ROWS));
	cr_expect(eq(int, c.rows[0].pid, 13));
	cr_expect(eq(int, c.rows[1].pid, 14), "of the same size by pid");
	cr_expect(eq(int, c.rows[9].pid, 6));
	cr_expect(SAME(c.crowd, "many"));
	cr_expect(eq(sz, c.crowd_n, 5));
	cr_expect(eq(u64, c.crowd_bytes, 5 * MB));
	mg_census_rank(list, 0, &c);
	cr_expect(zero(sz, c.n));
	cr_expect(zero(sz, c.crowd_n));
}

Test(doctor_readers, reads_the_memory_of_a_process)
{
	static const char text[] =
	    "Name:\tx\nVmHWM:\t  400 kB\nVmRSS:\t  300 kB\nRssAnon:\t 200 kB\nRssFile:\t 70 kB\n"
	    "RssShmem:\t 30 kB\nVmLck:\t 5 kB\nVmSwap:\t 6 kB\nThreads:\t17\n";
	struct mg_process_memory m;

	mg_process_parse_status(text, &m);
	cr_expect(eq(u64, m.rss_bytes, 300 * KB));
	cr_expect(eq(u64, m.rss_peak_bytes, 400 * KB));
	cr_expect(eq(u64, m.anonymous_bytes, 200 * KB));
	cr_expect(eq(u64, m.file_bytes, 70 * KB));
	cr_expect(eq(u64, m.shared_bytes, 30 * KB));
	cr_expect(eq(u64, m.swap_bytes, 6 * KB));
	cr_expect(eq(u64, m.locked_bytes, 5 * KB));
	cr_expect(eq(u32, m.threads, 17));
	mg_process_parse_status("Name:\tkthreadd\n", &m);
	cr_expect(zero(u64, m.rss_bytes));
	cr_expect(zero(u32, m.threads));
}

Test(doctor_readers, reads_what_memory_is_used_for)
{
	static const char text[] =
	    "MemTotal: 1000 kB\nMemAvailable: 500 kB\nBuffers: 10 kB\nCached: 100 kB\n"
	    "AnonPages: 200 kB\nShmem: 30 kB\nSReclaimable: 40 kB\nSUnreclaim: 5 kB\n"
	    "KernelStack: 6 kB\nPageTables: 7 kB\nPercpu: 8 kB\nCommitLimit: 900 kB\n"
	    "Committed_AS: 300 kB\nHugetlb: 50 kB\n";
	struct mg_machine m = { 0 };

	cr_assert(zero(int, mg_machine_parse_meminfo(text, &m)));
	cr_expect(eq(u64, m.anonymous_bytes, 200 * KB));
	cr_expect(eq(u64, m.shared_bytes, 30 * KB));
	cr_expect(eq(u64, m.kernel_bytes, 26 * KB));
	cr_expect(eq(u64, m.huge_bytes, 50 * KB));
	cr_expect(eq(u64, m.cache_bytes, 120 * KB));
	cr_expect(eq(u64, m.commit_limit_bytes, 900 * KB));
	cr_expect(eq(u64, m.committed_bytes, 300 * KB));
}
