/* SPDX-License-Identifier: MIT */
/* What the library reads below /proc and /sys. */
#include "tests/fuzz/fuzz.h"

#include "shim/base/kernel.h"

#define PATH_BYTES 24

static void
check_cgroup(const char *text, const char *controller)
{
	char path[PATH_BYTES];

	if (!mg_kernel_parse_cgroup(text, controller, path, sizeof path))
		return;
	FUZZ_CHECK(path[0] == '/' && strlen(path) < sizeof path);
	FUZZ_CHECK(strchr(path, '\n') == NULL && strstr(text, path) != NULL);
}

static void
check_mappings(char *text)
{
	struct mg_proc_mapping m;

	for (char *line = text; line != NULL;) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end++ = '\0';
		if (mg_kernel_parse_mapping(line, &m))
			FUZZ_CHECK(m.start < m.end);
		line = end;
	}
}

static void
fuzz_text(char *text, size_t len)
{
	struct mg_kernel_machine m;
	uint64_t v;

	(void)len;
	if (mg_kernel_parse_statm(text, 4096, &v))
		FUZZ_CHECK(v % 4096 == 0);
	if (mg_kernel_parse_meminfo(text, &m))
		FUZZ_CHECK(m.total_bytes >= 1024 && m.available_bytes % 1024 == 0);
	if (mg_kernel_parse_pressure(text, &v))
		FUZZ_CHECK(v <= 100);
	if (mg_kernel_parse_kb(text, "VmSwap", &v))
		FUZZ_CHECK(v % 1024 == 0 && strstr(text, "VmSwap:") != NULL);
	if (mg_kernel_parse_field(text, "inactive_file", &v))
		FUZZ_CHECK(strstr(text, "inactive_file ") != NULL);
	if (mg_kernel_parse_limit(text, &v))
		FUZZ_CHECK(v == UINT64_MAX || v < (uint64_t)1 << 60);
	check_cgroup(text, NULL);
	check_cgroup(text, "memory");
	check_mappings(text);
}
