/* SPDX-License-Identifier: MIT */
#include "tools/cli/doctor.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/text.h"
#include "shim/tables/config.h"
#include "tools/cli/find.h"
#include "tools/cli/library.h"
#include "tools/cli/target.h"
#include "tools/cli/usage.h"
#include "tools/doctor/readings.h"
#include "tools/doctor/rules.h"
#include "tools/doctor/sheet.h"

/* Exit statuses of --check, as monitoring programs want them. */
enum check_status { CHECK_OK = 0, CHECK_WARN = 1, CHECK_CRITICAL = 2, CHECK_UNKNOWN = 3 };

struct options {
	const char *who; /* NULL: the machine */
	bool is_check, is_json;
	struct mg_marks marks;
};

/* The default marks are those of the policies. */
static unsigned
default_mark(const char *option)
{
	uint64_t pct = 0;

	mg_text_parse_percent(mg_config_find(option)->def, &pct);
	return (unsigned)pct;
}

/* "--warn 85%" and "--warn=85%". How many words were taken: 0 when it is another option, -1 when
 * the value is wrong, and it is said. */
static int
take_mark(char **argv, const char *name, unsigned *out)
{
	size_t n = strlen(name);
	bool is_apart = strcmp(argv[0], name) == 0;
	const char *value;
	uint64_t pct;

	if (!is_apart && (strncmp(argv[0], name, n) != 0 || argv[0][n] != '='))
		return 0;
	value = is_apart ? argv[1] : argv[0] + n + 1;
	if (value == NULL || mg_text_parse_percent(value, &pct) != 0 || pct < 1 || pct > 100) {
		mg_usage_wrong("doctor", "%s: '%s' is no percentage (accepted: 1%%..100%%)", name,
		    value != NULL ? value : "");
		return -1;
	}
	*out = (unsigned)pct;
	return is_apart ? 2 : 1;
}

/* The same of one word or two. */
static int
take_option(char **argv, struct options *o)
{
	int words = take_mark(argv, "--warn", &o->marks.warn_pct);

	if (words == 0)
		words = take_mark(argv, "--critical", &o->marks.critical_pct);
	if (words != 0)
		return words;
	if (strcmp(argv[0], "--check") == 0) {
		o->is_check = true;
	} else if (strcmp(argv[0], "--json") == 0) {
		o->is_json = true;
	} else if (argv[0][0] == '-' || o->who != NULL) {
		mg_usage_wrong("doctor", "'%s' is not accepted", argv[0]);
		return -1;
	} else {
		o->who = argv[0];
	}
	return 1;
}

/* 0, or MG_USAGE_WRONG and it is said. */
static int
parse(int argc, char **argv, struct options *o)
{
	*o = (struct options){ .marks = { MG_MARKS_FINE_PCT, default_mark("system_warn"),
				   default_mark("system_critical") } };
	for (int i = 1; i < argc;) {
		int words = take_option(argv + i, o);

		if (words < 0)
			return MG_USAGE_WRONG;
		i += words;
	}
	if (o->is_check && o->is_json)
		return mg_usage_wrong(argv[0], "--check prints a line, --json an object");
	if (o->marks.warn_pct > o->marks.critical_pct)
		return mg_usage_wrong(argv[0], "--warn is above --critical");
	if (o->marks.fine_pct > o->marks.warn_pct)
		o->marks.fine_pct = o->marks.warn_pct;
	return 0;
}

/* Why nothing can be preloaded into it, if that is so; and what would be. */
static void
read_target(struct mg_readings_process *p)
{
	char exe[40];
	struct mg_target t;

	if (p->governed != MG_GOVERNED_NO || !mg_library_look(p->library))
		return;
	snprintf(exe, sizeof exe, "/proc/%d/exe", p->process.pid);
	if (mg_target_inspect(exe, p->library, &t) == 0)
		snprintf(p->why_not, sizeof p->why_not, "%s", t.why_not);
}

/* A process id of any process, or the name of a governed one. 0; or the exit status, and it is
 * said. */
static int
read_process(const char *who, bool wants_holders, struct mg_readings_process *out)
{
	struct mg_sockets all = { 0 };
	const struct mg_socket *found = NULL;
	struct mg_socket named;
	uint64_t pid;
	int err;

	if (mg_text_parse_u64(who, &pid) != 0) {
		err = mg_find_process(who, &named);
		if (err != 0)
			return err;
		pid = (uint64_t)named.pid;
	}
	if (pid == 0 || pid > INT_MAX) {
		fprintf(stderr, "memgov: '%s' is no process id\n", who);
		return MG_USAGE_WRONG;
	}
	mg_sockets_list(&all);
	found = mg_sockets_find(&all, (int)pid);
	err = mg_readings_process((int)pid, found, out);
	if (err == 0 && found != NULL && wants_holders)
		mg_holders_read(found, &out->holders);
	mg_sockets_free(&all);
	if (err == 0) {
		read_target(out);
		return 0;
	}
	fprintf(stderr, "memgov: there is no process %s, or it is hidden from you\n", who);
	return MG_USAGE_FAILED;
}

static bool
is_coloured(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

/* One line, and the status that cron or a monitor acts upon. */
static int
check(const struct options *o, const struct mg_readings_process *p)
{
	static const char *const words[] = { "ok", "ok", "warn", "critical" };
	static const enum check_status statuses[] = { CHECK_OK, CHECK_OK, CHECK_WARN,
		CHECK_CRITICAL };
	struct mg_rules_check c;
	struct mg_machine m;
	struct mg_group g = { 0 };

	mg_machine_read(&m);
	mg_group_read(p != NULL ? p->process.pid : (int)getpid(), &g);
	if (!mg_rules_check(&m, &g, p, &o->marks, &c)) {
		puts("unknown: how much memory the machine has cannot be read");
		return CHECK_UNKNOWN;
	}
	printf("%s: %s\n", words[c.level], c.text);
	return (int)statuses[c.level];
}

static int
check_all(const struct options *o)
{
	struct mg_readings_process p;

	if (o->who == NULL)
		return check(o, NULL);
	if (read_process(o->who, false, &p) == 0)
		return check(o, &p);
	puts("unknown: there is no such process to check");
	return CHECK_UNKNOWN;
}

static int
look_at_machine(const struct options *o)
{
	struct mg_findings f = { 0 };
	struct mg_readings_machine m;

	mg_readings_machine(&m);
	mg_rules_machine(&m, &o->marks, &f);
	mg_findings_sort(&f);
	if (o->is_json)
		mg_sheet_json_machine(&m, &f);
	else
		mg_sheet_machine(&m, &f, is_coloured());
	return MG_USAGE_OK;
}

static int
look_at_process(const struct options *o)
{
	struct mg_readings_process p;
	struct mg_findings f = { 0 };
	int status = read_process(o->who, true, &p);

	if (status != 0)
		return status;
	mg_rules_process(&p, &o->marks, &f);
	mg_findings_sort(&f);
	if (o->is_json)
		mg_sheet_json_process(&p, &f);
	else
		mg_sheet_process(&p, &f, is_coloured());
	return MG_USAGE_OK;
}

static bool
wants_check(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--check") == 0)
			return true;
	return false;
}

int
mg_doctor_command(int argc, char **argv)
{
	struct options o;
	int status = parse(argc, argv, &o);

	if (status != 0)
		return wants_check(argc, argv) ? CHECK_UNKNOWN : status;
	if (o.is_check)
		return check_all(&o);
	return o.who != NULL ? look_at_process(&o) : look_at_machine(&o);
}
