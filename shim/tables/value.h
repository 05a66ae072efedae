/* SPDX-License-Identifier: MIT */
/*
 * One value of an option: text to field and field to text, by the type and the range that its row
 * states. Pure; used by config.c only.
 */
#ifndef MG_VALUE_H
#define MG_VALUE_H

#include "shim/base/text.h"
#include "shim/tables/config.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Fills `field`, which is the option's field of a struct mg_config. On failure it is unchanged, the
 * result is -EINVAL or -ERANGE, and `verdict`, empty before, completes the sentence "VALUE ...":
 * "is not a size".
 */
int mg_value_parse(
    const struct mg_option *o, const char *value, void *field, struct mg_text *verdict);

/* Fills `field` with the default of its row. The range is not looked at: a unit test holds every
 * default to it. */
void mg_value_restore(const struct mg_option *o, void *field);

void mg_value_print(const struct mg_option *o, const void *field, struct mg_text *out);

/* Whether the row of a number accepts it. */
bool mg_value_is_in_range(const struct mg_option *o, uint64_t v);

/* What a user typed, in quotes, cut to 60 bytes and without control characters. */
void mg_value_quote(struct mg_text *t, const char *s);

/* Control characters would end or forge a line of a log or a reply. */
bool mg_value_is_control(char c);

#endif
