/* SPDX-License-Identifier: MIT */
/*
 * Text without stdio: printing into a bounded buffer, and one parser and one printer for each kind
 * of value that a user types or reads. Nothing here allocates, locks, or touches errno, so it may
 * be used inside malloc. Any thread; no state.
 */
#ifndef MG_TEXT_H
#define MG_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A buffer of the caller's. Always NUL-terminated when cap > 0; `cut` says that something did not
 * fit. */
struct mg_text {
	char *buf;
	size_t cap;
	size_t len;
	bool cut;
};

void mg_text_init(struct mg_text *t, char *buf, size_t cap);

/* Of printf: %s %c %d %u %ld %lu %lx %zu and %%, with a minimum width ("%5u", "%-10s", "%02u"). */
__attribute__((format(printf, 2, 3))) void mg_text_add(struct mg_text *t, const char *fmt, ...);
void mg_text_vadd(struct mg_text *t, const char *fmt, va_list ap);

/* Bytes of the UTF-8 character at s, 1 for ASCII; 0 when it is none (overlong and surrogates
 * included). */
size_t mg_text_utf8_length(const char *s);

/* A JSON string, quotes included. Bytes that are not UTF-8 text become U+FFFD. */
void mg_text_add_json(struct mg_text *t, const char *s);

/* Exact, in the largest unit that divides: 536870912 -> "512M", 0 -> "0", 1000 -> "1000". */
void mg_text_add_size(struct mg_text *t, uint64_t bytes);
/* For people: at most 5 columns, "0", "999", "12.3K", "512M", "1.5G". */
void mg_text_add_human(struct mg_text *t, uint64_t bytes);
/* Exact, in the largest unit that divides: "2s", "1h", "1500ms"; below 1 ms in "ns". */
void mg_text_add_duration(struct mg_text *t, uint64_t ns);

/*
 * Parsers take the whole string: white space or anything left over is an error.
 * 0, -EINVAL (not a value of this kind) or -ERANGE (does not fit in 64 bits).
 */
int mg_text_parse_u64(const char *s, uint64_t *out);
int mg_text_parse_size(const char *s, uint64_t *out_bytes);  /* 10, 10K, 1.5G, 10MB, 10MiB; 1024s */
int mg_text_parse_duration(const char *s, uint64_t *out_ns); /* 10ms, 2s, 1m, 1h; bare = ms, 0 */
int mg_text_parse_percent(const char *s, uint64_t *out_pct); /* 80% or 80 */

#endif
