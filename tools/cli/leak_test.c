/* SPDX-License-Identifier: MIT */
#include "tools/cli/leak_test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/cli/capture.h"
#include "tools/cli/find.h"
#include "tools/cli/leak_report.h"
#include "tools/cli/repeat.h"
#include "tools/cli/usage.h"
#include "tools/common/process.h"
#include "tools/common/reply.h"

#define REPEAT 20
#define WARM_UP 3
#define SETTLE_NS MG_NS_PER_S
#define THRESHOLD_BYTES 1024
#define ANSWER_NS (10 * MG_NS_PER_S)
/* Bytes between two samples while the test runs; a few blocks of some KB have names then. */
#define FINE_BYTES 4096

/* Statuses of leak-test. */
enum { LEAKS = 1, UNSURE = MG_USAGE_WRONG };

struct options {
	const char *who;
	uint64_t repeat, warm_up, settle_ns, threshold_bytes;
	bool is_json;
	char **command;
};

struct test {
	const struct options *options;
	struct mg_socket socket;
	struct mg_repeat repeat;
	char sample[64]; /* the option's value before the test; empty: not changed */
	bool has_profiles;
	struct mg_capture before, after;
	uint64_t live_bytes[MG_SLOPE_MOST];
};

static int
take_number(const char *option, const char *value, uint64_t least, uint64_t *out)
{
	if (mg_text_parse_u64(value, out) == 0 && *out >= least && *out <= MG_SLOPE_MOST)
		return 0;
	return mg_usage_wrong("leak-test", "%s: '%s' is not a number of runs (accepted: %lu..%u)",
	    option, value, least, MG_SLOPE_MOST);
}

static int
take_value(struct options *o, const char *option, const char *value)
{
	if (strcmp(option, "--repeat") == 0)
		return take_number(option, value, MG_SLOPE_LEAST, &o->repeat);
	if (strcmp(option, "--warm-up") == 0)
		return take_number(option, value, 0, &o->warm_up);
	if (strcmp(option, "--settle") == 0) {
		if (mg_text_parse_duration(value, &o->settle_ns) == 0 &&
		    o->settle_ns <= 3600 * MG_NS_PER_S)
			return 0;
		return mg_usage_wrong("leak-test", "--settle: '%s' is not a time (0..1h)", value);
	}
	if (mg_text_parse_size(value, &o->threshold_bytes) == 0 && o->threshold_bytes > 0)
		return 0;
	return mg_usage_wrong("leak-test", "--threshold: '%s' is not a size above 0", value);
}

/* One option at argv[*i]; moves *i to its value when that stands apart. */
static int
take_option(struct options *o, int argc, char **argv, int *i)
{
	static const char *const with_value[] = { "--repeat", "--warm-up", "--settle",
		"--threshold" };
	const char *arg = argv[*i];
	size_t n = strcspn(arg, "=");

	if (strcmp(arg, "--json") == 0) {
		o->is_json = true;
		return 0;
	}
	for (size_t k = 0; k < sizeof with_value / sizeof with_value[0]; k++) {
		if (strncmp(arg, with_value[k], n) != 0 || with_value[k][n] != '\0')
			continue;
		if (arg[n] == '=')
			return take_value(o, with_value[k], arg + n + 1);
		if (*i + 1 >= argc)
			return mg_usage_wrong("leak-test", "%s needs a value", arg);
		return take_value(o, with_value[k], argv[++*i]);
	}
	if (arg[0] == '-' || o->who != NULL)
		return mg_usage_wrong(
		    "leak-test", "'%s' is not accepted; the command comes behind --", arg);
	o->who = arg;
	return 0;
}

static int
take_options(struct options *o, int argc, char **argv)
{
	int i = 1;

	*o = (struct options){ .repeat = REPEAT,
		.warm_up = WARM_UP,
		.settle_ns = SETTLE_NS,
		.threshold_bytes = THRESHOLD_BYTES };
	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		int status = take_option(o, argc, argv, &i);

		if (status != 0)
			return status;
	}
	if (o->who == NULL)
		return mg_usage_wrong(argv[0], "which process?");
	if (i + 1 >= argc)
		return mg_usage_wrong(argv[0], "which command makes it work? It comes behind --");
	o->command = argv + i + 1;
	return 0;
}

/* The value of an option as the process prints it; empty when there is none, and no word of it. */
static void
read_option(const struct mg_socket *s, const char *name, char *out, size_t cap)
{
	struct mg_client c = { 0 };
	char *body, *line;

	out[0] = '\0';
	if (mg_client_ask(&c, s->path, "config", ANSWER_NS) == 0 &&
	    mg_reply_open(c.reply, &body) == 0) {
		while ((line = mg_reply_line(&body)) != NULL) {
			const char *value = mg_reply_value(line);

			if (value != NULL && strcmp(line, name) == 0)
				snprintf(out, cap, "%s", value);
		}
	}
	mg_client_end(&c);
}

/* Sites that grow by a few blocks need fine samples to be seen. Not to have them is no obstacle. */
static void
sample_finely(struct test *t)
{
	struct mg_client c = { 0 };
	uint64_t mean = 0;
	char before[sizeof t->sample], request[64], *body;

	read_option(&t->socket, "sample", before, sizeof before);
	if (before[0] == '\0' || mg_text_parse_size(before, &mean) != 0 ||
	    (mean > 0 && mean <= FINE_BYTES))
		return;
	snprintf(request, sizeof request, "set sample %d", FINE_BYTES);
	if (mg_find_ask(&t->socket, request, ANSWER_NS, &c, &body) == 0)
		snprintf(t->sample, sizeof t->sample, "%s", before);
	else
		fprintf(stderr, "memgov: note: samples stay %s%s, too few to name small leaks\n",
		    mean > 0 ? "a mean of " : "off", mean > 0 ? before : "");
	mg_client_end(&c);
}

