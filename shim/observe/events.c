/* SPDX-License-Identifier: MIT */
#include "shim/observe/events.h"

#include "shim/base/sys.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#define KEPT 100
#define REPEAT_NS (60 * MG_NS_PER_S)

struct event {
	uint64_t time_ns;
	const char *kind;
	uint32_t times;
	char text[116];
};

static MG_SYS_TOGETHER struct {
	struct mg_lock lock; /* guards next and ring */
	uint64_t next;       /* events ever stored */
	_Atomic uint64_t count;
} state;

static MG_SYS_APART struct event ring[KEPT];

/* Number of the latest event of this kind, when it is recent and says the same; else state.next. */
static uint64_t
find_repeated(const char *kind, const char *text, uint64_t now_ns)
{
	for (uint64_t i = state.next; i > 0 && i + KEPT > state.next; i--) {
		struct event *e = &ring[(i - 1) % KEPT];

		if (e->kind == kind)
			return now_ns - e->time_ns < REPEAT_NS && strcmp(e->text, text) == 0
				   ? i - 1
				   : state.next;
	}
	return state.next;
}

/* The order of the ring is that of time, so a repeat moves to the end. */
static void
repeat(uint64_t i, uint64_t now_ns)
{
	struct event e = ring[i % KEPT];

	for (; i + 1 < state.next; i++)
		ring[i % KEPT] = ring[(i + 1) % KEPT];
	e.times++;
	e.time_ns = now_ns;
	ring[i % KEPT] = e;
}

void
mg_events_add(const char *kind, const char *fmt, ...)
{
	struct event e = { .time_ns = mg_sys_now_ns(), .kind = kind, .times = 1 };
	uint64_t same;
	struct mg_text t;
	va_list ap;

	mg_text_init(&t, e.text, sizeof e.text);
	va_start(ap, fmt);
	mg_text_vadd(&t, fmt, ap);
	va_end(ap);
	mg_sys_lock(&state.lock);
	same = find_repeated(kind, e.text, e.time_ns);
	if (same != state.next)
		repeat(same, e.time_ns);
	else
		ring[state.next++ % KEPT] = e;
	atomic_fetch_add_explicit(&state.count, 1, memory_order_relaxed);
	mg_sys_unlock(&state.lock);
}

/* Copies event i out, so that printing happens outside the lock. */
static bool
copy_event(uint64_t i, struct event *out)
{
	bool is_kept;

	mg_sys_lock(&state.lock);
	is_kept = i < state.next && i + KEPT >= state.next;
	if (is_kept)
		*out = ring[i % KEPT];
	mg_sys_unlock(&state.lock);
	return is_kept;
}

void
mg_events_print(struct mg_text *t, uint64_t now_ns, unsigned most)
{
	uint64_t end, i;
	struct event e;

	mg_sys_lock(&state.lock);
	end = state.next;
	mg_sys_unlock(&state.lock);
	most = most < KEPT ? most : KEPT;
	for (i = end > most ? end - most : 0; i < end; i++) {
		if (!copy_event(i, &e))
			continue;
		mg_text_add(t, "%lu %s %s",
		    now_ns > e.time_ns ? (now_ns - e.time_ns) / MG_NS_PER_MS : 0, e.kind, e.text);
		if (e.times > 1)
			mg_text_add(t, " (%u times)", e.times);
		mg_text_add(t, "\n");
	}
}

uint64_t
mg_events_count(void)
{
	return atomic_load_explicit(&state.count, memory_order_relaxed);
}

/* An event that another thread was writing is forgotten with the rest. */
void
mg_events_after_fork_child(void)
{
	mg_sys_reset_lock(&state.lock);
	if (state.next == 0)
		return;
	state.next = 0;
	atomic_store_explicit(&state.count, 0, memory_order_relaxed);
}
