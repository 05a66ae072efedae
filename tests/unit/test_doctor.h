/* SPDX-License-Identifier: MIT */
/* Rows of the doctor's rules: what is changed in readings of a healthy whole, and all findings that
 * this brings. */
#ifndef TEST_DOCTOR_H
#define TEST_DOCTOR_H

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tools/doctor/findings.h"

struct doctor_set {
	size_t offset, size;
	uint64_t number; /* of any width: this machine writes the low bytes first */
	const char *text;
};
#define SET(type, field, value)                                                            \
	{                                                                                  \
		offsetof(struct type, field), sizeof((struct type *)0)->field, value, NULL \
	}
#define NAME(type, field, value)                          \
	{                                                 \
		offsetof(struct type, field), 0, 0, value \
	}

#define DOCTOR_SETS 10

struct doctor_row {
	const char *name;
	const char *want; /* "id:level id:level", in the order they are found */
	struct doctor_set set[DOCTOR_SETS];
};

static inline void
doctor_apply(void *readings, const struct doctor_row *row)
{
	for (size_t i = 0; i < DOCTOR_SETS; i++) {
		const struct doctor_set *s = &row->set[i];

		if (s->text != NULL)
			strcpy((char *)readings + s->offset, s->text);
		else
			memcpy((char *)readings + s->offset, &s->number, s->size);
	}
}

static inline const char *
doctor_list(const struct mg_findings *f)
{
	static char buf[2048];
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < f->n; i++)
		n += (size_t)snprintf(buf + n, sizeof buf - n, "%s%s:%s", i > 0 ? " " : "",
		    f->list[i].id, mg_finding_level_name(f->list[i].level));
	return buf;
}

#endif
