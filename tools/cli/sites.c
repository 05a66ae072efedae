/* SPDX-License-Identifier: MIT */
#include "tools/cli/sites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/cli/capture.h"
#include "tools/cli/find.h"
#include "tools/cli/need.h"
#include "tools/cli/sites_json.h"
#include "tools/cli/sites_table.h"
#include "tools/cli/usage.h"

#define TOP 20
#define WATCH_NS (2 * MG_NS_PER_S)
#define DIFF_NS (10 * MG_NS_PER_S)
#define LEAST_NS (100 * MG_NS_PER_MS)

struct options {
	const char *who;
	uint64_t top;
	bool is_full, is_json, is_watch, is_diff;
	uint64_t every_ns;
	const char *file; /* to compare with; NULL: with now */
};

static int
parse_top(struct options *o, const char *value)
{
	if (value == NULL || mg_text_parse_u64(value, &o->top) != 0 || o->top == 0)
		return mg_usage_wrong("sites", "'%s' is no number of sites; type --top 10",
		    value != NULL ? value : "");
	return 0;
}

static int
parse_watch(struct options *o, const char *value)
{
	o->is_watch = true;
	o->every_ns = WATCH_NS;
	if (value != NULL &&
	    (mg_text_parse_duration(value, &o->every_ns) != 0 || o->every_ns < LEAST_NS))
		return mg_usage_wrong("sites",
		    "'%s' is no time to watch by; type --watch=2s; 100ms is the least", value);
	return 0;
}

/* A time to wait for, or a file that was saved before. */
static int
parse_diff(struct options *o, const char *value)
{
	o->is_diff = true;
	o->every_ns = DIFF_NS;
	if (value == NULL || mg_text_parse_duration(value, &o->every_ns) == 0)
		return 0;
	if (access(value, R_OK) != 0)
		return mg_usage_wrong("sites",
		    "'%s' is neither a time nor a file that can be read; type --diff=30s, or save "
		    "a profile with `memgov profile PID --raw > FILE` and type --diff=FILE",
		    value);
	o->file = value;
	return 0;
}

/* "--name" or "--name=value"; where the value stands alone, in *value_out. */
static bool
is_option(const char *arg, const char *name, const char **value_out)
{
	size_t n = strlen(name);

	if (strncmp(arg, name, n) != 0 || (arg[n] != '\0' && arg[n] != '='))
		return false;
	*value_out = arg[n] == '=' ? arg + n + 1 : NULL;
	return true;
}

/* How many words were taken; 0: wrong, and it is said. */
static int
parse_option(struct options *o, char **argv)
{
	const char *value, *next = argv[1];
	int words = 1;

	if (is_option(argv[0], "--top", &value)) {
		words += value == NULL && next != NULL;
		return parse_top(o, value != NULL ? value : next) == 0 ? words : 0;
	}
	if (is_option(argv[0], "--watch", &value))
		return parse_watch(o, value) == 0 ? words : 0;
	if (is_option(argv[0], "--diff", &value)) {
		/* "--diff FILE" and "--diff 30s" are meant, too; but not "--diff PID". */
		if (value == NULL && next != NULL && next[0] != '-' && o->who != NULL) {
			value = next;
			words++;
		}
		return parse_diff(o, value) == 0 ? words : 0;
	}
	if (strcmp(argv[0], "--full") == 0)
		o->is_full = true;
	else if (strcmp(argv[0], "--json") == 0)
		o->is_json = true;
	else if (argv[0][0] == '-' || o->who != NULL)
		return mg_usage_wrong("sites", "'%s' is not accepted", argv[0]) == 0;
	else
		o->who = argv[0];
	return 1;
}

static int
parse_options(int argc, char **argv, struct options *o)
{
	*o = (struct options){ 0 };
	for (int i = 1; i < argc;) {
		int words = parse_option(o, argv + i);

		if (words == 0)
			return MG_USAGE_WRONG;
		i += words;
	}
	if (o->who == NULL)
		return mg_usage_wrong(argv[0], "which process?");
	if (o->is_watch && o->is_diff)
		return mg_usage_wrong(argv[0], "--watch and --diff do not go together");
	if (o->top == 0)
		o->top = o->is_json ? SIZE_MAX : TOP;
	return 0;
}

static void
wait_ns(uint64_t ns)
{
	struct timespec t = { .tv_sec = (time_t)(ns / MG_NS_PER_S),
		.tv_nsec = (long)(ns % MG_NS_PER_S) };

	nanosleep(&t, NULL);
}

