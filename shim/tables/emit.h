/* SPDX-License-Identifier: MIT */
/*
 * Tables to text: what the socket answers, what tools print, and what manual pages and the README
 * hold. Loops over the tables, so that no name is typed twice. Pure.
 */
#ifndef MG_EMIT_H
#define MG_EMIT_H

#include "shim/base/text.h"
#include "shim/tables/config.h"
#include "shim/tables/snapshot.h"

void mg_emit_stats_text(struct mg_text *t, const struct mg_snapshot *s); /* "name value" lines */
void mg_emit_stats_json(struct mg_text *t, const struct mg_snapshot *s); /* one object, one line */

/*
 * Exposition format 0.0.4 for `n` processes; labels pid and command tell them apart.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
void mg_emit_stats_prometheus(struct mg_text *t, const struct mg_snapshot *s, size_t n);

/* The same, piece by piece: for each row its head, then a sample of each process. */
struct mg_emit_who {
	uint64_t pid;
	const char *command;
	const char *user; /* NULL: no such label */
};
void mg_emit_metric_head(struct mg_text *t, const struct mg_stat *stat);
/* `who` is NULL for what belongs to no process: no labels. */
void mg_emit_metric_sample(struct mg_text *t, const struct mg_emit_who *who,
    const struct mg_snapshot *s, const struct mg_stat *stat);
/* pid="1",command="x",user="y" */
void mg_emit_metric_labels(struct mg_text *t, const struct mg_emit_who *who);

/* The name that a row has there: "memgov_last_compact_seconds". The rows pid and command are labels
 * only. */
void mg_emit_metric_name(struct mg_text *t, const struct mg_stat *stat);

void mg_emit_config_text(struct mg_text *t, const struct mg_config *c); /* "name value" lines */
void mg_emit_config_json(struct mg_text *t, const struct mg_config *c);

/* "word args  help" lines of the socket's commands. */
void mg_emit_commands_text(struct mg_text *t);

/* Tables for README (GitHub Markdown) and man pages (mdoc): "options", "stats", "commands",
 * "policies". False when there is no such table. */
bool mg_emit_doc_markdown(struct mg_text *t, const char *table);
bool mg_emit_doc_mdoc(struct mg_text *t, const char *table);

#endif
