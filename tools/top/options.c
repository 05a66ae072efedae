/* SPDX-License-Identifier: MIT */
#include "tools/top/options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/text.h"
#include "shim/tables/version.h"
#include "tools/common/wrap.h"
#include "tools/top/once.h"
#include "tools/top/toprc.h"

#define RECORD_MAX_DEFAULT (256ull << 20)
#define RECORD_MAX_LEAST (64u << 10)
#define HELP_INDENT 26
#define HELP_WIDTH 79

enum {
	OPT_NONE,
#define FLAG(id, name, letter, value, help) OPT_##id,
#include "tools/top/flags.def"
	OPTS
};

static const struct flag {
	const char *name;
	const char *letter; /* "" for none */
	const char *value;
	const char *help;
} flags[OPTS] = {
#define FLAG(id, name, letter, value, help) [OPT_##id] = { name, letter, value, help },
#include "tools/top/flags.def"
};

static void
print_help(void)
{
	puts("Usage: memgov-top [OPTION]...\n"
	     "Show every process that memgov governs, live. Press ? in it for the keys.\n");
	for (int i = OPT_NONE + 1; i < OPTS; i++) {
		const struct flag *f = &flags[i];
		bool has = f->letter[0] != '\0';
		int n = printf("  %c%1s%c --%s %s", has ? '-' : ' ', f->letter, has ? ',' : ' ',
		    f->name, f->value);

		printf("%*s", HELP_INDENT - n, "");
		mg_wrap_print(stdout, f->help, HELP_INDENT, HELP_WIDTH);
	}
	puts("\nSockets are looked for in $MEMGOV_SOCKET_DIR, else in $XDG_RUNTIME_DIR/memgov\n"
	     "and /tmp/memgov-UID; root sees the processes of all users. NO_COLOR=1 turns\n"
	     "colours off. `man memgov-top` says more. Exit status: 0; 1 when a process\n"
	     "given with --pid was not found, or there is no terminal; 2 for wrong usage.");
}

static int
usage(const char *option, const char *value, const char *accepted)
{
	fprintf(stderr, "memgov-top: %s '%s' is not accepted; %s\n", option, value, accepted);
	return 2;
}

static int
parse_pids(struct mg_options *o, const char *list)
{
	const char *p = list;

	while (o->n_pids < MG_OPTIONS_PIDS) {
		char *end;
		long pid = strtol(p, &end, 10);

		if (end == p || pid < 1 || pid > INT_MAX || (*end != '\0' && *end != ','))
			return usage("--pid", list, "type process ids: --pid 123,456");
		o->pids[o->n_pids++] = (int)pid;
		if (*end == '\0')
			return 0;
		p = end + 1;
	}
	return usage("--pid", list, "at most 64 process ids");
}

static int
parse_interval(struct mg_options *o, const char *value)
{
	if (!mg_toprc_parse_interval(value, &o->interval_ns))
		return usage("--interval", value, "type a time from 100ms to 1h: --interval 2s");
	return 0;
}

static int
no_column(const char *name)
{
	char list[1024];
	struct mg_text t;

	mg_text_init(&t, list, sizeof list);
	for (size_t i = 0; i < MG_COLUMN_IDS; i++)
		mg_text_add(&t, "%s ", mg_columns_title((enum mg_column_id)i));
	fprintf(stderr, "memgov-top: there is no column '%s'; columns:\n  ", name);
	mg_wrap_print(stderr, list, 2, HELP_WIDTH);
	return 2;
}

static int
parse_sort(struct mg_options *o, const char *value)
{
	o->has_sort = mg_columns_find(value, &o->sort);
	return o->has_sort ? 0 : no_column(value);
}

static int
parse_columns(struct mg_options *o, const char *value)
{
	char bad[64];

	return mg_toprc_parse_columns(value, &o->columns, bad, sizeof bad) ? 0 : no_column(bad);
}

static int
parse_record_max(struct mg_options *o, const char *value)
{
	if (mg_text_parse_size(value, &o->record_max_bytes) != 0 ||
	    o->record_max_bytes < RECORD_MAX_LEAST)
		return usage("--record-max", value, "type a size of at least 64K: --record-max 1G");
	return 0;
}

/* What does not go together. */
static int
check(const struct mg_options *o)
{
	if (o->replay != NULL && (o->once || o->json || o->record != NULL || o->n_pids > 0))
		fputs("memgov-top: --replay goes with none of --once, --json, --pid and --record\n",
		    stderr);
	else if (o->record != NULL && (o->once || o->json))
		fputs("memgov-top: --record goes with neither --once nor --json\n", stderr);
	else
		return 0;
	return 2;
}

/* Tables for getopt_long(). */
static void
list_options(struct option longs[OPTS], char letters[2 * OPTS + 1])
{
	size_t n = 0;

	for (int i = OPT_NONE + 1; i < OPTS; i++) {
		const struct flag *f = &flags[i];
		bool has_value = f->value[0] != '\0';

		longs[i - 1] = (struct option){ f->name,
			has_value ? required_argument : no_argument, NULL, i };
		if (f->letter[0] != '\0')
			letters[n++] = f->letter[0];
		if (f->letter[0] != '\0' && has_value)
			letters[n++] = ':';
	}
	longs[OPTS - 1] = (struct option){ 0 };
	letters[n] = '\0';
}

/* A letter or the number of a long option as one of OPT_*. */
static int
find_option(int option)
{
	for (int i = OPT_NONE + 1; i < OPTS; i++)
		if (option == i || option == flags[i].letter[0])
			return i;
	return OPT_NONE;
}

/* 0 to go on, 2 for wrong usage, -1 when all is said. */
static int
take_option(struct mg_options *o, int option)
{
	switch (find_option(option)) {
	case OPT_once: o->once = true; return 0;
	case OPT_json: o->json = true; return 0;
	case OPT_pid: return parse_pids(o, optarg);
	case OPT_interval: return parse_interval(o, optarg);
	case OPT_sort: return parse_sort(o, optarg);
	case OPT_columns: return parse_columns(o, optarg);
	case OPT_no_mouse: o->no_mouse = true; return 0;
	case OPT_record: o->record = optarg; return 0;
	case OPT_record_max: return parse_record_max(o, optarg);
	case OPT_replay: o->replay = optarg; return 0;
	case OPT_filter: o->filter = optarg; return 0;
	case OPT_help: print_help(); return -1;
	case OPT_version: puts("memgov-top " MG_VERSION); return -1;
	default: fputs("Try: memgov-top --help\n", stderr); return 2;
	}
}

int
mg_options_parse(struct mg_options *o, int argc, char **argv)
{
	struct mg_once once;
	struct option longs[OPTS];
	char letters[2 * OPTS + 1];
	int option, status = 0;

	list_options(longs, letters);
	mg_once_init(&once);
	*o = (struct mg_options){ .sort = once.sort, .record_max_bytes = RECORD_MAX_DEFAULT };
	while (status == 0 && (option = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		status = take_option(o, option);
	if (status == 0 && optind < argc) {
		fprintf(stderr, "memgov-top: '%s' is no option. Try: memgov-top --help\n",
		    argv[optind]);
		status = 2;
	}
	return status == 0 ? check(o) : status;
}
