// SPDX-License-Identifier: MIT
/* A library to preload that does nothing at all. */
int lib_quiet_is_here = 1;
