/* SPDX-License-Identifier: MIT */
#include "tools/top/toprc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/top/table.h"

#define LINE_BYTES 1024 /* of a setting; more than all columns take */
#define BLANKS " \t\r"

void
mg_toprc_init(struct mg_toprc *rc)
{
	struct mg_table t = { 0 };

	mg_table_init(&t);
	*rc = (struct mg_toprc){ .sort = t.sort, .mouse = true, .interval_ns = MG_NS_PER_S };
}

bool
mg_toprc_parse_columns(const char *list, struct mg_layout_choice *out, char *bad_out, size_t cap)
{
	char name[64];
	enum mg_column_id id;

	out->n = 0;
	bad_out[0] = '\0';
	while (*(list += strspn(list, "," BLANKS)) != '\0') {
		size_t n = strcspn(list, "," BLANKS);

		snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name), list);
		list += n;
		if (!mg_columns_find(name, &id)) {
			if (bad_out[0] == '\0')
				snprintf(bad_out, cap, "%s", name);
		} else if (!mg_layout_has(out, id)) {
			out->ids[out->n++] = id;
		}
	}
	if (out->n > 0 && !mg_layout_has(out, MG_COLUMN_ID_command))
		out->ids[out->n++] = MG_COLUMN_ID_command;
	return out->n > 0 && bad_out[0] == '\0';
}

bool
mg_toprc_parse_interval(const char *value, uint64_t *out_ns)
{
	uint64_t ns;

	if (mg_text_parse_duration(value, &ns) != 0 || ns < MG_TOPRC_INTERVAL_MIN_NS ||
	    ns > MG_TOPRC_INTERVAL_MAX_NS)
		return false;
	*out_ns = ns;
	return true;
}

static bool
read_yes(const char *value, bool *out)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return false;
	*out = value[0] == 'y';
	return true;
}

static void
write_yes(bool value, struct mg_text *out)
{
	mg_text_add(out, "%s", value ? "yes" : "no");
}

/* Columns that are not known, as of a later version, leave the others as they are. */
static bool
read_columns(const char *value, struct mg_toprc *rc)
{
	char bad[64];

	return mg_toprc_parse_columns(value, &rc->choice, bad, sizeof bad) || value[0] == '\0';
}

static bool
same_columns(const struct mg_toprc *a, const struct mg_toprc *b)
{
	return a->choice.n == b->choice.n &&
	       memcmp(a->choice.ids, b->choice.ids, a->choice.n * sizeof a->choice.ids[0]) == 0;
}

static void
write_columns(const struct mg_toprc *rc, struct mg_text *out)
{
	for (size_t i = 0; i < rc->choice.n; i++)
		mg_text_add(out, "%s%s", i > 0 ? " " : "", mg_columns[rc->choice.ids[i]].id);
}

static bool
read_sort(const char *value, struct mg_toprc *rc)
{
	return mg_columns_find(value, &rc->sort);
}

static bool
same_sort(const struct mg_toprc *a, const struct mg_toprc *b)
{
	return a->sort == b->sort;
}

static void
write_sort(const struct mg_toprc *rc, struct mg_text *out)
{
	mg_text_add(out, "%s", mg_columns[rc->sort].id);
}

static bool
read_interval(const char *value, struct mg_toprc *rc)
{
	return mg_toprc_parse_interval(value, &rc->interval_ns);
}

static bool
same_interval(const struct mg_toprc *a, const struct mg_toprc *b)
{
	return a->interval_ns == b->interval_ns;
}

static void
write_interval(const struct mg_toprc *rc, struct mg_text *out)
{
	mg_text_add_duration(out, rc->interval_ns);
}

#define YES_OR_NO(name)                                                             \
	static bool read_##name(const char *value, struct mg_toprc *rc)             \
	{                                                                           \
		return read_yes(value, &rc->name);                                  \
	}                                                                           \
	static bool same_##name(const struct mg_toprc *a, const struct mg_toprc *b) \
	{                                                                           \
		return a->name == b->name;                                          \
	}                                                                           \
	static void write_##name(const struct mg_toprc *rc, struct mg_text *out)    \
	{                                                                           \
		write_yes(rc->name, out);                                           \
	}
YES_OR_NO(reverse)
YES_OR_NO(tree)
YES_OR_NO(mouse)

