/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "tools/common/reply.h"

#define POINTS 16

static char *
copy(const char *text)
{
	char *t = strdup(text);

	if (t == NULL)
		abort();
	return t;
}

static void
read_lines(const char *body)
{
	char *text = copy(body), *rest = text, *line;
	struct mg_reply_policy p;
	struct mg_reply_event e;

	while ((line = mg_reply_line(&rest)) != NULL) {
		char *again = copy(line);

		if (mg_reply_parse_policy(line, &p) == 0)
			FUZZ_CHECK(p.name[0] != '\0' && p.reason[0] != '\0');
		if (mg_reply_parse_event(again, &e) == 0)
			FUZZ_CHECK(e.kind[0] != '\0');
		free(again);
	}
	free(text);
}

/* A whole reply, as each of the things that it could be. */
static void
fuzz_text(char *text, size_t len)
{
	struct mg_reply_point points[POINTS];
	struct mg_reply_stats stats;
	uint64_t yield, took;
	char *body, *t;

	(void)len;
	if (mg_reply_open(text, &body) != 0)
		return;
	read_lines(body);
	t = copy(body);
	mg_reply_parse_stats(t, &stats);
	free(t);
	t = copy(body);
	FUZZ_CHECK(mg_reply_parse_history(t, points, POINTS) <= POINTS);
	free(t);
	mg_reply_parse_compact(body, &yield, &took);
}
