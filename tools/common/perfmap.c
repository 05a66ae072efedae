/* SPDX-License-Identifier: MIT */
#include "tools/common/perfmap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common/reply.h"

#define LONGEST (1u << 30) /* no function is; it would make every lookup slow */

static int
by_start(const void *a, const void *b)
{
	const struct mg_perfmap_entry *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* 7f12a0 1c0 LazyCompile:*load /srv/app.js:10:3 */
static int
parse_line(char *line, struct mg_perfmap_entry *out)
{
	char *end;

	out->start = strtoull(line, &end, 16);
	if (end == line || *end != ' ')
		return -EINVAL;
	line = end + 1;
	out->size = strtoull(line, &end, 16);
	if (end == line || *end != ' ' || out->size == 0 || out->size > LONGEST ||
	    out->start + out->size < out->start || end[1] == '\0')
		return -EINVAL;
	out->name = end + 1;
	return 0;
}

static size_t
count_lines(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n + 1;
}

int
mg_perfmap_parse(char *text, struct mg_perfmap *out)
{
	size_t most = count_lines(text);
	struct mg_perfmap m = { 0 };
	char *line;

	*out = m;
	if (most > MG_PERFMAP_MOST)
		most = MG_PERFMAP_MOST;
	m.entries = calloc(most, sizeof m.entries[0]);
	if (m.entries == NULL)
		return -ENOMEM;
	for (size_t i = 0; m.n < most && (line = mg_reply_line(&text)) != NULL; i++) {
		struct mg_perfmap_entry *e = &m.entries[m.n];

		e->line = i;
		if (parse_line(line, e) != 0)
			continue;
		m.longest = e->size > m.longest ? e->size : m.longest;
		m.n++;
	}
	qsort(m.entries, m.n, sizeof m.entries[0], by_start);
	*out = m;
	return 0;
}

void
mg_perfmap_free(struct mg_perfmap *m)
{
	free(m->entries);
	*m = (struct mg_perfmap){ 0 };
}

/* How many entries start at or below the address. */
static size_t
count_below(const struct mg_perfmap *m, uint64_t address)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->entries[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const char *
mg_perfmap_find(const struct mg_perfmap *m, uint64_t address)
{
	const struct mg_perfmap_entry *best = NULL;

	for (size_t i = count_below(m, address); i-- > 0;) {
		const struct mg_perfmap_entry *e = &m->entries[i];

		if (address - e->start >= m->longest)
			break;
		if (address - e->start < e->size && (best == NULL || e->line > best->line))
			best = e;
	}
	return best != NULL ? best->name : NULL;
}

/* What node brings along stays apart from a program's files: "node:internal/timers". */
static const char *
without_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && strncmp(path, "node:", 5) != 0 ? slash + 1 : path;
}

/* The number behind the last colon, which is taken off; -1 when there is none. */
static int
take_number(char *s)
{
	char *colon = strrchr(s, ':'), *end;
	long v;

	if (colon == NULL || colon[1] < '0' || colon[1] > '9')
		return -1;
	v = strtol(colon + 1, &end, 10);
	if (*end != '\0' || v > 100000000)
		return -1;
	*colon = '\0';
	return (int)v;
}

/* load /srv/app.js:10:3 */
static void
split_script(const char *name, struct mg_perfmap_name *out)
{
	char text[512], *place;
	int column, line;

	snprintf(text, sizeof text, "%s", name);
	place = strrchr(text, ' ');
	if (place == NULL)
		return;
	*place++ = '\0';
	column = take_number(place);
	line = column < 0 ? -1 : take_number(place);
	out->line = line >= 0 ? line : column >= 0 ? column : 0;
	snprintf(out->file, sizeof out->file, "%s", without_folder(place));
	snprintf(
	    out->function, sizeof out->function, "%.255s", text[0] != '\0' ? text : "(anonymous)");
}

void
mg_perfmap_split(const char *name, struct mg_perfmap_name *out)
{
	static const char *const scripts[] = {
		"LazyCompile:", "Function:", "JS:", "Script:", "Eval:"
	};
	static const char python[] = "py::";

	*out = (struct mg_perfmap_name){ 0 };
	snprintf(out->function, sizeof out->function, "%s", name);
	for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
		size_t n = strlen(scripts[i]);

		if (strncmp(name, scripts[i], n) == 0)
			split_script(name + n + strspn(name + n, "*~^+"), out);
	}
	if (strncmp(name, python, sizeof python - 1) == 0) {
		char *colon;

		snprintf(out->function, sizeof out->function, "%s", name + sizeof python - 1);
		colon = strchr(out->function, ':');
		if (colon == NULL)
			return;
		*colon = '\0';
		snprintf(out->file, sizeof out->file, "%s", without_folder(colon + 1));
	}
}
