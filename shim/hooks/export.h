/* SPDX-License-Identifier: MIT */
/* All that the library exports is marked so; tests/lint/exports.txt lists the names. */
#ifndef MG_HOOKS_EXPORT_H
#define MG_HOOKS_EXPORT_H

#define EXPORT __attribute__((visibility("default")))

#endif
