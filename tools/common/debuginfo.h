/* SPDX-License-Identifier: MIT */
/*
 * What one ELF file and its debug information say about a place in it. The only user of elfutils.
 * Debug information is looked for where Debian puts it and beside the file, never on the network.
 * Names are as in the file, not demangled; strings live as long as the object. One thread.
 */
#ifndef MG_DEBUGINFO_H
#define MG_DEBUGINFO_H

#include <stddef.h>
#include <stdint.h>

struct mg_debuginfo;

/*
 * `build_id` in hex, or empty when the file is to have none. 0 and *out; -ENOENT when there is no
 * such ELF file that can be read, -ESTALE when its build id is another, -ENOMEM.
 */
int mg_debuginfo_open(const char *path, const char *build_id, struct mg_debuginfo **out);
void mg_debuginfo_close(struct mg_debuginfo *d);

struct mg_debuginfo_line {
	const char *function; /* NULL: not known */
	const char *file;     /* with its folder, as the compiler was told; NULL: not known */
	int line;             /* 0: not known */
};

/*
 * Functions at an offset from where the file's first page is mapped: what was inlined there first,
 * then what it was inlined into. Without debug information the symbol whose size covers it. 0 when
 * nothing is known.
 */
size_t mg_debuginfo_lines(
    struct mg_debuginfo *d, uint64_t offset, struct mg_debuginfo_line *out, size_t most);

#endif
