/* SPDX-License-Identifier: MIT */
#include "shim/govern/answer.h"

#include "shim/govern/live.h"
#include "shim/govern/survey.h"
#include "shim/govern/tick.h"
#include "shim/heap/heap.h"
#include "shim/observe/events.h"
#include "shim/tables/emit.h"
#include "shim/tables/version.h"
#include "tests/unit/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *reply;
static size_t room;

static void
start(void)
{
	mg_heap_init();
	mg_survey_start();
	mg_tick_start();
	room = mg_answer_room("profile");
	reply = malloc(room);
	cr_assert(reply != NULL);
}

TestSuite(answer, .init = start);

static struct mg_answer
ask_bytes(const char *bytes, size_t len, bool read_only)
{
	char line[4200];
	struct mg_answer a;
	struct mg_text t;

	cr_assert(lt(sz, len, sizeof line));
	memcpy(line, bytes, len);
	line[len] = '\0';
	mg_text_init(&t, reply, room);
	a = mg_answer_line(line, len, read_only, &t);
	cr_expect(not(t.cut), "%s", bytes);
	return a;
}

static struct mg_answer
ask(const char *line)
{
	return ask_bytes(line, strlen(line), false);
}

/* The first line, newline included. */
static const char *
first_line(void)
{
	static char line[1024];

	snprintf(line, sizeof line, "%.*s", (int)strcspn(reply, "\n") + 1, reply);
	return line;
}

Test(answer, begins_with_ok_or_the_error)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ "help", "ok\n" },
		{ "version", "ok\n" },
		{ "stats", "ok\n" },
		{ "stats text", "ok\n" },
		{ "stats json", "ok\n" },
		{ "stats prometheus", "ok\n" },
		{ "config", "ok\n" },
		{ "config text", "ok\n" },
		{ "config json", "ok\n" },
		{ "set heap_max 512M", "ok\n" },
		{ "policies", "ok\n" },
		{ "history", "ok\n" },
		{ "events", "ok\n" },
		{ "watch 1000", "ok\n" },
		{ "version\r", "ok\n" },
		{ "  \tversion \t ", "ok\n" },
		{ "\tstats  \t json", "ok\n" },
		{ "", "error: empty request; try help\n" },
		{ "\r", "error: empty request; try help\n" },
		{ " \t ", "error: empty request; try help\n" },
		{ "sesame", "error: no command 'sesame'; try help\n" },
		{ "caf\xc3\xa9\x7f", "error: no command 'caf\\xc3\\xa9\\x7f'; try help\n" },
		{ "stats \x9b",
		    "error: stats '\\x9b': not a format; accepted: text, json, prometheus\n" },
		{ "STATS", "error: no command 'STATS'; try help\n" },
		{ "stat", "error: no command 'stat'; try help\n" },
		{ "statss", "error: no command 'statss'; try help\n" },
		{ "ver\001sion", "error: not a line of text; try help\n" },
		{ "version\033[2J", "error: not a line of text; try help\n" },
		{ "ver\rsion", "error: not a line of text; try help\n" },
		{ "version\nversion", "error: not a line of text; try help\n" },
		{ "version x", "error: usage: version \n" },
		{ "stats text json", "error: usage: stats [text|json|prometheus]\n" },
		{ "stats a b c d e f g", "error: usage: stats [text|json|prometheus]\n" },
		{ "stats xml",
		    "error: stats 'xml': not a format; accepted: text, json, prometheus\n" },
		{ "config yaml", "error: config 'yaml': not a format; accepted: text, json\n" },
		{ "set", "error: usage: set NAME VALUE\n" },
		{ "set heap_max", "error: usage: set NAME VALUE\n" },
		{ "set heap_max 1G 2G", "error: usage: set NAME VALUE\n" },
		{ "watch", "error: usage: watch MS\n" },
		{ "compact hard", "error: compact 'hard': accepted: nothing, or aggressive\n" },
		{ "compact aggressive now", "error: usage: compact [aggressive]\n" },
		{ "sites", "ok\n" },
		{ "sites 4096", "ok\n" },
		{ "sites 0", "error: sites '0': not a number; accepted: 1..4096\n" },
		{ "sites 4097", "error: sites '4097': not a number; accepted: 1..4096\n" },
		{ "sites many", "error: sites 'many': not a number; accepted: 1..4096\n" },
		{ "sites 5 6", "error: usage: sites [N]\n" },
		{ "profile", "ok\n" },
		{ "profile all", "error: usage: profile \n" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		ask(rows[i].line);
		cr_expect(SAME(first_line(), rows[i].want), "%s", rows[i].line);
	}
}

