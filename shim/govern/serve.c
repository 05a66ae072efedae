/* SPDX-License-Identifier: MIT */
#include "shim/govern/serve.h"

#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/govern/answer.h"
#include "shim/govern/descriptors.h"
#include "shim/govern/live.h"
#include "shim/govern/reply.h"
#include "shim/govern/socket.h"
#include "shim/govern/survey.h"
#include "shim/govern/tick.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_NS (5 * MG_NS_PER_S)
#define LINGER_NS MG_NS_PER_S
/* Patience with those that say nothing while others may be waiting for their place. */
#define CROWDED_NS (MG_NS_PER_S / 4)

/* One line is enough: the governor comes and goes when the program changes its credentials. */
static _Atomic bool is_missing_said;

void
mg_serve_open(struct mg_serve *s)
{
	char buf[512];
	struct mg_socket_reason why;

	memset(s, 0, sizeof *s);
	s->listen_fd = -1;
	s->read_only = mg_live_config()->socket == MG_SOCKET_RO;
	if (mg_live_config()->socket == MG_SOCKET_OFF)
		return;
	mg_text_init(&why.text, buf, sizeof buf);
	s->listen_fd = mg_socket_open(&why);
	if (s->listen_fd == -1 && !atomic_exchange(&is_missing_said, true))
		mg_log(why.is_forbidden ? MG_LOG_INFO : MG_LOG_WARN, "no stats socket: %s", buf);
}

static void
drop(struct mg_serve_client *c)
{
	if (mg_descriptors_is_ours(c->fd))
		mg_sys_close(c->fd);
	mg_reply_put(c);
	mg_sys_unmap(c->in, MG_SERVE_CLIENT_BYTES);
	memset(c, 0, sizeof *c);
}

void
mg_serve_close(struct mg_serve *s)
{
	for (int i = 0; i < MG_SERVE_CLIENTS; i++)
		if (s->clients[i].state != MG_SERVE_FREE)
			drop(&s->clients[i]);
	if (s->listen_fd != -1 && mg_descriptors_is_ours(s->listen_fd))
		mg_sys_close(s->listen_fd);
	s->listen_fd = -1;
	mg_socket_remove();
}

static struct mg_serve_client *
find_free(struct mg_serve *s)
{
	for (int i = 0; i < MG_SERVE_CLIENTS; i++)
		if (s->clients[i].state == MG_SERVE_FREE)
			return &s->clients[i];
	return NULL;
}

/* When every place is taken: the client that has kept its request to itself for longest, -1 for
 * none. */
static int
longest_silent(const struct mg_serve *s)
{
	int found = -1;

	for (int i = 0; i < MG_SERVE_CLIENTS; i++) {
		const struct mg_serve_client *c = &s->clients[i];

		if (c->state == MG_SERVE_FREE)
			return -1;
		if (c->state == MG_SERVE_READING &&
		    (found == -1 || c->deadline_ns < s->clients[found].deadline_ns))
			found = i;
	}
	return found;
}

static uint64_t
crowded_deadline_ns(const struct mg_serve_client *c)
{
	return c->deadline_ns - PATIENCE_NS + CROWDED_NS;
}

/* The mode of the folder and the socket says the same; this also holds where a file system ignores
 * modes. */
static bool
is_allowed(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static void
turn_away(int fd, const char *reason)
{
	send(fd, reason, strlen(reason), MSG_NOSIGNAL | MSG_DONTWAIT);
	mg_sys_close(fd);
}

static void
admit(struct mg_serve *s, int fd)
{
	struct mg_serve_client *c = find_free(s);

	if (!is_allowed(fd)) {
		turn_away(fd, "error: not allowed\n");
		return;
	}
	c->in = mg_sys_map(MG_SERVE_CLIENT_BYTES);
	if (c->in == NULL) {
		turn_away(fd, "error: no memory\n");
		return;
	}
	c->fd = mg_descriptors_keep(fd);
	c->state = MG_SERVE_READING;
	c->deadline_ns = mg_sys_now_ns() + PATIENCE_NS;
	mg_reply_put(c);
}

static void
accept_all(struct mg_serve *s)
{
	while (find_free(s) != NULL) {
		int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd == -1)
			return;
		admit(s, fd);
	}
}

