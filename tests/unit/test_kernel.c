/* SPDX-License-Identifier: MIT */
/* Texts are those of real machines: Linux 3.10 to 6.8, with cgroups v1, v2 and both. */
#include "shim/base/kernel.h"

#include "tests/unit/support.h"

#include <string.h>

#define UNTOUCHED 77

Test(kernel, reads_resident_pages)
{
	static const struct {
		const char *text;
		uint64_t page, want; /* 0: refused */
	} rows[] = {
		{ "2253 384 312 5 0 110 0\n", 4096, 384 * 4 * KB },
		{ "2253 384 312 5 0 110 0\n", 65536, 384 * 64 * KB },
		{ "12345 678", 4096, 678 * 4 * KB },
		{ "1 4503599627370495 0", 4096, 4503599627370495 * 4 * KB },
		{ "1 4503599627370496 0", 4096, 0 },
		{ "1 18446744073709551616 0", 1, 0 },
		{ "18446744073709551616 1 0", 4096, 0 },
		{ "12345", 4096, 0 },
		{ "12345 ", 4096, 0 },
		{ "12345 x", 4096, 0 },
		{ " 1 2", 4096, 0 },
		{ "-1 2", 4096, 0 },
		{ "", 4096, 0 },
		{ "garbage", 4096, 0 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t got = UNTOUCHED;
		bool ok = mg_kernel_parse_statm(rows[i].text, rows[i].page, &got);

		cr_expect(eq(int, ok, rows[i].want != 0), "%s", rows[i].text);
		if (rows[i].want != 0)
			cr_expect(eq(u64, got, rows[i].want), "%s", rows[i].text);
	}
}

Test(kernel, reads_meminfo)
{
	static const char text[] =
	    "MemTotal:       24689860 kB\nMemFree:         1234568 kB\n"
	    "MemAvailable:   20000000 kB\nBuffers:          100000 kB\nCached:          9000000 "
	    "kB\n"
	    "SwapCached:         4242 kB\nActive:          3000000 kB\nSwapTotal:       2097148 "
	    "kB\n"
	    "SwapFree:        2000000 kB\nHugePages_Total:       0\nHugepagesize:       2048 kB\n";
	struct mg_kernel_machine m;

	cr_assert(mg_kernel_parse_meminfo(text, &m));
	cr_expect(eq(u64, m.total_bytes, 24689860 * KB));
	cr_expect(eq(u64, m.available_bytes, 20000000 * KB));
	cr_expect(eq(u64, m.swap_total_bytes, 2097148 * KB));
	cr_expect(eq(u64, m.swap_free_bytes, 2000000 * KB));
}

Test(kernel, stands_in_for_what_old_kernels_do_not_say)
{
	struct mg_kernel_machine m;

	cr_assert(
	    mg_kernel_parse_meminfo("MemTotal: 1000 kB\nMemFree: 100 kB\nCached: 80 kB\n", &m));
	cr_expect(eq(u64, m.available_bytes, 100 * KB));
	cr_expect(zero(u64, m.swap_total_bytes));
	cr_expect(zero(u64, m.swap_free_bytes));
	cr_assert(mg_kernel_parse_meminfo("MemTotal:\t1 kB", &m));
	cr_expect(eq(u64, m.total_bytes, KB));
	cr_expect(zero(u64, m.available_bytes));
}

Test(kernel, takes_no_machine_without_memory)
{
	static const char *const rows[] = {
		"",
		"\n\n",
		"MemFree: 5 kB\n",
		"MemTotal: 0 kB\n",
		"MemTotal 5 kB\n",
		"MemTotal:\n",
		"MemTotal: kB\n",
		"MemTotal: 18014398509481984 kB\n",
		"MemTotal: 99999999999999999999 kB\n",
		"MemTotal: -5 kB\n",
		" MemTotal: 5 kB\n",
		"xMemTotal: 5 kB\n",
		"MemTota",
	};
	struct mg_kernel_machine m;

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(not(mg_kernel_parse_meminfo(rows[i], &m)), "%s", rows[i]);
	cr_expect(mg_kernel_parse_meminfo("MemTotal: 18014398509481983 kB\n", &m), "the most");
}

Test(kernel, rounds_pressure_up_to_whole_percents)
{
	static const struct {
		const char *text;
		int want; /* -1: refused */
	} rows[] = {
		{ "some avg10=0.00 avg60=5.00 avg300=9.00 total=0\nfull avg10=7.00", 0 },
		{ "some avg10=0.01 avg60=0.00 avg300=0.00 total=1", 1 },
		{ "some avg10=0.10 avg60=0.00", 1 },
		{ "some avg10=1.00", 1 },
		{ "some avg10=12.34 avg60=0.00", 13 },
		{ "some avg10=99.00", 99 },
		{ "some avg10=99.99", 100 },
		{ "some avg10=100.00 avg60=100.00", 100 },
		{ "some avg10=100.99", 100 },
		{ "some avg10=5", 5 },
		{ "some avg10=5.", 5 },
		{ "full avg10=2.00\nsome avg10=3.00", 3 },
		{ "some avg10=101.00", -1 },
		{ "some avg10=18446744073709551617.00", -1 },
		{ "some avg10=", -1 },
		{ "some avg10=.50", -1 },
		{ "some avg10=-1.00", -1 },
		{ "some avg60=1.00", -1 },
		{ "full avg10=1.00", -1 },
		{ "awesome avg10=1.00", -1 },
		{ "", -1 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t got = UNTOUCHED;
		bool ok = mg_kernel_parse_pressure(rows[i].text, &got);

		cr_expect(eq(int, ok, rows[i].want >= 0), "%s", rows[i].text);
		cr_expect(
		    eq(u64, got, ok ? (uint64_t)rows[i].want : UNTOUCHED), "%s", rows[i].text);
	}
}

Test(kernel, finds_kilobytes_by_the_whole_name)
{
	static const char text[] = "Name:\tpython3\nVmPeak:\t  12345 kB\nVmSwap:\t    678 kB\n"
				   "VmHuge:\t x kB\nSwapPss:\t 9 kB\nSwap:\t 8 kB\nVmNone:\n";
	static const struct {
		const char *name;
		uint64_t want; /* 0: refused */
	} rows[] = {
		{ "VmPeak", 12345 * KB },
		{ "VmSwap", 678 * KB },
		{ "VmSw", 0 },
		{ "Swap", 8 * KB },
		{ "VmSwaps", 0 },
		{ "Name", 0 },
		{ "VmHuge", 0 },
		{ "VmNone", 0 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t got = UNTOUCHED;
		bool ok = mg_kernel_parse_kb(text, rows[i].name, &got);

		cr_expect(eq(int, ok, rows[i].want != 0), "%s", rows[i].name);
		cr_expect(eq(u64, got, ok ? rows[i].want : UNTOUCHED), "%s", rows[i].name);
	}
}

Test(kernel, finds_fields_of_memory_stat)
{
	static const char text[] =
	    "cache 135168\ninactive_anon 0\nactive_file 8192\n"
	    "inactive_file 4096\ntotal_inactive_file 20480\nfile7 5\nbroken\nodd: 5";
	static const struct {
		const char *name;
		int64_t want; /* -1: refused */
	} rows[] = {
		{ "inactive_file", 4096 },
		{ "total_inactive_file", 20480 },
		{ "inactive_anon", 0 },
		{ "cache", 135168 },
		{ "file", -1 },
		{ "inactive", -1 },
		{ "broken", -1 },
		{ "odd", -1 },
		{ "absent", -1 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t got = UNTOUCHED;
		bool ok = mg_kernel_parse_field(text, rows[i].name, &got);

		cr_expect(eq(int, ok, rows[i].want >= 0), "%s", rows[i].name);
		cr_expect(
		    eq(u64, got, ok ? (uint64_t)rows[i].want : UNTOUCHED), "%s", rows[i].name);
	}
}

Test(kernel, reads_limits_of_both_kinds_of_cgroup)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t want;
	} rows[] = {
		{ "max\n", true, UINT64_MAX },
		{ "max", true, UINT64_MAX },
		{ "536870912\n", true, 512 * MB },
		{ "0\n", true, 0 },
		{ "9223372036854771712\n", true, UINT64_MAX },
		{ "9223372036854710272\n", true, UINT64_MAX }, /* pages of 64 KiB */
		{ "1152921504606846976\n", true, UINT64_MAX },
		{ "1152921504606846975\n", true, 1152921504606846975 },
		{ "18446744073709551615\n", true, UINT64_MAX },
		{ "18446744073709551616\n", false, 0 },
		{ "ma", false, 0 },
		{ "-1\n", false, 0 },
		{ "", false, 0 },
		{ "\n", false, 0 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t got = UNTOUCHED;

		cr_expect(eq(int, mg_kernel_parse_limit(rows[i].text, &got), rows[i].ok), "%s",
		    rows[i].text);
		if (rows[i].ok)
			cr_expect(eq(u64, got, rows[i].want), "%s", rows[i].text);
	}
}

#define V2 "0::/system.slice/redis.service\n"
#define V1                                                                      \
	"12:pids:/docker/ab\n11:cpu,cpuacct:/docker/cpu\n4:memory:/docker/ab\n" \
	"1:name=systemd:/docker/ab\n"

Test(kernel, finds_the_own_cgroup)
{
	static const struct {
		const char *text, *controller, *want; /* NULL: refused */
	} rows[] = {
		{ V2, NULL, "/system.slice/redis.service" },
		{ V2, "memory", NULL },
		{ V1, "memory", "/docker/ab" },
		{ V1, "cpuacct", "/docker/cpu" },
		{ V1, "cpu", "/docker/cpu" },
		{ V1, "acct", NULL },
		{ V1, "mem", NULL },
		{ V1, NULL, NULL },
		{ V1 V2, "memory", "/docker/ab" },
		{ V1 V2, NULL, "/system.slice/redis.service" },
		{ "0::/", NULL, "/" },
		{ "0::/../x\n", NULL, "/../x" },
		{ "0::/a:b\n", NULL, "/a:b" },
		{ "3:a,memory,b:/x", "memory", "/x" },
		{ "3:memory", "memory", NULL },
		{ "3:memory:", "memory", NULL },
		{ "3:memory:\n/x", "memory", NULL },
		{ "3:memory:relative\n", "memory", NULL },
		{ "memory", "memory", NULL },
		{ "0\n::\n:\n\n0::/late\n", NULL, NULL },
		{ "0\n:\n\n0::/late\n", NULL, "/late" },
		{ "", NULL, NULL },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char path[40] = "untouched";
		bool ok =
		    mg_kernel_parse_cgroup(rows[i].text, rows[i].controller, path, sizeof path);

		cr_expect(eq(int, ok, rows[i].want != NULL), "%zu: %s", i, rows[i].text);
		cr_expect(SAME(path, ok ? rows[i].want : "untouched"), "%zu: %s", i, rows[i].text);
	}
}

Test(kernel, takes_no_cgroup_that_does_not_fit)
{
	char path[8];

	cr_expect(mg_kernel_parse_cgroup("0::/123456", NULL, path, sizeof path));
	cr_expect(not(mg_kernel_parse_cgroup("0::/1234567", NULL, path, sizeof path)));
}

Test(kernel, reads_lines_of_maps)
{
	static const struct {
		const char *line;
		struct mg_proc_mapping want;
	} rows[] = {
		{ "7f12a000-7f12b000 rw-p 00000000 00:00 0 ",
		    { 0x7f12a000, 0x7f12b000, true, true, true, true } },
		{ "559cbb0c3000-559cbb0e4000 rw-p 00000000 00:00 0                          [heap]",
		    { 0x559cbb0c3000, 0x559cbb0e4000, true, true, true, true } },
		{ "7ffc0e1d8000-7ffc0e1f9000 rw-s 00000000 00:00 0   [stack]",
		    { 0x7ffc0e1d8000, 0x7ffc0e1f9000, true, true, false, true } },
		{ "7fbc6a400000-7fbc6a422000 r--p 00000000 fe:01 1311265  /usr/lib/libc.so.6",
		    { 0x7fbc6a400000, 0x7fbc6a422000, true, false, true, false } },
		{ "7f0000000000-7f0000001000 rwxp 00000000 fd:01 42  /tmp/a b (deleted)",
		    { 0x7f0000000000, 0x7f0000001000, true, true, true, false } },
		{ "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]",
		    { 0xffffffffff600000, 0xffffffffff601000, false, false, true, true } },
		{ "0-1 ---p 0 0:0 0", { 0, 1, false, false, true, true } },
		{ "0-1 rw-p 0 0:0 10", { 0, 1, true, true, true, false } },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct mg_proc_mapping *want = &rows[i].want;
		struct mg_proc_mapping m;

		cr_assert(mg_kernel_parse_mapping(rows[i].line, &m), "%s", rows[i].line);
		cr_expect(eq(u64, m.start, want->start), "%s", rows[i].line);
		cr_expect(eq(u64, m.end, want->end), "%s", rows[i].line);
		cr_expect(eq(int, m.is_readable, want->is_readable), "%s", rows[i].line);
		cr_expect(eq(int, m.is_writable, want->is_writable), "%s", rows[i].line);
		cr_expect(eq(int, m.is_private, want->is_private), "%s", rows[i].line);
		cr_expect(eq(int, m.is_anonymous, want->is_anonymous), "%s", rows[i].line);
	}
}

Test(kernel, takes_no_broken_line_of_maps)
{
	static const char *const rows[] = {
		"",
		"-",
		"7f12a000",
		"7f12a000-",
		"7f12a000-7f12b000",
		"7f12a000-7f12b000 ",
		"7f12a000-7f12b000 rw",
		"7f12a000-7f12b000 rw-p",
		"7f12a000-7f12b000 rw-p ",
		"7f12a000-7f12b000 rw-p 00000000",
		"7f12a000-7f12b000 rw-p 00000000 00",
		"7f12a000-7f12b000 rw-p 00000000 00:00",
		"7f12a000-7f12b000 rw-p 00000000 00:00 ",
		"7f12a000-7f12b000 rw-p 00000000 00:00 x",
		"7f12a000-7f12b000 rw-p 00000000 0000 0",
		"7f12a000-7f12b000rw-p 00000000 00:00 0",
		"7f12a000-7f12b000 rw-px00000000 00:00 0",
		"7f12b000-7f12b000 rw-p 00000000 00:00 0",
		"7f12b000-7f12a000 rw-p 00000000 00:00 0",
		"10000000000000000-10000000000000001 rw-p 00000000 00:00 0",
		"0x10-0x20 rw-p 00000000 00:00 0",
	};
	struct mg_proc_mapping m;

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(not(mg_kernel_parse_mapping(rows[i], &m)), "%s", rows[i]);
}
