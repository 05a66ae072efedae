/* SPDX-License-Identifier: MIT */
#include "tools/common/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "shim/base/sys.h"

/* The listener is the owner of the socket or root; or else somebody has put it into a folder not
 * his. */
static bool
is_owner(int fd, const char *path)
{
	struct ucred peer;
	socklen_t n = sizeof peer;
	struct stat st;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == -1 || stat(path, &st) == -1)
		return false;
	return peer.uid == st.st_uid || peer.uid == 0;
}

/* A connected socket in *out. A unix socket connects at once or not at all. */
static int
connect_to(const char *path, int flags, int *out)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, err = 0;

	if (strlen(path) >= sizeof a.sun_path)
		return -ENAMETOOLONG;
	strcpy(a.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd == -1)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&a, sizeof a) == -1)
		err = -errno;
	else if (!is_owner(fd, path))
		err = -EPERM;
	if (err != 0) {
		close(fd);
		return err;
	}
	*out = fd;
	return 0;
}

static bool
finish(struct mg_client *c, int result)
{
	close(c->fd);
	c->busy = false;
	c->result = result;
	return true;
}

/* 0 when all is sent, -EAGAIN when the socket is full, or another -errno. */
static int
send_rest(struct mg_client *c)
{
	while (c->sent < c->request_len) {
		ssize_t n =
		    send(c->fd, c->request + c->sent, c->request_len - c->sent, MSG_NOSIGNAL);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -errno;
		c->sent += (size_t)n;
	}
	return 0;
}

static int
make_room(struct mg_client *c)
{
	size_t cap = c->cap > 0 ? c->cap * 2 : 8192;
	char *reply;

	if (c->len + 1 < c->cap)
		return 0;
	if (c->cap >= MG_CLIENT_REPLY_BYTES)
		return -EFBIG;
	reply = realloc(c->reply, cap);
	if (reply == NULL)
		return -ENOMEM;
	c->reply = reply;
	c->cap = cap;
	return 0;
}

/* 0 at the end of the reply, -EAGAIN when more is to come, or another -errno. */
static int
receive_rest(struct mg_client *c)
{
	for (;;) {
		int err = make_room(c);
		ssize_t n;

		if (err != 0)
			return err;
		n = recv(c->fd, c->reply + c->len, c->cap - c->len - 1, 0);
		if (n == 0) {
			c->reply[c->len] = '\0';
			return 0;
		}
		if (n == -1 && errno != EINTR)
			return -errno;
		if (n > 0)
			c->len += (size_t)n;
	}
}

int
mg_client_start(struct mg_client *c, const char *path, const char *request, uint64_t deadline_ns)
{
	int n = snprintf(c->request, sizeof c->request, "%s\n", request), err;

	if (n < 0 || (size_t)n >= sizeof c->request)
		return -E2BIG;
	err = connect_to(path, SOCK_NONBLOCK, &c->fd);
	if (err != 0)
		return err;
	c->busy = true;
	c->request_len = (size_t)n;
	c->sent = 0;
	c->len = 0;
	c->deadline_ns = deadline_ns;
	return 0;
}

short
mg_client_events(const struct mg_client *c)
{
	return c->sent < c->request_len ? POLLOUT : POLLIN;
}

bool
mg_client_step(struct mg_client *c, uint64_t now_ns)
{
	int err = send_rest(c);

	/* A refusal ("too many readers") may be there although the request could not be sent. */
	if (err == 0 || err == -EPIPE)
		err = receive_rest(c);
	if (err != -EAGAIN)
		return finish(c, err);
	return now_ns >= c->deadline_ns ? finish(c, -ETIME) : false;
}

void
mg_client_end(struct mg_client *c)
{
	if (c->busy)
		finish(c, -ECANCELED);
	free(c->reply);
	c->reply = NULL;
	c->len = c->cap = 0;
}

int
mg_client_ask(struct mg_client *c, const char *path, const char *request, uint64_t timeout_ns)
{
	uint64_t now = mg_sys_now_ns();
	int err = mg_client_start(c, path, request, now + timeout_ns);

	if (err != 0)
		return err;
	while (!mg_client_step(c, now)) {
		struct pollfd p = { .fd = c->fd, .events = mg_client_events(c) };

		poll(&p, 1, (int)((c->deadline_ns - now) / MG_NS_PER_MS) + 1);
		now = mg_sys_now_ns();
	}
	return c->result;
}

int
mg_client_stream(const char *path, const char *request, mg_client_take_fn *take, void *context)
{
	struct mg_client c = { .request_len = strlen(request) + 1 };
	int err = connect_to(path, 0, &c.fd);
	char bytes[8192];
	ssize_t n = 0;

	if (err != 0)
		return err;
	snprintf(c.request, sizeof c.request, "%s\n", request);
	err = send_rest(&c);
	while (err == 0 && (n = recv(c.fd, bytes, sizeof bytes, 0)) > 0)
		if (!take(context, bytes, (size_t)n))
			break;
	if (err == 0 && n == -1)
		err = -errno;
	close(c.fd);
	return err;
}
