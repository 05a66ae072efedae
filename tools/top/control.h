/* SPDX-License-Identifier: MIT */
/* What keys do to the model. Pure. */
#ifndef MG_CONTROL_H
#define MG_CONTROL_H

#include <stdint.h>

#include "tools/top/model.h"

enum mg_control_kind {
	MG_CONTROL_NOTHING,
	MG_CONTROL_QUIT,
	MG_CONTROL_FOCUS,   /* `pid` is looked at closely; 0: none */
	MG_CONTROL_COMMAND, /* `text` is to be sent to `pid` */
};

struct mg_control_effect {
	enum mg_control_kind kind;
	int pid;
	char text[MG_CLIENT_REQUEST_BYTES];
};

/* A key: a character, or one of enum mg_key. Answers with what is to be done outside of the model.
 */
struct mg_control_effect mg_control_key(struct mg_model *m, int key, uint64_t now_ns);

#endif
