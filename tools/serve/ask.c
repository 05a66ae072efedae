/* SPDX-License-Identifier: MIT */
#include "tools/serve/ask.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "shim/base/sys.h"
#include "tools/common/reply.h"

/* How long the end of the program may have to wait. */
#define SLICE_MS 200

static int
exchange(struct mg_web *w, const char *path, const char *request, uint64_t timeout_ns,
    struct mg_client *c)
{
	uint64_t now = mg_sys_now_ns();
	int err = mg_client_start(c, path, request, now + timeout_ns);

	if (err != 0)
		return err;
	while (!mg_client_step(c, now)) {
		struct pollfd p = { .fd = c->fd, .events = mg_client_events(c) };
		uint64_t ms = (c->deadline_ns - now) / MG_NS_PER_MS + 1;

		if (atomic_load(&w->is_stopping))
			return -ECANCELED;
		poll(&p, 1, ms < SLICE_MS ? (int)ms : SLICE_MS);
		now = mg_sys_now_ns();
	}
	return c->result;
}

/* Its socket takes connections all the same, and they would wait. */
static bool
is_stopped(int pid)
{
	struct mg_process p;

	return mg_process_read(pid, &p) == 0 && mg_process_is_stopped(&p);
}

/* It went while it was asked, or before. */
static bool
has_ended(const struct mg_board_process *p, int err)
{
	if (err == -ENOENT)
		return true;
	return (err == -ECONNREFUSED || err == -ECONNRESET || err == -EPROTO) &&
	       mg_sockets_remove_stale(&p->socket);
}

static void
explain(const struct mg_board_process *p, int err, struct mg_response *r)
{
	int pid = p->socket.pid;

	if (has_ended(p, err))
		mg_response_error(r, 404, "process %d (%s) has ended", pid, p->name);
	else if (is_stopped(pid))
		mg_response_error(r, 504,
		    "process %d (%s) is stopped and cannot answer; `kill -CONT %d` lets it run on",
		    pid, p->name, pid);
	else if (err == -ECANCELED)
		mg_response_error(r, 503, "memgov serve is about to end");
	else if (err == -ETIME || err == -EAGAIN)
		mg_response_error(
		    r, 504, "process %d (%s) runs, but its governor does not answer", pid, p->name);
	else if (err == -E2BIG)
		mg_response_error(r, 400, "the name and the value are too long together");
	else if (err == -EPROTO)
		mg_response_error(
		    r, 502, "process %d (%s) answers, but not as memgov does", pid, p->name);
	else
		mg_response_error(r, 502, "process %d (%s): %s: %s", pid, p->name, p->socket.path,
		    strerror(-err));
}

bool
mg_ask(struct mg_web *w, const struct mg_board_process *p, const char *request, uint64_t timeout_ns,
    struct mg_client *c, char **body_out, struct mg_response *r)
{
	int err;

	*c = (struct mg_client){ 0 };
	if (p->health == MG_HEALTH_ENDED)
		err = -ENOENT;
	else if (is_stopped(p->socket.pid))
		err = -ETIME;
	else
		err = exchange(w, p->socket.path, request, timeout_ns, c);
	if (err != 0) {
		explain(p, err, r);
		mg_client_end(c);
		return false;
	}
	err = mg_reply_open(c->reply, body_out);
	if (err == -EREMOTEIO)
		mg_response_error(
		    r, 409, "process %d (%s) refuses: %s", p->socket.pid, p->name, *body_out);
	else if (err != 0)
		explain(p, err, r);
	if (err != 0)
		mg_client_end(c);
	return err == 0;
}
