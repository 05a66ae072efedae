/* SPDX-License-Identifier: MIT */
#include "tools/top/sitelist.h"

#include <malloc.h>
#include <stdlib.h>

/* What holds the most is named first. */
static int
by_live_bytes(const void *a, const void *b)
{
	const struct mg_profile_site *x = a, *y = b;

	if (x->live_bytes != y->live_bytes)
		return x->live_bytes > y->live_bytes ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

int
mg_sitelist_take(struct mg_sitelist *l, char *body)
{
	struct mg_profile p;
	int err = mg_profile_parse(body, &p);

	if (err != 0)
		return err;
	if (p.n_sites > 1)
		qsort(p.sites, p.n_sites, sizeof p.sites[0], by_live_bytes);
	mg_profile_free(&l->profile);
	l->profile = p;
	l->has_profile = l->is_new = l->is_behind = true;
	l->n_named = l->n_shown = 0;
	return 0;
}

/* By its lines; while names come in they change, but not a site's number. */
static size_t
find_again(const struct mg_stacks *st, const struct mg_stacks_site *site, size_t row)
{
	const struct mg_stacks_site *same = mg_stacks_find(st, site);

	if (same != NULL)
		return (size_t)(same - st->sites);
	for (size_t i = 0; i < st->n; i++)
		if (st->sites[i].number == site->number)
			return i;
	return row;
}

static void
look_up(struct mg_sitelist *l)
{
	struct mg_symbols_line lines[MG_STACKS_LINES];

	while (l->n_named < l->profile.n_sites) {
		const struct mg_profile_site *site = &l->profile.sites[l->n_named];

		for (unsigned i = 0; i < site->depth; i++) {
			mg_symbols_resolve(
			    l->symbols, &l->profile, &site->frames[i], lines, MG_STACKS_LINES);
			if (mg_symbols_left(l->symbols) > 0)
				return;
		}
		l->n_named++;
	}
}

size_t
mg_sitelist_name(struct mg_sitelist *l, int pid, size_t row, uint64_t until_ns)
{
	struct mg_stacks st;

	if (l->symbols == NULL)
		l->symbols = mg_symbols_open(pid);
	l->is_behind = false;
	if (l->symbols == NULL)
		return row;
	mg_symbols_pace(l->symbols, until_ns);
	look_up(l);
	l->is_behind = l->n_named < l->profile.n_sites;
	/* All stacks are made each time: seldom enough not to take longer than the names. */
	if (!l->is_new && l->is_behind && l->n_named <= 2 * l->n_shown)
		return row;
	mg_symbols_pace(l->symbols, 0);
	if (mg_stacks_make(&l->profile, l->symbols, &st) != 0)
		return row;
	l->is_new = false;
	l->n_shown = l->n_named;
	if (row < l->stacks.n)
		row = find_again(&st, &l->stacks.sites[row], row);
	mg_stacks_free(&l->stacks);
	l->stacks = st;
	return row;
}

void
mg_sitelist_close(struct mg_sitelist *l)
{
	mg_stacks_free(&l->stacks);
	mg_profile_free(&l->profile);
	if (l->symbols != NULL)
		mg_symbols_close(l->symbols);
	*l = (struct mg_sitelist){ 0 };
	malloc_trim(0); /* debug information takes tens of megabytes in small pieces */
}
