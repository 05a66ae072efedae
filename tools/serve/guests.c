/* SPDX-License-Identifier: MIT */
#include "tools/serve/guests.h"

#include <sys/socket.h>

#define ROOM (MG_GUESTS + MG_GUESTS_SPARE)

void
mg_guests_init(struct mg_guests *g)
{
	*g = (struct mg_guests){ 0 };
	pthread_mutex_init(&g->mutex, NULL);
}

struct mg_guest *
mg_guests_come(struct mg_guests *g, int fd, uint64_t now_ns)
{
	struct mg_guest *found = NULL;

	pthread_mutex_lock(&g->mutex);
	for (size_t i = 0; i < ROOM && found == NULL; i++)
		if (!g->list[i].is_here)
			found = &g->list[i];
	if (found != NULL) {
		*found = (struct mg_guest){ .is_here = true, .fd = fd, .since_ns = now_ns };
		g->n++;
	}
	pthread_mutex_unlock(&g->mutex);
	return found;
}

void
mg_guests_go(struct mg_guests *g, struct mg_guest *guest)
{
	if (guest == NULL)
		return;
	pthread_mutex_lock(&g->mutex);
	guest->is_here = false;
	g->n--;
	pthread_mutex_unlock(&g->mutex);
}

void
mg_guests_turn(struct mg_guests *g, struct mg_guest *guest, bool is_busy, uint64_t now_ns)
{
	if (guest == NULL)
		return;
	pthread_mutex_lock(&g->mutex);
	guest->is_busy = is_busy;
	guest->since_ns = now_ns;
	pthread_mutex_unlock(&g->mutex);
}

bool
mg_guests_are_too_many(struct mg_guests *g)
{
	bool are;

	pthread_mutex_lock(&g->mutex);
	are = g->n > MG_GUESTS;
	pthread_mutex_unlock(&g->mutex);
	return are;
}

/* A descriptor is closed only after its guest has gone, which takes the lock. */
void
mg_guests_sweep(struct mg_guests *g, uint64_t now_ns)
{
	pthread_mutex_lock(&g->mutex);
	for (size_t i = 0; i < ROOM; i++) {
		const struct mg_guest *x = &g->list[i];
		uint64_t most = x->is_busy ? MG_GUESTS_BUSY_NS : MG_GUESTS_WAIT_NS;

		if (x->is_here && now_ns - x->since_ns > most)
			shutdown(x->fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&g->mutex);
}
