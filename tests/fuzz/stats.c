/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "shim/tables/emit.h"
#include "shim/tables/snapshot.h"

/* A reply as a tool reads it: what comes out has one line for each statistic, and reads back the
 * same. */
static void
fuzz_text(char *text, size_t len)
{
	static char reply[1 << 14], again[1 << 14], metrics[1 << 17];
	struct mg_snapshot s = { 0 }, back = { 0 };
	struct mg_text t;
	size_t lines = 0;

	(void)len;
	for (char *line = text, *end; line != NULL; line = end != NULL ? end + 1 : NULL) {
		mg_snapshot_parse_line(&s, line);
		end = strchr(line, '\n');
	}
	mg_text_init(&t, metrics, sizeof metrics);
	mg_emit_stats_json(&t, &s);
	mg_emit_stats_prometheus(&t, &s, 1);
	FUZZ_CHECK(!t.cut);
	mg_text_init(&t, reply, sizeof reply);
	mg_emit_stats_text(&t, &s);
	FUZZ_CHECK(!t.cut);
	for (char *line = reply; *line != '\0'; line = strchr(line, '\n') + 1, lines++)
		FUZZ_CHECK(mg_snapshot_parse_line(&back, line) == &mg_snapshot_stats[lines]);
	FUZZ_CHECK(lines == mg_snapshot_stat_count);
	mg_text_init(&t, again, sizeof again);
	mg_emit_stats_text(&t, &back);
	FUZZ_CHECK(strcmp(reply, again) == 0);
}
