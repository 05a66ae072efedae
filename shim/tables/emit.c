/* SPDX-License-Identifier: MIT */
#include "shim/tables/emit.h"

#include <string.h>

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

/* The value stays as typed ("512M", "15s"): a reader can give it back to `set`, and no unit is
 * lost. */
void
mg_emit_config_text(struct mg_text *t, const struct mg_config *c)
{
	for (size_t i = 0; i < mg_config_option_count; i++) {
		const struct mg_option *o = &mg_config_options[i];

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

		mg_text_init(&value, buf, sizeof buf);
		mg_config_print(c, o, &value);
		mg_text_add(t, "%c\"%s\":", before, o->name);
		mg_text_add_json(t, buf);
		before = ',';
	}
	mg_text_add(t, "}\n");
}

/* Prometheus wants base units; the name says them, so that name and value are scaled together. */
static const struct {
	const char *ending;
	const char *instead;
	unsigned digits; /* of the fraction */
} units[] = {
	[MG_UNIT_TEXT] = { "", "_info", 0 },
	[MG_UNIT_COUNT] = { "", "", 0 },
	[MG_UNIT_BYTES] = { "", "", 0 },
	[MG_UNIT_MS] = { "_ms", "_seconds", 3 },
	[MG_UNIT_NS] = { "_ns", "_seconds", 9 },
	[MG_UNIT_PCT] = { "_pct", "_ratio", 2 },
};

void
mg_emit_metric_name(struct mg_text *t, const struct mg_stat *stat)
{
	size_t stem = strlen(stat->name) - strlen(units[stat->unit].ending);

	mg_text_add(t, "memgov_");
	for (size_t i = 0; i < stem; i++)
		mg_text_add(t, "%c", stat->name[i]);
	mg_text_add(
	    t, "%s%s", units[stat->unit].instead, stat->kind == MG_STAT_COUNTER ? "_total" : "");
}

static void
add_decimal(struct mg_text *t, uint64_t v, unsigned digits)
{
	uint64_t scale = 1;

	for (unsigned i = 0; i < digits; i++)
		scale *= 10;
	mg_text_add(t, "%lu%s", v / scale, v % scale != 0 ? "." : "");
	for (v %= scale; v != 0; v %= scale) {
		scale /= 10;
		mg_text_add(t, "%lu", v / scale);
	}
}

/* Backslash, quote and line break are escaped; the format is UTF-8 throughout, so the rest is made
 * so. */
static void
add_label_value(struct mg_text *t, const char *s)
{
	for (size_t n; *s != '\0'; s += n > 0 ? n : 1) {
		n = mg_text_utf8_length(s);
		if (n == 0)
			mg_text_add(t, "\xef\xbf\xbd");
		else if (*s == '\n')
			mg_text_add(t, "\\n");
		else if (*s == '"' || *s == '\\')
			mg_text_add(t, "\\%c", *s);
		else
			for (size_t i = 0; i < n; i++)
				mg_text_add(t, "%c", s[i]);
	}
}

void
mg_emit_metric_head(struct mg_text *t, const struct mg_stat *stat)
{
	mg_text_add(t, "# HELP ");
	mg_emit_metric_name(t, stat);
	mg_text_add(t, " %s\n# TYPE ", stat->help);
	mg_emit_metric_name(t, stat);
	mg_text_add(t, " %s\n", stat->kind == MG_STAT_COUNTER ? "counter" : "gauge");
}

static void
add_label(struct mg_text *t, const char *name, const char *value)
{
	mg_text_add(t, ",%s=\"", name);
	add_label_value(t, value);
	mg_text_add(t, "\"");
}

void
mg_emit_metric_labels(struct mg_text *t, const struct mg_emit_who *who)
{
	mg_text_add(t, "pid=\"%lu\"", who->pid);
	add_label(t, "command", who->command);
	if (who->user != NULL)
		add_label(t, "user", who->user);
}

void
mg_emit_metric_sample(struct mg_text *t, const struct mg_emit_who *who, const struct mg_snapshot *s,
    const struct mg_stat *stat)
{
	bool is_label = stat->kind == MG_STAT_LABEL;

	mg_emit_metric_name(t, stat);
	if (who != NULL) {
		mg_text_add(t, "{");
		mg_emit_metric_labels(t, who);
		if (is_label)
			add_label(t, stat->name, mg_snapshot_label(s, stat));
		mg_text_add(t, "}");
	}
	mg_text_add(t, " ");
	add_decimal(t, is_label ? 1 : mg_snapshot_number(s, stat), units[stat->unit].digits);
	mg_text_add(t, "\n");
}

void
mg_emit_stats_prometheus(struct mg_text *t, const struct mg_snapshot *s, size_t n)
{
	for (size_t i = 0; i < mg_snapshot_stat_count; i++) {
		const struct mg_stat *stat = &mg_snapshot_stats[i];

		if (stat->offset == offsetof(struct mg_snapshot, pid) ||
		    stat->offset == offsetof(struct mg_snapshot, command))
			continue;
		mg_emit_metric_head(t, stat);
		for (size_t j = 0; j < n; j++) {
			struct mg_emit_who who = { .pid = s[j].pid, .command = s[j].command };

			mg_emit_metric_sample(t, &who, &s[j], stat);
		}
	}
}
