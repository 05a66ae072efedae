/* SPDX-License-Identifier: MIT */
#include "shim/base/log.h"

#include "shim/base/sys.h"
#include "tests/unit/support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char got[16384];
static int ends[2];

/* The descriptor that stands for stderr is a pipe, so that a test reads what was written. */
static void
start(void)
{
	cr_assert(zero(int, pipe2(ends, O_NONBLOCK)));
}

static const char *
drained(void)
{
	ssize_t n;

	mg_log_drain(ends[1]);
	n = read(ends[0], got, sizeof got - 1);
	got[n > 0 ? n : 0] = '\0';
	return got;
}

static const char *
line(const char *text)
{
	static char buf[1024];

	snprintf(buf, sizeof buf, "memgov[%d]: %s\n", getpid(), text);
	return buf;
}

TestSuite(log, .init = start);

Test(log, keeps_lines_until_somebody_drains_them)
{
	cr_expect(not(mg_log_is_pending()));
	mg_log(MG_LOG_WARN, "value %d", 7);
	cr_expect(mg_log_is_pending());
	cr_expect(SAME(drained(), line("value 7")));
	cr_expect(not(mg_log_is_pending()));
	cr_expect(SAME(drained(), ""));
}

Test(log, keeps_lines_for_stderr_while_there_is_none)
{
	mg_log(MG_LOG_ERROR, "kept");
	mg_log_drain(-1);
	cr_expect(SAME(drained(), line("kept")));
}

Test(log, drops_what_is_less_important_than_the_level)
{
	mg_log_configure("stderr", MG_LOG_WARN);
	mg_log(MG_LOG_INFO, "info");
	mg_log(MG_LOG_DEBUG, "debug");
	cr_expect(not(mg_log_is_pending()));
	mg_log_configure("stderr", MG_LOG_INFO);
	mg_log(MG_LOG_INFO, "info");
	cr_expect(SAME(drained(), line("info")));
}

Test(log, says_nothing_when_it_is_off)
{
	mg_log_configure("off", MG_LOG_DEBUG);
	mg_log(MG_LOG_ERROR, "lost for ever");
	cr_expect(not(mg_log_is_pending()));
}

Test(log, writes_at_most_fifty_lines_a_second)
{
	for (int i = 0; i < 60; i++)
		mg_log(MG_LOG_WARN, "%d", i);
	cr_expect(eq(u32, support_count(drained(), "\n"), 50));
	cr_expect(zero(u64, mg_log_lost()));
}

Test(log, counts_lines_that_the_ring_has_no_room_for)
{
	char text[401];
	uint64_t fit;

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (int i = 0; i < 40; i++)
		mg_log(MG_LOG_WARN, "%s", text);
	fit = 8192 / strlen(line(text));
	cr_expect(eq(u64, mg_log_lost(), 40 - fit));
	cr_expect(eq(u64, support_count(drained(), "\n"), fit));
}

Test(log, cuts_a_long_line_and_still_ends_it)
{
	char text[2000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	mg_log(MG_LOG_WARN, "%s", text);
	cr_expect(eq(sz, strlen(drained()), 511));
	cr_expect(got[510] == '\n');
}

Test(log, appends_to_a_file)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/tmp/memgov-test-log-%d", getpid());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	cr_assert(ge(int, fd, 0));
	mg_log_configure(path, MG_LOG_WARN);
	mg_log(MG_LOG_WARN, "one");
	mg_log_drain(-1);
	mg_log(MG_LOG_WARN, "two");
	mg_log_drain(-1);
	n = read(fd, got, sizeof got - 1);
	got[n > 0 ? n : 0] = '\0';
	unlink(path);
	cr_expect(eq(u32, support_count(got, "\n"), 2));
	cr_expect(strstr(got, ": one\n") != NULL && strstr(got, ": two\n") != NULL);
}

Test(log, leaves_a_parents_lines_to_the_parent)
{
	mg_log(MG_LOG_WARN, "of the parent");
	mg_log_after_fork();
	cr_expect(not(mg_log_is_pending()));
	mg_log(MG_LOG_WARN, "of the child");
	cr_expect(SAME(drained(), line("of the child")));
}

Test(log, keeps_errno)
{
	errno = EXDEV;
	mg_log(MG_LOG_WARN, "line");
	mg_log_drain(ends[1]);
	cr_expect(eq(int, errno, EXDEV));
}
