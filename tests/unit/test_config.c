/* SPDX-License-Identifier: MIT */
#include "shim/tables/config.h"

#include "tests/unit/support.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static char buf[512];
static struct mg_text why;
static struct mg_config config;

static void
start(void)
{
	mg_text_init(&why, buf, sizeof buf);
	mg_config_defaults(&config);
}

static const char *
printed(const struct mg_config *c, const char *name)
{
	mg_text_init(&why, buf, sizeof buf);
	mg_config_print(c, mg_config_find(name), &why);
	return buf;
}

static bool
is_number(const struct mg_option *o)
{
	return o->type == MG_OPT_SIZE || o->type == MG_OPT_DURATION || o->type == MG_OPT_PERCENT ||
	       o->type == MG_OPT_COUNT;
}

TestSuite(config, .init = start);

Test(config, every_default_parses_and_lies_in_its_own_range)
{
	for (size_t i = 0; i < mg_config_option_count; i++) {
		const struct mg_option *o = &mg_config_options[i];

		start();
		cr_expect(
		    zero(int, mg_config_parse(&config, o, o->def, &why)), "%s: %s", o->name, buf);
	}
}

Test(config, every_default_is_what_a_fresh_config_holds)
{
	for (size_t i = 0; i < mg_config_option_count; i++) {
		const struct mg_option *o = &mg_config_options[i];
		struct mg_config typed;

		memset(&typed, 0, sizeof typed);
		mg_config_parse(&typed, o, o->def, &why);
		cr_expect(strcmp(printed(&typed, o->name), printed(&config, o->name)) == 0, "%s",
		    o->name);
	}
	cr_expect(eq(u64, config.released, 500 * MB));
	cr_expect(eq(u64, config.compact_interval, HOUR));
	cr_expect(eq(u64, config.compact_gap, 60 * S));
	cr_expect(eq(u64, config.compact_delay, 2 * S));
	cr_expect(eq(u64, config.idle_timeout, 15 * S));
	cr_expect(eq(u64, config.idle_check, 10 * S));
	cr_expect(eq(u64, config.idle_compact, 60 * S));
	cr_expect(eq(u64, config.system_warn, 85));
	cr_expect(eq(u64, config.system_critical, 95));
}

Test(config, every_variable_is_memgov_and_the_name_in_capitals)
{
	for (size_t i = 0; i < mg_config_option_count; i++) {
		const struct mg_option *o = &mg_config_options[i];
		char want[64] = "MEMGOV_";

		for (size_t j = 0; o->name[j] != '\0'; j++)
			want[7 + j] = (char)toupper(o->name[j]);
		cr_expect(SAME(o->env, want));
	}
}

Test(config, every_row_has_a_name_of_its_own_a_sentence_and_one_time_to_be_set)
{
	for (size_t i = 0; i < mg_config_option_count; i++) {
		const struct mg_option *o = &mg_config_options[i];
		size_t len = strlen(o->doc);

		cr_expect(mg_config_find(o->name) == o, "%s", o->name);
		cr_expect(mg_config_find(o->env) == o, "%s", o->env);
		cr_expect(len > 10 && o->doc[len - 1] == '.', "%s", o->name);
		cr_expect(ne(int, (o->flags & MG_OPT_BOOT) != 0, (o->flags & MG_OPT_RUNTIME) != 0),
		    "%s", o->name);
	}
	cr_expect(mg_config_find("heap") == NULL);
	cr_expect(mg_config_find("") == NULL);
}

/* The row says "LO..HI", so LO and HI as typed there have to be accepted, and to be in order. */
Test(config, every_range_accepts_its_own_ends)
{
	for (size_t i = 0; i < mg_config_option_count; i++) {
		const struct mg_option *o = &mg_config_options[i];
		const char *low =
		    strncmp(o->accepts, "0 or ", 5) == 0 ? o->accepts + 5 : o->accepts;
		const char *dots = strstr(low, "..");
		char text[32];

		if (!is_number(o))
			continue;
		cr_assert(dots != NULL, "%s", o->name);
		snprintf(text, sizeof text, "%.*s", (int)(dots - low), low);
		cr_expect(
		    zero(int, mg_config_parse(&config, o, text, &why)), "%s %s", o->name, text);
		cr_expect(zero(int, mg_config_parse(&config, o, dots + 2, &why)), "%s %s", o->name,
		    dots + 2);
		cr_expect(eq(int, mg_config_parse(&config, o, "0", &why),
			      low != o->accepts || strcmp(text, "0") == 0 ? 0 : -ERANGE),
		    "%s 0", o->name);
		cr_expect(
		    eq(int, mg_config_parse(&config, o, "18446744073709551615", &why), -ERANGE),
		    "%s", o->name);
	}
}

