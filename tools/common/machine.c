/* SPDX-License-Identifier: MIT */
#include "tools/common/machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shim/base/kernel.h"
#include "shim/base/sys.h"

static uint64_t
kb(const char *text, const char *name)
{
	uint64_t bytes = 0;

	mg_kernel_parse_kb(text, name, &bytes);
	return bytes;
}

static void
parse_uses(const char *text, struct mg_machine *m)
{
	m->anonymous_bytes = kb(text, "AnonPages");
	m->shared_bytes = kb(text, "Shmem");
	m->huge_bytes = kb(text, "Hugetlb");
	m->kernel_bytes = kb(text, "SUnreclaim") + kb(text, "KernelStack") +
			  kb(text, "PageTables") + kb(text, "SecPageTables") + kb(text, "Percpu");
	m->cache_bytes = kb(text, "Cached") + kb(text, "Buffers") + kb(text, "SReclaimable");
	/* Shared memory is counted as cached. */
	m->cache_bytes -= m->shared_bytes < m->cache_bytes ? m->shared_bytes : m->cache_bytes;
	m->commit_limit_bytes = kb(text, "CommitLimit");
	m->committed_bytes = kb(text, "Committed_AS");
}

int
mg_machine_parse_meminfo(const char *text, struct mg_machine *out)
{
	struct mg_machine m = *out;
	uint64_t free_bytes = 0, cached = 0;

	if (!mg_kernel_parse_kb(text, "MemTotal", &m.total_bytes) || m.total_bytes == 0)
		return -EINVAL;
	if (!mg_kernel_parse_kb(text, "MemAvailable", &m.available_bytes)) {
		mg_kernel_parse_kb(text, "MemFree", &free_bytes);
		mg_kernel_parse_kb(text, "Cached", &cached);
		m.available_bytes = free_bytes + cached;
	}
	if (m.available_bytes > m.total_bytes)
		m.available_bytes = m.total_bytes;
	m.swap_total_bytes = m.swap_free_bytes = 0;
	mg_kernel_parse_kb(text, "SwapTotal", &m.swap_total_bytes);
	mg_kernel_parse_kb(text, "SwapFree", &m.swap_free_bytes);
	if (m.swap_free_bytes > m.swap_total_bytes)
		m.swap_free_bytes = m.swap_total_bytes;
	parse_uses(text, &m);
	*out = m;
	return 0;
}

/* "some avg10=1.23 avg60=...": 123. */
static bool
find_avg10(const char *text, const char *kind, unsigned *out)
{
	const char *line = strstr(text, kind);
	unsigned whole, hundredths;

	if (line == NULL || sscanf(line + strlen(kind), " avg10=%3u.%2u", &whole, &hundredths) != 2)
		return false;
	*out = whole * 100 + hundredths;
	return *out <= 10000;
}

int
mg_machine_parse_stall(const char *text, struct mg_machine *out)
{
	unsigned some, full;

	if (!find_avg10(text, "some", &some) || !find_avg10(text, "full", &full))
		return -EINVAL;
	out->has_stall = true;
	out->stall_some = some;
	out->stall_full = full;
	return 0;
}

void
mg_machine_read(struct mg_machine *out)
{
	char text[8192];

	*out = (struct mg_machine){ 0 };
	if (mg_sys_read_file("/proc/meminfo", text, sizeof text) > 0)
		mg_machine_parse_meminfo(text, out);
	if (mg_sys_read_file("/proc/pressure/memory", text, sizeof text) > 0)
		mg_machine_parse_stall(text, out);
}

unsigned
mg_machine_used_pct(const struct mg_machine *m)
{
	if (m->total_bytes == 0)
		return 0;
	return (
	    unsigned)((m->total_bytes - m->available_bytes) / 1024 * 100 / (m->total_bytes / 1024));
}
