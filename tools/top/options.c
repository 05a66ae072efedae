/* SPDX-License-Identifier: MIT */
#include "tools/top/options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "shim/tables/version.h"
#include "tools/top/once.h"

#define INTERVAL_MIN_NS (100 * MG_NS_PER_MS)
#define INTERVAL_MAX_NS (3600 * MG_NS_PER_S)

static const char help[] =
    "Usage: memgov-top [options]\n"
    "Show every process that memgov governs, live. Press ? in it for the keys.\n"
    "\n"
    "  --once            print the rows once, as text, and exit\n"
    "  --json            print an array with all statistics of each process\n"
    "  --pid PID[,PID]   these processes only\n"
    "  --interval TIME   between two looks: 500ms, 2s; a bare number is ms (1s)\n"
    "  --sort COLUMN     by a column's title or its statistic's name (heap)\n"
    "  --filter TEXT     only processes whose name contains TEXT\n"
    "  --help            print this and exit\n"
    "  --version         print the version and exit\n"
    "\n"
    "Sockets are looked for in $MEMGOV_SOCKET_DIR, else in $XDG_RUNTIME_DIR/memgov\n"
    "and /tmp/memgov-UID; root sees the processes of all users. NO_COLOR=1 turns\n"
    "colours off. Exit status: 0; 1 when a process given with --pid was not found,\n"
    "or there is no terminal; 2 for wrong usage.\n";

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
	uint64_t ns;

	if (mg_text_parse_duration(value, &ns) != 0 || ns < INTERVAL_MIN_NS || ns > INTERVAL_MAX_NS)
		return usage("--interval", value, "type a time from 100ms to 1h: --interval 2s");
	o->interval_ns = ns;
	return 0;
}

static int
parse_sort(struct mg_options *o, const char *value)
{
	if (mg_columns_find(value, &o->sort))
		return 0;
	fprintf(stderr, "memgov-top: there is no column '%s'; columns:", value);
	for (size_t i = 0; i < MG_COLUMN_IDS; i++)
		fprintf(stderr, " %s", mg_columns_title((enum mg_column_id)i));
	fputs("\n", stderr);
	return 2;
}

enum { OPT_ONCE = 1, OPT_JSON, OPT_PID, OPT_INTERVAL, OPT_SORT, OPT_FILTER, OPT_HELP, OPT_VERSION };

static const struct option options[] = {
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "pid", required_argument, NULL, OPT_PID },
	{ "interval", required_argument, NULL, OPT_INTERVAL },
	{ "sort", required_argument, NULL, OPT_SORT },
	{ "filter", required_argument, NULL, OPT_FILTER },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* 0 to go on, 2 for wrong usage, -1 when all is said. */
static int
take_option(struct mg_options *o, int option)
{
	switch (option) {
	case '1':
	case OPT_ONCE: o->once = true; return 0;
	case OPT_JSON: o->json = true; return 0;
	case 'p':
	case OPT_PID: return parse_pids(o, optarg);
	case 'd':
	case OPT_INTERVAL: return parse_interval(o, optarg);
	case 's':
	case OPT_SORT: return parse_sort(o, optarg);
	case OPT_FILTER: o->filter = optarg; return 0;
	case 'h':
	case OPT_HELP: fputs(help, stdout); return -1;
	case OPT_VERSION: puts("memgov-top " MG_VERSION); return -1;
	default: fputs("Try: memgov-top --help\n", stderr); return 2;
	}
}

int
mg_options_parse(struct mg_options *o, int argc, char **argv)
{
	struct mg_once once;
	int option, status = 0;

	mg_once_init(&once);
	*o = (struct mg_options){ .interval_ns = MG_NS_PER_S, .sort = once.sort };
	while (status == 0 && (option = getopt_long(argc, argv, "1p:d:s:h", options, NULL)) != -1)
		status = take_option(o, option);
	if (status == 0 && optind < argc) {
		fprintf(stderr, "memgov-top: '%s' is no option. Try: memgov-top --help\n",
		    argv[optind]);
		status = 2;
	}
	return status;
}
