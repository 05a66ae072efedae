/* SPDX-License-Identifier: MIT */
/* What keys do on the page of the table. Pure. */
#ifndef MG_TABLEKEYS_H
#define MG_TABLEKEYS_H

#include "tools/top/keys.h"
#include "tools/top/model.h"

/* False for an action that is not the table's own. */
bool mg_tablekeys_act(struct mg_model *m, enum mg_keys_action action, uint64_t now_ns);

#endif