/* After the reply: no more to come from us; what the client still sends is read away until it
 * closes. */
static void
linger(struct mg_serve_client *c)
{
	shutdown(c->fd, SHUT_WR);
	mg_reply_put(c);
	c->state = MG_SERVE_LINGERING;
	c->deadline_ns = mg_sys_now_ns() + LINGER_NS;
}

static void
send_out(struct mg_serve_client *c)
{
	while (c->sent < c->out.len) {
		ssize_t n = send(
		    c->fd, c->out.buf + c->sent, c->out.len - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			drop(c);
			return;
		}
		c->sent += (size_t)n;
		c->deadline_ns = mg_sys_now_ns() + PATIENCE_NS;
	}
	if (c->watch_ns != 0)
		c->state = MG_SERVE_WATCHING;
	else
		linger(c);
}

static void
start_sending(struct mg_serve_client *c)
{
	c->sent = 0;
	c->state = MG_SERVE_WRITING;
	c->deadline_ns = mg_sys_now_ns() + PATIENCE_NS;
	send_out(c);
}

static void
obey(struct mg_serve *s, struct mg_serve_client *c, size_t len)
{
	struct mg_answer a;

	c->in[len] = '\0';
	if (!mg_reply_get(s, c)) {
		start_sending(c);
		return;
	}
	a = mg_answer_line(c->in, len, s->read_only, &c->out);
	if (a.kind == MG_ANSWER_COMPACT) {
		c->compaction = a.compaction;
		c->state = MG_SERVE_WAITING;
		return;
	}
	if (a.kind == MG_ANSWER_WATCH) {
		c->watch_ns = a.interval_ns;
		c->next_ns = mg_sys_now_ns();
	}
	start_sending(c);
}

/* A whole line, or the end of what the client sends, makes a request. */
static void
read_request(struct mg_serve *s, struct mg_serve_client *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_len, MG_SERVE_LINE_BYTES - c->in_len, MSG_DONTWAIT);
	char *end;

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 || (n == 0 && c->in_len == 0)) {
		drop(c);
		return;
	}
	c->in_len += (size_t)n;
	end = memchr(c->in, '\n', c->in_len);
	if (end != NULL) {
		obey(s, c, (size_t)(end - c->in));
	} else if (n == 0) {
		obey(s, c, c->in_len);
	} else if (c->in_len == MG_SERVE_LINE_BYTES) {
		mg_text_add(&c->out, "error: request line above %u bytes\n", MG_SERVE_LINE_BYTES);
		start_sending(c);
	}
}

