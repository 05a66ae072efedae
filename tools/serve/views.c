/* SPDX-License-Identifier: MIT */
#include "tools/serve/views.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "shim/tables/config.h"
#include "shim/tables/version.h"
#include "tools/common/json.h"
#include "tools/common/machine.h"
#include "tools/serve/ask.h"

#define POINTS 10000 /* the most that MEMGOV_HISTORY allows */

static uint64_t
wall_ms(void)
{
	return mg_sys_wall_ns() / MG_NS_PER_MS;
}

static void
write_member(FILE *f, const char *name, const char *text)
{
	fprintf(f, "\"%s\": ", name);
	mg_json_write_text(f, text);
}

static void
write_stats(FILE *f, const struct mg_reply_stats *s)
{
	const char *before = "";

	for (size_t i = 0; i < MG_REPLY_STATS; i++) {
		const struct mg_stat *stat = &mg_snapshot_stats[i];

		if (!s->has[i])
			continue;
		fputs(before, f);
		before = ", ";
		if (stat->kind == MG_STAT_LABEL)
			write_member(f, stat->name, mg_snapshot_label(&s->values, stat));
		else
			fprintf(f, "\"%s\": %lu", stat->name, mg_snapshot_number(&s->values, stat));
	}
}

/* Without the closing brace, so that more can follow. */
static void
begin_process(FILE *f, const struct mg_board_process *p)
{
	fprintf(f, "{\"pid\": %d, ", p->socket.pid);
	write_member(f, "name", p->name);
	fputs(", ", f);
	write_member(f, "user", p->user);
	fprintf(f, ", \"health\": \"%s\"", mg_board_health_name(p->health));
	if (!p->has_stats)
		return;
	fputs(", \"stats\": {", f);
	write_stats(f, &p->stats);
	fprintf(f, "}, \"at_ms\": %lu", p->at_ms);
}

static void
write_machine(FILE *f)
{
	struct mg_machine m;

	mg_machine_read(&m);
	fprintf(f,
	    "{\"total_bytes\": %lu, \"available_bytes\": %lu, \"used_pct\": %u, "
	    "\"swap_total_bytes\": %lu, \"swap_free_bytes\": %lu",
	    m.total_bytes, m.available_bytes, mg_machine_used_pct(&m), m.swap_total_bytes,
	    m.swap_free_bytes);
	if (m.has_stall)
		fprintf(f, ", \"stall_pct\": %u.%02u", m.stall_some / 100, m.stall_some % 100);
	fputs("}", f);
}

void
mg_views_all(struct mg_web *w, const struct mg_board *b, struct mg_response *r)
{
	FILE *f = mg_response_open(r, MG_RESPONSE_JSON);
	char host[256] = "";

	if (f == NULL)
		return;
	gethostname(host, sizeof host - 1);
	fputs("{\"version\": \"" MG_VERSION "\", ", f);
	write_member(f, "host", host);
	fprintf(f, ", \"control\": %s, \"at_ms\": %lu, \"machine\": ",
	    w->options->allows_control ? "true" : "false", wall_ms());
	write_machine(f);
	fputs(", \"processes\": [", f);
	for (size_t i = 0; i < b->n; i++) {
		fputs(i > 0 ? ",\n" : "\n", f);
		begin_process(f, &b->list[i]);
		fputs("}", f);
	}
	fputs("]}\n", f);
	mg_response_close(r, f);
}

static bool
write_policy(FILE *f, char *line, const char *before)
{
	struct mg_reply_policy p;

	if (mg_reply_parse_policy(line, &p) != 0)
		return false;
	fprintf(f, "%s{", before);
	write_member(f, "name", p.name);
	fputs(", ", f);
	write_member(f, "reason", p.reason);
	if (p.has_next)
		fprintf(f, ", \"next_ms\": %lu", p.next_ms);
	fprintf(f, ", \"decisions\": %lu}", p.decisions);
	return true;
}

