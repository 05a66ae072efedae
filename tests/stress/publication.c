// SPDX-License-Identifier: MIT
/* Options change while threads read them: a reader sees whole configs, never an older one after a
 * newer one. */
#include "shim/govern/live.h"
#include "shim/heap/charge.h"
#include "tests/stress/stress.h"

#include <errno.h>

#define MB (1ull << 20)

static struct mg_config start;
static unsigned changes;

static void *
work(void *arg)
{
	uint64_t last = 0, *seed = arg;

	while (!atomic_load_explicit(&stress_over, memory_order_relaxed)) {
		struct mg_config c = *mg_live_config();

		CHECK(c.released >= last && c.released % MB == 0);
		CHECK((c.at_limit.n == 1 || c.at_limit.n == 2) &&
		      c.at_limit.step[c.at_limit.n - 1].kind == MG_STEP_FAIL);
		CHECK(c.compact_cpu == start.compact_cpu &&
		      strcmp(c.socket_dir, start.socket_dir) == 0);
		last = c.released;
		stress_random(seed);
	}
	return NULL;
}

/*
 * Sixteen configs stand in the ring: a change every 10 ms leaves a reader that is put to sleep 160
 * ms. That is enough in practice and nothing that ThreadSanitizer could see, so with it the ring
 * does not go round.
 */
static void
watch(void)
{
#ifdef __SANITIZE_THREAD__
	if (changes == 7)
		return;
#endif
	struct timespec pace = { 0, 10000000 };
	char why_buf[256], value[32];
	struct mg_text why;

	mg_text_init(&why, why_buf, sizeof why_buf);
	changes++;
	snprintf(value, sizeof value, "%uM", 500 + changes);
	CHECK(mg_live_set("released", value, &why) == 0 &&
	      mg_live_config()->released == (500 + changes) * MB);
	nanosleep(&pace, NULL);
	CHECK(mg_live_set("at_limit", changes % 2 ? "compact,fail" : "fail", &why) == 0);
	nanosleep(&pace, NULL);
	CHECK(mg_live_set("heap_max", "banana", &why) == -EINVAL);
}

int
main(int argc, char **argv)
{
	mg_config_defaults(&start);
	strcpy(start.socket_dir, "/nowhere/in/particular");
	start.at_limit.n = 1;
	start.at_limit.step[0].kind = MG_STEP_FAIL;
	mg_live_start(&start);
	stress_run(argc, argv, work, watch);
	CHECK(changes >= 7 && mg_live_config()->released == (500 + changes) * MB);
	return 0;
}
