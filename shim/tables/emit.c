/* SPDX-License-Identifier: MIT */
#include "shim/tables/emit.h"

#include <string.h>

/* Rows of a later version are in the tables so that their names are taken; nobody is told about them yet. */
static bool
is_there(const struct mg_option *o)
{
	return !(o->flags & MG_OPT_LATER);
}

/* A program chooses its own name, so a label may hold anything; a line must stay one line. */
static void
add_line_text(struct mg_text *t, const char *s)
{
	for (; *s != '\0'; s++)
		mg_text_add(t, "%c", (unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s);
}

void
mg_emit_stats_text(struct mg_text *t, const struct mg_snapshot *s)
{
	for (size_t i = 0; i < mg_snapshot_stat_count; i++) {
		const struct mg_stat *stat = &mg_snapshot_stats[i];

		mg_text_add(t, "%s ", stat->name);
		if (stat->kind == MG_STAT_LABEL)
			add_line_text(t, mg_snapshot_label(s, stat));
		else
			mg_text_add(t, "%lu", mg_snapshot_number(s, stat));
		mg_text_add(t, "\n");
	}
}

void
mg_emit_stats_json(struct mg_text *t, const struct mg_snapshot *s)
{
	for (size_t i = 0; i < mg_snapshot_stat_count; i++) {
		const struct mg_stat *stat = &mg_snapshot_stats[i];

		mg_text_add(t, "%c\"%s\":", i == 0 ? '{' : ',', stat->name);
		if (stat->kind == MG_STAT_LABEL)
			mg_text_add_json(t, mg_snapshot_label(s, stat));
		else
			mg_text_add(t, "%lu", mg_snapshot_number(s, stat));
	}
	mg_text_add(t, "}\n");
}

/* The value stays as typed ("512M", "15s"): a reader can give it back to `set`, and no unit is lost. */
void
mg_emit_config_text(struct mg_text *t, const struct mg_config *c)
{
	for (size_t i = 0; i < mg_config_option_count; i++) {
		const struct mg_option *o = &mg_config_options[i];

		if (!is_there(o))
			continue;
		mg_text_add(t, "%s ", o->name);
		mg_config_print(c, o, t);
		mg_text_add(t, "\n");
	}
}

void
mg_emit_config_json(struct mg_text *t, const struct mg_config *c)
{
	char buf[MG_CONFIG_PATH_BYTES];
	struct mg_text value;
	char before = '{';

	for (size_t i = 0; i < mg_config_option_count; i++) {
		const struct mg_option *o = &mg_config_options[i];

		if (!is_there(o))
			continue;
		mg_text_init(&value, buf, sizeof buf);
		mg_config_print(c, o, &value);
		mg_text_add(t, "%c\"%s\":", before, o->name);
		mg_text_add_json(t, buf);
		before = ',';
	}
	mg_text_add(t, "}\n");
}
