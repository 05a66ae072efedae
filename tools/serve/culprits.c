/* SPDX-License-Identifier: MIT */
#include "tools/serve/culprits.h"

#include <stdlib.h>
#include <string.h>

#include "shim/base/sys.h"
#include "tools/common/json.h"
#include "tools/common/stacks.h"

#define KEEP_NS (60 * MG_NS_PER_S)
#define PACE_NS (3 * MG_NS_PER_S)
#define MOST_SITES 200

void
mg_culprits_init(struct mg_culprits *c)
{
	*c = (struct mg_culprits){ 0 };
	pthread_mutex_init(&c->mutex, NULL);
}

static void
forget(struct mg_culprits *c)
{
	if (c->symbols != NULL)
		mg_symbols_close(c->symbols);
	c->symbols = NULL;
}

void
mg_culprits_end(struct mg_culprits *c)
{
	forget(c);
	pthread_mutex_destroy(&c->mutex);
}

void
mg_culprits_rest(struct mg_culprits *c, uint64_t now_ns)
{
	if (pthread_mutex_trylock(&c->mutex) != 0)
		return;
	if (now_ns - c->used_ns > KEEP_NS)
		forget(c);
	pthread_mutex_unlock(&c->mutex);
}

/* NULL without memory. */
static struct mg_symbols *
symbols_of(struct mg_culprits *c, const struct mg_socket *s)
{
	bool is_same = c->socket.pid == s->pid && c->socket.inode == s->inode &&
		       c->socket.made_ns == s->made_ns;

	if (c->symbols != NULL && !is_same)
		forget(c);
	if (c->symbols == NULL)
		c->symbols = mg_symbols_open(s->pid);
	if (c->symbols == NULL)
		return NULL;
	c->socket = *s;
	c->used_ns = mg_sys_now_ns();
	mg_symbols_pace(c->symbols, c->used_ns + PACE_NS);
	return c->symbols;
}

static int
by_size(const void *a, const void *b)
{
	const struct mg_stacks_site *x = a, *y = b;

	return (x->live_bytes < y->live_bytes) - (x->live_bytes > y->live_bytes);
}

static void
write_site(const struct mg_stacks_site *s, FILE *f)
{
	char line[1024];

	fprintf(f,
	    "{\"verdict\": \"%s\", \"live_bytes\": %lu, \"blocks\": %lu, "
	    "\"bytes_per_minute\": %.0f, \"age_ms\": %lu, \"who\": ",
	    mg_trend_name(s->trend.verdict), s->live_bytes, s->live_blocks,
	    s->trend.bytes_per_minute, s->first_ms);
	mg_json_write_text(f, mg_stacks_print_line(&s->lines[s->culprit], line, sizeof line));
	fputs(", \"stack\": [", f);
	for (size_t i = 0; i < s->n_lines; i++) {
		fputs(i > 0 ? ", " : "", f);
		mg_json_write_text(f, mg_stacks_print_line(&s->lines[i], line, sizeof line));
	}
	fputs("]}", f);
}

static void
write_sites(const struct mg_profile *p, struct mg_stacks *st, FILE *f)
{
	if (st->n > 0)
		qsort(st->sites, st->n, sizeof st->sites[0], by_size);
	fprintf(f,
	    "{\"at_ms\": %lu, \"mean_bytes\": %lu, \"samples\": %lu, \"live_bytes\": %lu, "
	    "\"sites\": [",
	    mg_sys_wall_ns() / MG_NS_PER_MS, p->sample_bytes, p->live_samples, st->live_bytes);
	for (size_t i = 0; i < st->n && i < MOST_SITES; i++) {
		fputs(i > 0 ? ",\n" : "\n", f);
		write_site(&st->sites[i], f);
	}
	fputs("]}\n", f);
}

/* The lines belong to the symbols, so all is written under the lock. */
void
mg_culprits_sites(struct mg_culprits *c, const struct mg_socket *s, const struct mg_profile *p,
    struct mg_response *r)
{
	struct mg_symbols *symbols;
	struct mg_stacks st;
	FILE *f = mg_response_open(r, MG_RESPONSE_JSON);

	if (f == NULL)
		return;
	pthread_mutex_lock(&c->mutex);
	symbols = symbols_of(c, s);
	if (symbols != NULL && mg_stacks_make(p, symbols, &st) == 0) {
		write_sites(p, &st, f);
		mg_stacks_free(&st);
		mg_response_close(r, f);
	} else {
		mg_response_fail(r, f);
	}
	pthread_mutex_unlock(&c->mutex);
}

void
mg_culprits_flame(struct mg_culprits *c, const struct mg_socket *s, const char *command,
    const struct mg_profile *p, mg_culprits_flame_fn *flame, struct mg_response *r)
{
	struct mg_symbols *symbols;
	FILE *f = mg_response_open(r, "image/svg+xml; charset=utf-8");

	if (f == NULL)
		return;
	pthread_mutex_lock(&c->mutex);
	symbols = symbols_of(c, s);
	if (symbols != NULL) {
		flame(s->pid, command, p, symbols, f);
		mg_response_close(r, f);
	} else {
		mg_response_fail(r, f);
	}
	pthread_mutex_unlock(&c->mutex);
}
