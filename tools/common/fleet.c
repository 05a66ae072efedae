/* SPDX-License-Identifier: MIT */
#include "tools/common/fleet.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/sys.h"

/* Exchanges at once: well below the usual limit of 1024 descriptors. */
#define BUSY_MAX 256
/* Generations between a process and a governed one. */
#define ANCESTORS_MAX 64

static void
set_health(struct mg_fleet *f, struct mg_peer *p, enum mg_health health, uint64_t now)
{
	if (p->health == health)
		return;
	p->health = health;
	f->sink.health(f->sink.context, p, now);
}

static struct mg_peer *
find_peer(const struct mg_fleet *f, int pid)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->peers[i]->socket.pid == pid)
			return f->peers[i];
	return NULL;
}

static bool
is_chosen(const struct mg_fleet *f, int pid)
{
	for (size_t i = 0; i < f->n_only; i++)
		if (f->only[i] == pid)
			return true;
	return f->n_only == 0;
}

static int
add_peer(struct mg_fleet *f, const struct mg_socket *socket, uint64_t now)
{
	struct mg_peer *p;

	if (f->n == f->cap) {
		size_t cap = f->cap > 0 ? f->cap * 2 : 32;
		struct mg_peer **peers = realloc(f->peers, cap * sizeof(struct mg_peer *));

		if (peers == NULL)
			return -ENOMEM;
		f->peers = peers;
		f->cap = cap;
	}
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return -ENOMEM;
	p->socket = *socket;
	mg_process_read(socket->pid, &p->process);
	if (mg_process_read_uid(socket->pid, &p->uid) != 0)
		p->uid = socket->uid;
	f->peers[f->n++] = p;
	f->has_changed = true;
	f->sink.health(f->sink.context, p, now);
	return 0;
}

static void
drop_peer(struct mg_fleet *f, size_t i, uint64_t now)
{
	struct mg_peer *p = f->peers[i];

	if (p->client.busy)
		f->busy--;
	mg_client_end(&p->client);
	set_health(f, p, MG_HEALTH_ENDED, now);
	free(p);
	f->peers[i] = f->peers[--f->n];
	f->has_changed = true;
}

/* A socket that was made anew belongs to another process, or to another program in it. */
static void
drop_vanished(struct mg_fleet *f, uint64_t now)
{
	for (size_t i = f->n; i-- > 0;) {
		const struct mg_socket *s = mg_sockets_find(&f->sockets, f->peers[i]->socket.pid);

		if (s == NULL || s->inode != f->peers[i]->socket.inode ||
		    s->made_ns != f->peers[i]->socket.made_ns)
			drop_peer(f, i, now);
	}
}

/* What an exchange ended with, good or bad. */
static void
conclude(struct mg_fleet *f, struct mg_peer *p, enum mg_ask ask, int result, uint64_t now)
{
	set_health(f, p, mg_peer_conclude(p, ask, result, now), now);
	if (result == 0 || ask == MG_ASK_COMMAND || ask == MG_ASK_PROFILE)
		f->sink.reply(
		    f->sink.context, p, ask, result, result == 0 ? p->client.reply : NULL, now);
	if (ask == MG_ASK_PROFILE)
		mg_client_end(&p->client); /* for the megabytes that it keeps */
}

/* Starts the next request that can be started. False when the process has turned out to be gone. */
static bool
ask_next(struct mg_fleet *f, struct mg_peer *p, uint64_t now)
{
	const char *text;
	enum mg_ask ask;
	uint64_t timeout;

	while (!p->client.busy && f->busy < BUSY_MAX && mg_peer_next(p, &ask, &text, &timeout)) {
		int err = mg_client_start(&p->client, p->socket.path, text, now + timeout);

		p->asking = ask;
		if (err == 0) {
			f->busy++;
			continue;
		}
		if (err == -ENOENT || (err == -ECONNREFUSED && mg_sockets_remove_stale(&p->socket)))
			return false;
		conclude(f, p, ask, err, now);
	}
	return true;
}

static void
ask_all(struct mg_fleet *f, uint64_t now)
{
	for (size_t i = f->n; i-- > 0;)
		if (!ask_next(f, f->peers[i], now))
			drop_peer(f, i, now);
}

/* There may be a shell or another program between the two. */
static void
find_parent(struct mg_fleet *f, struct mg_peer *p, uint64_t now)
{
	struct mg_process up = p->process;
	int parent = 0;

	for (int i = 0; i < ANCESTORS_MAX && up.pid != 0 && up.parent_pid > 0; i++) {
		if (find_peer(f, up.parent_pid) != NULL) {
			parent = up.parent_pid;
			break;
		}
		if (mg_process_read(up.parent_pid, &up) != 0)
			break;
	}
	if (parent == p->parent_pid)
		return;
	p->parent_pid = parent;
	f->sink.health(f->sink.context, p, now);
}

