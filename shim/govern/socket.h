/* SPDX-License-Identifier: MIT */
/*
 * Where the stats socket is: $MEMGOV_SOCKET_DIR/PID.sock, in a folder that only its user may write
 * to, or DIR/UID/PID.sock, where DIR is root's and everybody's, as /tmp. The folder is made 0700,
 * and refused when it is a link, another user's, or writable by others (H57); the socket is 0600.
 */
#ifndef MG_SOCKET_H
#define MG_SOCKET_H

#include "shim/base/text.h"

#include <stdbool.h>

/* At start: remembers what the environment says; `runtime_dir` is XDG_RUNTIME_DIR or NULL. */
void mg_socket_start(const char *runtime_dir);

/* Why there is no socket; a sandbox that forbids it is nobody's mistake. */
struct mg_socket_reason {
	struct mg_text text; /* for people; set it up before */
	bool is_forbidden;
};

/* Governor thread: opens the socket and listens. The descriptor, or -1 and `why`. */
int mg_socket_open(struct mg_socket_reason *why);

/*
 * Removes the socket's file, if this process made one. The governor does it through the folder's
 * descriptor, which also works after a chroot; any other thread by path.
 */
void mg_socket_remove(void);

/* In a fork child: the file is the parent's. */
void mg_socket_after_fork_child(void);

#endif
