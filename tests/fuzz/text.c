/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "shim/base/text.h"

/* Whatever parses prints, and what is printed parses to the same. */
static void
check_parser(
    const char *text, int parse(const char *, uint64_t *), void print(struct mg_text *, uint64_t))
{
	char buf[64];
	struct mg_text t;
	uint64_t v = 4711, back = 0;

	if (parse(text, &v) != 0) {
		FUZZ_CHECK(v == 4711);
		return;
	}
	mg_text_init(&t, buf, sizeof buf);
	print(&t, v);
	FUZZ_CHECK(!t.cut);
	FUZZ_CHECK(parse(buf, &back) == 0 && back == v);
}

static void
print_number(struct mg_text *t, uint64_t v)
{
	mg_text_add(t, "%lu", v);
}

static void
check_json(const char *text, size_t len)
{
	size_t cap = 6 * len + 3;
	char *buf = malloc(cap), small[16];
	struct mg_text t;

	if (buf == NULL)
		return;
	mg_text_init(&t, buf, cap);
	mg_text_add_json(&t, text);
	FUZZ_CHECK(!t.cut && buf[0] == '"' && buf[t.len - 1] == '"');
	for (size_t i = 0, n; i < t.len; i += n) {
		n = mg_text_utf8_length(buf + i);
		FUZZ_CHECK(n > 0 && (unsigned char)buf[i] >= ' ');
	}
	free(buf);
	mg_text_init(&t, small, sizeof small);
	mg_text_add_json(&t, text);
	FUZZ_CHECK(strlen(small) == t.len);
}

static void
fuzz_text(char *text, size_t len)
{
	check_parser(text, mg_text_parse_u64, print_number);
	check_parser(text, mg_text_parse_percent, print_number);
	check_parser(text, mg_text_parse_size, mg_text_add_size);
	check_parser(text, mg_text_parse_duration, mg_text_add_duration);
	check_json(text, len);
}
