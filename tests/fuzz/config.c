/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "shim/tables/config.h"

/* The input as the value of every option: what is accepted prints and reads back, what is not
 * changes nothing. */
static void
check_option(const struct mg_option *o, const char *value)
{
	char buf[512], reason[512];
	struct mg_config before, c, back;
	struct mg_text t, why;

	mg_config_defaults(&before);
	c = back = before;
	mg_text_init(&why, reason, sizeof reason);
	if (mg_config_parse(&c, o, value, &why) != 0) {
		FUZZ_CHECK(memcmp(&c, &before, sizeof c) == 0);
		FUZZ_CHECK(!why.cut && strstr(reason, "; accepted: ") != NULL);
		FUZZ_CHECK(strpbrk(reason, "\n\r\t") == NULL);
		return;
	}
	FUZZ_CHECK(why.len == 0);
	mg_text_init(&t, buf, sizeof buf);
	mg_config_print(&c, o, &t);
	FUZZ_CHECK(!t.cut && mg_config_parse(&back, o, buf, &why) == 0);
	mg_text_init(&t, reason, sizeof reason);
	mg_config_print(&back, o, &t);
	FUZZ_CHECK(strcmp(buf, reason) == 0);
}

static void
fuzz_text(char *text, size_t len)
{
	(void)len;
	for (size_t i = 0; i < mg_config_option_count; i++)
		check_option(&mg_config_options[i], text);
}