Test(answer, has_an_answer_for_every_command)
{
	static const char *const words[] = {
#define COMMAND(word, args, min, max, flags, help) #word,
#include "shim/tables/commands.def"
	};

	for (size_t i = 0; i < ROWS(words); i++) {
		ask(words[i]);
		cr_expect(strncmp(reply, "error: no command", 17) != 0, "%s", words[i]);
		cr_expect(strncmp(reply, "error: ", 7) == 0 || strncmp(reply, "ok\n", 3) == 0 ||
			      strcmp(words[i], "compact") == 0,
		    "%s", words[i]);
	}
}

Test(answer, takes_no_byte_for_another)
{
	static const char with_nul[] = "version\0stats";

	ask_bytes(with_nul, sizeof with_nul - 1, false);
	cr_expect(SAME(first_line(), "error: not a line of text; try help\n"));
	ask_bytes("version\0", 8, false);
	cr_expect(SAME(first_line(), "error: not a line of text; try help\n"));
	ask_bytes("", 0, false);
	cr_expect(SAME(first_line(), "error: empty request; try help\n"));
}

Test(answer, cuts_what_it_repeats)
{
	char line[4097];

	memset(line, 'x', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	ask(line);
	cr_expect(eq(sz, strlen(reply), strlen("error: no command ''; try help\n") + 40));
}

Test(answer, says_what_stands_in_the_bodies)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ "help", "\nwatch MS " },
		{ "version", "ok\n" MG_VERSION "\n" },
		{ "stats", "\nheap_footprint_bytes " },
		{ "stats json", "\"heap_footprint_bytes\":" },
		{ "stats prometheus", "\nmemgov_heap_footprint_bytes{" },
		{ "config", "\nheap_level 80%\n" },
		{ "config json", "\"heap_level\":" },
		{ "policies", "\ninterval - 0 -\n" },
		{ "history", "ok\n# age_ms heap_footprint_bytes " },
		{ "sites", "ok\n# site live_bytes " },
		{ "profile", "ok\nmemgov-profile 1\npid " },
		{ "profile", "\nend\n" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		ask(rows[i].line);
		cr_expect(strstr(reply, rows[i].want) != NULL, "%s:\n%s", rows[i].line, reply);
	}
}

Test(answer, has_a_line_for_everything_in_the_tables)
{
	ask("stats");
	cr_expect(eq(u64, support_count(reply, "\n"), mg_snapshot_stat_count + 1));
	ask("config");
	cr_expect(eq(u64, support_count(reply, "\n"), mg_config_option_count + 1));
}

Test(answer, counts_the_heap_it_speaks_of)
{
	char want[64];
	void *p = mg_heap_malloc(MB);

	snprintf(want, sizeof want, "\nlive_bytes %zu\n", mg_heap_usable(p));
	ask("stats");
	cr_expect(strstr(reply, want) != NULL, "%s", reply);
	cr_expect(strstr(reply, "\nengine park\n") != NULL, "%s", reply);
	cr_expect(strstr(reply, "\nstate active\n") != NULL || strstr(reply, "pressure") != NULL);
	mg_heap_free(p);
}

Test(answer, sets_options)
{
	ask("set heap_max 64M");
	cr_expect(SAME(reply, "ok\n"));
	cr_expect(eq(u64, mg_live_config()->heap_max, 64 * MB));
	cr_expect(mg_heap_has_room(63 * MB) && !mg_heap_has_room(64 * MB));
	ask("config");
	cr_expect(strstr(reply, "\nheap_max 64M\n") != NULL, "%s", reply);
	ask("events");
	cr_expect(strstr(reply, " set heap_max 64M\n") != NULL, "%s", reply);
	ask("set heap_max lots");
	cr_expect(strncmp(reply, "error: set heap_max: ", 21) == 0, "%s", reply);
	ask("set heap_mux 64M");
	cr_expect(strstr(reply, "heap_max") != NULL, "a suggestion: %s", reply);
	ask("set socket off");
	cr_expect(strncmp(reply, "error: set socket: ", 19) == 0, "%s", reply);
	cr_expect(eq(u64, mg_live_config()->heap_max, 64 * MB));
	cr_expect(eq(u64, mg_events_count(), 1));
}

