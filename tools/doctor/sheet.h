/* SPDX-License-Identifier: MIT */
/* What the doctor prints, on standard output: for people, at most 80 columns wide (but for commands
 * that are longer), in colour where it is given; and for programs. */
#ifndef MG_SHEET_H
#define MG_SHEET_H

#include <stdbool.h>

#include "tools/doctor/findings.h"
#include "tools/doctor/readings.h"

void mg_sheet_machine(
    const struct mg_readings_machine *m, const struct mg_findings *f, bool is_coloured);
void mg_sheet_process(
    const struct mg_readings_process *p, const struct mg_findings *f, bool is_coloured);

/* One JSON object, in one line; what is unknown is left out. */
void mg_sheet_json_machine(const struct mg_readings_machine *m, const struct mg_findings *f);
void mg_sheet_json_process(const struct mg_readings_process *p, const struct mg_findings *f);

#endif
