/* SPDX-License-Identifier: MIT */
#include "tools/common/stacks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common/names.h"

/* So many lines of an interpreter in a row are still shown. */
#define FEW 2
/* Before folding: of every frame with what is inlined there. */
#define UNFOLDED 256

/* Says no more than "here runs python". */
static bool
is_empty_talk(const struct mg_symbols_line *l)
{
	return mg_names_is_python(l->module) &&
	       (!l->is_named || mg_names_is_interpreter(l->function));
}

static struct mg_symbols_line
folded(struct mg_symbols *s, const char *module, size_t n)
{
	char text[320];

	snprintf(text, sizeof text, "%.255s (%zu frames)", module, n);
	return (struct mg_symbols_line){ .function = mg_symbols_string(s, text), .module = module };
}

static void
fold(
    struct mg_symbols *s, const struct mg_symbols_line *lines, size_t n, struct mg_stacks_site *out)
{
	size_t run;

	for (size_t i = 0; i < n && out->n_lines < MG_STACKS_LINES; i += run) {
		for (run = 0; i + run < n && is_empty_talk(&lines[i + run]) &&
			      lines[i + run].module == lines[i].module;)
			run++;
		if (run > FEW) {
			out->lines[out->n_lines++] = folded(s, lines[i].module, run);
			continue;
		}
		out->lines[out->n_lines++] = lines[i];
		run = 1;
	}
}

/* Generated code that is not the program's own: "Builtin:ArrayMap", what has no name, and what node
 * brings along. */
static bool
is_runtime(const struct mg_symbols_line *l)
{
	return l->module[0] == '\0' && (!l->is_named || strncmp(l->function, "Builtin:", 8) == 0 ||
					   strncmp(l->function, "BytecodeHandler:", 16) == 0 ||
					   (l->file != NULL && strncmp(l->file, "node:", 5) == 0));
}

enum part {
	ALLOCATOR,
	ENGINE, /* or what comes with it */
	OWN
};

static enum part
part_of(const struct mg_symbols_line *l)
{
	if (mg_names_is_allocator(l->function, l->module, l->is_named))
		return ALLOCATOR;
	return mg_names_is_engine(l->module) || is_runtime(l) ? ENGINE : OWN;
}

/* Where there is no more than an engine: PyDict_SetDefault says more than PyDict_New, and that more
 * than the interpreter that called it. */
static size_t
find_engine(const struct mg_stacks_site *site)
{
	size_t i = 0, talk;

	while (i < site->n_lines && part_of(&site->lines[i]) == ALLOCATOR)
		i++;
	if (i == site->n_lines)
		return 0;
	for (talk = i; talk < site->n_lines && site->lines[talk].module == site->lines[i].module;
	     talk++)
		if (site->lines[talk].is_named && !is_empty_talk(&site->lines[talk]) &&
		    part_of(&site->lines[talk]) == ENGINE)
			return talk;
	return i > 0 && site->lines[i - 1].is_named ? i - 1 : i;
}

static size_t
find_culprit(const struct mg_stacks_site *site)
{
	for (size_t i = 0; i < site->n_lines; i++)
		if (part_of(&site->lines[i]) == OWN)
			return i;
	return find_engine(site);
}

static void
resolve(struct mg_symbols *s, const struct mg_profile *p, const struct mg_profile_site *from,
    struct mg_stacks_site *out)
{
	struct mg_symbols_line lines[UNFOLDED];
	size_t n = 0;

	for (unsigned i = 0; i < from->depth && n < UNFOLDED; i++)
		n += mg_symbols_resolve(s, p, &from->frames[i], lines + n, UNFOLDED - n);
	fold(s, lines, n, out);
	if (n == 0)
		out->lines[out->n_lines++] = (struct mg_symbols_line){
			.function = mg_symbols_string(
			    s, from->number == 0 ? "(sites that had no room)" : "(no stack)"),
			.module = mg_symbols_string(s, ""),
		};
	out->culprit = find_culprit(out);
}

static void
set_figures(struct mg_stacks_site *to, const struct mg_profile_site *from)
{
	to->number = from->number;
	to->ways = 1;
	to->live_blocks = from->live_blocks;
	to->live_bytes = from->live_bytes;
	to->alloc_blocks = from->alloc_blocks;
	to->alloc_bytes = from->alloc_bytes;
	to->in = from->in;
	to->out = from->out;
	to->first_ms = from->first_ms;
	to->last_ms = from->last_ms;
	memcpy(to->ages, from->ages, sizeof to->ages);
	memcpy(to->marks, from->marks, sizeof to->marks);
}

static void
add_marks(struct mg_stacks_site *to, const struct mg_stacks_site *more)
{
	for (unsigned i = 0; i < MG_TREND_SCALES; i++) {
		for (unsigned k = 0; k < MG_TREND_MARKS; k++) {
			to->marks[i][k].in += more->marks[i][k].in;
			to->marks[i][k].out += more->marks[i][k].out;
			to->marks[i][k].live_bytes += more->marks[i][k].live_bytes;
		}
	}
}

static void
merge(struct mg_stacks_site *to, const struct mg_stacks_site *more)
{
	to->live_blocks += more->live_blocks;
	to->live_bytes += more->live_bytes;
	to->alloc_blocks += more->alloc_blocks;
	to->alloc_bytes += more->alloc_bytes;
	to->ways += more->ways;
	to->in += more->in;
	to->out += more->out;
	to->first_ms = more->first_ms > to->first_ms ? more->first_ms : to->first_ms;
	to->last_ms = more->last_ms < to->last_ms ? more->last_ms : to->last_ms;
	for (size_t i = 0; i < MG_PROFILE_AGES; i++)
		to->ages[i] += more->ages[i];
	add_marks(to, more);
}

