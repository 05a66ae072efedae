/* SPDX-License-Identifier: MIT */
#include "tools/cli/sites_table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/text.h"
#include "tools/cli/need.h"
#include "tools/common/human.h"
#include "tools/top/canvas.h"
#include "tools/top/once.h"

#define LINE_BYTES 8192
#define LEAST_SPAN_MS 10000

/* One row at a time is drawn and printed: names come from outside, and a canvas shows nothing of
 * them that a terminal would obey. */
static void
print_row(const char *figures, const char *text)
{
	struct mg_canvas c = { .ascii = mg_once_is_ascii() };
	char line[LINE_BYTES];
	int width = mg_once_width(), col;

	if (mg_canvas_clear(&c, width, 1) != 0)
		return;
	col = mg_canvas_put(&c, 0, 0, MG_STYLE_PLAIN, figures);
	mg_canvas_put_cut(&c, 0, col, width - col, MG_STYLE_PLAIN, text);
	mg_canvas_row_text(&c, 0, line, sizeof line);
	puts(line);
	mg_canvas_free(&c);
}

__attribute__((format(printf, 1, 2))) static void
print_text(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	print_row("", text);
}

static unsigned
percent(uint64_t part, uint64_t all)
{
	return all > 0 ? (unsigned)lround(100.0 * (double)part / (double)all) : 0;
}

/* "leaky 4711: 5.1M live, by samples 5.2M +-15% (45 of 123, mean 512K)" */
static void
print_summary(const struct mg_sites_view *v)
{
	const struct mg_profile *p = &v->capture->profile;
	struct mg_human exact = mg_human_bytes(v->capture->live_bytes),
			live = mg_human_bytes(v->stacks->live_bytes),
			mean = mg_human_bytes(p->sample_bytes);
	char error[32] = "", rate[32] = "off now";

	if (p->live_samples > 1)
		snprintf(error, sizeof error, " +-%.0f%%", 100 / sqrt((double)p->live_samples));
	if (p->sample_bytes > 0)
		snprintf(rate, sizeof rate, "mean %s", mean.text);
	print_text("%s %d: %s live, by samples %s%s (%s of %s, %s)", v->capture->command, v->pid,
	    v->capture->has_exact ? exact.text : "?", live.text, error,
	    mg_human_count(p->live_samples).text, mg_human_count(p->samples).text, rate);
}

/* A name that is too long loses its namespaces first: the function, its file and line say more. */
static void
print_who(const char *figures, const struct mg_symbols_line *l)
{
	struct mg_canvas c = { .ascii = mg_once_is_ascii() };
	int room = mg_once_width() - mg_canvas_width(&c, figures);
	char who[1024], cut[1040];
	const char *from = mg_stacks_print_line(l, who, sizeof who), *next;

	snprintf(cut, sizeof cut, "%s", who);
	while (mg_canvas_width(&c, cut) > room && (next = strstr(from, "::")) != NULL) {
		from = next + 2;
		snprintf(cut, sizeof cut, "\u2026%s", from);
	}
	print_row(figures, cut);
}

/* The whole stack, innermost first, below its row. */
static void
print_stack(const struct mg_stacks_site *s)
{
	for (size_t i = 0; i < s->n_lines; i++) {
		const struct mg_symbols_line *l = &s->lines[i];
		char line[1024], text[1400];

		mg_stacks_print_line(l, line, sizeof line);
		snprintf(text, sizeof text, "%s%s%s%s", line, l->is_named ? "  " : "",
		    l->is_named ? l->module : "",
		    l->is_replaced ? "  (its file was replaced)" : "");
		print_row(i == s->culprit ? "    > " : "      ", text);
	}
	puts("");
}

static void
print_site(const struct mg_sites_view *v, const struct mg_stacks_site *s)
{
	/* What is steady has grown by chance, or once; moments make no minute. */
	bool has_rate = s->trend.verdict != MG_TREND_STEADY && s->trend.span_ms >= LEAST_SPAN_MS;
	char figures[112];

	snprintf(figures, sizeof figures, "%-8s %6s %4u%% %6s %7s %5s ",
	    mg_trend_name(s->trend.verdict), mg_human_bytes(s->live_bytes).text,
	    percent(s->live_bytes, v->stacks->live_bytes), mg_human_count(s->live_blocks).text,
	    has_rate ? mg_human_signed(s->trend.bytes_per_minute).text : "-", mg_stacks_age(s));
	print_who(figures, &s->lines[s->culprit]);
	if (v->is_full)
		print_stack(s);
}

static void
print_rest(size_t n, uint64_t bytes, size_t all)
{
	if (n > 0)
		print_text(
		    "%zu more, %s; --top %zu shows them", n, mg_human_bytes(bytes).text, all);
}

/* Those that hold nothing any more come last, and are of no interest. */
static size_t
count_holders(const struct mg_stacks *st)
{
	size_t n = st->n;

	while (n > 0 && st->sites[n - 1].live_bytes == 0)
		n--;
	return n;
}

