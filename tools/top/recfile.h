/* SPDX-License-Identifier: MIT */
/* The file of a recording: lines, compressed with gzip. */
#ifndef MG_RECFILE_H
#define MG_RECFILE_H

#include <stddef.h>
#include <stdint.h>

#define MG_RECFILE_WHY 256

struct mg_recfile;

/* For reading, also of one that was unpacked. NULL and errno. */
struct mg_recfile *mg_recfile_open(const char *path);

/* The next line, good until the next call. 1; 0 at the end; -EIO when what follows is cut off,
 * damaged, or no text. */
int mg_recfile_line(struct mg_recfile *f, char **line_out);
uint64_t mg_recfile_number(const struct mg_recfile *f); /* of the last line, from 1 */
void mg_recfile_rewind(struct mg_recfile *f);
int mg_recfile_close(struct mg_recfile *f); /* 0 or -errno: what was written is not all there */

/* For adding to it, or made anew for its owner only; NULL, and `why` says what is wrong. A file
 * that is no recording, or whose end is damaged, is not added to. */
struct mg_recfile *mg_recfile_append(const char *path, char why[MG_RECFILE_WHY]);

/* 0 or -errno; so does _flush, which puts all that was written into the file. */
int mg_recfile_write(struct mg_recfile *f, const char *text, size_t n);
int mg_recfile_flush(struct mg_recfile *f);
uint64_t mg_recfile_bytes(const struct mg_recfile *f); /* in the file by now */

#endif
