/* SPDX-License-Identifier: MIT */
/* memgov-top: options, and the loop that carries replies, keys and time into the model, and the
 * model to the screen. */

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "shim/tables/version.h"
#include "tools/common/fleet.h"
#include "tools/common/machine.h"
#include "tools/top/control.h"
#include "tools/top/keys.h"
#include "tools/top/model.h"
#include "tools/top/once.h"
#include "tools/top/page.h"
#include "tools/top/view.h"

#define PIDS_MAX 64
#define INTERVAL_MIN_NS (100 * MG_NS_PER_MS)
#define INTERVAL_MAX_NS (3600 * MG_NS_PER_S)

/* The first screen does not wait longer for slow processes; the second comes soon, with rates. */
#define FIRST_FRAME_NS (80 * MG_NS_PER_MS)
#define SECOND_ROUND_NS (400 * MG_NS_PER_MS)

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

struct top {
	bool once, json;
	int pids[PIDS_MAX];
	size_t n_pids;
	uint64_t interval_ns;
	enum mg_column_id sort;
	const char *filter;
	struct mg_model model;
	struct mg_fleet fleet;
	struct mg_canvas canvas;
};

static volatile sig_atomic_t stop_signal;

static void
stop(int sig)
{
	stop_signal = sig;
}

/* endwin() is not made for handlers, but a terminal left in raw mode is worse than a small risk on
 * the way out. */
