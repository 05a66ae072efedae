/* SPDX-License-Identifier: MIT */
/*
 * What a client of the stats socket may send: any bytes up to a newline. Each line of the input is
 * one request; a socket that is read-only sees them first, and must not have changed for it.
 * Compactions are real, so those of the input are asked for, and not waited for.
 */
#include "tests/fuzz/fuzz.h"

#include "shim/govern/answer.h"
#include "shim/govern/live.h"
#include "shim/govern/survey.h"
#include "shim/govern/tick.h"
#include "shim/observe/events.h"

#define LINE_BYTES 4096

static char *reply;
static size_t room;

static void
start(void)
{
	mg_survey_start();
	mg_tick_start();
	room = mg_answer_room("profile");
	reply = malloc(room);
	FUZZ_CHECK(reply != NULL);
}

/* In a block of exactly its size; NUL bytes of the client's may stand in it. */
static struct mg_answer
ask(const char *bytes, size_t len, bool read_only)
{
	char *line = malloc(len + 1);
	struct mg_answer a;
	struct mg_text t;

	FUZZ_CHECK(line != NULL);
	memcpy(line, bytes, len);
	line[len] = '\0';
	mg_text_init(&t, reply, room);
	a = mg_answer_line(line, len, read_only, &t);
	free(line);
	FUZZ_CHECK(!t.cut && t.len == strlen(reply));
	return a;
}

static void
check_reply(struct mg_answer a)
{
	if (a.kind == MG_ANSWER_COMPACT) {
		FUZZ_CHECK(reply[0] == '\0' && a.compaction > 0);
		return;
	}
	FUZZ_CHECK(strncmp(reply, "ok\n", 3) == 0 || strncmp(reply, "error: ", 7) == 0);
	FUZZ_CHECK(reply[strlen(reply) - 1] == '\n');
	if (reply[0] == 'e')
		FUZZ_CHECK(strchr(reply, '\n')[1] == '\0' && a.kind == MG_ANSWER_DONE);
	if (a.kind == MG_ANSWER_WATCH)
		FUZZ_CHECK(a.interval_ns >= 10000000 && a.interval_ns <= 3600000000000);
}

static void
check_line(const char *bytes, size_t len)
{
	const struct mg_config *before = mg_live_config();
	uint64_t events = mg_events_count();
	struct mg_compact c;
	char buf[512];
	struct mg_text why;

	check_reply(ask(bytes, len, true));
	FUZZ_CHECK(mg_live_config() == before && mg_events_count() == events);
	check_reply(ask(bytes, len, false));
	FUZZ_CHECK(mg_tick_finished(&c) == 0);
	mg_text_init(&why, buf, sizeof buf);
	FUZZ_CHECK(mg_config_check(mg_live_config(), &why) == 0);
}

static void
fuzz_text(char *text, size_t len)
{
	if (reply == NULL)
		start();
	while (len > 0) {
		char *end = memchr(text, '\n', len);
		size_t n = end != NULL ? (size_t)(end - text) : len;

		check_line(text, n < LINE_BYTES ? n : LINE_BYTES);
		n += end != NULL;
		text += n;
		len -= n;
	}
}
