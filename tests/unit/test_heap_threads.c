/* SPDX-License-Identifier: MIT */
/* What both engines do alike about threads that end, and in fork children. */
#include "shim/heap/heap.h"

#include "shim/heap/charge.h"
#include "shim/heap/thread.h"
#include "tests/unit/heap_support.h"

#include <errno.h>
#include <pthread.h>

BOTH(keeps_what_dead_threads_counted)
{
	void *mine = mg_heap_malloc(10), *kept = NULL;
	struct mg_snapshot s;

	heap_in_thread(heap_keep_one_of_ten, &kept);
	s = heap_counts();
	cr_expect(eq(u64, s.threads, 1));
	cr_expect(eq(u64, s.allocs, 11));
	cr_expect(eq(u64, s.frees, 9));
	cr_expect(eq(u64, s.reallocs, 1));
	cr_expect(eq(u64, s.foreign_frees, 1));
	cr_expect(eq(u64, s.live_bytes, mg_heap_usable(mine) + mg_heap_usable(kept)));
	heap_expect_balance();
	mg_heap_free(kept);
	cr_expect(eq(u64, heap_counts().live_bytes, mg_heap_usable(mine)));
	heap_expect_balance();
}

static pthread_key_t late;
static void *late_kept;

/* Runs after memgov's own destructor, whose key is older. */
static void
allocate_late(void *freed)
{
	void *p = mg_heap_malloc(1000);

	cr_expect(eq(ptr, mg_thread_self.record, &mg_thread_gone));
	mg_heap_free(freed);
	p = mg_heap_realloc(p, 100000);
	mg_heap_free(mg_heap_zalloc(3000));
	mg_heap_free(heap_make_foreign(1));
	cr_expect(eq(ptr, mg_heap_malloc(5 * MB), NULL));
	late_kept = p;
}

static void *
leave_late(void *arg)
{
	(void)arg;
	pthread_setspecific(late, mg_heap_malloc(2000));
	return NULL;
}

BOTH(counts_what_threads_do_past_their_end)
{
	struct mg_snapshot s;

	heap_set_ceiling(4 * MB);
	mg_heap_free(mg_heap_malloc(1));
	cr_assert(zero(int, pthread_key_create(&late, allocate_late)));
	heap_in_thread(leave_late, NULL);
	s = heap_counts();
	cr_expect(eq(u64, s.allocs, 4));
	cr_expect(eq(u64, s.frees, 3));
	cr_expect(eq(u64, s.reallocs, 1));
	cr_expect(eq(u64, s.foreign_frees, 1));
	cr_expect(eq(u64, s.live_bytes, mg_heap_usable(late_kept)));
	cr_expect(eq(u64, s.threads, 1));
	heap_expect_balance();
}

static void
fail_late(void *unused)
{
	(void)unused;
	errno = 0;
	cr_expect(eq(ptr, mg_heap_malloc(TOO_MUCH), NULL));
	cr_expect(eq(int, errno, ENOMEM));
}

static void *
end_in_failure(void *arg)
{
	pthread_setspecific(late, &late);
	mg_heap_free(mg_heap_malloc(1));
	return arg;
}

BOTH(gives_back_what_a_thread_past_its_end_does_not_get)
{
	mg_heap_free(mg_heap_malloc(1));
	cr_assert(zero(int, pthread_key_create(&late, fail_late)));
	heap_in_thread(end_in_failure, NULL);
	cr_expect(eq(u64, heap_counts().allocs, 2));
	heap_expect_balance();
}

static struct mg_snapshot before;

/* In the child only the forking thread lives; all that was counted stays counted. */
static bool
is_child_right(void)
{
	struct mg_snapshot s;

	mg_heap_after_fork_child();
	s = heap_counts();
	return s.threads == 1 && s.allocs == before.allocs && s.live_bytes == before.live_bytes &&
	       mg_charge_now() == s.live_bytes + s.cached_bytes + s.parked_bytes + s.own_bytes +
				      mg_thread_credit() &&
	       !mg_heap_is_internal();
}

BOTH(keeps_its_books_in_a_fork_child)
{
	pthread_t thread;

	mg_heap_malloc(3000);
	thread = heap_start(heap_hold_one);
	before = heap_counts();
	heap_expect_of_child(is_child_right);
	cr_expect(not(mg_heap_is_internal()));
	cr_expect(eq(u64, heap_counts().threads, 2));
	for (int i = 0; i < 3; i++)
		heap_meet();
	pthread_join(thread, NULL);
}