/* Anything a client sends now is of no interest; that it hangs up is. */
static void
read_away(struct mg_serve_client *c)
{
	char waste[1024];
	ssize_t n;

	do {
		n = recv(c->fd, waste, sizeof waste, MSG_DONTWAIT);
	} while (n > 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	/* A client may close its sending side and go on reading. */
	if (c->state == MG_SERVE_LINGERING || n == -1)
		drop(c);
}

static bool
wants_input(const struct mg_serve_client *c)
{
	return c->state == MG_SERVE_READING || c->state == MG_SERVE_LINGERING;
}

static short
wanted_events(const struct mg_serve_client *c)
{
	return wants_input(c) ? POLLIN : c->state == MG_SERVE_WRITING ? POLLOUT : 0;
}

/* Clients beyond what we can hold wait in the kernel's queue. */
size_t
mg_serve_poll_set(struct mg_serve *s, struct pollfd *out)
{
	size_t n = 1;

	out[0] =
	    (struct pollfd){ .fd = find_free(s) != NULL ? s->listen_fd : -1, .events = POLLIN };
	for (int i = 0; i < MG_SERVE_CLIENTS; i++) {
		struct mg_serve_client *c = &s->clients[i];

		c->polled = 0;
		if (c->state == MG_SERVE_FREE)
			continue;
		out[n] = (struct pollfd){ .fd = c->fd, .events = wanted_events(c) };
		c->polled = n++;
	}
	return n;
}

static void
attend(struct mg_serve *s, struct mg_serve_client *c, short revents)
{
	if (!mg_descriptors_is_ours(c->fd) || (revents & (POLLERR | POLLNVAL)) != 0 ||
	    ((revents & POLLHUP) != 0 && !wants_input(c))) {
		drop(c);
		return;
	}
	if (c->state == MG_SERVE_READING && (revents & (POLLIN | POLLHUP)) != 0)
		read_request(s, c);
	else if (c->state == MG_SERVE_LINGERING && (revents & (POLLIN | POLLHUP)) != 0)
		read_away(c);
	else if (c->state == MG_SERVE_WRITING && (revents & POLLOUT) != 0)
		send_out(c);
}

static void
pass_time(struct mg_serve_client *c, uint64_t now_ns)
{
	struct mg_compact last;

	switch (c->state) {
	case MG_SERVE_READING:
	case MG_SERVE_WRITING:
	case MG_SERVE_LINGERING:
		if (now_ns >= c->deadline_ns)
			drop(c);
		break;
	case MG_SERVE_WAITING:
		if (mg_tick_finished(&last) >= c->compaction) {
			mg_answer_compacted(&last, &c->out);
			start_sending(c);
		}
		break;
	case MG_SERVE_WATCHING:
		if (now_ns >= c->next_ns) {
			c->next_ns += c->watch_ns > now_ns - c->next_ns
					  ? c->watch_ns
					  : now_ns - c->next_ns + c->watch_ns;
			mg_text_init(&c->out, c->out.buf, c->out.cap);
			mg_answer_block(&c->out);
			start_sending(c);
		}
		break;
	case MG_SERVE_FREE: break;
	}
}

void
mg_serve_handle(struct mg_serve *s, const struct pollfd *polled, size_t n)
{
	uint64_t now_ns = mg_sys_now_ns();
	int silent;

	for (int i = 0; i < MG_SERVE_CLIENTS; i++) {
		struct mg_serve_client *c = &s->clients[i];

		if (n > 0 && c->state != MG_SERVE_FREE && c->polled != 0 &&
		    polled[c->polled].revents != 0)
			attend(s, c, polled[c->polled].revents);
	}
	for (int i = 0; i < MG_SERVE_CLIENTS; i++)
		pass_time(&s->clients[i], now_ns);
	silent = longest_silent(s);
	if (silent != -1 && now_ns >= crowded_deadline_ns(&s->clients[silent]))
		drop(&s->clients[silent]);
	if (n > 0 && polled[0].revents != 0 && mg_descriptors_is_ours(s->listen_fd))
		accept_all(s);
}

/* When a client needs attention without sending anything. */
static uint64_t
due_ns(const struct mg_serve_client *c)
{
	struct mg_compact last;

	switch (c->state) {
	case MG_SERVE_FREE: return UINT64_MAX;
	case MG_SERVE_WAITING: return mg_tick_finished(&last) >= c->compaction ? 0 : UINT64_MAX;
	case MG_SERVE_WATCHING: return c->next_ns;
	default: return c->deadline_ns;
	}
}

uint64_t
mg_serve_wait_ns(const struct mg_serve *s, uint64_t now_ns)
{
	int silent = longest_silent(s);
	uint64_t first_ns = silent != -1 ? crowded_deadline_ns(&s->clients[silent]) : UINT64_MAX;

	for (int i = 0; i < MG_SERVE_CLIENTS; i++) {
		uint64_t at_ns = due_ns(&s->clients[i]);

		first_ns = at_ns < first_ns ? at_ns : first_ns;
	}
	if (first_ns == UINT64_MAX)
		return UINT64_MAX;
	return first_ns > now_ns ? first_ns - now_ns : 0;
}
