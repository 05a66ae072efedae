/* SPDX-License-Identifier: MIT */
/* Where to listen. */
#ifndef MG_LISTEN_H
#define MG_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

struct mg_listen {
	char address[64]; /* numeric, without brackets */
	unsigned port;    /* 0: any that is free */
	bool is_v6;
	int fd;
};

/* "127.0.0.1:7766", "localhost:7766", "[::1]:7766". 0 or -EINVAL. */
int mg_listen_parse(const char *text, struct mg_listen *out);

/* Opens the socket, and fills in the port that it got. 0 or -errno. */
int mg_listen_open(struct mg_listen *l);

/* "http://[::1]:7766/". Returns buf. */
char *mg_listen_url(const struct mg_listen *l, char *buf, size_t n);

#endif