static bool
write_event(FILE *f, char *line, const char *before)
{
	struct mg_reply_event e;

	if (mg_reply_parse_event(line, &e) != 0)
		return false;
	fprintf(f, "%s{\"age_ms\": %lu, ", before, e.age_ms);
	write_member(f, "kind", e.kind);
	fputs(", ", f);
	write_member(f, "text", e.text);
	fputs("}", f);
	return true;
}

/* An option of a later version is told without what this one does not know of it. */
static bool
write_option(FILE *f, char *line, const char *before)
{
	char *value = mg_reply_value(line);
	const struct mg_option *o;

	if (value == NULL)
		return false;
	o = mg_config_find(line);
	fprintf(f, "%s{", before);
	write_member(f, "name", line);
	fputs(", ", f);
	write_member(f, "value", value);
	if (o != NULL) {
		fputs(", ", f);
		write_member(f, "accepts", o->accepts);
		fputs(", ", f);
		write_member(f, "help", o->doc);
		fprintf(
		    f, ", \"can_set\": %s", (o->flags & MG_OPT_RUNTIME) != 0 ? "true" : "false");
	}
	fputs("}", f);
	return true;
}

static const struct {
	const char *request, *member;
	bool (*write)(FILE *f, char *line, const char *before);
} details[] = {
	{ "policies", "policies", write_policy },
	{ "events", "events", write_event },
	{ "config text", "config", write_option },
};
#define DETAILS (sizeof details / sizeof details[0])

/* One more member, of a line each. What the process does not tell is left out. False when it will
 * not tell more. */
static bool
add_detail(struct mg_web *w, const struct mg_board_process *p, size_t i, FILE *f)
{
	struct mg_response why;
	struct mg_client c;
	const char *before = "";
	char *body, *line;

	if (!mg_ask(w, p, details[i].request, MG_NS_PER_S, &c, &body, &why)) {
		bool is_refusal = why.status == 409;

		mg_response_free(&why);
		return is_refusal;
	}
	fprintf(f, ", \"%s\": [", details[i].member);
	while ((line = mg_reply_line(&body)) != NULL)
		if (details[i].write(f, line, before))
			before = ", ";
	fputs("]", f);
	mg_client_end(&c);
	return true;
}

void
mg_views_process(struct mg_web *w, const struct mg_board_process *p, struct mg_response *r)
{
	FILE *f = mg_response_open(r, MG_RESPONSE_JSON);

	if (f == NULL)
		return;
	begin_process(f, p);
	for (size_t i = 0; mg_board_is_up(p) && i < DETAILS; i++)
		if (!add_detail(w, p, i, f))
			break;
	fputs("}\n", f);
	mg_response_close(r, f);
}

static void
write_point(FILE *f, const struct mg_reply_point *p)
{
	fprintf(f,
	    "{\"age_ms\": %lu, \"heap_footprint_bytes\": %lu, \"live_bytes\": %lu, "
	    "\"cached_bytes\": %lu, \"parked_bytes\": %lu, \"rss_bytes\": %lu, "
	    "\"returned_bytes\": %lu}",
	    p->age_ms, p->heap_footprint_bytes, p->live_bytes, p->cached_bytes, p->parked_bytes,
	    p->rss_bytes, p->returned_bytes);
}

void
mg_views_history(struct mg_web *w, const struct mg_board_process *p, struct mg_response *r)
{
	struct mg_reply_point *points;
	struct mg_client c;
	uint64_t at = wall_ms();
	char *body;
	size_t n;
	FILE *f;

	if (!mg_ask(w, p, "history", MG_NS_PER_S, &c, &body, r))
		return;
	points = reallocarray(NULL, POINTS, sizeof *points);
	n = points != NULL ? mg_reply_parse_history(body, points, POINTS) : 0;
	mg_client_end(&c);
	f = mg_response_open(r, MG_RESPONSE_JSON);
	if (f != NULL) {
		fprintf(f, "{\"at_ms\": %lu, \"points\": [", at);
		for (size_t i = 0; i < n; i++) {
			fputs(i > 0 ? ",\n" : "\n", f);
			write_point(f, &points[i]);
		}
		fputs("]}\n", f);
		mg_response_close(r, f);
	}
	free(points);
}
