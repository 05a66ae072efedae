/* SPDX-License-Identifier: MIT */
#include "tools/serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/base/text.h"

#define BACKLOG 128

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* 0 or -EINVAL. */
static int
fill(const struct mg_listen *l, union address *a)
{
	*a = (union address){ 0 };
	if (l->is_v6) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons((uint16_t)l->port);
		return inet_pton(AF_INET6, l->address, &a->v6.sin6_addr) == 1 ? 0 : -EINVAL;
	}
	a->v4.sin_family = AF_INET;
	a->v4.sin_port = htons((uint16_t)l->port);
	return inet_pton(AF_INET, l->address, &a->v4.sin_addr) == 1 ? 0 : -EINVAL;
}

int
mg_listen_parse(const char *text, struct mg_listen *out)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;
	union address a;
	uint64_t port;

	*out = (struct mg_listen){ .fd = -1, .is_v6 = text[0] == '[' };
	if (colon == NULL || mg_text_parse_u64(colon + 1, &port) != 0 || port > 65535)
		return -EINVAL;
	if (out->is_v6) {
		if (n < 2 || text[n - 1] != ']')
			return -EINVAL;
		text++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof out->address)
		return -EINVAL;
	memcpy(out->address, text, n);
	if (!out->is_v6 && strcasecmp(out->address, "localhost") == 0)
		strcpy(out->address, "127.0.0.1");
	out->port = (unsigned)port;
	return fill(out, &a);
}

static int
bind_and_listen(struct mg_listen *l, int fd)
{
	union address a;
	socklen_t n = sizeof a;
	int on = 1;

	fill(l, &a);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (l->is_v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, &a.any, l->is_v6 ? sizeof a.v6 : sizeof a.v4) == -1 ||
	    listen(fd, BACKLOG) == -1 || getsockname(fd, &a.any, &n) == -1)
		return -errno;
	l->port = ntohs(l->is_v6 ? a.v6.sin6_port : a.v4.sin_port);
	return 0;
}

int
mg_listen_open(struct mg_listen *l)
{
	int err;

	l->fd =
	    socket(l->is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd == -1)
		return -errno;
	err = bind_and_listen(l, l->fd);
	if (err != 0)
		close(l->fd);
	return err;
}

char *
mg_listen_url(const struct mg_listen *l, char *buf, size_t n)
{
	snprintf(buf, n, "http://%s%s%s:%u/", l->is_v6 ? "[" : "", l->address, l->is_v6 ? "]" : "",
	    l->port);
	return buf;
}