void
mg_sites_table_print(const struct mg_sites_view *v)
{
	const struct mg_stacks *st = v->stacks;
	uint64_t rest = 0;
	size_t holders = count_holders(st), n = holders < v->top ? holders : v->top;

	print_summary(v);
	print_text("VERDICT    LIVE SHARE BLOCKS    /MIN   AGE WHO");
	for (size_t i = 0; i < n; i++)
		print_site(v, &st->sites[i]);
	for (size_t i = n; i < holders; i++)
		rest += st->sites[i].live_bytes;
	print_rest(holders - n, rest, holders);
}

static int
by_growth(const void *a, const void *b)
{
	const struct mg_sites_change *x = a, *y = b;

	if (x->live_bytes != y->live_bytes)
		return x->live_bytes > y->live_bytes ? -1 : 1;
	return x->live_blocks > y->live_blocks ? -1 : x->live_blocks < y->live_blocks;
}

static struct mg_sites_change
change_of(const struct mg_stacks_site *then, const struct mg_stacks_site *now)
{
	return (struct mg_sites_change){
		.then = then,
		.now = now,
		.live_bytes = (int64_t)((now != NULL ? now->live_bytes : 0) -
					(then != NULL ? then->live_bytes : 0)),
		.live_blocks = (int64_t)((now != NULL ? now->live_blocks : 0) -
					 (then != NULL ? then->live_blocks : 0)),
	};
}

struct mg_sites_change *
mg_sites_table_compare(const struct mg_stacks *then, const struct mg_stacks *now, size_t *n_out)
{
	struct mg_sites_change *all = mg_need_zeroed(then->n + now->n + 1, sizeof all[0]);
	size_t n = 0;

	for (size_t i = 0; i < now->n; i++) {
		const struct mg_stacks_site *s = &now->sites[i];

		all[n] = change_of(mg_stacks_find(then, s), s);
		n += all[n].live_bytes != 0 || all[n].live_blocks != 0;
	}
	for (size_t i = 0; i < then->n; i++) {
		const struct mg_stacks_site *s = &then->sites[i];

		if (s->live_bytes > 0 && mg_stacks_find(now, s) == NULL)
			all[n++] = change_of(s, NULL);
	}
	qsort(all, n, sizeof all[0], by_growth);
	*n_out = n;
	return all;
}

/* "in 30.0s leaky 4711 went from 5.1M to 6.1M (+1.0M); samples say +1.1M" */
static void
print_diff_summary(const struct mg_sites_view *v, const struct mg_capture *then,
    const struct mg_sites_change *changes, size_t n, uint64_t span_ms)
{
	struct mg_human before = mg_human_bytes(then->live_bytes),
			now = mg_human_bytes(v->capture->live_bytes);
	char span[24] = "since then", exact[96] = "";
	int64_t sum = 0;
	struct mg_text t;

	for (size_t i = 0; i < n; i++)
		sum += changes[i].live_bytes;
	mg_text_init(&t, span, sizeof span);
	mg_text_add(&t, span_ms > 0 ? "in " : "since then");
	if (span_ms > 0)
		mg_human_add_span(&t, span_ms);
	if (then->has_exact && v->capture->has_exact)
		snprintf(exact, sizeof exact, " went from %s to %s (%s);", before.text, now.text,
		    mg_human_signed((double)v->capture->live_bytes - (double)then->live_bytes)
			.text);
	print_text("%s %s %d%s samples say %s", span, v->capture->command, v->pid,
	    exact[0] != '\0' ? exact : ":", mg_human_signed((double)sum).text);
}

void
mg_sites_table_print_diff(const struct mg_sites_view *v, const struct mg_capture *then,
    const struct mg_sites_change *changes, size_t n, uint64_t span_ms)
{
	print_diff_summary(v, then, changes, n, span_ms);
	print_text(" CHANGE    /MIN BLOCKS    LIVE VERDICT  WHO");
	for (size_t i = 0; i < n && i < v->top; i++) {
		const struct mg_sites_change *c = &changes[i];
		const struct mg_stacks_site *s = c->now != NULL ? c->now : c->then;
		char figures[112], rate[24] = "?";

		if (span_ms > 0)
			snprintf(rate, sizeof rate, "%s",
			    mg_human_signed((double)c->live_bytes * 60000 / (double)span_ms).text);
		snprintf(figures, sizeof figures, "%7s %7s %6s %7s %-8s ",
		    mg_human_signed((double)c->live_bytes).text, rate,
		    mg_human_signed_count(c->live_blocks).text,
		    mg_human_bytes(c->now != NULL ? c->now->live_bytes : 0).text,
		    mg_trend_name(s->trend.verdict));
		print_who(figures, &s->lines[s->culprit]);
		if (v->is_full)
			print_stack(s);
	}
	if (n > v->top)
		print_text("%zu more; --top %zu shows them", n - v->top, n);
	if (n == 0)
		print_text("nothing that was sampled came or went");
}
