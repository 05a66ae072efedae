/* SPDX-License-Identifier: MIT */
#include "shim/tables/steps.h"

#include "tests/unit/support.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static char buf[256];
static struct mg_text text;

static void
start(void)
{
	mg_text_init(&text, buf, sizeof buf);
}

TestSuite(steps, .init = start);

Test(steps, parses_every_kind_with_its_argument)
{
	static const struct mg_step want[] = { { MG_STEP_COMPACT, 0 }, { MG_STEP_NOTIFY, 0 },
		{ MG_STEP_WAIT, 500 * MS }, { MG_STEP_GC, SIGUSR2 }, { MG_STEP_FAIL, 0 } };
	struct mg_steps got;

	cr_assert(
	    zero(int, mg_steps_parse("compact,notify,wait=500ms,gc=SIGUSR2,fail", &got, &text)));
	cr_assert(eq(u32, got.n, ROWS(want)));
	for (size_t i = 0; i < ROWS(want); i++) {
		cr_expect(eq(int, (int)got.step[i].kind, (int)want[i].kind), "step %zu", i);
		cr_expect(eq(u64, got.step[i].arg, want[i].arg), "step %zu", i);
	}
}

Test(steps, prints_what_it_parsed)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "fail", "fail" },
		{ "abort", "abort" },
		{ "compact,term", "compact,term" },
		{ "wait=1500,fail", "wait=1500ms,fail" },
		{ "wait=1ms,wait=24h,fail", "wait=1ms,wait=24h,fail" },
		{ "gc=10,gc=12,gc=1,gc=64,fail", "gc=SIGUSR1,gc=SIGUSR2,gc=SIGHUP,gc=64,fail" },
		{ "compact,compact,fail", "compact,compact,fail" },
		{ "notify,notify,notify,notify,notify,notify,notify,fail",
		    "notify,notify,notify,notify,notify,notify,notify,fail" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_steps steps;

		start();
		cr_assert(zero(int, mg_steps_parse(rows[i].in, &steps, &text)), "%s", rows[i].in);
		start();
		mg_steps_print(&steps, &text);
		cr_expect(SAME(buf, rows[i].out));
	}
}

Test(steps, says_what_is_wrong_with_a_list)
{
	static const struct {
		const char *in;
		int err;
		const char *want;
	} rows[] = {
		{ "", -EINVAL, "has an empty step" },
		{ ",fail", -EINVAL, "has an empty step" },
		{ "compact,,fail", -EINVAL, "has an empty step" },
		{ "fail,", -EINVAL, "has 'fail' before the end" },
		{ "banana", -EINVAL, "has the unknown step 'banana'" },
		{ "compact, fail", -EINVAL, "has the unknown step ' fail'" },
		{ "Compact,fail", -EINVAL, "has the unknown step 'Compact'" },
		{ "comp,fail", -EINVAL, "has the unknown step 'comp'" },
		{ "compacted,fail", -EINVAL, "has the unknown step 'compacted'" },
		{ "compact", -EINVAL, "ends in 'compact', not in fail, abort or term" },
		{ "wait=1s", -EINVAL, "ends in 'wait=1s', not in fail, abort or term" },
		{ "fail,abort", -EINVAL, "has 'fail' before the end" },
		{ "fail,fail", -EINVAL, "has 'fail' before the end" },
		{ "wait,fail", -EINVAL,
		    "has the step 'wait', but wait takes a time from 1ms to 24h" },
		{ "wait=,fail", -EINVAL,
		    "has the step 'wait=', but wait takes a time from 1ms to 24h" },
		{ "wait=0,fail", -ERANGE,
		    "has the step 'wait=0', but wait takes a time from 1ms to 24h" },
		{ "wait=25h,fail", -ERANGE,
		    "has the step 'wait=25h', but wait takes a time from 1ms to 24h" },
		{ "gc,fail", -EINVAL,
		    "has the step 'gc', but gc takes a signal that can be handled" },
		{ "gc=SIGFOO,fail", -EINVAL,
		    "has the step 'gc=SIGFOO', but gc takes a signal that can be handled" },
		{ "gc=9,fail", -ERANGE,
		    "has the step 'gc=9', but gc takes a signal that can be handled" },
		{ "gc=19,fail", -ERANGE,
		    "has the step 'gc=19', but gc takes a signal that can be handled" },
		{ "gc=0,fail", -ERANGE,
		    "has the step 'gc=0', but gc takes a signal that can be handled" },
		{ "gc=65,fail", -ERANGE,
		    "has the step 'gc=65', but gc takes a signal that can be handled" },
		{ "fail=1", -EINVAL, "has the step 'fail=1', but fail takes no value" },
		{ "compact=,fail", -EINVAL, "has the step 'compact=', but compact takes no value" },
		{ "a\nb,fail", -EINVAL, "has the unknown step 'a?b'" },
		{ "notify,notify,notify,notify,notify,notify,notify,notify,fail", -ERANGE,
		    "has more than 8 steps" },
		{ "0123456789012345678901234567890123456789,fail", -EINVAL,
		    "has the unknown step '0123456789012345678901234567890'" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_steps steps = { .n = 3 };

		start();
		cr_expect(eq(int, mg_steps_parse(rows[i].in, &steps, &text), rows[i].err), "%s",
		    rows[i].in);
		cr_expect(SAME(buf, rows[i].want));
		cr_expect(eq(u32, steps.n, 3), "untouched: %s", rows[i].in);
	}
}
