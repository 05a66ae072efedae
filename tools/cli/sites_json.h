/* SPDX-License-Identifier: MIT */
/* Sites for programs: one JSON object on standard output. */
#ifndef MG_SITES_JSON_H
#define MG_SITES_JSON_H

#include "tools/cli/sites_table.h"

void mg_sites_json_print(const struct mg_sites_view *v);
void mg_sites_json_print_diff(const struct mg_sites_view *v, const struct mg_capture *then,
    const struct mg_sites_change *changes, size_t n, uint64_t span_ms);

#endif
