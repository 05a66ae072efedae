/* SPDX-License-Identifier: MIT */
#include "tools/serve/rounds.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "shim/base/sys.h"

#define INTERVAL_NS MG_NS_PER_S
#define INTEREST_NS (10 * MG_NS_PER_S)
#define PATIENCE_NS MG_NS_PER_S
#define SLICE_NS (10 * MG_NS_PER_MS)
#define FOREVER_NS (3600 * MG_NS_PER_S)

static void
name_user(const struct mg_peer *p, char *buf, size_t cap)
{
	uid_t uid = p->socket.uid;
	struct passwd entry, *found = NULL;
	char text[1024];

	mg_process_read_uid(p->socket.pid, &uid);
	if (getpwuid_r(uid, &entry, text, sizeof text, &found) == 0 && found != NULL)
		snprintf(buf, cap, "%s", entry.pw_name);
	else
		snprintf(buf, cap, "%u", uid);
}

static void
on_health(void *context, const struct mg_peer *p, uint64_t now)
{
	struct mg_rounds *r = context;
	char user[40] = "";

	if (p->health == MG_HEALTH_NEW)
		name_user(p, user, sizeof user);
	pthread_mutex_lock(&r->mutex);
	mg_board_health(&r->board, p, user, now);
	pthread_mutex_unlock(&r->mutex);
}

static void
on_reply(
    void *context, const struct mg_peer *p, enum mg_ask ask, int result, char *text, uint64_t now)
{
	struct mg_rounds *r = context;
	char *body;

	(void)now;
	if (ask != MG_ASK_STATS || result != 0 || mg_reply_open(text, &body) != 0)
		return;
	pthread_mutex_lock(&r->mutex);
	mg_board_stats(&r->board, p->socket.pid, body, mg_sys_wall_ns() / MG_NS_PER_MS);
	pthread_mutex_unlock(&r->mutex);
}

/* Somebody is still to answer whom it pays to wait for. */
static bool
is_open(const struct mg_fleet *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->peers[i]->client.busy && f->peers[i]->health != MG_HEALTH_SILENT)
			return true;
	return false;
}

/* When the next round is due. */
static uint64_t
due_ns(const struct mg_rounds *r, uint64_t now)
{
	if (r->is_wanted)
		return now;
	if (r->looked_ns != 0 && now - r->looked_ns < INTEREST_NS)
		return r->begun_ns + INTERVAL_NS;
	return now + FOREVER_NS;
}

static void
drain(int fd)
{
	uint64_t n;

	while (read(fd, &n, sizeof n) == -1 && errno == EINTR)
		;
}

static void
end_round(struct mg_rounds *r, uint64_t now)
{
	pthread_mutex_lock(&r->mutex);
	mg_board_prune(&r->board, now);
	r->ended_begun_ns = r->begun_ns;
	pthread_cond_broadcast(&r->done);
	pthread_mutex_unlock(&r->mutex);
}

/* True when a round is due, which begins now. *due_out is when to look again. */
static bool
take_due(struct mg_rounds *r, bool is_running, uint64_t now, uint64_t *due_out)
{
	bool begins;

	pthread_mutex_lock(&r->mutex);
	*due_out = due_ns(r, now);
	begins = *due_out <= now && !is_running;
	if (begins) {
		r->is_wanted = false;
		r->begun_ns = now;
	}
	pthread_mutex_unlock(&r->mutex);
	return begins;
}

static bool
is_stopping(struct mg_rounds *r)
{
	bool stops;

	pthread_mutex_lock(&r->mutex);
	stops = r->is_stopping;
	pthread_mutex_unlock(&r->mutex);
	return stops;
}

static void *
run(void *context)
{
	struct mg_rounds *r = context;
	bool is_running = false;

	while (!is_stopping(r)) {
		uint64_t now = mg_sys_now_ns(), until;

		if (take_due(r, is_running, now, &until)) {
			mg_fleet_begin(&r->fleet, now);
			is_running = true;
		}
		if (is_running && !is_open(&r->fleet)) {
			end_round(r, now);
			is_running = false;
			continue;
		}
		if (is_running)
			until = now + SLICE_NS;
		if (mg_fleet_wait(&r->fleet, r->wake, until) == MG_FLEET_INPUT)
			drain(r->wake);
	}
	return NULL;
}

int
mg_rounds_start(struct mg_rounds *r)
{
	pthread_condattr_t a;
	int err;

	*r = (struct mg_rounds){ .wake = eventfd(0, EFD_CLOEXEC) };
	if (r->wake == -1)
		return -errno;
	r->fleet.sink = (struct mg_fleet_sink){ r, on_reply, on_health };
	pthread_mutex_init(&r->mutex, NULL);
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&r->done, &a);
	pthread_condattr_destroy(&a);
	err = pthread_create(&r->thread, NULL, run, r);
	if (err != 0)
		close(r->wake);
	return -err;
}

static void
wake_up(struct mg_rounds *r)
{
	uint64_t one = 1;

	while (write(r->wake, &one, sizeof one) == -1 && errno == EINTR)
		;
}

void
mg_rounds_stop(struct mg_rounds *r)
{
	pthread_mutex_lock(&r->mutex);
	r->is_stopping = true;
	pthread_mutex_unlock(&r->mutex);
	wake_up(r);
	pthread_join(r->thread, NULL);
	mg_fleet_end(&r->fleet);
	mg_board_free(&r->board);
	close(r->wake);
}

int
mg_rounds_look(struct mg_rounds *r, uint64_t age_ns, struct mg_board *out)
{
	uint64_t now = mg_sys_now_ns(), oldest = now > age_ns ? now - age_ns : 1;
	uint64_t until = now + PATIENCE_NS;
	struct timespec t = { (time_t)(until / MG_NS_PER_S), (long)(until % MG_NS_PER_S) };
	int err;

	pthread_mutex_lock(&r->mutex);
	r->looked_ns = now;
	if (r->begun_ns < oldest) {
		r->is_wanted = true;
		wake_up(r);
	}
	while (r->ended_begun_ns < oldest)
		if (pthread_cond_timedwait(&r->done, &r->mutex, &t) != 0)
			break;
	err = mg_board_copy(&r->board, out);
	pthread_mutex_unlock(&r->mutex);
	return err;
}
