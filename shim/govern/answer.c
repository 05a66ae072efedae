/* SPDX-License-Identifier: MIT */
#include "shim/govern/answer.h"

#include "shim/base/sys.h"
#include "shim/govern/live.h"
#include "shim/govern/survey.h"
#include "shim/govern/tick.h"
#include "shim/observe/events.h"
#include "shim/observe/sites.h"
#include "shim/tables/emit.h"
#include "shim/tables/version.h"

#include <string.h>

#define MAX_WORDS 4
#define SHORTEST_WATCH_MS 10
#define LONGEST_WATCH_MS 3600000
#define POINT_TEXT_BYTES 200
#define USUAL_SITES 20

enum { CHANGES = 1, LONG = 2 };

typedef struct mg_answer command_fn(char **args, struct mg_text *out);

static const struct mg_answer done = { .kind = MG_ANSWER_DONE };

static struct mg_answer
cmd_help(char **args, struct mg_text *out)
{
	(void)args;
	mg_text_add(out, "ok\n");
	mg_emit_commands_text(out);
	return done;
}

static struct mg_answer
cmd_version(char **args, struct mg_text *out)
{
	(void)args;
	mg_text_add(out, "ok\n%s\n", MG_VERSION);
	return done;
}

static void
take_snapshot(struct mg_snapshot *s)
{
	mg_survey_take(s);
	s->ticks = mg_tick_count();
}

static struct mg_answer
cmd_stats(char **args, struct mg_text *out)
{
	const char *format = args[0] != NULL ? args[0] : "text";
	struct mg_snapshot s;

	take_snapshot(&s);
	if (strcmp(format, "text") == 0) {
		mg_text_add(out, "ok\n");
		mg_emit_stats_text(out, &s);
	} else if (strcmp(format, "json") == 0) {
		mg_text_add(out, "ok\n");
		mg_emit_stats_json(out, &s);
	} else if (strcmp(format, "prometheus") == 0) {
		mg_text_add(out, "ok\n");
		mg_emit_stats_prometheus(out, &s, 1);
	} else {
		mg_text_add(out,
		    "error: stats '%s': not a format; accepted: text, json, prometheus\n", format);
	}
	return done;
}

static struct mg_answer
cmd_config(char **args, struct mg_text *out)
{
	const char *format = args[0] != NULL ? args[0] : "text";

	if (strcmp(format, "text") == 0) {
		mg_text_add(out, "ok\n");
		mg_emit_config_text(out, mg_live_config());
	} else if (strcmp(format, "json") == 0) {
		mg_text_add(out, "ok\n");
		mg_emit_config_json(out, mg_live_config());
	} else {
		mg_text_add(
		    out, "error: config '%s': not a format; accepted: text, json\n", format);
	}
	return done;
}

static struct mg_answer
cmd_set(char **args, struct mg_text *out)
{
	char buf[512];
	struct mg_text why;

	mg_text_init(&why, buf, sizeof buf);
	if (mg_live_set(args[0], args[1], &why) != 0) {
		mg_text_add(out, "error: set %s: %s\n", args[0], buf);
		return done;
	}
	mg_tick_soon();
	mg_text_add(out, "ok\n");
	return done;
}

static struct mg_answer
cmd_policies(char **args, struct mg_text *out)
{
	(void)args;
	mg_text_add(out, "ok\n");
	mg_tick_print_policies(out);
	return done;
}

static struct mg_answer
cmd_sites(char **args, struct mg_text *out)
{
	uint64_t most = USUAL_SITES;

	if (args[0] != NULL &&
	    (mg_text_parse_u64(args[0], &most) != 0 || most < 1 || most > MG_SITES)) {
		mg_text_add(
		    out, "error: sites '%s': not a number; accepted: 1..%u\n", args[0], MG_SITES);
		return done;
	}
	mg_text_add(out, "ok\n");
	mg_sites_print(out, (unsigned)most);
	return done;
}

static struct mg_answer
cmd_profile(char **args, struct mg_text *out)
{
	(void)args;
	mg_text_add(out, "ok\n");
	mg_sites_print_profile(out, mg_sys_now_ns());
	return done;
}

static struct mg_answer
cmd_history(char **args, struct mg_text *out)
{
	(void)args;
	mg_text_add(out, "ok\n");
	mg_tick_print_history(out);
	return done;
}

static struct mg_answer
cmd_events(char **args, struct mg_text *out)
{
	(void)args;
	mg_text_add(out, "ok\n");
	mg_events_print(out, mg_sys_now_ns(), UINT32_MAX);
	return done;
}

static struct mg_answer
cmd_compact(char **args, struct mg_text *out)
{
	if (args[0] != NULL && strcmp(args[0], "aggressive") != 0) {
		mg_text_add(
		    out, "error: compact '%s': accepted: nothing, or aggressive\n", args[0]);
		return done;
	}
	return (struct mg_answer){ .kind = MG_ANSWER_COMPACT,
		.compaction = mg_tick_compact(
		    args[0] != NULL || mg_live_config()->aggressive != 0, "asked for") };
}

