/* SPDX-License-Identifier: MIT */
#include "shim/base/text.h"

#include <errno.h>
#include <string.h>

void
mg_text_init(struct mg_text *t, char *buf, size_t cap)
{
	t->buf = buf;
	t->cap = cap;
	t->len = 0;
	t->cut = false;
	if (cap > 0)
		buf[0] = '\0';
}

static void
add_char(struct mg_text *t, char c)
{
	if (t->len + 1 >= t->cap) {
		t->cut = true;
		return;
	}
	t->buf[t->len++] = c;
	t->buf[t->len] = '\0';
}

static void
add_padded(struct mg_text *t, const char *s, size_t n, int width, bool left, char fill)
{
	size_t pad = width > 0 && (size_t)width > n ? (size_t)width - n : 0;

	for (size_t i = 0; !left && i < pad; i++)
		add_char(t, fill);
	for (size_t i = 0; i < n; i++)
		add_char(t, s[i]);
	for (size_t i = 0; left && i < pad; i++)
		add_char(t, ' ');
}

/* Digits of v, written backwards from `end`; returns the first. */
static char *
digits(char *end, uint64_t v, unsigned base)
{
	do {
		*--end = "0123456789abcdef"[v % base];
		v /= base;
	} while (v != 0);
	return end;
}