Test(answer, changes_nothing_when_it_is_read_only)
{
	static const char *const refused[] = { "set heap_max 64M", "compact",
		"compact aggressive" };
	static const char *const allowed[] = { "help", "version", "stats", "config", "policies",
		"sites", "profile", "history", "events", "watch 100" };
	struct mg_compact c;

	for (size_t i = 0; i < ROWS(refused); i++) {
		ask_bytes(refused[i], strlen(refused[i]), true);
		cr_expect(strstr(reply, ": this socket is read-only (MEMGOV_SOCKET=ro)\n") != NULL,
		    "%s: %s", refused[i], reply);
	}
	cr_expect(zero(u64, mg_live_config()->heap_max));
	cr_expect(zero(u64, mg_tick_finished(&c)));
	cr_expect(zero(u64, c.began_ns), "none begun");
	for (size_t i = 0; i < ROWS(allowed); i++) {
		ask_bytes(allowed[i], strlen(allowed[i]), true);
		cr_expect(SAME(first_line(), "ok\n"), "%s", allowed[i]);
	}
}

Test(answer, promises_a_compaction)
{
	uint64_t end_ns = mg_sys_now_ns() + 5 * S;
	struct mg_answer a = ask("compact"), b = ask("compact aggressive");
	struct mg_compact c;

	cr_expect(eq(int, (int)a.kind, MG_ANSWER_COMPACT));
	cr_expect(eq(u64, a.compaction, 1));
	cr_expect(SAME(reply, ""), "the body follows");
	cr_expect(eq(u64, b.compaction, 1), "the one that runs");
	while (mg_tick_finished(&c) == 0 && mg_sys_now_ns() < end_ns)
		mg_tick_run();
	cr_expect(eq(u64, mg_tick_finished(&c), 1));
	cr_expect(eq(u64, ask("compact").compaction, 2));
}

Test(answer, prints_what_a_compaction_did)
{
	static const struct mg_compact c = { .rss_before_bytes = 5000,
		.rss_after_bytes = 3000,
		.scanned_bytes = 4000,
		.yield_bytes = 2000,
		.took_ns = 17 };
	struct mg_text t;

	mg_text_init(&t, reply, room);
	mg_answer_compacted(&c, &t);
	cr_expect(SAME(reply, "ok\nyield_bytes 2000\ntook_ns 17\nscanned_bytes 4000\n"
			      "rss_before_bytes 5000\nrss_after_bytes 3000\n"));
}

Test(answer, watches_within_reason)
{
	static const struct {
		const char *line;
		uint64_t want_ms; /* 0: refused */
	} rows[] = {
		{ "watch 10", 10 },
		{ "watch 3600000", 3600000 },
		{ "watch 1000", 1000 },
		{ "watch 9", 0 },
		{ "watch 0", 0 },
		{ "watch 3600001", 0 },
		{ "watch 18446744073709551626", 0 },
		{ "watch -10", 0 },
		{ "watch 1s", 0 },
		{ "watch 1e3", 0 },
		{ "watch x", 0 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_answer a = ask(rows[i].line);
		bool refused = rows[i].want_ms == 0;

		cr_expect(eq(int, (int)a.kind, refused ? MG_ANSWER_DONE : MG_ANSWER_WATCH), "%s",
		    rows[i].line);
		cr_expect(eq(u64, a.interval_ns, rows[i].want_ms * MS), "%s", rows[i].line);
		cr_expect(refused ? strstr(reply, "accepted: 10..3600000\n") != NULL
				  : strcmp(reply, "ok\n") == 0,
		    "%s: %s", rows[i].line, reply);
	}
}

Test(answer, ends_a_block_with_an_empty_line)
{
	struct mg_text t;

	mg_text_init(&t, reply, room);
	mg_answer_block(&t);
	cr_expect(strncmp(reply, "version ", 8) == 0, "%s", reply);
	cr_expect(eq(u64, support_count(reply, "\n"), mg_snapshot_stat_count + 1));
	cr_expect(SAME(reply + strlen(reply) - 2, "\n\n"));
}

/* Everything full and long: nothing is cut. */
Test(answer, has_room_for_the_longest_replies)
{
	char line[400];
	struct mg_snapshot s;
	struct mg_text t;

	memset(line, 'x', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	for (int i = 0; i < 200; i++)
		mg_events_add("longest", "%d%s", i, line);
	ask("events");
	cr_expect(eq(u64, support_count(reply, "\n"), 101));
	memset(&s, 0xff, sizeof s);
	for (size_t i = 0; i < mg_snapshot_stat_count; i++)
		if (mg_snapshot_stats[i].kind == MG_STAT_LABEL) {
			char *label = (char *)&s + mg_snapshot_stats[i].offset;

			memset(label, '"', mg_snapshot_stats[i].size - 1);
			label[mg_snapshot_stats[i].size - 1] = '\0';
		}
	mg_text_init(&t, reply, room);
	mg_emit_stats_prometheus(&t, &s, 1);
	cr_expect(not(t.cut));
	ask_bytes(line, 300, false);
}