static const struct setting {
	const char *name, *accepts;
	bool (*read)(const char *value, struct mg_toprc *rc);
	bool (*is_same)(const struct mg_toprc *a, const struct mg_toprc *b);
	void (*write)(const struct mg_toprc *rc, struct mg_text *out);
} settings[] = {
	{ "columns", "titles of columns, as in the table", read_columns, same_columns,
	    write_columns },
	{ "sort", "the title of a column", read_sort, same_sort, write_sort },
	{ "reverse", "yes or no", read_reverse, same_reverse, write_reverse },
	{ "tree", "yes or no", read_tree, same_tree, write_tree },
	{ "interval", "a time from 100ms to 1h", read_interval, same_interval, write_interval },
	{ "mouse", "yes or no", read_mouse, same_mouse, write_mouse },
};
#define SETTINGS (sizeof settings / sizeof settings[0])

bool
mg_toprc_is_same(const struct mg_toprc *a, const struct mg_toprc *b)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (!settings[i].is_same(a, b))
			return false;
	return true;
}

void
mg_toprc_merge(struct mg_toprc *rc, const struct mg_toprc *before, const struct mg_toprc *now)
{
	char value[LINE_BYTES];
	struct mg_text t;

	for (size_t i = 0; i < SETTINGS; i++) {
		if (settings[i].is_same(before, now))
			continue;
		mg_text_init(&t, value, sizeof value);
		settings[i].write(now, &t);
		settings[i].read(value, rc);
	}
}

struct line {
	const char *start;
	size_t length; /* without its newline */
	char name[32];
	char value[LINE_BYTES];
};

/* The next line of *rest; false at the end of the text. The name is empty where there is nothing to
 * understand; what is too long to be a setting has one that there is not. */
static bool
next_line(const char **rest, struct line *out)
{
	size_t length = strcspn(*rest, "\n"), blank, name, end = length;
	const char *s = *rest;

	if (*s == '\0')
		return false;
	*rest += length + (s[length] == '\n');
	while (end > 0 && strchr(BLANKS, s[end - 1]) != NULL)
		end--;
	blank = strspn(s, BLANKS);
	blank = blank < end ? blank : end;
	name = strcspn(s + blank, BLANKS "\n");
	*out = (struct line){ .start = s, .length = length };
	if (blank == end || s[blank] == '#')
		return true;
	if (name >= sizeof out->name || end - blank >= sizeof out->value) {
		snprintf(out->name, sizeof out->name, "%.20s...", s + blank);
		return true;
	}
	memcpy(out->name, s + blank, name);
	blank += name + strspn(s + blank + name, BLANKS);
	if (blank < end)
		memcpy(out->value, s + blank, end - blank);
	return true;
}

static const struct setting *
find_setting(const char *name)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

void
mg_toprc_parse(const char *text, struct mg_toprc *rc, char *complaint, size_t cap)
{
	struct line l;

	complaint[0] = '\0';
	for (unsigned number = 1; next_line(&text, &l); number++) {
		const struct setting *s = find_setting(l.name);

		if (l.name[0] == '\0' || (s != NULL && s->read(l.value, rc)) ||
		    complaint[0] != '\0')
			continue;
		if (s == NULL)
			snprintf(complaint, cap,
			    "line %u: there is no setting '%s'; it is left alone", number, l.name);
		else
			snprintf(complaint, cap, "line %u: %s '%.40s' is not accepted; type %s",
			    number, s->name, l.value, s->accepts);
	}
}

static void
write_setting(FILE *f, const struct setting *s, const struct mg_toprc *rc)
{
	char value[LINE_BYTES];
	struct mg_text t;

	mg_text_init(&t, value, sizeof value);
	s->write(rc, &t);
	fprintf(f, "%s %s\n", s->name, value);
}

char *
mg_toprc_print(const char *text, const struct mg_toprc *loaded, const struct mg_toprc *now)
{
	struct mg_toprc defaults, scratch;
	bool kept[SETTINGS] = { false }, read[SETTINGS] = { false };
	char *out = NULL;
	size_t length;
	struct line l;
	FILE *f = open_memstream(&out, &length);

	if (f == NULL)
		return NULL;
	mg_toprc_init(&defaults);
	while (next_line(&text, &l)) {
		const struct setting *s = find_setting(l.name);

		if (s != NULL && s->read(l.value, &scratch)) {
			read[s - settings] = true;
			continue;
		}
		if (s != NULL)
			kept[s - settings] = true;
		fprintf(f, "%.*s\n", (int)l.length, l.start);
	}
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *s = &settings[i];

		if (kept[i] ? read[i] || !s->is_same(loaded, now) : !s->is_same(&defaults, now))
			write_setting(f, s, now);
	}
	if (fclose(f) != 0) {
		free(out);
		return NULL;
	}
	return out;
}
