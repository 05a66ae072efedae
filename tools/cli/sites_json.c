/* SPDX-License-Identifier: MIT */
#include "tools/cli/sites_json.h"

#include <stdio.h>

#include "tools/common/json.h"

static void
print_member(const char *name, const char *value)
{
	printf(", \"%s\": ", name);
	mg_json_print_text(value);
}

static void
print_line(const struct mg_symbols_line *l)
{
	fputs("{\"function\": ", stdout);
	mg_json_print_text(l->function);
	print_member("file", l->file);
	printf(", \"line\": %d", l->line);
	print_member("module", l->module);
	printf(", \"named\": %s, \"replaced\": %s}", l->is_named ? "true" : "false",
	    l->is_replaced ? "true" : "false");
}

static void
print_names(const struct mg_stacks_site *s)
{
	char who[1024];

	print_member("culprit", mg_stacks_print_line(&s->lines[s->culprit], who, sizeof who));
	printf(", \"culprit_line\": %zu, \"stack\": [", s->culprit);
	for (size_t i = 0; i < s->n_lines; i++) {
		fputs(i > 0 ? ", " : "", stdout);
		print_line(&s->lines[i]);
	}
	fputs("]", stdout);
}

static void
print_site(const struct mg_stacks_site *s)
{
	const struct mg_trend *t = &s->trend;

	printf("{\"site\": %lu, \"verdict\": \"%s\", \"live_bytes\": %lu, \"live_blocks\": %lu, "
	       "\"alloc_bytes\": %lu, \"alloc_blocks\": %lu, \"samples_in\": %lu, "
	       "\"samples_out\": %lu, \"first_ms\": %lu, \"last_ms\": %lu, "
	       "\"bytes_per_minute\": %.0f, \"sigmas\": %.2f, \"span_ms\": %lu, "
	       "\"live_bytes_by_age\": [",
	    s->number, mg_trend_name(t->verdict), s->live_bytes, s->live_blocks, s->alloc_bytes,
	    s->alloc_blocks, s->in, s->out, s->first_ms, s->last_ms, t->bytes_per_minute, t->sigmas,
	    t->span_ms);
	for (size_t i = 0; i < MG_PROFILE_AGES; i++)
		printf("%s%lu", i > 0 ? ", " : "", s->ages[i]);
	fputs("]", stdout);
	print_names(s);
	fputs("}", stdout);
}

static void
print_head(const struct mg_sites_view *v)
{
	const struct mg_profile *p = &v->capture->profile;

	printf("{\"pid\": %d", v->pid);
	print_member("command", v->capture->command);
	printf(", \"uptime_ms\": %lu, \"sample_bytes\": %lu, \"samples\": %lu, "
	       "\"live_samples\": %lu, \"estimated_live_bytes\": %lu",
	    p->uptime_ms, p->sample_bytes, p->samples, p->live_samples, v->stacks->live_bytes);
	if (v->capture->has_exact)
		printf(", \"live_bytes\": %lu, \"alloc_bytes\": %lu", v->capture->live_bytes,
		    v->capture->alloc_bytes);
}

void
mg_sites_json_print(const struct mg_sites_view *v)
{
	print_head(v);
	fputs(", \"sites\": [", stdout);
	for (size_t i = 0; i < v->stacks->n && i < v->top; i++) {
		fputs(i > 0 ? ",\n" : "\n", stdout);
		print_site(&v->stacks->sites[i]);
	}
	fputs("]}\n", stdout);
}

void
mg_sites_json_print_diff(const struct mg_sites_view *v, const struct mg_capture *then,
    const struct mg_sites_change *changes, size_t n, uint64_t span_ms)
{
	print_head(v);
	printf(", \"span_ms\": %lu", span_ms);
	if (then->has_exact && v->capture->has_exact)
		printf(", \"live_bytes_change\": %ld",
		    (int64_t)(v->capture->live_bytes - then->live_bytes));
	fputs(", \"sites\": [", stdout);
	for (size_t i = 0; i < n && i < v->top; i++) {
		const struct mg_sites_change *c = &changes[i];

		printf("%s{\"live_bytes_change\": %ld, \"live_blocks_change\": %ld, "
		       "\"is_gone\": %s, \"site\": ",
		    i > 0 ? ",\n" : "\n", c->live_bytes, c->live_blocks,
		    c->now == NULL ? "true" : "false");
		print_site(c->now != NULL ? c->now : c->then);
		fputs("}", stdout);
	}
	fputs("]}\n", stdout);
}
