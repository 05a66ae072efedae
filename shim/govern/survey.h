/* SPDX-License-Identifier: MIT */
/*
 * One look at everything: fills a whole snapshot from the heap, the kernel and the records of
 * compactions. Any thread; about 100 microseconds, most of them in /proc.
 */
#ifndef MG_SURVEY_H
#define MG_SURVEY_H

#include "shim/tables/snapshot.h"

/* At start and in a fork child. */
void mg_survey_start(void);

void mg_survey_take(struct mg_snapshot *s);

/* Memory that another part of memgov mapped for its tables; goes into own_bytes. */
void mg_survey_add_own(uint64_t bytes);

#endif
