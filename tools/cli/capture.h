/* SPDX-License-Identifier: MIT */
/* A process's profile at one moment, taken from its socket or from a file that was saved before. */
#ifndef MG_CAPTURE_H
#define MG_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/profile.h"
#include "tools/common/sockets.h"

struct mg_capture {
	char command[64]; /* "?" when the process has ended */
	char *raw;        /* as the process printed it */
	struct mg_profile profile;
	bool has_exact; /* the statistics came, too */
	uint64_t live_bytes, alloc_bytes;
};

/* Both return 0, and the capture is to be freed; or an exit status, and it is said why. */
int mg_capture_take(const struct mg_socket *s, struct mg_capture *out);
int mg_capture_read(const char *path, struct mg_capture *out);
void mg_capture_free(struct mg_capture *c);

/* When there is nothing to be shown, says on stderr why, and what to do about it. */
bool mg_capture_is_empty(const struct mg_capture *c, int pid);

#endif
