/* SPDX-License-Identifier: MIT */
/* The format of pprof: profile.proto, gzipped, with names, files, lines and inlined functions. */
#ifndef MG_PPROF_H
#define MG_PPROF_H

#include "tools/cli/export.h"

mg_export_fn mg_pprof_write;

#endif
