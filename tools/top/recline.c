/* SPDX-License-Identifier: MIT */
#include "tools/top/recline.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "shim/base/text.h"
#include "tools/common/reply.h"

static const char *const healths[] = {
	[MG_HEALTH_NEW] = "new",
	[MG_HEALTH_ANSWERS] = "answers",
	[MG_HEALTH_STOPPED] = "stopped",
	[MG_HEALTH_SILENT] = "silent",
	[MG_HEALTH_ENDED] = "ended",
};
#define HEALTHS (sizeof healths / sizeof healths[0])

/* A command that changes something is not recorded. */
static const char *const asks[MG_ASKS] = {
	[MG_ASK_COMMAND] = "",
	[MG_ASK_STATS] = "",
	[MG_ASK_POLICIES] = "policies",
	[MG_ASK_HISTORY] = "history",
	[MG_ASK_EVENTS] = "events",
	[MG_ASK_CONFIG] = "config",
	[MG_ASK_PROFILE] = "profile",
};

const char *
mg_recline_health(enum mg_health health)
{
	return healths[health];
}

const char *
mg_recline_ask(enum mg_ask ask)
{
	return asks[ask];
}

static int
take_number(char **rest, uint64_t least, int *out)
{
	uint64_t v;

	if (mg_text_parse_u64(mg_reply_word(rest), &v) != 0 || v < least || v > INT_MAX)
		return -EINVAL;
	*out = (int)v;
	return 0;
}

static int
take_pid(char **rest, int *out)
{
	return take_number(rest, 1, out);
}

static int
parse_session(struct mg_recline *l)
{
	return mg_text_parse_u64(l->rest, &l->number) == 0 ? 0 : -EINVAL;
}

static int
parse_names(struct mg_recline *l)
{
	return l->rest[0] != '\0' ? 0 : -EINVAL;
}

static int
parse_machine(struct mg_recline *l)
{
	uint64_t v[6] = { 0 };
	size_t n = 0;

	for (char *rest = l->rest; *rest != '\0' && n < 6; n++)
		if (mg_text_parse_u64(mg_reply_word(&rest), &v[n]) != 0)
			return -EINVAL;
	if ((n != 4 && n != 6) || v[4] > 10000 || v[5] > 10000)
		return -EINVAL;
	l->machine = (struct mg_machine){ .total_bytes = v[0],
		.available_bytes = v[1] < v[0] ? v[1] : v[0],
		.swap_total_bytes = v[2],
		.swap_free_bytes = v[3] < v[2] ? v[3] : v[2],
		.has_stall = n == 6,
		.stall_some = (unsigned)v[4],
		.stall_full = (unsigned)v[5] };
	return 0;
}

static int
parse_health(struct mg_recline *l)
{
	const char *word;
	size_t i = 0;

	if (take_pid(&l->rest, &l->pid) != 0)
		return -EINVAL;
	word = mg_reply_word(&l->rest);
	while (i < HEALTHS && strcmp(healths[i], word) != 0)
		i++;
	l->health = (enum mg_health)i;
	return i < HEALTHS ? 0 : -EINVAL;
}

static int
parse_kin(struct mg_recline *l)
{
	const char *whose;

	if (take_pid(&l->rest, &l->pid) != 0 || take_number(&l->rest, 0, &l->parent_pid) != 0)
		return -EINVAL;
	whose = mg_reply_word(&l->rest);
	l->is_of_another = strcmp(whose, "other") == 0;
	return l->is_of_another || strcmp(whose, "own") == 0 ? 0 : -EINVAL;
}

static int
parse_stats(struct mg_recline *l)
{
	return take_pid(&l->rest, &l->pid);
}

static int
parse_reply(struct mg_recline *l)
{
	if (take_pid(&l->rest, &l->pid) != 0 || l->rest[0] == '\0')
		return -EINVAL;
	for (l->ask = MG_ASK_POLICIES; l->ask < MG_ASKS; l->ask++)
		if (strcmp(asks[l->ask], l->rest) == 0)
			break;
	return 0;
}

static const struct {
	const char *word;
	enum mg_recline_kind kind;
	int (*parse)(struct mg_recline *l);
} kinds[] = {
	{ "memgov-record", MG_RECLINE_SESSION, parse_session },
	{ "names", MG_RECLINE_NAMES, parse_names },
	{ "time", MG_RECLINE_TIME, parse_session },
	{ "machine", MG_RECLINE_MACHINE, parse_machine },
	{ "health", MG_RECLINE_HEALTH, parse_health },
	{ "kin", MG_RECLINE_KIN, parse_kin },
	{ "stats", MG_RECLINE_STATS, parse_stats },
	{ "reply", MG_RECLINE_REPLY, parse_reply },
};

int
mg_recline_parse(char *line, struct mg_recline *out)
{
	const char *word;

	*out = (struct mg_recline){ .kind = MG_RECLINE_UNKNOWN, .rest = line };
	if (line[0] == '|') {
		out->kind = MG_RECLINE_TEXT;
		out->rest = line + 1;
		return 0;
	}
	word = mg_reply_word(&out->rest);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i].word, word) != 0)
			continue;
		out->kind = kinds[i].kind;
		return kinds[i].parse(out);
	}
	/* A word of a later version; anything else is damage. */
	return word[0] >= 'a' && word[0] <= 'z' ? 0 : -EINVAL;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void
mg_recline_unescape(char *value)
{
	char *to = value;

	for (const char *p = value; *p != '\0'; p++) {
		int high = p[0] == '%' ? hex_digit(p[1]) : -1;
		int low = high >= 0 ? hex_digit(p[2]) : -1;

		*to++ = low >= 0 ? (char)(high * 16 + low) : *p;
		p += low >= 0 ? 2 : 0;
	}
	*to = '\0';
}

void
mg_recline_escape(const char *value, char *buf, size_t cap)
{
	size_t n = 0;

	for (; *value != '\0' && n + 4 <= cap; value++) {
		unsigned char ch = (unsigned char)*value;

		if (ch <= ' ' || ch == '%' || ch == 0x7f)
			n += (size_t)snprintf(buf + n, cap - n, "%%%02X", ch);
		else
			buf[n++] = (char)ch;
	}
	if (cap > 0)
		buf[n] = '\0';
}

int
mg_recline_change(char **rest, struct mg_recline_change *out)
{
	char *word = mg_reply_word(rest), *how = word + strspn(word, "0123456789");

	*out = (struct mg_recline_change){ .how = *how, .value = how };
	if (word[0] == '\0')
		return 0;
	if (*how != '=' && *how != '+' && *how != '-')
		return -EINVAL;
	*how = '\0';
	out->value = how + 1;
	if (mg_text_parse_u64(word, &out->stat) != 0)
		return -EINVAL;
	if (out->how == '=')
		mg_recline_unescape(out->value);
	else if (mg_text_parse_u64(out->value, &out->by) != 0)
		return -EINVAL;
	return 1;
}
