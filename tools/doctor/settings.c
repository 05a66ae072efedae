/* SPDX-License-Identifier: MIT */
#include "tools/doctor/settings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "shim/base/kernel.h"
#include "shim/base/sys.h"
#include "shim/base/text.h"

/* In the order of enum mg_settings_huge. */
static const char *const huge_names[] = { "unknown", "never", "madvise", "always" };

enum mg_settings_huge
mg_settings_parse_huge(const char *text)
{
	const char *chosen = strchr(text, '[');

	for (int i = MG_SETTINGS_HUGE_NEVER; chosen != NULL && i <= MG_SETTINGS_HUGE_ALWAYS; i++) {
		size_t n = strlen(huge_names[i]);

		if (strncmp(chosen + 1, huge_names[i], n) == 0 && chosen[1 + n] == ']')
			return (enum mg_settings_huge)i;
	}
	return MG_SETTINGS_HUGE_UNKNOWN;
}

const char *
mg_settings_huge_name(enum mg_settings_huge huge)
{
	return huge_names[huge];
}

/* A file with one number in it. */
static bool
read_number(const char *path, uint64_t *out)
{
	char text[64];

	if (mg_sys_read_file(path, text, sizeof text) <= 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	return mg_text_parse_u64(text, out) == 0;
}

/* Some kilobytes long, and longer with every version. */
static bool
read_oom_kills(uint64_t *out)
{
	size_t cap = 64u << 10;
	char *text = malloc(cap);
	bool found = text != NULL && mg_sys_read_file("/proc/vmstat", text, cap) > 0 &&
		     mg_kernel_parse_field(text, "oom_kill", out);

	free(text);
	return found;
}

void
mg_settings_read(struct mg_settings *out)
{
	struct mg_settings s = { 0 };
	struct statvfs disk;
	char text[128];

	if (mg_sys_read_file("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text) > 0)
		s.huge = mg_settings_parse_huge(text);
	s.has_overcommit = read_number("/proc/sys/vm/overcommit_memory", &s.overcommit);
	if (!read_number("/proc/sys/vm/max_map_count", &s.most_mappings))
		s.most_mappings = 0;
	s.has_oom_kills = read_oom_kills(&s.oom_kills);
	s.has_disk = statvfs("/", &disk) == 0;
	if (s.has_disk)
		s.disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	*out = s;
}
