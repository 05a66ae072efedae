/* SPDX-License-Identifier: MIT */
/*
 * Part of all that is built to be counted: a program that may not write its counters to the build
 * folder any more says nothing about it when it exits.
 */
#ifndef COVERAGE_QUIET_H
#define COVERAGE_QUIET_H

#include <stdbool.h>

__attribute__((visibility("hidden"))) bool coverage_can_write(void);

#endif
