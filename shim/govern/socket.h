/* SPDX-License-Identifier: MIT */
/*
 * Where the stats socket is: $MEMGOV_SOCKET_DIR/PID.sock, in a folder that only its user may write
 * to. The folder is made 0700, and refused when it is a link, another user's, or writable by others
 * (H57); the socket is 0600.
 */
#ifndef MG_SOCKET_H
#define MG_SOCKET_H

#include "shim/base/text.h"

/* At start: remembers what the environment says; `runtime_dir` is XDG_RUNTIME_DIR or NULL. */
void mg_socket_start(const char *runtime_dir);

/* Governor thread: opens the socket and listens. The descriptor, or -1 with a reason for people in
 * `why`. */
int mg_socket_open(struct mg_text *why);

/*
 * Removes the socket's file, if this process made one. The governor does it through the folder's
 * descriptor, which also works after a chroot; any other thread by path.
 */
void mg_socket_remove(void);

/* In a fork child: the file is the parent's. */
void mg_socket_after_fork_child(void);

#endif
