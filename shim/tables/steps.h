/* SPDX-License-Identifier: MIT */
/*
 * The list of steps that MEMGOV_AT_LIMIT holds, as text and back:
 * "compact,notify,wait=500ms,gc=SIGUSR2,fail". Its own file because it is the only option with a
 * grammar. Pure.
 */
#ifndef MG_STEPS_H
#define MG_STEPS_H

#include "shim/base/text.h"
#include "shim/tables/config.h"

#include <stdint.h>

/*
 * Fills `out` and returns 0, or returns -EINVAL or -ERANGE with `verdict` completing the sentence
 * "the list ...": "has the unknown step 'banana'".
 */
int mg_steps_parse(const char *list, struct mg_steps *out, struct mg_text *verdict);

void mg_steps_print(const struct mg_steps *steps, struct mg_text *out);

#endif
