/* SPDX-License-Identifier: MIT */
/* The older text format of gperftools' heap profiles, which Debian's google-pprof reads: addresses
 * and where the program's files lie; it finds the names itself. */
#ifndef MG_GOOGLE_H
#define MG_GOOGLE_H

#include "tools/cli/export.h"

mg_export_fn mg_google_write;

#endif