Test(config, reads_values_into_fields)
{
	config = support_config(
	    "heap_max=1.5G heap_level=75 compact_gap=90s history=16 socket=ro start=now "
	    "aggressive=1 socket_dir=/run/x preset=auto");
	cr_expect(eq(u64, config.heap_max, 1536 * MB));
	cr_expect(eq(u64, config.heap_level, 75));
	cr_expect(eq(u64, config.compact_gap, 90 * S));
	cr_expect(eq(u64, config.history, 16));
	cr_expect(eq(u64, config.socket, MG_SOCKET_RO));
	cr_expect(eq(u64, config.start, MG_START_NOW));
	cr_expect(eq(u64, config.aggressive, 1));
	cr_expect(eq(u64, config.preset, MG_PRESET_AUTO));
	cr_expect(SAME(config.socket_dir, "/run/x"));
}

Test(config, says_what_is_wrong_with_a_value_and_what_is_accepted)
{
	static const struct {
		const char *name, *value;
		int err;
		const char *want;
	} rows[] = {
		{ "heap_max", "banana", -EINVAL, "'banana' is not a size; accepted: 0 or 1M..64T" },
		{ "heap_max", "512K", -ERANGE, "'512K' is out of range; accepted: 0 or 1M..64T" },
		{ "heap_max", "1048575", -ERANGE,
		    "'1048575' is out of range; accepted: 0 or 1M..64T" },
		{ "heap_max", "65T", -ERANGE, "'65T' is out of range; accepted: 0 or 1M..64T" },
		{ "heap_max", "99999999T", -ERANGE,
		    "'99999999T' is out of range; accepted: 0 or 1M..64T" },
		{ "heap_max", "", -EINVAL, "'' is not a size; accepted: 0 or 1M..64T" },
		{ "heap_max", "-1", -EINVAL, "'-1' is not a size; accepted: 0 or 1M..64T" },
		{ "heap_level", "9%", -ERANGE, "'9%' is out of range; accepted: 0 or 10%..100%" },
		{ "heap_level", "0.8", -EINVAL,
		    "'0.8' is not a percentage; accepted: 0 or 10%..100%" },
		{ "idle_check", "1d", -EINVAL, "'1d' is not a duration; accepted: 100ms..1h" },
		{ "idle_check", "99", -ERANGE, "'99' is out of range; accepted: 100ms..1h" },
		{ "history", "1K", -EINVAL, "'1K' is not a number; accepted: 16..10000" },
		{ "socket", "RW", -EINVAL, "'RW' is not a known word; accepted: rw|ro|off" },
		{ "socket", "rw|ro", -EINVAL, "'rw|ro' is not a known word; accepted: rw|ro|off" },
		{ "socket", "", -EINVAL, "'' is not a known word; accepted: rw|ro|off" },
		{ "socket", "o", -EINVAL, "'o' is not a known word; accepted: rw|ro|off" },
		{ "strict", "yes", -EINVAL, "'yes' is not a flag; accepted: 0|1" },
		{ "strict", "2", -EINVAL, "'2' is not a flag; accepted: 0|1" },
		{ "log", "", -EINVAL, "'' is not a path; accepted: stderr, off, or a file" },
		{ "log", "a\nb", -EINVAL,
		    "'a?b' has a control character; accepted: stderr, off, or a file" },
		{ "at_limit", "compact,banana", -EINVAL,
		    "'compact,banana' has the unknown step 'banana'; accepted: "
		    "compact|notify|wait=DURATION|gc=SIGNAL, then one of fail|abort|term" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_config before;

		start();
		before = config;
		cr_expect(
		    eq(int,
			mg_config_parse(&config, mg_config_find(rows[i].name), rows[i].value, &why),
			rows[i].err),
		    "%s=%s", rows[i].name, rows[i].value);
		cr_expect(SAME(buf, rows[i].want));
		cr_expect(zero(int, memcmp(&before, &config, sizeof config)), "%s=%s", rows[i].name,
		    rows[i].value);
	}
}

Test(config, takes_paths_up_to_their_field)
{
	const struct mg_option *o = mg_config_find("report");
	char path[MG_CONFIG_PATH_BYTES + 1];

	memset(path, 'p', sizeof path - 1);
	path[MG_CONFIG_PATH_BYTES] = '\0';
	cr_expect(eq(int, mg_config_parse(&config, o, path, &why), -ERANGE));
	cr_expect(strstr(buf, "...' is longer than 255 bytes; accepted: a file") != NULL);
	cr_expect(SAME(config.report, ""));
	path[MG_CONFIG_PATH_BYTES - 1] = '\0';
	cr_expect(zero(int, mg_config_parse(&config, o, path, &why)));
	cr_expect(SAME(config.report, path));
	cr_expect(zero(int, mg_config_parse(&config, o, "", &why)), "empty means none");
}

Test(config, prints_what_a_user_would_type)
{
	static const char *const rows[][3] = {
		{ "heap_max", "1536M", "1536M" },
		{ "heap_max", "1.5G", "1536M" },
		{ "heap_max", "0", "0" },
		{ "heap_level", "75", "75%" },
		{ "compact_gap", "90000", "90s" },
		{ "compact_gap", "0s", "0" },
		{ "history", "0500", "500" },
		{ "socket", "off", "off" },
		{ "strict", "1", "1" },
		{ "at_limit", "wait=1000,gc=12,abort", "wait=1s,gc=SIGUSR2,abort" },
		{ "report", "/var/log/r", "/var/log/r" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		cr_assert(zero(
		    int, mg_config_parse(&config, mg_config_find(rows[i][0]), rows[i][1], &why)));
		cr_expect(SAME(printed(&config, rows[i][0]), rows[i][2]));
	}
}

Test(config, reads_back_everything_that_it_prints)
{
	struct mg_config back;

	config = support_config("heap_max=3G at_limit=wait=1s,abort socket=off strict=1 report=/r");
	memset(&back, 0, sizeof back);
	for (size_t i = 0; i < mg_config_option_count; i++) {
		char value[sizeof buf];

		snprintf(value, sizeof value, "%s", printed(&config, mg_config_options[i].name));
		cr_expect(zero(int, mg_config_parse(&back, &mg_config_options[i], value, &why)),
		    "%s", value);
	}
	cr_expect(zero(int, memcmp(&back, &config, sizeof config)));
}

Test(config, sets_what_may_be_set_while_running)
{
	cr_expect(zero(int, mg_config_set(&config, "heap_max", "512M", &why)));
	cr_expect(eq(u64, config.heap_max, 512 * MB));
	cr_expect(zero(int, mg_config_set(&config, "MEMGOV_COMPACT_GAP", "1s", &why)));
	cr_expect(eq(u64, config.compact_gap, S));
	cr_expect(SAME(buf, ""));
}

Test(config, refuses_what_may_not_be_set_and_changes_nothing)
{
	static const struct {
		const char *name, *value;
		int err;
		const char *want;
	} rows[] = {
		{ "heapmax", "1G", -ENOENT,
		    "'heapmax' is not an option of memgov (did you mean heap_max?)" },
		{ "frobnicate", "1", -ENOENT, "'frobnicate' is not an option of memgov" },
		{ "", "1", -ENOENT, "'' is not an option of memgov" },
		{ "engine", "mimalloc", -EPERM,
		    "engine is read at the start only; set MEMGOV_ENGINE and start the program "
		    "again" },
		{ "engine", "banana", -EPERM,
		    "engine is read at the start only; set MEMGOV_ENGINE and start the program "
		    "again" },
		{ "heap_max", "banana", -EINVAL, "'banana' is not a size; accepted: 0 or 1M..64T" },
		{ "heap_max", "1", -ERANGE, "'1' is out of range; accepted: 0 or 1M..64T" },
		{ "system_warn", "96%", -EINVAL, "system_warn 96% is above system_critical 95%" },
		{ "system_critical", "84%", -EINVAL,
		    "system_warn 85% is above system_critical 84%" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_config before;

		start();
		before = config;
		cr_expect(
		    eq(int, mg_config_set(&config, rows[i].name, rows[i].value, &why), rows[i].err),
		    "%s", rows[i].name);
		cr_expect(SAME(buf, rows[i].want));
		cr_expect(zero(int, memcmp(&before, &config, sizeof config)), "%s", rows[i].name);
	}
}

Test(config, lets_the_two_marks_of_the_system_meet)
{
	cr_expect(zero(int, mg_config_set(&config, "system_warn", "95%", &why)));
	cr_expect(zero(int, mg_config_check(&config, &why)));
	cr_expect(zero(int, mg_config_set(&config, "system_warn", "1%", &why)));
	cr_expect(zero(int, mg_config_set(&config, "system_critical", "1%", &why)));
}
