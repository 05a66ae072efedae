/* SPDX-License-Identifier: MIT */
#include "tools/common/reply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shim/base/text.h"

#define COLUMNS_MAX 32

char *
mg_reply_line(char **rest)
{
	char *line = *rest, *end;

	if (line == NULL || *line == '\0')
		return NULL;
	end = strchr(line, '\n');
	*rest = end != NULL ? end + 1 : line + strlen(line);
	if (end != NULL)
		*end = '\0';
	return line;
}

char *
mg_reply_value(char *line)
{
	char *blank = strchr(line, ' ');

	if (blank == NULL)
		return NULL;
	*blank = '\0';
	return blank + 1;
}

char *
mg_reply_word(char **rest)
{
	char *w = *rest, *value = mg_reply_value(w);

	*rest = value != NULL ? value : w + strlen(w);
	return w;
}

int
mg_reply_open(char *reply, char **body_out)
{
	static const char error[] = "error: ";
	char *rest = reply, *first = mg_reply_line(&rest);

	if (first != NULL && strcmp(first, "ok") == 0) {
		*body_out = rest;
		return 0;
	}
	if (first == NULL || strncmp(first, error, sizeof error - 1) != 0)
		return -EPROTO;
	*body_out = first + sizeof error - 1;
	return -EREMOTEIO;
}

void
mg_reply_parse_stats(char *body, struct mg_reply_stats *out)
{
	char *line;

	*out = (struct mg_reply_stats){ 0 };
	while ((line = mg_reply_line(&body)) != NULL) {
		const struct mg_stat *stat = mg_snapshot_parse_line(&out->values, line);

		if (stat != NULL)
			out->has[stat - mg_snapshot_stats] = true;
	}
}

/* level - 0 heap above 80 % of the ceiling */
int
mg_reply_parse_policy(char *line, struct mg_reply_policy *out)
{
	struct mg_reply_policy p = { 0 };
	char *name = mg_reply_word(&line), *next = mg_reply_word(&line),
	     *decisions = mg_reply_word(&line);

	p.has_next = strcmp(next, "-") != 0;
	if (name[0] == '\0' || (p.has_next && mg_text_parse_u64(next, &p.next_ms) != 0))
		return -EINVAL;
	if (mg_text_parse_u64(decisions, &p.decisions) != 0)
		return -EINVAL;
	snprintf(p.name, sizeof p.name, "%s", name);
	snprintf(p.reason, sizeof p.reason, "%s", line[0] != '\0' ? line : "-");
	*out = p;
	return 0;
}

static const struct {
	const char *name;
	size_t offset;
} point_fields[] = {
#define FIELD(name)                                          \
	{                                                    \
#name, offsetof(struct mg_reply_point, name) \
	}
	FIELD(age_ms),
	FIELD(heap_footprint_bytes),
	FIELD(live_bytes),
	FIELD(cached_bytes),
	FIELD(parked_bytes),
	FIELD(rss_bytes),
	FIELD(returned_bytes),
	FIELD(allocs),
	FIELD(frees),
#undef FIELD
};
#define POINT_FIELDS (sizeof point_fields / sizeof point_fields[0])
#define NO_FIELD POINT_FIELDS

/* Which field each column of "# age_ms heap_footprint_bytes ..." is; the number of columns. */
static size_t
parse_columns(char *line, size_t columns[COLUMNS_MAX])
{
	size_t n = 0;

	mg_reply_word(&line);
	while (*line != '\0' && n < COLUMNS_MAX) {
		const char *name = mg_reply_word(&line);
		size_t i = 0;

		while (i < POINT_FIELDS && strcmp(point_fields[i].name, name) != 0)
			i++;
		columns[n++] = i;
	}
	return n;
}

static int
parse_point(char *line, const size_t *columns, size_t n, struct mg_reply_point *out)
{
	struct mg_reply_point p = { 0 };

	for (size_t i = 0; i < n; i++) {
		uint64_t v;

		if (mg_text_parse_u64(mg_reply_word(&line), &v) != 0)
			return -EINVAL;
		if (columns[i] != NO_FIELD)
			memcpy((char *)&p + point_fields[columns[i]].offset, &v, sizeof v);
	}
	*out = p;
	return 0;
}

size_t
mg_reply_parse_history(char *body, struct mg_reply_point *out, size_t cap)
{
	size_t columns[COLUMNS_MAX], n_columns = 0, n = 0;
	struct mg_reply_point p;
	char *line;

	while ((line = mg_reply_line(&body)) != NULL) {
		if (line[0] == '#') {
			n_columns = parse_columns(line, columns);
			continue;
		}
		if (n_columns == 0 || cap == 0 || parse_point(line, columns, n_columns, &p) != 0)
			continue;
		if (n == cap)
			memmove(out, out + 1, --n * sizeof *out);
		out[n++] = p;
	}
	return n;
}

/* 12034 compact released: 512M came back in 12ms */
int
mg_reply_parse_event(char *line, struct mg_reply_event *out)
{
	struct mg_reply_event e = { 0 };
	char *age = mg_reply_word(&line), *kind = mg_reply_word(&line);

	if (mg_text_parse_u64(age, &e.age_ms) != 0 || kind[0] == '\0')
		return -EINVAL;
	snprintf(e.kind, sizeof e.kind, "%s", kind);
	snprintf(e.text, sizeof e.text, "%s", line);
	*out = e;
	return 0;
}

bool
mg_reply_parse_compact(char *body, uint64_t *yield_bytes_out, uint64_t *took_ns_out)
{
	bool has_yield = false;
	char *line;

	*took_ns_out = 0;
	while ((line = mg_reply_line(&body)) != NULL) {
		const char *value = mg_reply_value(line);

		if (value != NULL && strcmp(line, "yield_bytes") == 0)
			has_yield = mg_text_parse_u64(value, yield_bytes_out) == 0;
		if (value != NULL && strcmp(line, "took_ns") == 0)
			mg_text_parse_u64(value, took_ns_out);
	}
	return has_yield;
}