/* Equal strings are the same pointers. */
static bool
reads_the_same(const struct mg_stacks_site *a, const struct mg_stacks_site *b)
{
	if (a->n_lines != b->n_lines)
		return false;
	for (size_t i = 0; i < a->n_lines; i++)
		if (a->lines[i].function != b->lines[i].function ||
		    a->lines[i].file != b->lines[i].file || a->lines[i].line != b->lines[i].line ||
		    a->lines[i].module != b->lines[i].module)
			return false;
	return true;
}

static uint64_t
hash_lines(const struct mg_stacks_site *site)
{
	uint64_t h = site->n_lines;

	for (size_t i = 0; i < site->n_lines; i++) {
		h = (h ^ (uintptr_t)site->lines[i].function) * 0x9e3779b97f4a7c15u;
		h = (h ^ (h >> 29) ^ (unsigned)site->lines[i].line) * 0xff51afd7ed558ccdu;
	}
	return h;
}

/* The site goes to one with the same lines, or is one more behind them. */
static void
add_site(struct mg_stacks *st, uint64_t *hashes, const struct mg_stacks_site *site)
{
	uint64_t h = hash_lines(site);

	for (size_t i = 0; i < st->n; i++) {
		if (hashes[i] == h && reads_the_same(&st->sites[i], site)) {
			merge(&st->sites[i], site);
			return;
		}
	}
	hashes[st->n] = h;
	st->sites[st->n++] = *site;
}

static void
judge(const struct mg_profile *p, struct mg_stacks_site *site)
{
	struct mg_trend scales[MG_TREND_SCALES];

	for (unsigned i = 0; i < MG_TREND_SCALES; i++)
		scales[i] = mg_trend_judge(site->marks[i], p->age_ms[i], p->n_marks[i]);
	site->trend = mg_trend_worst(scales, MG_TREND_SCALES);
}

static int
by_rank(const void *a, const void *b)
{
	const struct mg_stacks_site *x = a, *y = b;

	if (x->trend.verdict != y->trend.verdict)
		return x->trend.verdict > y->trend.verdict ? -1 : 1;
	if (x->live_bytes != y->live_bytes)
		return x->live_bytes > y->live_bytes ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void
rank(const struct mg_profile *p, struct mg_stacks *st)
{
	for (size_t i = 0; i < st->n; i++)
		judge(p, &st->sites[i]);
	qsort(st->sites, st->n, sizeof st->sites[0], by_rank);
}

int
mg_stacks_make(const struct mg_profile *p, struct mg_symbols *s, struct mg_stacks *out)
{
	struct mg_stacks st = { .sites = calloc(p->n_sites + 1, sizeof st.sites[0]) };
	uint64_t *hashes = calloc(p->n_sites + 1, sizeof hashes[0]);

	*out = (struct mg_stacks){ 0 };
	if (st.sites == NULL || hashes == NULL) {
		free(st.sites);
		free(hashes);
		return -ENOMEM;
	}
	for (size_t i = 0; i < p->n_sites; i++) {
		struct mg_stacks_site site = { 0 };

		set_figures(&site, &p->sites[i]);
		resolve(s, p, &p->sites[i], &site);
		add_site(&st, hashes, &site);
	}
	for (size_t i = 0; i < st.n; i++)
		st.live_bytes += st.sites[i].live_bytes;
	rank(p, &st);
	free(hashes);
	*out = st;
	return 0;
}

int
mg_stacks_group(const struct mg_profile *p, struct mg_stacks *st)
{
	uint64_t *hashes = calloc(st->n + 1, sizeof hashes[0]);
	size_t n = st->n;

	if (hashes == NULL)
		return -ENOMEM;
	st->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct mg_stacks_site site = st->sites[i];

		site.lines[0] = site.lines[site.culprit];
		site.n_lines = 1;
		site.culprit = 0;
		add_site(st, hashes, &site);
	}
	rank(p, st);
	free(hashes);
	return 0;
}

void
mg_stacks_free(struct mg_stacks *st)
{
	free(st->sites);
	*st = (struct mg_stacks){ 0 };
}

const struct mg_stacks_site *
mg_stacks_find(const struct mg_stacks *st, const struct mg_stacks_site *like)
{
	for (size_t i = 0; i < st->n; i++)
		if (reads_the_same(&st->sites[i], like))
			return &st->sites[i];
	return NULL;
}

char *
mg_stacks_print_line(const struct mg_symbols_line *l, char *buf, size_t n)
{
	char name[256];

	if (l->is_named)
		mg_names_short(l->function, name, sizeof name);
	else
		snprintf(name, sizeof name, "%.255s", l->function);
	if (l->file == NULL)
		snprintf(buf, n, "%s", name);
	else if (l->line == 0)
		snprintf(buf, n, "%s (%s)", name, l->file);
	else
		snprintf(buf, n, "%s (%s:%d)", name, l->file, l->line);
	return buf;
}

const char *
mg_stacks_age(const struct mg_stacks_site *site)
{
	static const char *const words[MG_PROFILE_AGES] = { "<10s", "<1m", "<10m", "<1h", "<1d",
		">1d" };
	uint64_t all = 0, sum = site->ages[0];
	size_t i = 0;

	for (size_t k = 0; k < MG_PROFILE_AGES; k++)
		all += site->ages[k];
	if (all == 0)
		return "-";
	while (sum < all - sum)
		sum += site->ages[++i];
	return words[i];
}
