/* SPDX-License-Identifier: MIT */
/*
 * The language of the stats socket: a request line in, a reply out. The first line of a reply is
 * "ok" or "error: reason". Nothing a client sends can do more than a command of commands.def.
 * Governor thread only.
 */
#ifndef MG_ANSWER_H
#define MG_ANSWER_H

#include "shim/base/text.h"
#include "shim/govern/compact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mg_answer_kind {
	MG_ANSWER_DONE,    /* the reply is complete */
	MG_ANSWER_COMPACT, /* it follows when compaction number `compaction` has finished */
	MG_ANSWER_WATCH,   /* "ok" stands there; blocks follow every `interval_ns` */
};

struct mg_answer {
	enum mg_answer_kind kind;
	uint64_t compaction;
	uint64_t interval_ns;
};

/* Room for the reply to this line, and for every block of `watch`, NUL included. */
size_t mg_answer_room(const char *line);

/* `line` without its newline; `len` may exceed strlen(line), which is then an error of the
 * client's. It is written to. */
struct mg_answer mg_answer_line(char *line, size_t len, bool read_only, struct mg_text *out);

/* The body that MG_ANSWER_COMPACT promised; one block of MG_ANSWER_WATCH. */
void mg_answer_compacted(const struct mg_compact *c, struct mg_text *out);
void mg_answer_block(struct mg_text *out);

#endif