/* The process may have ended, which has been said or does not matter. */
static void
sample_as_before(struct test *t)
{
	struct mg_client c = { 0 };
	char request[sizeof t->sample + 16];

	if (t->sample[0] == '\0')
		return;
	snprintf(request, sizeof request, "set sample %s", t->sample);
	mg_client_ask(&c, t->socket.path, request, ANSWER_NS);
	mg_client_end(&c);
}

static int
read_live_bytes(const struct mg_socket *s, uint64_t *out)
{
	struct mg_client c = { 0 };
	struct mg_reply_stats stats = { 0 };
	char *body;
	int status = mg_find_ask(s, "stats", ANSWER_NS, &c, &body);

	if (status == 0) {
		mg_reply_parse_stats(body, &stats);
		*out = stats.values.live_bytes;
		if (!stats.has[MG_REPLY_STAT_live_bytes]) {
			fprintf(stderr, "memgov: process %d does not say what it holds\n", s->pid);
			status = MG_USAGE_FAILED;
		}
	}
	mg_client_end(&c);
	return status;
}

/* One by one, into t->live_bytes; `what` is for the eyes. 0; or an exit status, and it is said. */
static int
make_runs(struct test *t, const char *what, size_t runs)
{
	bool shows = isatty(STDOUT_FILENO) && !t->options->is_json;

	for (size_t i = 0; i < runs; i++) {
		int status = mg_repeat_run(&t->repeat);

		if (status == 0)
			status = read_live_bytes(&t->socket, &t->live_bytes[i]);
		if (status != 0)
			return status;
		if (shows)
			mg_leak_report_progress(
			    what, i + 1, runs, t->live_bytes[i], i > 0 ? t->live_bytes[i - 1] : 0);
	}
	return 0;
}

/* Warm-up, profile, runs, profile. The profiles may be missing. */
static int
measure(struct test *t)
{
	int status = make_runs(t, "warm-up", t->options->warm_up);
	bool has_before = status == 0 && mg_capture_take(&t->socket, &t->before) == 0;

	if (status == 0)
		status = make_runs(t, "run", t->options->repeat);
	if (status == 0 && has_before)
		t->has_profiles = mg_capture_take(&t->socket, &t->after) == 0;
	if (has_before && !t->has_profiles)
		mg_capture_free(&t->before);
	if (status == 0 && !t->has_profiles)
		fputs("memgov: note: without a profile it cannot be said who grew\n", stderr);
	return status;
}

/* Stacks of both profiles, and what grew between them; all to be freed. */
struct sites {
	struct mg_symbols *symbols;
	struct mg_stacks then, now;
	struct mg_growth *grown;
	size_t n;
};

static bool
find_sites(const struct test *t, struct sites *s)
{
	*s = (struct sites){ .symbols = t->has_profiles ? mg_symbols_open(t->socket.pid) : NULL };
	return s->symbols != NULL &&
	       mg_stacks_make(&t->before.profile, s->symbols, &s->then) == 0 &&
	       mg_stacks_make(&t->after.profile, s->symbols, &s->now) == 0 &&
	       mg_growth_find(&s->then, &s->now, &s->grown, &s->n) == 0;
}

static void
free_sites(struct sites *s)
{
	free(s->grown);
	mg_stacks_free(&s->then);
	mg_stacks_free(&s->now);
	if (s->symbols != NULL)
		mg_symbols_close(s->symbols);
}

static int
conclude(const struct test *t)
{
	const struct options *o = t->options;
	struct mg_process p = { .name = "?" };
	struct sites sites;
	struct mg_leak_report r = { .pid = t->socket.pid,
		.command = p.name,
		.live_bytes = t->live_bytes,
		.runs = o->repeat,
		.threshold_bytes = o->threshold_bytes };

	if (mg_slope_judge(t->live_bytes, o->repeat, o->threshold_bytes, &r.slope) != 0) {
		fputs("memgov: not enough memory\n", stderr);
		return UNSURE;
	}
	mg_process_read(t->socket.pid, &p);
	r.has_sites = find_sites(t, &sites);
	r.grown = sites.grown;
	r.n_grown = sites.n;
	if (o->is_json)
		mg_leak_report_print_json(&r);
	else
		mg_leak_report_print(&r);
	free_sites(&sites);
	if (r.slope.verdict == MG_SLOPE_UNSURE)
		return UNSURE;
	return r.slope.verdict == MG_SLOPE_LEAK ? LEAKS : MG_USAGE_OK;
}

static int
run_test(struct test *t)
{
	int status = mg_find_process(t->options->who, &t->socket);

	if (status != 0)
		return status;
	status = mg_repeat_open(&t->repeat, t->options->command, t->options->settle_ns);
	if (status != 0)
		return status;
	sample_finely(t);
	status = measure(t);
	sample_as_before(t);
	mg_repeat_close(&t->repeat);
	return status;
}

int
mg_leak_test_command(int argc, char **argv)
{
	static struct test t;
	struct options o;
	int status = take_options(&o, argc, argv);

	if (status != 0)
		return status;
	t.options = &o;
	status = run_test(&t);
	/* 1 is the word for a leak. */
	if (status != 0)
		return status > 128 ? status : UNSURE;
	status = conclude(&t);
	if (t.has_profiles) {
		mg_capture_free(&t.before);
		mg_capture_free(&t.after);
	}
	return status;
}
