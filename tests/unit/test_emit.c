/* SPDX-License-Identifier: MIT */
#include "shim/tables/emit.h"

#include "tests/unit/support.h"

#include <stdio.h>
#include <string.h>

static char buf[1 << 17];
static struct mg_text text;

static void
start(void)
{
	mg_text_init(&text, buf, sizeof buf);
}

TestSuite(emit, .init = start);

Test(emit, stats_text_is_what_it_always_was)
{
	struct mg_snapshot s = support_snapshot(0);

	mg_emit_stats_text(&text, &s);
	support_check_golden("stats.txt", buf);
}

Test(emit, stats_json_is_what_it_always_was)
{
	struct mg_snapshot s = support_snapshot(0);

	mg_emit_stats_json(&text, &s);
	support_check_golden("stats.json", buf);
}

Test(emit, stats_prometheus_is_what_it_always_was)
{
	struct mg_snapshot s[] = { support_snapshot(0), support_snapshot(1) };

	mg_emit_stats_prometheus(&text, s, ROWS(s));
	support_check_golden("stats.prom", buf);
}

Test(emit, config_is_what_it_always_was)
{
	struct mg_config c = support_config("heap_max=512M report=/r\"q at_limit=wait=1s,abort");

	mg_emit_config_text(&text, &c);
	mg_emit_config_json(&text, &c);
	support_check_golden("config.txt", buf);
}

Test(emit, every_statistic_is_in_every_format_once)
{
	struct mg_snapshot s = support_snapshot(1);
	char word[128];

	for (size_t i = 0; i < mg_snapshot_stat_count; i++) {
		const struct mg_stat *stat = &mg_snapshot_stats[i];
		struct mg_text name;

		start();
		mg_emit_stats_text(&text, &s);
		snprintf(word, sizeof word, "\n%s ", stat->name);
		cr_expect(eq(u32, support_count(buf, word), i > 0), "%s", stat->name);
		start();
		mg_emit_stats_json(&text, &s);
		snprintf(word, sizeof word, "\"%s\":", stat->name);
		cr_expect(eq(u32, support_count(buf, word), 1), "%s", stat->name);
		start();
		mg_emit_stats_prometheus(&text, &s, 1);
		mg_text_init(&name, word, sizeof word);
		mg_text_add(&name, "\n");
		mg_emit_metric_name(&name, stat);
		mg_text_add(&name, "{");
		cr_expect(eq(u32, support_count(buf, word),
			      strcmp(stat->name, "pid") != 0 && strcmp(stat->name, "command") != 0),
		    "%s", stat->name);
	}
}

Test(emit, stats_text_reads_back)
{
	struct mg_snapshot s = support_snapshot(1), back = { .now_ns = s.now_ns };

	mg_emit_stats_text(&text, &s);
	for (char *line = strtok(buf, "\n"); line != NULL; line = strtok(NULL, "\n"))
		cr_expect(mg_snapshot_parse_line(&back, line) != NULL, "%s", line);
	cr_expect(zero(int, memcmp(&s, &back, sizeof s)));
}

Test(emit, a_name_with_a_line_break_stays_on_one_line)
{
	struct mg_snapshot s = { .command = "a\nlive_bytes 9\x7f" };

	mg_emit_stats_text(&text, &s);
	cr_expect(strstr(buf, "\ncommand a?live_bytes 9?\n") != NULL);
	cr_expect(eq(u32, support_count(buf, "\n"), mg_snapshot_stat_count));
}