/* A table has one row for each line to blame; who wants stacks, wants all of them. */
static void
name_sites(const struct options *o, const struct mg_profile *p, struct mg_symbols *s,
    struct mg_stacks *out)
{
	if (mg_stacks_make(p, s, out) != 0)
		mg_need_failed();
	if (!o->is_full && !o->is_json && mg_stacks_group(p, out) != 0)
		mg_need_failed();
}

static int
print_sites(const struct options *o, int pid, const struct mg_capture *c, struct mg_symbols *s)
{
	struct mg_stacks st;
	struct mg_sites_view v = { pid, c, &st, o->top, o->is_full };

	name_sites(o, &c->profile, s, &st);
	if (o->is_json)
		mg_sites_json_print(&v);
	else
		mg_sites_table_print(&v);
	mg_stacks_free(&st);
	return fflush(stdout) == 0 ? MG_USAGE_OK : MG_USAGE_FAILED;
}

static int
show(const struct options *o, const struct mg_socket *socket, struct mg_symbols *s)
{
	struct mg_capture c;
	int status = mg_capture_take(socket, &c);

	if (status != 0)
		return status;
	status = mg_capture_is_empty(&c, socket->pid) ? MG_USAGE_FAILED
						      : print_sites(o, socket->pid, &c, s);
	mg_capture_free(&c);
	return status;
}

/* Until the process ends, or nobody reads. */
static int
watch(const struct options *o, const struct mg_socket *socket, struct mg_symbols *s)
{
	bool is_screen = isatty(STDOUT_FILENO) && !o->is_json;
	int status;

	for (;;) {
		if (is_screen)
			fputs("\033[H\033[2J", stdout);
		status = show(o, socket, s);
		if (status != MG_USAGE_OK)
			return status;
		if (!is_screen && !o->is_json)
			puts("");
		wait_ns(o->every_ns);
	}
}

static int
print_changes(const struct options *o, int pid, const struct mg_capture *then,
    const struct mg_capture *now, struct mg_symbols *s)
{
	struct mg_stacks before, after;
	struct mg_sites_view v = { pid, now, &after, o->top, o->is_full };
	struct mg_sites_change *changes;
	const struct mg_profile *p = &now->profile, *old = &then->profile;
	/* Times of two runs say nothing. */
	uint64_t span_ms =
	    p->pid == old->pid && p->uptime_ms > old->uptime_ms ? p->uptime_ms - old->uptime_ms : 0;
	size_t n;

	name_sites(o, old, s, &before);
	name_sites(o, p, s, &after);
	changes = mg_sites_table_compare(&before, &after, &n);
	if (o->is_json)
		mg_sites_json_print_diff(&v, then, changes, n, span_ms);
	else
		mg_sites_table_print_diff(&v, then, changes, n, span_ms);
	mg_stacks_free(&before);
	mg_stacks_free(&after);
	free(changes);
	return fflush(stdout) == 0 ? MG_USAGE_OK : MG_USAGE_FAILED;
}

static int
diff(const struct options *o, const struct mg_socket *socket, struct mg_symbols *s)
{
	struct mg_capture then, now;
	int status =
	    o->file != NULL ? mg_capture_read(o->file, &then) : mg_capture_take(socket, &then);

	if (status != 0)
		return status;
	if (o->file == NULL && then.profile.sample_bytes > 0)
		wait_ns(o->every_ns);
	status = mg_capture_take(socket, &now);
	if (status == 0) {
		status = then.profile.n_sites == 0 && mg_capture_is_empty(&now, socket->pid)
			     ? MG_USAGE_FAILED
			     : print_changes(o, socket->pid, &then, &now, s);
		mg_capture_free(&now);
	}
	mg_capture_free(&then);
	return status;
}

int
mg_sites_command(int argc, char **argv)
{
	struct mg_symbols *s;
	struct mg_socket socket;
	struct options o;
	int status = parse_options(argc, argv, &o);

	if (status == 0)
		status = mg_find_process(o.who, &socket);
	if (status != 0)
		return status;
	s = mg_symbols_open(socket.pid);
	if (s == NULL)
		mg_need_failed();
	status = o.is_watch  ? watch(&o, &socket, s)
		 : o.is_diff ? diff(&o, &socket, s)
			     : show(&o, &socket, s);
	mg_symbols_close(s);
	return status;
}
