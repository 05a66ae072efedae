/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "shim/tables/config.h"

#define ENTRIES 64

static unsigned complaints;

static void
note(const char *line)
{
	FUZZ_CHECK(strlen(line) < 511 && strncmp(line, "MEMGOV_", 7) == 0);
	FUZZ_CHECK(strpbrk(line, "\n\r\t") == NULL);
	complaints++;
}

/* The config that any environment ends in is one that a user could have typed, and its rules hold.
 */
static void
check_config(const struct mg_config *c)
{
	char buf[512], reason[512];
	struct mg_config copy = *c;
	struct mg_text t, why;

	mg_text_init(&why, reason, sizeof reason);
	FUZZ_CHECK(mg_config_check(c, &why) == 0);
	for (size_t i = 0; i < mg_config_option_count; i++) {
		mg_text_init(&t, buf, sizeof buf);
		mg_config_print(c, &mg_config_options[i], &t);
		FUZZ_CHECK(mg_config_parse(&copy, &mg_config_options[i], buf, &why) == 0);
	}
}

/* One line of the input is one entry of the environment; the first is the size of the machine. */
static void
fuzz_text(char *text, size_t len)
{
	char *env[ENTRIES + 1] = { NULL };
	struct mg_config c;
	uint64_t machine_bytes = 0;
	size_t n = 0;

	(void)len;
	complaints = 0;
	for (char *line = text; line != NULL && n < ENTRIES; n++) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end++ = '\0';
		env[n] = line;
		line = end;
	}
	mg_text_parse_size(env[0], &machine_bytes);
	FUZZ_CHECK(mg_config_from_env(&c, env, machine_bytes, note) == complaints);
	check_config(&c);
}
