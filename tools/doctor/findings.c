/* SPDX-License-Identifier: MIT */
#include "tools/doctor/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shim/base/text.h"

#define MOST_PCT 100000

const char *
mg_finding_level_name(enum mg_finding_level level)
{
	static const char *const names[] = { "fine", "note", "warn", "critical" };

	return names[level];
}

/* Control characters, and what is no UTF-8. */
void
mg_findings_clean(char *s, bool has_lines)
{
	size_t n;

	for (; *s != '\0'; s += n) {
		const unsigned char *c = (const unsigned char *)s;
		bool is_bad = c[0] < 0x20 || c[0] == 0x7f || (c[0] == 0xc2 && c[1] < 0xa0);

		n = mg_text_utf8_length(s);
		if (n == 0 || (is_bad && !(has_lines && *s == '\n'))) {
			n = n > 0 ? n : 1;
			memset(s, '?', n);
		}
	}
}

void
mg_findings_add(
    struct mg_findings *f, enum mg_finding_level level, const char *id, const char *fmt, ...)
{
	struct mg_finding *x;
	va_list ap;

	f->n -= f->n == MG_FINDINGS;
	x = &f->list[f->n++];
	*x = (struct mg_finding){ .level = level, .id = id };
	va_start(ap, fmt);
	vsnprintf(x->text, sizeof x->text, fmt, ap);
	va_end(ap);
	mg_findings_clean(x->text, false);
}

void
mg_findings_command(struct mg_findings *f, const char *fmt, ...)
{
	struct mg_finding *x;
	size_t used;
	va_list ap;

	if (f->n == 0)
		return;
	x = &f->list[f->n - 1];
	used = strlen(x->command);
	if (used > 0 && used < sizeof x->command - 1)
		x->command[used++] = '\n';
	va_start(ap, fmt);
	vsnprintf(x->command + used, sizeof x->command - used, fmt, ap);
	va_end(ap);
	mg_findings_clean(x->command, true);
}

void
mg_findings_sort(struct mg_findings *f)
{
	for (size_t i = 1; i < f->n; i++) {
		struct mg_finding x = f->list[i];
		size_t k = i;

		for (; k > 0 && f->list[k - 1].level < x.level; k--)
			f->list[k] = f->list[k - 1];
		f->list[k] = x;
	}
}

const struct mg_finding *
mg_findings_find(const struct mg_findings *f, const char *id)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->list[i].id, id) == 0)
			return &f->list[i];
	return NULL;
}

enum mg_finding_level
mg_findings_mark(const struct mg_marks *m, unsigned used_pct)
{
	if (used_pct >= m->critical_pct)
		return MG_FINDING_CRITICAL;
	if (used_pct >= m->warn_pct)
		return MG_FINDING_WARN;
	return used_pct >= m->fine_pct ? MG_FINDING_NOTE : MG_FINDING_FINE;
}

unsigned
mg_findings_pct(uint64_t part, uint64_t whole)
{
	double pct = whole > 0 ? (double)part * 100.0 / (double)whole : 0;

	return pct < MOST_PCT ? (unsigned)pct : MOST_PCT;
}

bool
mg_findings_is_word(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789@%+=:,./_-";

	return s[0] != '\0' && s[0] != '-' && s[strspn(s, letters)] == '\0';
}