Test(emit, prometheus_names_have_base_units)
{
	static const char *const rows[][2] = {
		{ "uptime_ms", "memgov_uptime_seconds" },
		{ "last_compact_ns", "memgov_last_compact_seconds" },
		{ "system_used_pct", "memgov_system_used_ratio" },
		{ "live_bytes", "memgov_live_bytes" },
		{ "heap_peak_bytes", "memgov_heap_peak_bytes" },
		{ "allocs", "memgov_allocs_total" },
		{ "alloc_bytes", "memgov_alloc_bytes_total" },
		{ "threads", "memgov_threads" },
		{ "state", "memgov_state_info" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		start();
		mg_emit_metric_name(&text, support_stat(rows[i][0]));
		cr_expect(SAME(buf, rows[i][1]));
	}
}

Test(emit, prometheus_values_are_scaled_exactly)
{
	static const struct {
		struct mg_snapshot s;
		const char *want;
	} rows[] = {
		{ { .uptime_ms = 0 }, "\nmemgov_uptime_seconds{pid=\"0\",command=\"\"} 0\n" },
		{ { .uptime_ms = 1 }, "\nmemgov_uptime_seconds{pid=\"0\",command=\"\"} 0.001\n" },
		{ { .uptime_ms = 1500 }, "\nmemgov_uptime_seconds{pid=\"0\",command=\"\"} 1.5\n" },
		{ { .uptime_ms = 60000 }, "\nmemgov_uptime_seconds{pid=\"0\",command=\"\"} 60\n" },
		{ { .last_compact_ns = UINT64_MAX }, "\nmemgov_last_compact_seconds{pid=\"0\","
						     "command=\"\"} 18446744073.709551615\n" },
		{ { .last_compact_ns = 1000000010 },
		    "\nmemgov_last_compact_seconds{pid=\"0\",command=\"\"} 1.00000001\n" },
		{ { .system_used_pct = 85 },
		    "\nmemgov_system_used_ratio{pid=\"0\",command=\"\"} 0.85\n" },
		{ { .system_used_pct = 5 },
		    "\nmemgov_system_used_ratio{pid=\"0\",command=\"\"} 0.05\n" },
		{ { .system_used_pct = 100 },
		    "\nmemgov_system_used_ratio{pid=\"0\",command=\"\"} 1\n" },
		{ { .allocs = UINT64_MAX },
		    "\nmemgov_allocs_total{pid=\"0\",command=\"\"} 18446744073709551615\n" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		start();
		mg_emit_stats_prometheus(&text, &rows[i].s, 1);
		cr_expect(strstr(buf, rows[i].want) != NULL, "no %s", rows[i].want);
	}
}

Test(emit, prometheus_escapes_labels)
{
	struct mg_snapshot s = { .pid = 12, .command = "a\"b\\c\nd\xff\xc3\xa9" };

	mg_emit_stats_prometheus(&text, &s, 1);
	cr_expect(
	    strstr(buf, "{pid=\"12\",command=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\xc3\xa9\"} ") != NULL);
}

/* The shape that promtool asks for: HELP, TYPE, then the samples of that metric and of no other. */
Test(emit, prometheus_has_help_and_type_once_and_every_process_beneath)
{
	struct mg_snapshot s[] = { support_snapshot(0), support_snapshot(1), support_snapshot(2) };
	char name[128] = "", head[160];
	unsigned samples = 3;

	mg_emit_stats_prometheus(&text, s, ROWS(s));
	for (char *line = strtok(buf, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		if (strncmp(line, "# HELP ", 7) == 0) {
			cr_expect(eq(u32, samples, 3), "%s", name);
			sscanf(line, "# HELP %127s", name);
			samples = 0;
			snprintf(head, sizeof head, "# TYPE %s ", name);
			line = strtok(NULL, "\n");
			cr_expect(strncmp(line, head, strlen(head)) == 0, "%s", line);
			cr_expect(eq(int, strcmp(line + strlen(head), "counter") == 0,
				      strcmp(name + strlen(name) - 6, "_total") == 0),
			    "%s", line);
			continue;
		}
		snprintf(head, sizeof head, "%s{pid=\"%u\",", name, 4000 + samples);
		cr_expect(strncmp(line, head, strlen(head)) == 0, "%s", line);
		samples++;
	}
	cr_expect(eq(u32, samples, 3));
}

Test(emit, prometheus_of_no_process_has_no_samples)
{
	mg_emit_stats_prometheus(&text, NULL, 0);
	cr_expect(zero(u32, support_count(buf, "{")));
}

Test(emit, config_says_every_option)
{
	struct mg_config c = support_config(NULL);
	char word[64];

	mg_emit_config_text(&text, &c);
	mg_emit_config_json(&text, &c);
	mg_emit_doc_markdown(&text, "options");
	mg_emit_doc_mdoc(&text, "options");
	for (size_t i = 0; i < mg_config_option_count; i++) {
		const struct mg_option *o = &mg_config_options[i];

		snprintf(word, sizeof word, "\"%s\":", o->name);
		cr_expect(eq(u32, support_count(buf, word), 1), "%s", o->name);
		snprintf(word, sizeof word, "| `%s` |", o->env);
		cr_expect(eq(u32, support_count(buf, word), 1), "%s", o->name);
		snprintf(word, sizeof word, ".It Ev \"%s\"\n", o->env);
		cr_expect(eq(u32, support_count(buf, word), 1), "%s", o->name);
	}
}

Test(emit, commands_are_one_line_each)
{
	mg_emit_commands_text(&text);
	cr_expect(strncmp(buf, "help                          This list.\n", 41) == 0);
	cr_expect(strstr(buf, "\nset NAME VALUE                Change an option.\n") != NULL);
	cr_expect(strstr(buf, "\nstats [text|json|prometheus]  All statistics.\n") != NULL);
	cr_expect(strstr(buf, "\nsites [N]                     ") != NULL);
}

static unsigned
count_bars(const char *line)
{
	unsigned n = 0;

	for (const char *p = line; *p != '\0'; p++)
		n += *p == '|' && (p == line || p[-1] != '\\');
	return n;
}

Test(emit, markdown_rows_have_as_many_cells_as_their_head)
{
	static const char *const tables[] = { "options", "stats", "commands", "policies" };

	for (size_t i = 0; i < ROWS(tables); i++) {
		unsigned bars = 0;

		start();
		cr_expect(mg_emit_doc_markdown(&text, tables[i]));
		for (char *line = strtok(buf, "\n"); line != NULL; line = strtok(NULL, "\n")) {
			if (bars == 0)
				bars = count_bars(line);
			cr_expect(eq(u32, count_bars(line), bars), "%s", line);
		}
	}
}

Test(emit, mdoc_has_a_list_and_no_other_requests)
{
	static const char *const tables[] = { "options", "stats", "commands", "policies" };

	for (size_t i = 0; i < ROWS(tables); i++) {
		start();
		cr_expect(mg_emit_doc_mdoc(&text, tables[i]));
		cr_expect(strncmp(buf, ".Bl -tag", 8) == 0);
		cr_expect(SAME(buf + text.len - 5, "\n.El\n"));
		for (char *line = strtok(buf, "\n"); line != NULL; line = strtok(NULL, "\n"))
			cr_expect(line[0] != '.' || strncmp(line, ".It ", 4) == 0 ||
				      strncmp(line, ".Bl", 3) == 0 || strcmp(line, ".El") == 0,
			    "%s", line);
	}
}

Test(emit, refuses_a_table_that_is_not_there)
{
	cr_expect(not(mg_emit_doc_markdown(&text, "banana")));
	cr_expect(not(mg_emit_doc_mdoc(&text, "")));
	cr_expect(zero(sz, text.len));
}

Test(emit, a_small_buffer_cuts_and_says_so)
{
	struct mg_snapshot s = support_snapshot(0);
	char small[100];

	mg_text_init(&text, small, sizeof small);
	mg_emit_stats_json(&text, &s);
	cr_expect(text.cut);
	cr_expect(eq(sz, strlen(small), sizeof small - 1));
}
