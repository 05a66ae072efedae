/* SPDX-License-Identifier: MIT */
#include "tests/unit/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mg_config
support_config(const char *settings)
{
	struct mg_config c;
	char copy[512], buf[256];
	struct mg_text why;

	mg_config_defaults(&c);
	snprintf(copy, sizeof copy, "%s", settings != NULL ? settings : "");
	for (char *item = strtok(copy, " "); item != NULL; item = strtok(NULL, " ")) {
		char *value = strchr(item, '=');

		*value++ = '\0';
		mg_text_init(&why, buf, sizeof buf);
		cr_assert(mg_config_parse(&c, mg_config_find(item), value, &why) == 0, "%s: %s",
		    item, buf);
	}
	return c;
}

void
support_check_policy(mg_policy_fn *policy, const struct support_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct support_row *row = &rows[i];
		struct mg_config c = support_config(row->settings);
		struct mg_policy_state state = row->state;
		struct mg_decision got = policy(&c, &row->s, &state);

		cr_expect(eq(int, (int)got.action, (int)row->want.action), "%s: action", row->name);
		cr_expect(SAME(got.reason, row->want.reason), "%s: reason", row->name);
		cr_expect(eq(int, got.urgent, row->want.urgent), "%s: urgent", row->name);
		cr_expect(eq(u64, got.next_ns, row->want.next_ns), "%s: next_ns", row->name);
		cr_expect(eq(u64, state.since_ns, row->want_since_ns), "%s: since_ns", row->name);
	}
}

struct mg_snapshot
support_snapshot(unsigned i)
{
	struct mg_snapshot s = { .now_ns = 99 };

	for (size_t j = 0; j < mg_snapshot_stat_count; j++) {
		const struct mg_stat *stat = &mg_snapshot_stats[j];
		uint64_t v = 1000000007ull * (j + 1) + 100 * i;

		if (stat->kind != MG_STAT_LABEL)
			memcpy((char *)&s + stat->offset, &v, sizeof v);
	}
	s.pid = 4000 + i;
	snprintf(s.version, sizeof s.version, "1.2.3");
	snprintf(s.command, sizeof s.command, i == 0 ? "a \"b\" \\ c\nd\xff\xc3\xa9" : "plain");
	snprintf(s.state, sizeof s.state, "at-limit");
	snprintf(s.engine, sizeof s.engine, "mimalloc");
	s.system_used_pct = 85;
	s.stall_pct = 7;
	s.uptime_ms = 1500;
	s.last_compact_ns = UINT64_MAX;
	return s;
}

void
support_check_golden(const char *name, const char *text)
{
	static char want[1 << 17];
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "tests/unit/data/%s", name);
	f = fopen(path, getenv("UPDATE_GOLDEN") != NULL ? "w" : "r");
	cr_assert(f != NULL, "%s", path);
	if (getenv("UPDATE_GOLDEN") != NULL)
		fputs(text, f);
	else
		want[fread(want, 1, sizeof want - 1, f)] = '\0';
	fclose(f);
	if (getenv("UPDATE_GOLDEN") == NULL)
		cr_expect(strcmp(text, want) == 0, "%s differs; the text is now:\n%s", path, text);
}

unsigned
support_count(const char *text, const char *needle)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, needle)) != NULL; p += strlen(needle))
		n++;
	return n;
}

const struct mg_stat *
support_stat(const char *name)
{
	for (size_t i = 0; i < mg_snapshot_stat_count; i++)
		if (strcmp(name, mg_snapshot_stats[i].name) == 0)
			return &mg_snapshot_stats[i];
	return NULL;
}

uint64_t
support_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return *seed >> 33;
}
