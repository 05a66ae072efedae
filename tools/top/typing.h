/* SPDX-License-Identifier: MIT */
/* The line that a user types: a search or a filter, which act at every key, a time, or the value of
 * a setting. Pure. */
#ifndef MG_TYPING_H
#define MG_TYPING_H

#include <stdbool.h>

#include "tools/top/model.h"

void mg_typing_begin_search(struct mg_model *m);
void mg_typing_begin_filter(struct mg_model *m);
void mg_typing_begin_delay(struct mg_model *m);
void mg_typing_begin_edit(struct mg_model *m, const char *setting, const char *value);

/* A key of the line. True when it ended in a command for the process of the page. */
bool mg_typing_key(
    struct mg_model *m, int key, char command_out[MG_CLIENT_REQUEST_BYTES], uint64_t now_ns);

#endif
