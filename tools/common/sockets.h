/* SPDX-License-Identifier: MIT */
/*
 * Where the stats sockets of governed processes are: $MEMGOV_SOCKET_DIR when it is set, else the
 * user's own folders, and for root those of all users and of services. A folder that is a link,
 * that others may write to, or that belongs to somebody else than the user it is named after, is
 * not looked into: its sockets could be anybody's (H57).
 */
#ifndef MG_SOCKETS_H
#define MG_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mg_socket {
	int pid;
	uid_t uid;           /* of the folder, and so of the socket */
	uint64_t made_ns;    /* when it was made, CLOCK_REALTIME */
	unsigned long inode; /* tells it from a later one of the same name */
	char path[108];      /* what fits into a sockaddr_un */
};

/* All zero is an empty list. */
struct mg_sockets {
	struct mg_socket *list; /* by pid */
	size_t n, cap;
	char refused[256]; /* a folder that was not looked into, and why; empty when there was none
			    */
};

/* Lists anew. 0 or -ENOMEM; folders that are not there are no error. */
int mg_sockets_list(struct mg_sockets *s);
void mg_sockets_free(struct mg_sockets *s);

/* NULL when there is none. */
const struct mg_socket *mg_sockets_find(const struct mg_sockets *s, int pid);

/* "1234.sock" -> 1234; 0 for any other name. */
int mg_sockets_parse_name(const char *name);

/*
 * To be asked when a connection was refused: true when the process is gone, is a later one with the
 * same id, or runs another program without memgov, and then the socket has been removed.
 */
bool mg_sockets_remove_stale(const struct mg_socket *s);

#endif
