/* SPDX-License-Identifier: MIT */
/* The one place that holds the version. */
#ifndef MG_VERSION_H
#define MG_VERSION_H

#define MG_VERSION "0.1.0"

#endif