static uint64_t
magnitude(int64_t v)
{
	return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

struct spec {
	bool left;
	char fill;
	int width;
	bool is_long;
	char conv;
};

static const char *
parse_spec(const char *f, struct spec *s)
{
	*s = (struct spec){ .fill = ' ' };
	for (; *f == '-' || *f == '0'; f++) {
		if (*f == '-')
			s->left = true;
		else
			s->fill = '0';
	}
	for (; *f >= '0' && *f <= '9'; f++)
		s->width = s->width * 10 + (*f - '0');
	for (; *f == 'l' || *f == 'z'; f++)
		s->is_long = true;
	s->conv = *f;
	return *f != '\0' ? f + 1 : f;
}

static void
add_number(struct mg_text *t, const struct spec *s, uint64_t v, bool negative)
{
	char buf[24];
	char *end = buf + sizeof buf;
	char *p = digits(end, v, s->conv == 'x' ? 16 : 10);

	if (negative)
		*--p = '-';
	add_padded(t, p, (size_t)(end - p), s->width, s->left, s->fill);
}

/* va_list travels by pointer so that each conversion consumes its argument exactly once. */
static void
add_spec(struct mg_text *t, const struct spec *s, va_list *ap)
{
	switch (s->conv) {
	case 's': {
		const char *str = va_arg(*ap, const char *);

		str = str != NULL ? str : "(null)";
		add_padded(t, str, strlen(str), s->width, s->left, ' ');
		break;
	}
	case 'c': add_char(t, (char)va_arg(*ap, int)); break;
	case 'd': {
		int64_t v = s->is_long ? va_arg(*ap, long) : va_arg(*ap, int);

		add_number(t, s, magnitude(v), v < 0);
		break;
	}
	case 'u':
	case 'x':
		add_number(
		    t, s, s->is_long ? va_arg(*ap, unsigned long) : va_arg(*ap, unsigned), false);
		break;
	default: add_char(t, s->conv); break;
	}
}

void
mg_text_vadd(struct mg_text *t, const char *fmt, va_list ap)
{
	va_list args;
	struct spec s;

	va_copy(args, ap);
	while (*fmt != '\0') {
		if (*fmt != '%') {
			add_char(t, *fmt++);
			continue;
		}
		fmt = parse_spec(fmt + 1, &s);
		add_spec(t, &s, &args);
	}
	va_end(args);
}

void
mg_text_add(struct mg_text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mg_text_vadd(t, fmt, ap);
	va_end(ap);
}

/* Length that the first byte of a UTF-8 character announces, 0 when it is no first byte. */
static size_t
announced_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if ((first & 0xf0) == 0xe0)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t
mg_text_utf8_length(const char *str)
{
	const unsigned char *s = (const unsigned char *)str;
	size_t n = announced_length(s[0]);

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

void
mg_text_add_json(struct mg_text *t, const char *str)
{
	const unsigned char *s = (const unsigned char *)str;

	add_char(t, '"');
	while (*s != '\0') {
		size_t n = mg_text_utf8_length((const char *)s);

		if (n == 0) {
			mg_text_add(t, "\\ufffd");
			n = 1;
		} else if (*s == '"' || *s == '\\') {
			mg_text_add(t, "\\%c", *s);
		} else if (*s < 0x20 || *s == 0x7f) {
			mg_text_add(t, "\\u00%02x", *s);
		} else {
			for (size_t i = 0; i < n; i++)
				add_char(t, (char)s[i]);
		}
		s += n;
	}
	add_char(t, '"');
}

static const char size_units[] = "KMGTPE";

void
mg_text_add_size(struct mg_text *t, uint64_t bytes)
{
	int unit = -1;

	while (bytes != 0 && bytes % 1024 == 0 && unit < 5) {
		bytes /= 1024;
		unit++;
	}
	mg_text_add(t, "%lu", bytes);
	if (unit >= 0)
		add_char(t, size_units[unit]);
}

void
mg_text_add_human(struct mg_text *t, uint64_t bytes)
{
	uint64_t whole = bytes, tenths = 0;
	int unit = -1;

	while (whole >= 1000 && unit < 5) {
		tenths = whole % 1024 * 10 / 1024;
		whole /= 1024;
		unit++;
	}
	mg_text_add(t, "%lu", whole);
	if (unit >= 0 && whole < 100 && tenths > 0)
		mg_text_add(t, ".%lu", tenths);
	if (unit >= 0)
		add_char(t, size_units[unit]);
}

static const struct {
	const char *suffix;
	uint64_t ns;
} durations[] = {
	{ "h", 3600ull * 1000000000 },
	{ "m", 60ull * 1000000000 },
	{ "s", 1000000000 },
	{ "ms", 1000000 },
	{ "us", 1000 },
	{ "ns", 1 },
};
#define DURATIONS (sizeof durations / sizeof durations[0])

void
mg_text_add_duration(struct mg_text *t, uint64_t ns)
{
	size_t i = 0;

	if (ns == 0) {
		add_char(t, '0');
		return;
	}
	while (ns % durations[i].ns != 0)
		i++;
	mg_text_add(t, "%lu%s", ns / durations[i].ns, durations[i].suffix);
}

/* Number at *s; moves *s behind it. At least one digit. */
static int
parse_digits(const char **s, uint64_t *out)
{
	uint64_t v = 0;
	const char *p = *s;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return -ERANGE;
	*s = p;
	*out = v;
	return 0;
}

int
mg_text_parse_u64(const char *s, uint64_t *out)
{
	uint64_t v;
	int err = parse_digits(&s, &v);

	if (err != 0)
		return err;
	if (*s != '\0')
		return -EINVAL;
	*out = v;
	return 0;
}

/* A decimal fraction behind a number, as thousandths; "" is 0, "." alone an error. */
static int
parse_thousandths(const char **s, uint64_t *out)
{
	uint64_t scale = 100, v = 0;

	*out = 0;
	if (**s != '.')
		return 0;
	(*s)++;
	if (**s < '0' || **s > '9')
		return -EINVAL;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		v += scale * (uint64_t)(**s - '0');
		scale /= 10;
	}
	*out = v;
	return 0;
}

static int
scale(uint64_t whole, uint64_t thousandths, uint64_t unit, uint64_t *out)
{
	uint64_t v;

	if (__builtin_mul_overflow(whole, unit, &v))
		return -ERANGE;
	if (__builtin_add_overflow(
		v, unit / 1000 * thousandths + unit % 1000 * thousandths / 1000, &v))
		return -ERANGE;
	*out = v;
	return 0;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

int
mg_text_parse_size(const char *s, uint64_t *out_bytes)
{
	uint64_t v, thousandths, unit = 1;
	int err = parse_digits(&s, &v);

	if (err == 0)
		err = parse_thousandths(&s, &thousandths);
	if (err != 0)
		return err;
	for (int i = 0; i < 6; i++) {
		if (upper(*s) == size_units[i] && *s != '\0') {
			unit <<= 10 * (i + 1);
			s++;
			break;
		}
	}
	if (unit > 1 && *s == 'i')
		s++;
	if (upper(*s) == 'B')
		s++;
	if (*s != '\0' || (unit == 1 && thousandths != 0))
		return -EINVAL;
	return scale(v, thousandths, unit, out_bytes);
}

int
mg_text_parse_duration(const char *s, uint64_t *out_ns)
{
	uint64_t v, thousandths, unit = 1000000;
	int err = parse_digits(&s, &v);

	if (err == 0)
		err = parse_thousandths(&s, &thousandths);
	if (err != 0)
		return err;
	if (*s != '\0') {
		size_t i = 0;

		while (i < DURATIONS && strcmp(s, durations[i].suffix) != 0)
			i++;
		if (i == DURATIONS)
			return -EINVAL;
		unit = durations[i].ns;
	}
	return scale(v, thousandths, unit, out_ns);
}

int
mg_text_parse_percent(const char *s, uint64_t *out_pct)
{
	uint64_t v;
	int err = parse_digits(&s, &v);

	if (err != 0)
		return err;
	if (*s == '%')
		s++;
	if (*s != '\0')
		return -EINVAL;
	*out_pct = v;
	return 0;
}