static void
begin_round(struct mg_fleet *f, struct mg_peer *p, uint64_t now)
{
	int parent = p->process.parent_pid;

	if (mg_process_read(p->socket.pid, &p->process) != 0)
		p->process.pid = 0;
	if (f->has_changed || p->process.parent_pid != parent)
		find_parent(f, p, now);
	set_health(f, p, mg_peer_want(p, p->socket.pid == f->focus_pid, now), now);
	if (f->texts_every_ns > 0)
		mg_peer_want_texts(p, f->texts_every_ns, now);
	if (f->wants_profile && p->socket.pid == f->focus_pid)
		mg_peer_want_profile(p, now);
}

int
mg_fleet_begin(struct mg_fleet *f, uint64_t now_ns)
{
	int err = mg_sockets_list(&f->sockets);

	drop_vanished(f, now_ns);
	for (size_t i = 0; err == 0 && i < f->sockets.n; i++) {
		const struct mg_socket *s = &f->sockets.list[i];

		if (is_chosen(f, s->pid) && find_peer(f, s->pid) == NULL)
			err = add_peer(f, s, now_ns);
	}
	for (size_t i = 0; i < f->n; i++)
		begin_round(f, f->peers[i], now_ns);
	f->has_changed = false;
	ask_all(f, now_ns);
	return err;
}

static void
step_all(struct mg_fleet *f, uint64_t now)
{
	for (size_t i = 0; i < f->n; i++) {
		struct mg_peer *p = f->peers[i];

		if (!p->client.busy || !mg_client_step(&p->client, now))
			continue;
		f->busy--;
		conclude(f, p, p->asking, p->client.result, now);
	}
	ask_all(f, now);
}

/* Fills `fds`, and moves *until_ns to the earliest deadline. */
static nfds_t
list_fds(const struct mg_fleet *f, struct pollfd *fds, uint64_t *until_ns)
{
	nfds_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct mg_client *c = &f->peers[i]->client;

		if (!c->busy)
			continue;
		fds[n++] = (struct pollfd){ .fd = c->fd, .events = mg_client_events(c) };
		if (c->deadline_ns < *until_ns)
			*until_ns = c->deadline_ns;
	}
	return n;
}

enum mg_fleet_event
mg_fleet_wait(struct mg_fleet *f, int fd, uint64_t until_ns)
{
	bool was_busy = f->busy > 0;

	for (;;) {
		struct pollfd fds[BUSY_MAX + 1];
		uint64_t now = mg_sys_now_ns(), until = until_ns;
		nfds_t n = list_fds(f, fds + 1, &until);

		fds[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
		if (was_busy && n == 0)
			return MG_FLEET_SETTLED;
		int ms = until > now ? (int)((until - now + MG_NS_PER_MS - 1) / MG_NS_PER_MS) : 0;
		if (poll(fds, n + 1, ms) == -1)
			return MG_FLEET_SIGNAL;
		now = mg_sys_now_ns();
		step_all(f, now);
		if (fds[0].revents != 0)
			return MG_FLEET_INPUT;
		if (now >= until_ns)
			return MG_FLEET_TIME;
	}
}

void
mg_fleet_focus(struct mg_fleet *f, int pid, uint64_t now_ns)
{
	struct mg_peer *p = pid != 0 ? find_peer(f, pid) : NULL;

	f->focus_pid = pid;
	if (p != NULL && p->health == MG_HEALTH_ANSWERS) {
		mg_peer_want_details(p);
		ask_all(f, now_ns);
	}
}

void
mg_fleet_profile(struct mg_fleet *f, bool wanted, uint64_t now_ns)
{
	struct mg_peer *p = find_peer(f, f->focus_pid);
	bool begins = wanted && !f->wants_profile;

	f->wants_profile = wanted;
	if (begins && p != NULL) {
		mg_peer_want_profile(p, now_ns);
		ask_all(f, now_ns);
	}
}

int
mg_fleet_command(struct mg_fleet *f, int pid, const char *command, uint64_t now_ns)
{
	struct mg_peer *p = find_peer(f, pid);

	if (p == NULL)
		return -ESRCH;
	if ((p->wanted & 1u << MG_ASK_COMMAND) != 0 ||
	    (p->client.busy && p->asking == MG_ASK_COMMAND))
		return -EBUSY;
	if (strlen(command) >= sizeof p->command)
		return -E2BIG;
	strcpy(p->command, command);
	p->wanted |= 1u << MG_ASK_COMMAND;
	ask_all(f, now_ns);
	return 0;
}

void
mg_fleet_end(struct mg_fleet *f)
{
	for (size_t i = 0; i < f->n; i++) {
		mg_client_end(&f->peers[i]->client);
		free(f->peers[i]);
	}
	free(f->peers);
	mg_sockets_free(&f->sockets);
	*f = (struct mg_fleet){ 0 };
}