static struct mg_answer
cmd_watch(char **args, struct mg_text *out)
{
	uint64_t ms;

	if (mg_text_parse_u64(args[0], &ms) != 0 || ms < SHORTEST_WATCH_MS ||
	    ms > LONGEST_WATCH_MS) {
		mg_text_add(out,
		    "error: watch '%s': not a number of milliseconds; accepted: %u..%u\n", args[0],
		    SHORTEST_WATCH_MS, LONGEST_WATCH_MS);
		return done;
	}
	mg_text_add(out, "ok\n");
	return (struct mg_answer){ .kind = MG_ANSWER_WATCH, .interval_ns = ms * MG_NS_PER_MS };
}

static const struct {
	const char *word;
	const char *args;
	unsigned min, max, flags;
	command_fn *run;
} commands[] = {
#define COMMAND(word, args, min, max, flags, help) { #word, args, min, max, flags, cmd_##word },
#include "shim/tables/commands.def"
};
#define COMMANDS (sizeof commands / sizeof commands[0])

/* Cuts the line at blanks. The last word of `set` keeps none: values have none. */
static unsigned
split(char *line, char *words[MAX_WORDS + 1])
{
	unsigned n = 0;

	for (char *p = line; *p != '\0' && n < MAX_WORDS;) {
		while (*p == ' ' || *p == '\t')
			*p++ = '\0';
		if (*p == '\0')
			break;
		words[n++] = p;
		while (*p != '\0' && *p != ' ' && *p != '\t')
			p++;
	}
	words[n] = NULL;
	return n;
}

size_t
mg_answer_room(const char *line)
{
	size_t room = 64 * 1024 + mg_live_config()->history * POINT_TEXT_BYTES;
	size_t len;

	line += strspn(line, " \t");
	len = strcspn(line, " \t\r");
	for (unsigned i = 0; i < COMMANDS; i++)
		if ((commands[i].flags & LONG) != 0 && strlen(commands[i].word) == len &&
		    memcmp(line, commands[i].word, len) == 0)
			room += mg_sites_print_room();
	return room;
}

static bool
is_text(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 && line[i] != '\t')
			return false;
	return true;
}

static struct mg_answer
run(unsigned i, unsigned n, char **args, bool read_only, struct mg_text *out)
{
	if (n < commands[i].min || n > commands[i].max) {
		mg_text_add(out, "error: usage: %s %s\n", commands[i].word, commands[i].args);
		return done;
	}
	if (read_only && (commands[i].flags & CHANGES) != 0) {
		mg_text_add(out, "error: %s: this socket is read-only (MEMGOV_SOCKET=ro)\n",
		    commands[i].word);
		return done;
	}
	return commands[i].run(args, out);
}

/* What a client sent comes back to its terminal in errors: bytes that are not ASCII as \xHH. A line
 * four times as long still fits. */
static void
escape(struct mg_text *t)
{
	static const char digits[] = "0123456789abcdef";
	size_t from = t->len, to = t->len;

	for (size_t i = 0; i < t->len; i++)
		to += (unsigned char)t->buf[i] >= 0x7f ? 3 : 0;
	if (to + 1 > t->cap)
		return;
	t->len = to;
	t->buf[to] = '\0';
	while (from < to) {
		unsigned char c = (unsigned char)t->buf[--from];

		if (c < 0x7f) {
			t->buf[--to] = (char)c;
			continue;
		}
		to -= 4;
		memcpy(t->buf + to, "\\x", 2);
		t->buf[to + 2] = digits[c >> 4];
		t->buf[to + 3] = digits[c & 15];
	}
}

static struct mg_answer
answer(char *line, size_t len, bool read_only, struct mg_text *out)
{
	char *words[MAX_WORDS + 1];
	unsigned n;

	if (len > 0 && line[len - 1] == '\r')
		line[--len] = '\0';
	if (!is_text(line, len)) {
		mg_text_add(out, "error: not a line of text; try help\n");
		return done;
	}
	n = split(line, words);
	if (n == 0) {
		mg_text_add(out, "error: empty request; try help\n");
		return done;
	}
	for (unsigned i = 0; i < COMMANDS; i++)
		if (strcmp(words[0], commands[i].word) == 0)
			return run(i, n - 1, words + 1, read_only, out);
	words[0][strlen(words[0]) < 40 ? strlen(words[0]) : 40] = '\0';
	mg_text_add(out, "error: no command '%s'; try help\n", words[0]);
	return done;
}

struct mg_answer
mg_answer_line(char *line, size_t len, bool read_only, struct mg_text *out)
{
	struct mg_answer a = answer(line, len, read_only, out);

	if (strncmp(out->buf, "error:", 6) == 0)
		escape(out);
	return a;
}

void
mg_answer_compacted(const struct mg_compact *c, struct mg_text *out)
{
	mg_text_add(out, "ok\nyield_bytes %lu\ntook_ns %lu\nscanned_bytes %lu\n", c->yield_bytes,
	    c->took_ns, c->scanned_bytes);
	mg_text_add(out, "rss_before_bytes %lu\nrss_after_bytes %lu\n", c->rss_before_bytes,
	    c->rss_after_bytes);
}

void
mg_answer_block(struct mg_text *out)
{
	struct mg_snapshot s;

	take_snapshot(&s);
	mg_emit_stats_text(out, &s);
	mg_text_add(out, "\n");
}
