/* SPDX-License-Identifier: MIT */
#include "shim/tables/value.h"

#include "shim/tables/steps.h"

#include <errno.h>
#include <string.h>

#define QUOTED_BYTES 60
#define BOUND_BYTES 24

static const char *const nouns[] = {
	[MG_OPT_FLAG] = "a flag",
	[MG_OPT_SIZE] = "a size",
	[MG_OPT_DURATION] = "a duration",
	[MG_OPT_PERCENT] = "a percentage",
	[MG_OPT_COUNT] = "a number",
	[MG_OPT_CHOICE] = "a known word",
	[MG_OPT_STEPS] = "a list of steps",
	[MG_OPT_PATH] = "a path",
};

bool
mg_value_is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

void
mg_value_quote(struct mg_text *t, const char *s)
{
	size_t n = 0;

	mg_text_add(t, "'");
	for (; s[n] != '\0' && n < QUOTED_BYTES; n++)
		mg_text_add(t, "%c", mg_value_is_control(s[n]) ? '?' : s[n]);
	mg_text_add(t, "%s'", s[n] != '\0' ? "..." : "");
}

static int
parse_number(enum mg_option_type type, const char *s, uint64_t *out)
{
	switch (type) {
	case MG_OPT_SIZE: return mg_text_parse_size(s, out);
	case MG_OPT_DURATION: return mg_text_parse_duration(s, out);
	case MG_OPT_PERCENT: return mg_text_parse_percent(s, out);
	case MG_OPT_COUNT: return mg_text_parse_u64(s, out);
	default: return -EINVAL;
	}
}

/* A bound of `accepts`, up to `end`; 0 when the row is malformed, which a unit test excludes. */
static uint64_t
parse_bound(enum mg_option_type type, const char *s, const char *end)
{
	char buf[BOUND_BYTES] = "";
	uint64_t v = 0;

	if ((size_t)(end - s) < sizeof buf)
		memcpy(buf, s, (size_t)(end - s));
	return parse_number(type, buf, &v) == 0 ? v : 0;
}

/* "LO..HI" or "0 or LO..HI", in the same words that a value is typed in. */
bool
mg_value_is_in_range(const struct mg_option *o, uint64_t v)
{
	const char *s = o->accepts;
	const char *dots = strstr(s, "..");

	if (strncmp(s, "0 or ", 5) == 0) {
		if (v == 0)
			return true;
		s += 5;
	}
	return v >= parse_bound(o->type, s, dots) &&
	       v <= parse_bound(o->type, dots + 2, s + strlen(s));
}

/* The nth word of "a|b|c", and its length; NULL when there are fewer. */
static const char *
choice_at(const char *accepts, uint64_t n, size_t *len)
{
	const char *bar = strchr(accepts, '|');

	for (; n > 0 && bar != NULL; n--) {
		accepts = bar + 1;
		bar = strchr(accepts, '|');
	}
	if (n > 0)
		return NULL;
	*len = bar != NULL ? (size_t)(bar - accepts) : strlen(accepts);
	return accepts;
}

static int
parse_choice(const char *accepts, const char *value, uint64_t *out)
{
	const char *word;
	size_t len;

	for (uint64_t i = 0; (word = choice_at(accepts, i, &len)) != NULL; i++) {
		if (strlen(value) == len && strncmp(value, word, len) == 0) {
			*out = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int
parse_path(const struct mg_option *o, const char *value, char *out, struct mg_text *verdict)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++) {
		if (mg_value_is_control(value[i])) {
			mg_text_add(verdict, "has a control character");
			return -EINVAL;
		}
	}
	if (len >= MG_CONFIG_PATH_BYTES) {
		mg_text_add(verdict, "is longer than %d bytes", MG_CONFIG_PATH_BYTES - 1);
		return -ERANGE;
	}
	if (len == 0 && o->def[0] != '\0')
		return -EINVAL;
	memcpy(out, value, len + 1);
	return 0;
}

static int
parse_field(const struct mg_option *o, const char *value, void *field, struct mg_text *verdict)
{
	uint64_t v = 0;
	int err;

	if (o->type == MG_OPT_STEPS)
		return mg_steps_parse(value, field, verdict);
	if (o->type == MG_OPT_PATH)
		return parse_path(o, value, field, verdict);
	if (o->type == MG_OPT_CHOICE || o->type == MG_OPT_FLAG) {
		err = parse_choice(o->accepts, value, &v);
	} else {
		err = parse_number(o->type, value, &v);
		if (err == 0 && !mg_value_is_in_range(o, v))
			err = -ERANGE;
	}
	if (err == 0)
		*(uint64_t *)field = v;
	return err;
}

void
mg_value_restore(const struct mg_option *o, void *field)
{
	struct mg_text ignored = { 0 };
	uint64_t number;

	if (parse_number(o->type, o->def, &number) == 0)
		*(uint64_t *)field = number;
	else
		parse_field(o, o->def, field, &ignored);
}

int
mg_value_parse(const struct mg_option *o, const char *value, void *field, struct mg_text *verdict)
{
	int err = parse_field(o, value, field, verdict);

	if (err == -ERANGE && verdict->len == 0)
		mg_text_add(verdict, "is out of range");
	else if (err != 0 && verdict->len == 0)
		mg_text_add(verdict, "is not %s", nouns[o->type]);
	return err;
}

static void
print_word(const char *accepts, uint64_t n, struct mg_text *out)
{
	size_t len = 0;
	const char *word = choice_at(accepts, n, &len);

	for (size_t i = 0; word != NULL && i < len; i++)
		mg_text_add(out, "%c", word[i]);
}

void
mg_value_print(const struct mg_option *o, const void *field, struct mg_text *out)
{
	const uint64_t *number = field;

	switch (o->type) {
	case MG_OPT_SIZE: mg_text_add_size(out, *number); break;
	case MG_OPT_DURATION: mg_text_add_duration(out, *number); break;
	case MG_OPT_PERCENT: mg_text_add(out, "%lu%%", *number); break;
	case MG_OPT_COUNT: mg_text_add(out, "%lu", *number); break;
	case MG_OPT_STEPS: mg_steps_print(field, out); break;
	case MG_OPT_PATH: mg_text_add(out, "%s", (const char *)field); break;
	case MG_OPT_FLAG:
	case MG_OPT_CHOICE: print_word(o->accepts, *number, out); break;
	}
}
