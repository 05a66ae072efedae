/* SPDX-License-Identifier: MIT */
/* Options from an environment: presets, variables, and what is said of bad ones. */
#include "shim/tables/config.h"

#include "tests/unit/support.h"

#include <stdio.h>
#include <string.h>

static struct mg_config config;

/* What an environment made memgov complain about. */
static char lines[8][600];
static unsigned line_count;

static void
note_line(const char *line)
{
	if (line_count < ROWS(lines))
		snprintf(lines[line_count], sizeof lines[0], "%s", line);
	line_count++;
}

static void
start(void)
{
	mg_config_defaults(&config);
	line_count = 0;
}

TestSuite(config_env, .init = start);

/* The lines are what users see and search for, so they are compared whole. */
Test(config_env, complains_about_each_bad_variable_in_one_line)
{
	static const struct {
		const char *entry, *want;
	} rows[] = {
		{ "MEMGOV_HEAP_MAX=banana",
		    "MEMGOV_HEAP_MAX='banana' is not a size (accepted: 0 or 1M..64T); keeping 0" },
		{ "MEMGOV_HEAP_MAX=512K",
		    "MEMGOV_HEAP_MAX='512K' is out of range (accepted: 0 or 1M..64T); keeping 0" },
		{ "MEMGOV_COMPACT_GAP=",
		    "MEMGOV_COMPACT_GAP='' is not a duration (accepted: 0..24h); keeping 1m" },
		{ "MEMGOV_SOCKET=wr",
		    "MEMGOV_SOCKET='wr' is not a known word (accepted: rw|ro|off); keeping rw" },
		{ "MEMGOV_REPORT=a\tb",
		    "MEMGOV_REPORT='a?b' has a control character (accepted: a file); keeping ''" },
		{ "MEMGOV_AT_LIMIT=fail,compact",
		    "MEMGOV_AT_LIMIT='fail,compact' has 'fail' before the end (accepted: "
		    "compact|notify|wait=DURATION|gc=SIGNAL, then one of fail|abort|term); "
		    "keeping compact,notify,fail" },
		{ "MEMGOV_PRESET=huge", "MEMGOV_PRESET='huge' is not a known word (accepted: "
					"none|low|standard|high|auto); "
					"keeping none" },
		{ "MEMGOV_HEAPMAX=1G", "MEMGOV_HEAPMAX is not an option of memgov; ignored (did "
				       "you mean MEMGOV_HEAP_MAX?)" },
		{ "MEMGOV_heap_max=1G", "MEMGOV_heap_max is not an option of memgov; ignored (did "
					"you mean MEMGOV_HEAP_MAX?)" },
		{ "MEMGOV_SAMPL=1",
		    "MEMGOV_SAMPL is not an option of memgov; ignored (did you mean "
		    "MEMGOV_SAMPLE?)" },
		{ "MEMGOV_FROBNICATE=1", "MEMGOV_FROBNICATE is not an option of memgov; ignored" },
		{ "MEMGOV_=1", "MEMGOV_ is not an option of memgov; ignored" },
		{ "MEMGOV_SAMPLE=1",
		    "MEMGOV_SAMPLE='1' is out of range (accepted: 0 or 1K..1G); keeping 512K" },
		{ "MEMGOV_SYSTEM_WARN=96%", "MEMGOV_SYSTEM_WARN=96% is above "
					    "MEMGOV_SYSTEM_CRITICAL=95%; keeping 85% and 95%" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char *env[] = { "PATH=/bin", (char *)(uintptr_t)rows[i].entry, NULL };
		struct mg_config defaults;

		start();
		defaults = config;
		cr_expect(eq(u32, mg_config_from_env(&config, env, 0, note_line), 1), "%s",
		    rows[i].entry);
		cr_expect(eq(u32, line_count, 1), "%s", rows[i].entry);
		cr_expect(SAME(lines[0], rows[i].want));
		cr_expect(
		    zero(int, memcmp(&defaults, &config, sizeof config)), "%s", rows[i].entry);
	}
}

Test(config_env, reads_an_environment_without_a_word)
{
	char *env[] = { "HOME=/root", "MEMGOV_HEAP_MAX=512M", "MEMGOV", "MEMGOVERNOR=1",
		"MEMGOV_HEAP_MAX", "XMEMGOV_HEAP_MAX=1", "MEMGOV_INTERNAL_PARENT=77",
		"MEMGOV_SOCKET=off", "=", "", NULL };

	cr_expect(zero(u32, mg_config_from_env(&config, env, 0, note_line)));
	cr_expect(eq(u64, config.heap_max, 512 * MB));
	cr_expect(eq(u64, config.socket, MG_SOCKET_OFF));
	cr_expect(eq(u64, config.released, 500 * MB));
}

Test(config_env, goes_on_after_a_bad_variable)
{
	char *env[] = { "MEMGOV_HEAP_MAX=x", "MEMGOV_HEAP_LEVEL=50%", "MEMGOV_NONSENSE=x", NULL };

	cr_expect(eq(u32, mg_config_from_env(&config, env, 0, note_line), 2));
	cr_expect(eq(u64, config.heap_level, 50));
	cr_expect(zero(u64, config.heap_max));
}

Test(config_env, takes_the_first_of_two_equal_names_as_getenv_does)
{
	char *env[] = { "MEMGOV_HEAP_MAX=1G", "MEMGOV_HEAP_MAX=2G", "MEMGOV_PRESET=low",
		"MEMGOV_PRESET=x", NULL };

	cr_expect(zero(u32, mg_config_from_env(&config, env, 0, note_line)));
	cr_expect(eq(u64, config.heap_max, GB));
}

Test(config_env, survives_a_name_longer_than_any_line)
{
	char entry[2000];
	char *env[] = { entry, NULL };

	memset(entry, 'A', sizeof entry);
	memcpy(entry, "MEMGOV_", 7);
	memcpy(entry + sizeof entry - 3, "=1", 3);
	cr_expect(eq(u32, mg_config_from_env(&config, env, 0, note_line), 1));
	cr_expect(strstr(lines[0], "AAA is not an option of memgov; ignored") != NULL);
}

Test(config_env, presets_set_a_ceiling_and_a_release_that_it_can_reach)
{
	static const struct {
		const char *entries[3];
		uint64_t machine_bytes, heap_max, released;
	} rows[] = {
		{ { "MEMGOV_PRESET=none" }, 0, 0, 500 * MB },
		{ { "MEMGOV_PRESET=low" }, 0, 256 * MB, 128 * MB },
		{ { "MEMGOV_PRESET=standard" }, 0, 512 * MB, 256 * MB },
		{ { "MEMGOV_PRESET=high" }, 0, GB, 500 * MB },
		{ { "MEMGOV_PRESET=auto" }, 4 * GB, 2 * GB, 500 * MB },
		{ { "MEMGOV_PRESET=auto" }, 1001 * MB, 1001 * MB / 2, 1001 * MB / 4 },
		{ { "MEMGOV_PRESET=auto" }, 1000 * MB, 500 * MB, 250 * MB },
		{ { "MEMGOV_HEAP_MAX=100M" }, 0, 100 * MB, 500 * MB },
		{ { "MEMGOV_HEAP_MAX=100M", "MEMGOV_PRESET=high" }, 0, 100 * MB, 50 * MB },
		{ { "MEMGOV_HEAP_MAX=0", "MEMGOV_PRESET=high" }, 0, 0, 500 * MB },
		{ { "MEMGOV_HEAP_MAX=1M", "MEMGOV_PRESET=high" }, 0, MB, 500 * MB },
		{ { "MEMGOV_PRESET=low", "MEMGOV_RELEASED=300M" }, 0, 256 * MB, 300 * MB },
		{ { "MEMGOV_PRESET=low", "MEMGOV_RELEASED=0" }, 0, 256 * MB, 0 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char *env[4] = { NULL };

		start();
		for (size_t j = 0; j < 3; j++)
			env[j] = (char *)(uintptr_t)rows[i].entries[j];
		cr_expect(
		    zero(u32, mg_config_from_env(&config, env, rows[i].machine_bytes, note_line)));
		cr_expect(eq(u64, config.heap_max, rows[i].heap_max), "row %zu", i);
		cr_expect(eq(u64, config.released, rows[i].released), "row %zu", i);
	}
}

Test(config_env, preset_auto_complains_when_the_machine_is_unknown)
{
	static const uint64_t machines[] = { 0, 1, 2 * MB - 1, UINT64_MAX };
	char *env[] = { "MEMGOV_PRESET=auto", NULL };

	for (size_t i = 0; i < ROWS(machines); i++) {
		start();
		cr_expect(eq(u32, mg_config_from_env(&config, env, machines[i], note_line), 1),
		    "%lu", machines[i]);
		cr_expect(SAME(lines[0],
		    "MEMGOV_PRESET='auto' needs the size of the machine's memory, which is unknown "
		    "(accepted: none|low|standard|high|auto); keeping none"));
		cr_expect(zero(u64, config.heap_max));
		cr_expect(eq(u64, config.preset, MG_PRESET_NONE));
	}
}

Test(config_env, a_bad_ceiling_keeps_that_of_the_preset)
{
	char *env[] = { "MEMGOV_HEAP_MAX=x", "MEMGOV_PRESET=low", NULL };

	cr_expect(eq(u32, mg_config_from_env(&config, env, 0, note_line), 1));
	cr_expect(SAME(
	    lines[0], "MEMGOV_HEAP_MAX='x' is not a size (accepted: 0 or 1M..64T); keeping 256M"));
	cr_expect(eq(u64, config.heap_max, 256 * MB));
}
