/* SPDX-License-Identifier: MIT */
#include "tools/serve/post.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "shim/base/text.h"

struct reader {
	const char *at, *end;
	const char *wrong;
};

static bool
fail(struct reader *r, const char *why)
{
	if (r->wrong == NULL)
		r->wrong = why;
	return false;
}

static void
skip_blanks(struct reader *r)
{
	while (r->at < r->end && *r->at != '\0' && strchr(" \t\r\n", *r->at) != NULL)
		r->at++;
}

static bool
take(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool
take_word(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	skip_blanks(r);
	if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
		return false;
	r->at += n;
	return true;
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *d;

	d = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;
	return d != NULL ? (int)(d - digits) : -1;
}

/* The four digits behind "\u"; -1 when they are none. */
static long
take_hex(struct reader *r)
{
	long code = 0;

	if (r->end - r->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = hex_digit(*r->at++);

		if (d < 0)
			return -1;
		code = code * 16 + d;
	}
	return code;
}

/* A character behind a backslash. No option has one above ASCII in it that needs an escape. */
static int
take_escape(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *f;
	long code;

	if (r->at == r->end)
		return -1;
	if (*r->at == 'u') {
		r->at++;
		code = take_hex(r);
		return code < 0x80 ? (int)code : -1;
	}
	f = memchr(from, *r->at++, sizeof from - 1);
	return f != NULL ? to[f - from] : -1;
}

/* In quotes, into `out`. */
static bool
take_text(struct reader *r, char *out, size_t cap)
{
	size_t n = 0;

	if (!take(r, '"'))
		return fail(r, "a text in quotes is expected");
	while (r->at < r->end && *r->at != '"') {
		int c = (unsigned char)*r->at++;

		if (c == '\\')
			c = take_escape(r);
		if (c < 0)
			return fail(r, "an escape that is not accepted");
		if (c <= ' ' || c == 0x7f)
			return fail(r, "blanks and control characters are not accepted");
		if (n + 1 >= cap)
			return fail(r, "a text is too long");
		out[n++] = (char)c;
	}
	if (r->at == r->end)
		return fail(r, "it is cut short");
	r->at++;
	out[n] = '\0';
	for (const char *s = out; *s != '\0'; s += mg_text_utf8_length(s))
		if (mg_text_utf8_length(s) == 0)
			return fail(r, "a text is not UTF-8");
	return true;
}

/* Digits, as they are; or a text. */
static bool
take_value(struct reader *r, char *out, size_t cap)
{
	size_t n = 0;

	skip_blanks(r);
	if (r->at < r->end && *r->at == '"')
		return take_text(r, out, cap);
	while (r->at < r->end && isdigit((unsigned char)*r->at) && n + 1 < cap)
		out[n++] = *r->at++;
	out[n] = '\0';
	return n > 0 || fail(r, "a value is a text or a whole number");
}

static bool
take_flag(struct reader *r, bool *out)
{
	*out = take_word(r, "true");
	return *out || take_word(r, "false") || fail(r, "true or false is expected");
}

static bool
take_member(struct reader *r, struct mg_post *out)
{
	char key[16];

	if (!take_text(r, key, sizeof key))
		return false;
	if (!take(r, ':'))
		return fail(r, "a ':' is missing");
	if (strcmp(key, "name") == 0)
		return out->has_name = take_text(r, out->name, sizeof out->name);
	if (strcmp(key, "value") == 0)
		return out->has_value = take_value(r, out->value, sizeof out->value);
	if (strcmp(key, "aggressive") == 0)
		return take_flag(r, &out->is_aggressive);
	return fail(r, "accepted are name, value and aggressive");
}

const char *
mg_post_parse(const char *body, size_t n, struct mg_post *out)
{
	struct reader r = { .at = body, .end = body + n };

	*out = (struct mg_post){ 0 };
	if (!take(&r, '{'))
		return "an object in {} is expected";
	if (!take(&r, '}')) {
		do
			if (!take_member(&r, out))
				return r.wrong;
		while (take(&r, ','));
		if (!take(&r, '}'))
			return "a '}' is missing";
	}
	skip_blanks(&r);
	return r.at == r.end ? NULL : "there is something behind the object";
}