static void
crash(int sig)
{
	mg_view_close();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
catch_signals(void)
{
	static const int stops[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	struct sigaction on_stop = { .sa_handler = stop }, on_crash = { .sa_handler = crash };

	on_crash.sa_flags = (int)SA_RESETHAND;
	for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++)
		sigaction(stops[i], &on_stop, NULL);
	for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
		sigaction(crashes[i], &on_crash, NULL);
}

static int
usage(const char *option, const char *value, const char *accepted)
{
	fprintf(stderr, "memgov-top: %s '%s' is not accepted; %s\n", option, value, accepted);
	return 2;
}

static int
parse_pids(struct top *t, const char *list)
{
	const char *p = list;

	while (t->n_pids < PIDS_MAX) {
		char *end;
		long pid = strtol(p, &end, 10);

		if (end == p || pid < 1 || pid > INT_MAX || (*end != '\0' && *end != ','))
			return usage("--pid", list, "type process ids: --pid 123,456");
		t->pids[t->n_pids++] = (int)pid;
		if (*end == '\0')
			return 0;
		p = end + 1;
	}
	return usage("--pid", list, "at most 64 process ids");
}

static int
parse_interval(struct top *t, const char *value)
{
	uint64_t ns;

	if (mg_text_parse_duration(value, &ns) != 0 || ns < INTERVAL_MIN_NS || ns > INTERVAL_MAX_NS)
		return usage("--interval", value, "type a time from 100ms to 1h: --interval 2s");
	t->interval_ns = ns;
	return 0;
}

static int
parse_sort(struct top *t, const char *value)
{
	if (mg_columns_find(value, &t->sort))
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
take_option(struct top *t, int option)
{
	switch (option) {
	case '1':
	case OPT_ONCE: t->once = true; return 0;
	case OPT_JSON: t->json = true; return 0;
	case 'p':
	case OPT_PID: return parse_pids(t, optarg);
	case 'd':
	case OPT_INTERVAL: return parse_interval(t, optarg);
	case 's':
	case OPT_SORT: return parse_sort(t, optarg);
	case OPT_FILTER: t->filter = optarg; return 0;
	case 'h':
	case OPT_HELP: fputs(help, stdout); return -1;
	case OPT_VERSION: puts("memgov-top " MG_VERSION); return -1;
	default: fputs("Try: memgov-top --help\n", stderr); return 2;
	}
}

static int
parse_options(struct top *t, int argc, char **argv)
{
	int option, status = 0;

	while (status == 0 && (option = getopt_long(argc, argv, "1p:d:s:h", options, NULL)) != -1)
		status = take_option(t, option);
	if (status == 0 && optind < argc) {
		fprintf(stderr, "memgov-top: '%s' is no option. Try: memgov-top --help\n",
		    argv[optind]);
		status = 2;
	}
	return status;
}

static void
take_reply(
    void *context, const struct mg_peer *p, enum mg_ask ask, int result, char *text, uint64_t now)
{
	mg_model_reply(context, p->socket.pid, ask, result, text, now);
}

static void
take_health(void *context, const struct mg_peer *p, uint64_t now)
{
	mg_model_health(context, p->socket.pid, p->process.name, p->health, now);
}

static void
begin_round(struct top *t, uint64_t now)
{
	struct mg_machine machine;

	mg_machine_read(&machine);
	mg_model_machine(&t->model, &machine);
	mg_fleet_begin(&t->fleet, now);
	t->model.note[0] = '\0';
	if (t->fleet.sockets.refused[0] != '\0')
		snprintf(t->model.note, sizeof t->model.note, "Not looked into: %.230s",
		    t->fleet.sockets.refused);
}

static void
draw(struct top *t)
{
	uint64_t now = mg_sys_now_ns();
	int width, height;

	if (!t->model.paused)
		mg_model_settle(&t->model, now);
	mg_view_size(&width, &height);
	if (mg_canvas_clear(&t->canvas, width, height) != 0)
		return;
	mg_page_draw(&t->model, &t->canvas, now);
	mg_view_draw(&t->canvas);
}

/* False when it is time to leave. Sets *any_out when there was a key. */
static bool
take_keys(struct top *t, bool *any_out)
{
	int key;

	*any_out = false;
	while ((key = mg_view_key()) != MG_KEY_NONE) {
		uint64_t now = mg_sys_now_ns();
		struct mg_control_effect e = mg_control_key(&t->model, key, now);
		int err = 0;

		*any_out = true;
		if (e.kind == MG_CONTROL_QUIT)
			return false;
		if (e.kind == MG_CONTROL_FOCUS)
			mg_fleet_focus(&t->fleet, e.pid, now);
		if (e.kind == MG_CONTROL_COMMAND)
			err = mg_fleet_command(&t->fleet, e.pid, e.text, now);
		if (err == -EBUSY)
			mg_model_say(&t->model, now, MG_STYLE_WARN,
			    "%d is still busy with the last command", e.pid);
		else if (err != 0)
			mg_model_say(&t->model, now, MG_STYLE_BAD, "%d has ended", e.pid);
	}
	return true;
}

static void
run(struct top *t)
{
	uint64_t now = mg_sys_now_ns(), round = now, frame = now + FIRST_FRAME_NS;
	int empty = 0;
	bool any;

	begin_round(t, now);
	round = now + (t->interval_ns < SECOND_ROUND_NS ? t->interval_ns : SECOND_ROUND_NS);
	while (stop_signal == 0) {
		enum mg_fleet_event e =
		    mg_fleet_wait(&t->fleet, STDIN_FILENO, frame < round ? frame : round);

		if (!take_keys(t, &any))
			return;
		/* A terminal that has gone away can be read for ever, and gives nothing. */
		empty = e == MG_FLEET_INPUT && !any ? empty + 1 : 0;
		if (empty > 100)
			return;
		draw(t);
		now = mg_sys_now_ns();
		frame = UINT64_MAX;
		if (now < round)
			continue;
		if (!t->model.paused)
			begin_round(t, now);
		round = now + t->interval_ns;
		frame = now + FIRST_FRAME_NS;
	}
}

static int
run_live(struct top *t)
{
	const char *no_color = getenv("NO_COLOR");
	int status = 0;

	if (mg_model_init(&t->model) != 0)
		return 1;
	t->model.step_ns = t->interval_ns;
	mg_table_sort_by(&t->model.table, t->sort);
	if (t->filter != NULL)
		snprintf(t->model.table.filter, sizeof t->model.table.filter, "%s", t->filter);
	t->fleet = (struct mg_fleet){
		.sink = { &t->model, take_reply, take_health }, .only = t->pids, .n_only = t->n_pids
	};
	t->canvas.ascii = mg_once_is_ascii();
	if (mg_view_open(no_color == NULL || no_color[0] == '\0') == 0) {
		catch_signals();
		run(t);
		mg_view_close();
	} else {
		fputs("memgov-top: this is no terminal that can be drawn on; for plain text: "
		      "memgov-top --once\n",
		    stderr);
		status = 1;
	}
	mg_fleet_end(&t->fleet);
	mg_model_free(&t->model);
	mg_canvas_free(&t->canvas);
	return status;
}

int
main(int argc, char **argv)
{
	struct top t = { .interval_ns = MG_NS_PER_S };
	struct mg_once once;
	int status;

	setlocale(LC_ALL, "");
	mg_once_init(&once);
	t.sort = once.sort;
	status = parse_options(&t, argc, argv);
	if (status != 0)
		return status < 0 ? 0 : status;
	once.pids = t.n_pids > 0 ? t.pids : NULL;
	once.n_pids = t.n_pids;
	once.sort = t.sort;
	once.filter = t.filter;
	if (t.json)
		return mg_once_json(&once);
	if (t.once)
		return mg_once_table(&once);
	status = run_live(&t);
	if (stop_signal != 0) {
		signal(stop_signal, SIG_DFL);
		raise(stop_signal);
	}
	return status;
}
