/* SPDX-License-Identifier: MIT */
/* The version, where neither a tag nor VERSION= of the Makefile gives another one. */
#ifndef MG_VERSION
#define MG_VERSION "0.1.0"
#endif
