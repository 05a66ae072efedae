/* SPDX-License-Identifier: MIT */
#include "tools/cli/change.h"

#include <stdio.h>
#include <string.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/cli/find.h"
#include "tools/cli/usage.h"
#include "tools/common/human.h"
#include "tools/common/process.h"
#include "tools/common/reply.h"

#define SET_TIMEOUT_NS (10 * MG_NS_PER_S)
#define COMPACT_TIMEOUT_NS (300 * MG_NS_PER_S)

/* As `memgov run` takes it: heap-max is heap_max. */
static void
write_name(char *name)
{
	for (; *name != '\0'; name++)
		if (*name == '-')
			*name = '_';
}

/* The value is judged by the library in the process: only that knows what it accepts. */
int
mg_change_set(int argc, char **argv)
{
	char request[MG_CLIENT_REQUEST_BYTES], *body;
	struct mg_client c = { 0 };
	struct mg_socket s;
	int status, n;

	if (argc != 4)
		return mg_usage_wrong(
		    argv[0], "a process, the name of an option and its value are needed");
	write_name(argv[2]);
	n = snprintf(request, sizeof request, "set %s %s", argv[2], argv[3]);
	if (n < 0 || (size_t)n >= sizeof request || strpbrk(request, "\n\r") != NULL)
		return mg_usage_wrong(argv[0], "the value is too long, or more than one line");
	status = mg_find_process(argv[1], &s);
	if (status == 0)
		status = mg_find_ask(&s, request, SET_TIMEOUT_NS, &c, &body);
	mg_client_end(&c);
	return status;
}

static void
print_bytes(const char *before, uint64_t bytes)
{
	char buf[16];
	struct mg_text t;

	mg_text_init(&t, buf, sizeof buf);
	mg_text_add_human(&t, bytes);
	printf("%s%s", before, buf);
}

/* "process 12: 34M came back in 56ms, RSS 100M -> 66M" from the lines of the reply; the 34M. */
static uint64_t
print_compacted(int pid, char *body)
{
	uint64_t yield = 0, took = 0, before = 0, after = 0;
	char span[16], *line;
	struct mg_text t;

	while ((line = mg_reply_line(&body)) != NULL) {
		const char *value = mg_reply_value(line);
		uint64_t *to = strcmp(line, "yield_bytes") == 0        ? &yield
			       : strcmp(line, "took_ns") == 0          ? &took
			       : strcmp(line, "rss_before_bytes") == 0 ? &before
			       : strcmp(line, "rss_after_bytes") == 0  ? &after
								       : NULL;

		if (value != NULL && to != NULL)
			mg_text_parse_u64(value, to);
	}
	mg_text_init(&t, span, sizeof span);
	mg_human_add_span(&t, took / MG_NS_PER_MS);
	printf("process %d: ", pid);
	print_bytes("", yield);
	printf(" came back in %s, RSS ", span);
	print_bytes("", before);
	print_bytes(" -> ", after);
	putchar('\n');
	return yield;
}

/* 0, and what came back is added; or the exit status, and it is said. */
static int
compact(const struct mg_socket *s, bool aggressive, uint64_t *sum)
{
	struct mg_client c = { 0 };
	char *body;
	int status = mg_find_ask(
	    s, aggressive ? "compact aggressive" : "compact", COMPACT_TIMEOUT_NS, &c, &body);

	if (status == 0)
		*sum += print_compacted(s->pid, body);
	mg_client_end(&c);
	return status;
}

/* One that cannot answer would keep all others waiting. */
static bool
is_stopped(int pid)
{
	struct mg_process p;

	return mg_process_read(pid, &p) == 0 && mg_process_is_stopped(&p);
}

/* One after the other: each takes its share of a core. */
static int
compact_all(bool aggressive)
{
	struct mg_sockets all = { 0 };
	uint64_t sum = 0;
	size_t done = 0;
	int status;

	mg_sockets_list(&all);
	for (size_t i = 0; i < all.n; i++) {
		if (is_stopped(all.list[i].pid))
			fprintf(stderr, "memgov: process %d is stopped and cannot compact\n",
			    all.list[i].pid);
		else if (compact(&all.list[i], aggressive, &sum) == 0)
			done++;
	}
	printf("%zu of %zu processes: ", done, all.n);
	print_bytes("", sum);
	puts(" came back");
	status = done == all.n ? 0 : MG_USAGE_FAILED;
	mg_sockets_free(&all);
	return status;
}

int
mg_change_compact(int argc, char **argv)
{
	bool aggressive = argc == 3 && strcmp(argv[2], "--aggressive") == 0;
	struct mg_socket s;
	uint64_t sum = 0;
	int status;

	if (argc < 2)
		return mg_usage_wrong(argv[0], "which process? --all is all of them");
	if (argc > 3 || (argc == 3 && !aggressive))
		return mg_usage_wrong(argv[0], "'%s' is not accepted", argv[argc - 1]);
	if (strcmp(argv[1], "--all") == 0)
		return compact_all(aggressive);
	status = mg_find_process(argv[1], &s);
	return status == 0 ? compact(&s, aggressive, &sum) : status;
}
