/* SPDX-License-Identifier: MIT */
/*
 * The options in force. Readers get a pointer to a config that does not change; a change publishes
 * another one. Sixteen stand in a ring, so a pointer stays good for the few microseconds it is
 * held. Any thread.
 */
#ifndef MG_LIVE_H
#define MG_LIVE_H

#include "shim/base/text.h"
#include "shim/tables/config.h"

#include <stdbool.h>

const struct mg_config *mg_live_config(void);

/* True while nobody has set or asked for an option: all are at their defaults, and not even made.
 */
bool mg_live_is_untouched(void);

/* At start, when the environment says anything; without it the defaults hold. *c must outlive the
 * process. */
void mg_live_start(const struct mg_config *c);

/* As mg_config_set(), and takes effect at once: ceiling and reserve for the next allocation, the
 * rest at the next tick. */
int mg_live_set(const char *name, const char *value, struct mg_text *why);

/* A change that another thread was making is not published, and never will be. */
void mg_live_after_fork_child(void);

#endif
