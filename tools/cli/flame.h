/* SPDX-License-Identifier: MIT */
/* A flame graph: one SVG file that needs nothing else. Each function is as wide as the bytes that
 * it and those above it hold; its title tells the figures. */
#ifndef MG_FLAME_H
#define MG_FLAME_H

#include "tools/cli/export.h"

mg_export_fn mg_flame_write;

#endif
