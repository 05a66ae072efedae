/* SPDX-License-Identifier: MIT */
#include "tools/cli/show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/cli/find.h"
#include "tools/cli/usage.h"
#include "tools/common/human.h"
#include "tools/common/reply.h"
#include "tools/top/once.h"

#define TIMEOUT_NS (5 * MG_NS_PER_S)
#define WATCH_MIN_NS (10 * MG_NS_PER_MS)

int
mg_show_ps(int argc, char **argv)
{
	struct mg_once o;

	if (argc > 1)
		return mg_usage_wrong(argv[0],
		    "'%s' is not accepted; memgov-top --once can filter and sort", argv[1]);
	mg_once_init(&o);
	return mg_once_table(&o);
}

/* Asks and hands the lines of the answer to `print`, one by one. */
typedef void print_fn(char *line);

static int
print_reply(int argc, char **argv, const char *request, const char *titles, print_fn *print)
{
	struct mg_client c = { 0 };
	struct mg_socket s;
	char *body, *line;
	int status;

	if (argc != 2)
		return mg_usage_wrong(
		    argv[0], argc < 2 ? "which process?" : "one process at a time");
	status = mg_find_process(argv[1], &s);
	if (status == 0)
		status = mg_find_ask(&s, request, TIMEOUT_NS, &c, &body);
	if (status == 0) {
		fputs(titles, stdout);
		while ((line = mg_reply_line(&body)) != NULL)
			print(line);
	}
	mg_client_end(&c);
	return status;
}

static void
print_line(char *line)
{
	puts(line);
}

static bool
pass_on(void *context, const char *bytes, size_t n)
{
	bool *first = context;

	/* The line "ok" says nothing to a reader; what follows is the statistics. */
	if (*first && n >= 3 && memcmp(bytes, "ok\n", 3) == 0) {
		bytes += 3;
		n -= 3;
	}
	*first = false;
	return fwrite(bytes, 1, n, stdout) == n && fflush(stdout) == 0;
}

static int
watch(const char *who, const char *interval)
{
	struct mg_socket s;
	char request[48];
	bool first = true;
	uint64_t ns;
	int err;

	if (mg_text_parse_duration(interval, &ns) != 0 || ns < WATCH_MIN_NS)
		return mg_usage_wrong("stats",
		    "'%s' is no time to watch by; type --watch=500ms or --watch=2s", interval);
	err = mg_find_process(who, &s);
	if (err != 0)
		return err;
	snprintf(request, sizeof request, "watch %lu", ns / MG_NS_PER_MS);
	err = mg_client_stream(s.path, request, pass_on, &first);
	if (err == 0)
		return MG_USAGE_OK;
	fprintf(stderr, "memgov: process %d: %s\n", s.pid, strerror(-err));
	return MG_USAGE_FAILED;
}

int
mg_show_stats(int argc, char **argv)
{
	static const char watch_option[] = "--watch";
	const char *option = argc == 3 ? argv[2] : "";
	size_t n = sizeof watch_option - 1;

	if (argc < 3)
		return print_reply(argc, argv, "stats text", "", print_line);
	if (argc > 3)
		return mg_usage_wrong(argv[0], "'%s' is one too many", argv[3]);
	if (strcmp(option, "--json") == 0)
		return print_reply(2, argv, "stats json", "", print_line);
	if (strcmp(option, "--prometheus") == 0)
		return print_reply(2, argv, "stats prometheus", "", print_line);
	if (strncmp(option, watch_option, n) == 0 && (option[n] == '\0' || option[n] == '='))
		return watch(argv[1], option[n] == '=' ? option + n + 1 : "1s");
	return mg_usage_wrong(argv[0], "'%s' is not accepted", option);
}

int
mg_show_config(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[2], "--json") == 0)
		return print_reply(2, argv, "config json", "", print_line);
	if (argc > 2)
		return mg_usage_wrong(argv[0], "'%s' is not accepted", argv[2]);
	return print_reply(argc, argv, "config text", "", print_line);
}

static void
print_event(char *line)
{
	struct mg_reply_event e;
	char age[16];
	struct mg_text t;

	if (mg_reply_parse_event(line, &e) != 0)
		return;
	mg_text_init(&t, age, sizeof age);
	mg_human_add_span(&t, e.age_ms);
	printf("%-7s %-10s %s\n", age, e.kind, e.text);
}

int
mg_show_events(int argc, char **argv)
{
	return print_reply(argc, argv, "events", "AGO     KIND       WHAT\n", print_event);
}

static void
print_policy(char *line)
{
	struct mg_reply_policy p;
	char next[16] = "-";
	struct mg_text t;

	if (mg_reply_parse_policy(line, &p) != 0)
		return;
	mg_text_init(&t, next, sizeof next);
	if (p.has_next)
		mg_human_add_wait(&t, p.next_ms);
	else
		mg_text_add(&t, "-");
	printf("%-14s %-8s %7lu  %s\n", p.name, next, p.decisions, p.reason);
}

int
mg_show_policies(int argc, char **argv)
{
	return print_reply(
	    argc, argv, "policies", "POLICY         NEXT IN  STARTED  LAST REASON\n", print_policy);
}

int
mg_show_history(int argc, char **argv)
{
	return print_reply(argc, argv, "history", "", print_line);
}
