/* SPDX-License-Identifier: MIT */
/*
 * Names for the frames of a process's profile, through libdw, out of process: function, file and
 * line where there is debug information, with inlined functions; else the nearest symbol; else
 * module+0xoffset. C++ names are demangled. A file that is no longer the one the process has mapped
 * (build id) gives no names. Code outside of all modules is looked up in /tmp/perf-PID.map. Never
 * goes to the network. Answers are kept; one object a process, which may exec meanwhile. One
 * thread.
 */
#ifndef MG_SYMBOLS_H
#define MG_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/profile.h"

struct mg_symbols;

/* The process as this one sees it, also when its own name for itself is another (containers).
 * Cheap: files are opened when they are asked for. NULL: no memory. */
struct mg_symbols *mg_symbols_open(int pid);
void mg_symbols_close(struct mg_symbols *s);

/* From now on what is not known yet is looked up until then (CLOCK_MONOTONIC; UINT64_MAX, as at
 * first: always), and is a place without a name after it: screens do not wait for names. */
void mg_symbols_pace(struct mg_symbols *s, uint64_t until_ns);
/* How often that was so since mg_symbols_pace(). */
size_t mg_symbols_left(const struct mg_symbols *s);

struct mg_symbols_line {
	const char *function; /* never NULL; "libfoo.so+0x1234" when there is no name */
	const char *file;     /* NULL: not known; its last path component */
	int line;             /* 0: not known */
	const char *module;   /* last path component; "" outside of all */
	bool is_named;        /* function is a name */
	bool is_replaced;     /* the file that the process has mapped is there no more */
};

/* The lines of a frame, innermost (inlined) first; the strings live as long as s, and equal ones
 * are the same pointer. At least 1, at most `most`. */
size_t mg_symbols_resolve(struct mg_symbols *s, const struct mg_profile *p,
    const struct mg_profile_frame *frame, struct mg_symbols_line *out, size_t most);

/* The one string of s that is equal to `text`, as far as MG_SYMBOLS_STRING reaches, with "?" for
 * control characters: what a process calls its functions goes to terminals. */
#define MG_SYMBOLS_STRING 4096
const char *mg_symbols_string(struct mg_symbols *s, const char *text);

#endif
