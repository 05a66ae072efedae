/* SPDX-License-Identifier: MIT */
#include "tools/cli/supervise.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/cli/child.h"
#include "tools/cli/gauge.h"
#include "tools/cli/usage.h"
#include "tools/common/backoff.h"

#define LEAST_ABOVE_BYTES (UINT64_C(1) << 20)
#define MOST_ABOVE_BYTES (UINT64_C(64) << 40)
#define GRACE_NS (10 * MG_NS_PER_S)
#define LONGEST_GRACE_NS (3600 * MG_NS_PER_S)

struct supervision {
	const struct mg_supervise *options;
	struct mg_child child;
	struct mg_gauge gauge;
	bool is_stopping; /* memgov itself was told to end: no restart any more */
	uint64_t restarts, wait_ns;
};

void
mg_supervise_init(struct mg_supervise *o)
{
	*o = (struct mg_supervise){ .grace_ns = GRACE_NS };
}

static int
wrong_value(const char *option, const char *value, const char *accepted)
{
	fprintf(stderr, "memgov: --%s: '%s' is not %s\n", option, value, accepted);
	return MG_USAGE_WRONG;
}

int
mg_supervise_take(struct mg_supervise *o, const char *name, const char *value)
{
	if (strcmp(name, "restart_above") == 0) {
		if (mg_text_parse_size(value, &o->above_bytes) != 0 ||
		    o->above_bytes < LEAST_ABOVE_BYTES || o->above_bytes > MOST_ABOVE_BYTES)
			return wrong_value(
			    "restart-above", value, "a size (accepted: 1M..64T, as in 500M)");
		return 0;
	}
	o->has_details = true;
	if (strcmp(name, "grace") == 0) {
		if (mg_text_parse_duration(value, &o->grace_ns) != 0 ||
		    o->grace_ns > LONGEST_GRACE_NS)
			return wrong_value("grace", value, "a time (accepted: 0..1h, as in 10s)");
		return 0;
	}
	if (strcmp(name, "max_restarts") == 0) {
		if (mg_text_parse_u64(value, &o->most) != 0)
			return wrong_value("max-restarts", value, "a number (0: without end)");
		return 0;
	}
	return -ENOENT;
}

int
mg_supervise_check(const struct mg_supervise *o)
{
	if (o->above_bytes != 0 || !o->has_details)
		return 0;
	fputs("memgov: --grace and --max-restarts mean nothing without --restart-above\n", stderr);
	return MG_USAGE_WRONG;
}

/* The program may take its time to end, and grow meanwhile: that is no reason for a restart. */
static void
heed(struct supervision *s, int sig)
{
	if (sig == SIGTERM || sig == SIGINT || sig == SIGQUIT)
		s->is_stopping = true;
}

/* Its RSS once that is above the mark; 0 when it has ended. */
static uint64_t
wait_above(struct supervision *s)
{
	uint64_t rss = 0, until_ns;

	mg_gauge_begin(&s->gauge, (int)s->child.pid, mg_sys_now_ns());
	while (!s->child.ended) {
		struct pollfd fd = mg_gauge_poll(&s->gauge, &until_ns);
		bool is_watched = s->options->above_bytes != 0 && !s->is_stopping;

		heed(s, mg_child_wait(&s->child, is_watched ? &fd : NULL,
			    is_watched ? until_ns : UINT64_MAX));
		if (is_watched && !s->child.ended &&
		    mg_gauge_step(&s->gauge, mg_sys_now_ns(), &rss) &&
		    rss > s->options->above_bytes)
			return rss;
	}
	return 0;
}

/* When, who, how much, and what follows. */
static void
announce(const struct supervision *s, uint64_t rss_bytes, bool is_last)
{
	char when[32], line[256];
	time_t now = time(NULL);
	struct tm tm;
	struct mg_text t;

	strftime(when, sizeof when, "%F %T", localtime_r(&now, &tm));
	mg_text_init(&t, line, sizeof line);
	mg_text_add(&t, "memgov: %s: process %d has ", when, (int)s->child.pid);
	mg_text_add_human(&t, rss_bytes);
	mg_text_add(&t, " of RSS, above ");
	mg_text_add_size(&t, s->options->above_bytes);
	if (is_last) {
		mg_text_add(&t, ": SIGTERM, and no restart any more after %lu", s->restarts);
	} else {
		mg_text_add(&t, ": SIGTERM, and restart %lu", s->restarts);
		if (s->options->most != 0)
			mg_text_add(&t, " of %lu", s->options->most);
		mg_text_add(&t, " after ");
		mg_text_add_duration(&t, s->wait_ns);
	}
	fprintf(stderr, "%s\n", line);
}

static void
end_child(struct supervision *s)
{
	uint64_t until_ns = mg_sys_now_ns() + s->options->grace_ns;
	char grace[32];
	struct mg_text t;

	kill(s->child.pid, SIGTERM);
	while (!s->child.ended && mg_sys_now_ns() < until_ns)
		s->is_stopping |= mg_child_wait(&s->child, NULL, until_ns) != 0;
	if (s->child.ended)
		return;
	mg_text_init(&t, grace, sizeof grace);
	mg_text_add_duration(&t, s->options->grace_ns);
	fprintf(stderr, "memgov: process %d has not ended within %s: SIGKILL\n", (int)s->child.pid,
	    grace);
	kill(s->child.pid, SIGKILL);
	while (!s->child.ended)
		s->is_stopping |= mg_child_wait(&s->child, NULL, UINT64_MAX) != 0;
}

/* The status to end with, or -1 when the program is to be started once more. */
static int
restart(struct supervision *s, uint64_t rss_bytes, uint64_t ran_ns)
{
	bool is_last = s->options->most != 0 && s->restarts == s->options->most;
	uint64_t until_ns;
	int sig = 0;

	if (!is_last) {
		s->restarts++;
		s->wait_ns = mg_backoff_next_ns(s->wait_ns, ran_ns);
	}
	announce(s, rss_bytes, is_last);
	end_child(s);
	if (s->is_stopping)
		return mg_child_status(&s->child);
	if (is_last)
		return MG_USAGE_EXHAUSTED;
	until_ns = mg_sys_now_ns() + s->wait_ns;
	while (sig == 0 && mg_sys_now_ns() < until_ns)
		sig = mg_child_wait(&s->child, NULL, until_ns);
	return sig != 0 ? 128 + sig : -1;
}

int
mg_supervise_run(char **argv, const char *library, const struct mg_supervise *o)
{
	struct supervision s = { .options = o };
	int status = mg_child_open(&s.child);

	if (status != 0)
		return status;
	do {
		uint64_t begin_ns = mg_sys_now_ns(), rss_bytes;

		status = mg_child_start(&s.child, argv, library);
		if (status != 0)
			break;
		rss_bytes = wait_above(&s);
		status = rss_bytes == 0 ? mg_child_status(&s.child)
					: restart(&s, rss_bytes, mg_sys_now_ns() - begin_ns);
	} while (status == -1);
	mg_gauge_end(&s.gauge);
	return status;
}
