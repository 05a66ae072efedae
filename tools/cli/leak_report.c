/* SPDX-License-Identifier: MIT */
#include "tools/cli/leak_report.h"

#include <math.h>
#include <stdio.h>

#include "shim/base/text.h"
#include "tools/common/json.h"

/* Lines that are shown of who grew, and of how it was reached. */
#define SITES 10
#define CALLERS 3
#define NAME_BYTES 512

struct word {
	char text[24];
};

/* "10.2K", "-3K", "0"; "?" for what has no end. */
static struct word
human(double bytes)
{
	struct word w = { .text = "" };
	struct mg_text t;

	mg_text_init(&t, w.text, sizeof w.text);
	if (!isfinite(bytes)) {
		mg_text_add(&t, "?");
		return w;
	}
	if (bytes <= -0.5)
		mg_text_add(&t, "-");
	mg_text_add_human(&t, (uint64_t)llround(fabs(bytes)));
	return w;
}

void
mg_leak_report_progress(
    const char *what, size_t run, size_t runs, uint64_t live_bytes, uint64_t before_bytes)
{
	double change = (double)live_bytes - (double)before_bytes;

	printf("%s %*zu of %zu  live %6s", what, runs < 100 ? 2 : 4, run, runs,
	    human((double)live_bytes).text);
	if (before_bytes != 0)
		printf("  %s%s", change > 0 ? "+" : "", human(change).text);
	putchar('\n');
	fflush(stdout);
}

/* "10.2K a run (99 %: 10.1K to 10.4K, 20 runs)" */
static void
print_growth(const struct mg_leak_report *r)
{
	const struct mg_slope *s = &r->slope;

	printf("%s a run (%u %%: %s to %s, %zu runs)", human(s->per_run).text,
	    MG_SLOPE_CONFIDENCE_PCT, human(s->low).text, human(s->high).text, r->runs);
}

static void
print_unsure(const struct mg_leak_report *r)
{
	static const char *const why[] = {
		[MG_SLOPE_PLAIN] = "",
		[MG_SLOPE_WIDE] = ", too wide an interval; use more --repeat, or a longer --settle",
		[MG_SLOPE_JUMPS] = ", but it may all be in one or two jumps; use more --repeat",
		[MG_SLOPE_FALLS] = ", but it fell back, as with a garbage collector; use more "
				   "--repeat, for several of its rounds",
		[MG_SLOPE_SLOWS] = ", but less and less, as with a cache that fills up; use a "
				   "higher --warm-up",
	};

	fputs("it cannot be told whether it leaks: growth is ", stdout);
	print_growth(r);
	puts(why[r->slope.reason]);
}

static void
print_verdict(const struct mg_leak_report *r)
{
	printf("process %d (%s): ", r->pid, r->command);
	switch (r->slope.verdict) {
	case MG_SLOPE_LEAK:
		fputs("it leaks ", stdout);
		print_growth(r);
		putchar('\n');
		break;
	case MG_SLOPE_STEADY:
		printf("it does not leak: %sgrowth is ",
		    r->slope.reason == MG_SLOPE_JUMPS ? "apart from one or two jumps, " : "");
		print_growth(r);
		printf(", below %s\n", human((double)r->threshold_bytes).text);
		break;
	case MG_SLOPE_UNSURE: print_unsure(r); break;
	}
}

static void
print_grown(const struct mg_growth *g, size_t runs)
{
	const struct mg_stacks_site *s = g->site;
	char name[NAME_BYTES];

	printf("%8s %7s  %s\n", human(g->bytes / (double)runs).text,
	    human(g->error_bytes / (double)runs).text,
	    mg_stacks_print_line(&s->lines[s->culprit], name, sizeof name));
	for (size_t i = s->culprit + 1; i < s->n_lines && i <= s->culprit + CALLERS; i++)
		printf("%8s %7s    < %s\n", "", "",
		    mg_stacks_print_line(&s->lines[i], name, sizeof name));
}

void
mg_leak_report_print(const struct mg_leak_report *r)
{
	print_verdict(r);
	if (r->slope.verdict == MG_SLOPE_STEADY || !r->has_sites)
		return;
	if (r->n_grown == 0) {
		puts("too few samples to say who grew; more --repeat takes more");
		return;
	}
	puts("   A RUN  +-      WHO");
	for (size_t i = 0; i < r->n_grown && i < SITES; i++)
		print_grown(&r->grown[i], r->runs);
	if (r->n_grown > SITES)
		printf("and %zu more, which grew less\n", r->n_grown - SITES);
}

static void
print_json_number(const char *name, double x)
{
	printf(", \"%s\": ", name);
	if (isfinite(x))
		printf("%.1f", x);
	else
		fputs("null", stdout);
}

static void
print_json_line(const struct mg_symbols_line *l)
{
	fputs("\"function\": ", stdout);
	mg_json_print_text(l->function);
	fputs(", \"file\": ", stdout);
	mg_json_print_text(l->file);
	printf(", \"line\": %d, \"module\": ", l->line);
	mg_json_print_text(l->module);
}

static void
print_json_grown(const struct mg_growth *g, size_t runs)
{
	const struct mg_stacks_site *s = g->site;

	putchar('{');
	print_json_line(&s->lines[s->culprit]);
	print_json_number("bytes_per_run", g->bytes / (double)runs);
	print_json_number("error_bytes_per_run", g->error_bytes / (double)runs);
	fputs(", \"stack\": [", stdout);
	for (size_t i = 0; i < s->n_lines; i++) {
		fputs(i > 0 ? ", {" : "{", stdout);
		print_json_line(&s->lines[i]);
		putchar('}');
	}
	fputs("]}", stdout);
}

void
mg_leak_report_print_json(const struct mg_leak_report *r)
{
	static const char *const reasons[] = { "plain", "wide", "jumps", "falls", "slows" };
	const struct mg_slope *s = &r->slope;

	printf("{\"pid\": %d, \"command\": ", r->pid);
	mg_json_print_text(r->command);
	printf(", \"verdict\": \"%s\", \"reason\": \"%s\", \"runs\": %zu, \"threshold_bytes\": %lu",
	    mg_slope_name(s->verdict), reasons[s->reason], r->runs, r->threshold_bytes);
	print_json_number("bytes_per_run", s->per_run);
	print_json_number("low_bytes_per_run", s->low);
	print_json_number("high_bytes_per_run", s->high);
	printf(", \"confidence_pct\": %u, \"live_bytes\": [", MG_SLOPE_CONFIDENCE_PCT);
	for (size_t i = 0; i < r->runs; i++)
		printf("%s%lu", i > 0 ? ", " : "", r->live_bytes[i]);
	fputs("], \"sites\": [", stdout);
	for (size_t i = 0; i < r->n_grown; i++) {
		fputs(i > 0 ? ",\n" : "\n", stdout);
		print_json_grown(&r->grown[i], r->runs);
	}
	puts("]}");
}
