/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "shim/tables/config.h"

/* "NAME VALUE", as the socket's command gives them; one config takes all lines of the input. */
static void
fuzz_text(char *text, size_t len)
{
	struct mg_config c, before;
	char reason[512];
	struct mg_text why;

	(void)len;
	mg_config_defaults(&c);
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char *value = strchr(line, ' ');
		int err;

		if (value == NULL)
			continue;
		*value++ = '\0';
		before = c;
		mg_text_init(&why, reason, sizeof reason);
		err = mg_config_set(&c, line, value, &why);
		FUZZ_CHECK((err == 0) == (why.len == 0) && !why.cut);
		FUZZ_CHECK(err == 0 || memcmp(&c, &before, sizeof c) == 0);
		FUZZ_CHECK(mg_config_check(&c, &why) == 0);
	}
}
