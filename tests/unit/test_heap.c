/* SPDX-License-Identifier: MIT */
/* What both engines do alike; test_plain.c and test_heap_park.c have the rest. */
#include "shim/heap/heap.h"

#include "shim/heap/charge.h"
#include "shim/heap/thread.h"
#include "tests/unit/heap_support.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(heap_park, .init = heap_use_park);
TestSuite(heap_mimalloc, .init = heap_use_mimalloc);

static void
expect_same_counts(const struct mg_snapshot *a, const struct mg_snapshot *b)
{
	cr_expect(eq(u64, a->allocs, b->allocs));
	cr_expect(eq(u64, a->frees, b->frees));
	cr_expect(eq(u64, a->reallocs, b->reallocs));
	cr_expect(eq(u64, a->alloc_bytes, b->alloc_bytes));
	cr_expect(eq(u64, a->freed_bytes, b->freed_bytes));
	cr_expect(eq(u64, a->foreign_frees, b->foreign_frees));
	heap_expect_balance();
}

BOTH(counts_blocks_in_their_usable_size)
{
	void *p = mg_heap_malloc(100), *q = mg_heap_zalloc(5000);
	uint64_t held = mg_heap_usable(p) + mg_heap_usable(q);
	struct mg_snapshot s = heap_counts();

	cr_expect(ge(u64, held, 5100));
	cr_expect(eq(u64, s.allocs, 2));
	cr_expect(eq(u64, s.alloc_bytes, held));
	cr_expect(eq(u64, s.live_blocks, 2));
	cr_expect(eq(u64, s.live_bytes, held));
	cr_expect(ge(u64, s.heap_footprint_bytes, held + s.own_bytes));
	heap_expect_balance();
	mg_heap_free(p);
	mg_heap_free(q);
	s = heap_counts();
	cr_expect(eq(u64, s.frees, 2));
	cr_expect(eq(u64, s.freed_bytes, held));
	cr_expect(zero(u64, s.live_blocks));
	cr_expect(zero(u64, s.live_bytes));
	cr_expect(zero(u64, s.reallocs));
	heap_expect_balance();
}

/* Sizes in steps that meet every small class and its neighbours; counted must be what is freed. */
BOTH(agrees_with_itself_on_every_size)
{
	for (size_t n = 0; n < 300000; n += n < 2100 ? 1 : n / 17) {
		unsigned char *p = n % 2 == 0 ? mg_heap_malloc(n) : mg_heap_zalloc(n);
		size_t usable = mg_heap_usable(p);

		cr_assert(p != NULL && usable >= n && usable >= 16, "size %zu", n);
		cr_expect(zero(u64, (uintptr_t)p % 16), "size %zu", n);
		cr_expect(eq(u64, heap_counts().live_bytes, usable), "size %zu", n);
		for (size_t i = 0; n % 2 != 0 && i < n; i++)
			cr_assert(zero(int, p[i]), "size %zu", n);
		memset(p, 0xa5, usable);
		mg_heap_free(p);
		cr_assert(zero(u64, heap_counts().live_bytes), "size %zu", n);
	}
	heap_expect_balance();
}

BOTH(gives_zero_size_requests_blocks_of_their_own)
{
	void *p = mg_heap_malloc(0), *q = mg_heap_zalloc(0), *r = mg_heap_aligned(0, 64);

	cr_expect(p != NULL && q != NULL && r != NULL);
	cr_expect(p != q && q != r && p != r);
	cr_expect(eq(u64, heap_counts().live_blocks, 3));
	mg_heap_free(p);
	mg_heap_free(q);
	mg_heap_free(r);
	cr_expect(zero(u64, heap_counts().live_bytes));
}

BOTH(aligns_up_to_64_megabytes)
{
	static const size_t sizes[] = { 0, 1, 24, 100, 1000, 4096, 100000, 5000000 };

	for (size_t align = 1; align <= 64 * MB; align *= 2) {
		for (size_t i = 0; i < ROWS(sizes); i++) {
			char *p = mg_heap_aligned(sizes[i], align);
			size_t usable = mg_heap_usable(p);

			cr_assert(p != NULL, "%zu at %zu", sizes[i], align);
			cr_expect(zero(u64, (uintptr_t)p % align), "%zu at %zu", sizes[i], align);
			cr_expect(zero(u64, (uintptr_t)p % 16), "%zu at %zu", sizes[i], align);
			cr_expect(mg_heap_owns(p) && usable >= sizes[i]);
			cr_expect(eq(u64, heap_counts().live_bytes, usable));
			memset(p, 0xa5, sizes[i]);
			mg_heap_free(p);
			cr_assert(
			    zero(u64, heap_counts().live_bytes), "%zu at %zu", sizes[i], align);
		}
	}
	heap_expect_balance();
}

/* mimalloc 2.0.9 takes such sizes for aligned by themselves; neighbours that are held show that
 * they are not. */
BOTH(aligns_sizes_that_are_multiples_of_the_alignment)
{
	void *held[8];

	for (size_t align = 16; align <= 64 * MB; align *= 2)
		for (size_t times = 1; times <= 3; times++) {
			for (size_t i = 0; i < ROWS(held); i++) {
				held[i] = mg_heap_aligned(times * align, align);
				cr_expect(zero(u64, (uintptr_t)held[i] % align), "%zu times %zu",
				    times, align);
			}
			for (size_t i = 0; i < ROWS(held); i++)
				mg_heap_free(held[i]);
			cr_assert(
			    zero(u64, heap_counts().live_bytes), "%zu times %zu", times, align);
		}
	heap_expect_balance();
}

BOTH(resizes_in_place_where_it_fits)
{
	char *p = mg_heap_malloc(1000);
	size_t usable = mg_heap_usable(p);
	struct mg_snapshot s;

	cr_expect(eq(ptr, mg_heap_realloc(p, usable), p));
	cr_expect(eq(ptr, mg_heap_realloc(p, usable / 2), p));
	s = heap_counts();
	cr_expect(eq(u64, s.reallocs, 2));
	cr_expect(eq(u64, s.allocs, 1));
	cr_expect(zero(u64, s.frees));
	cr_expect(eq(u64, s.alloc_bytes, usable));
	cr_expect(zero(u64, s.freed_bytes));
}

/* The block moves; bytes are counted, blocks are not. */
static void
check_move(size_t from, size_t to)
{
	char *p = mg_heap_malloc(from), *q;
	size_t before = mg_heap_usable(p), after;
	struct mg_snapshot s;

	memset(p, 'a', from);
	q = mg_heap_realloc(p, to);
	after = mg_heap_usable(q);
	s = heap_counts();
	cr_expect(ne(ptr, q, p));
	for (size_t i = 0; i < (from < to ? from : to); i++)
		cr_assert(eq(int, q[i], 'a'));
	cr_expect(eq(u64, s.reallocs, 1));
	cr_expect(eq(u64, s.allocs, 1));
	cr_expect(zero(u64, s.frees));
	cr_expect(eq(u64, s.alloc_bytes, before + after));
	cr_expect(eq(u64, s.freed_bytes, before));
	cr_expect(eq(u64, s.live_bytes, after));
	heap_expect_balance();
	mg_heap_free(q);
	cr_expect(zero(u64, heap_counts().live_blocks));
}

BOTH(moves_to_grow)
{
	check_move(1000, 50000);
}

BOTH(moves_to_shrink)
{
	check_move(50000, 1000);
}

BOTH(gives_room_back_at_once)
{
	void *p;

	heap_set_ceiling(4 * MB);
	p = mg_heap_malloc(3 * MB);
	cr_assert(p != NULL);
	cr_expect(eq(ptr, mg_heap_malloc(3 * MB), NULL));
	mg_heap_free(p);
	cr_expect(mg_heap_malloc(3 * MB) != NULL);
	heap_expect_balance();
}

BOTH(leaves_nothing_behind_when_it_refuses)
{
	static const size_t sizes[] = { 4 * MB, 4 * MB + 1, 2 * GB, TOO_MUCH, TOO_MUCH + 1,
		PTRDIFF_MAX, SIZE_MAX - 16, SIZE_MAX };
	struct mg_snapshot before, after;
	char *p;

	heap_set_ceiling(4 * MB);
	p = mg_heap_malloc(500000);
	before = heap_counts();
	for (size_t i = 0; i < ROWS(sizes); i++) {
		errno = 0;
		cr_expect(eq(ptr, mg_heap_malloc(sizes[i]), NULL), "row %zu", i);
		cr_expect(eq(int, errno, ENOMEM), "row %zu", i);
		if (sizes[i] > TOO_MUCH)
			cr_expect(zero(u64, mg_heap_short_of()), "row %zu", i);
		else
			cr_expect(ge(u64, mg_heap_short_of(), sizes[i]), "row %zu", i);
		cr_expect(eq(ptr, mg_heap_zalloc(sizes[i]), NULL), "row %zu", i);
		cr_expect(eq(ptr, mg_heap_realloc(p, sizes[i]), NULL), "row %zu", i);
	}
	after = heap_counts();
	expect_same_counts(&before, &after);
	cr_expect(le(u64, after.heap_peak_bytes, 4 * MB));
	memset(p, 0xa5, mg_heap_usable(p));
}

BOTH(refuses_impossible_alignments)
{
	static const size_t sizes[] = { 1, 1000, TOO_MUCH, (size_t)1 << 63, SIZE_MAX };
	struct mg_snapshot before, after;

	mg_heap_free(mg_heap_malloc(1));
	before = heap_counts();
	for (size_t i = 0; i < ROWS(sizes); i++)
		for (unsigned bit = 47; bit < 64; bit++) {
			errno = 0;
			cr_expect(eq(ptr, mg_heap_aligned(sizes[i], (size_t)1 << bit), NULL),
			    "%zu at 2^%u", sizes[i], bit);
			cr_expect(eq(int, errno, ENOMEM));
		}
	after = heap_counts();
	expect_same_counts(&before, &after);
	cr_expect(le(u64, after.heap_peak_bytes, MB));
}

BOTH(blames_no_ceiling_when_the_system_has_no_memory)
{
	struct mg_snapshot before, after;
	char *p = mg_heap_malloc(1000);

	before = heap_counts();
	cr_expect(eq(ptr, mg_heap_malloc(TOO_MUCH), NULL));
	cr_expect(zero(u64, mg_heap_short_of()));
	cr_expect(eq(ptr, mg_heap_realloc(p, TOO_MUCH), NULL));
	cr_expect(zero(u64, mg_heap_short_of()));
	heap_set_ceiling(2 * TOO_MUCH);
	errno = 0;
	cr_expect(eq(ptr, mg_heap_aligned(TOO_MUCH - 64, 64), NULL));
	cr_expect(eq(int, errno, ENOMEM));
	cr_expect(zero(u64, mg_heap_short_of()));
	after = heap_counts();
	expect_same_counts(&before, &after);
}

BOTH(holds_giants)
{
	char *p = mg_heap_malloc(3 * GB), *q;

	cr_assert(p != NULL && mg_heap_owns(p));
	cr_expect(ge(u64, heap_counts().live_bytes, 3 * GB));
	cr_expect(ge(u64, heap_counts().heap_peak_bytes, 3 * GB));
	heap_expect_balance();
	p[0] = 'a';
	p[3 * GB - 1] = 'z';
	cr_expect(eq(ptr, mg_heap_realloc(p, 2 * GB), p), "fits, and wastes less than half");
	q = mg_heap_realloc(p, 1000);
	cr_expect(eq(int, q[0], 'a'));
	cr_expect(lt(u64, heap_counts().live_bytes, 3000));
	mg_heap_free(q);
	heap_expect_balance();
	cr_expect(lt(u64, mg_heap_charged(), MB), "given back");
}

BOTH(shrinks_at_the_ceiling_by_staying)
{
	char *p;

	heap_set_ceiling(4 * MB);
	p = mg_heap_malloc(100000);
	memset(p, 'a', 100000);
	heap_fill(100000);
	heap_fill(1000);
	heap_fill(16);
	cr_expect(eq(ptr, mg_heap_realloc(p, 1000), p));
	cr_expect(eq(int, p[999], 'a'));
	cr_expect(eq(u64, heap_counts().reallocs, 1));
	heap_expect_balance();
	cr_expect(eq(ptr, mg_heap_realloc(p, 200000), NULL));
	cr_expect(eq(u64, heap_counts().reallocs, 1));
	cr_expect(eq(int, p[999], 'a'));
}

BOTH(hands_foreign_blocks_to_their_maker)
{
	void *p = heap_make_foreign(1000);

	cr_assert(not(mg_heap_owns(p)));
	cr_expect(ge(sz, mg_heap_usable(p), 1000));
	mg_heap_free(p);
	cr_expect(eq(u64, heap_counts().foreign_frees, 1));
	cr_expect(zero(u64, heap_counts().frees));
	cr_expect(zero(u64, heap_counts().freed_bytes));
	heap_expect_balance();
}

BOTH(adopts_foreign_blocks_that_are_resized)
{
	char *p = heap_make_foreign(1000), *q;

	memset(p, 'a', 1000);
	q = mg_heap_realloc(p, 5000);
	cr_assert(q != NULL && mg_heap_owns(q));
	for (int i = 0; i < 1000; i++)
		cr_assert(eq(int, q[i], 'a'));
	cr_expect(eq(u64, heap_counts().allocs, 1));
	cr_expect(eq(u64, heap_counts().foreign_frees, 1));
	cr_expect(zero(u64, heap_counts().reallocs));
	cr_expect(eq(u64, heap_counts().live_bytes, mg_heap_usable(q)));
}

BOTH(leaves_foreign_blocks_alone_when_there_is_no_room)
{
	char *p = heap_make_foreign(1000);

	heap_set_ceiling(MB);
	memset(p, 'a', 1000);
	cr_expect(eq(ptr, mg_heap_realloc(p, 2 * MB), NULL));
	cr_expect(zero(u64, heap_counts().foreign_frees));
	cr_expect(eq(int, p[999], 'a'));
	mg_heap_free(p);
}

BOTH(owns_nothing_else)
{
	static char data[64];
	char stack[64];

	cr_expect(not(mg_heap_owns(NULL)));
	cr_expect(not(mg_heap_owns(data)));
	cr_expect(not(mg_heap_owns(stack)));
	cr_expect(not(mg_heap_owns((void *)16)));
	cr_expect(not(mg_heap_owns((void *)UINTPTR_MAX)));
	cr_expect(zero(sz, mg_heap_usable(NULL)));
}

BOTH(keeps_errno_when_it_frees)
{
	void *big = mg_heap_malloc(50 * MB), *small = mg_heap_malloc(1);

	errno = EXDEV;
	mg_heap_free(NULL);
	mg_heap_free(big);
	mg_heap_free(small);
	cr_expect(eq(int, errno, EXDEV));
	small = heap_make_foreign(10);
	errno = EXDEV;
	mg_heap_free(small);
	cr_expect(eq(int, errno, EXDEV));
	cr_expect(eq(u64, heap_counts().frees, 2));
}

/* Locked pages cannot be given back, and the kernel says so. */
BOTH(keeps_errno_when_pages_are_locked)
{
	void *p[20];

	for (size_t i = 0; i < ROWS(p); i++) {
		p[i] = mg_heap_malloc(100000);
		mlock(p[i], 100000);
	}
	errno = EXDEV;
	for (size_t i = 0; i < ROWS(p); i++)
		mg_heap_free(p[i]);
	heap_collect();
	cr_expect(eq(int, errno, EXDEV));
}

BOTH(refuses_growth_while_frozen)
{
	void *p = mg_heap_malloc(MB);

	mg_heap_make_room(1);
	mg_heap_freeze(true);
	cr_expect(eq(ptr, mg_heap_malloc(16), NULL));
	cr_expect(ge(u64, mg_heap_short_of(), 16));
	cr_expect(eq(ptr, mg_heap_malloc(3 * GB), NULL));
	mg_heap_free(p);
	p = mg_heap_malloc(MB);
	cr_expect(p != NULL, "no growth");
	mg_heap_freeze(false);
	cr_expect(mg_heap_malloc(MB) != NULL);
}

static void *
keep_one_of_ten(void *kept)
{
	void *p[10];

	for (int i = 0; i < 10; i++)
		p[i] = mg_heap_malloc(1000);
	for (int i = 1; i < 10; i++)
		mg_heap_free(p[i]);
	p[0] = mg_heap_realloc(p[0], 5000);
	mg_heap_free(heap_make_foreign(1));
	*(void **)kept = p[0];
	return NULL;
}

BOTH(keeps_what_dead_threads_counted)
{
	void *mine = mg_heap_malloc(10), *kept = NULL;
	struct mg_snapshot s;

	heap_in_thread(keep_one_of_ten, &kept);
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

/* A thread that waits at a barrier between its steps. */
static pthread_barrier_t barrier;

static void *
allocate_between_barriers(void *arg)
{
	void *p = mg_heap_malloc(1000);

	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	mg_heap_free(p);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return arg;
}

/* In the child only the forking thread lives; all that was counted stays counted. */
static bool
is_child_right(const struct mg_snapshot *before)
{
	struct mg_snapshot s;

	mg_heap_after_fork_child();
	s = heap_counts();
	return s.threads == 1 && s.allocs == before->allocs && s.live_bytes == before->live_bytes &&
	       mg_charge_now() == s.live_bytes + s.cached_bytes + s.parked_bytes + s.own_bytes +
				      mg_thread_credit() &&
	       !mg_heap_is_internal();
}

BOTH(keeps_its_books_in_a_fork_child)
{
	struct mg_snapshot before;
	pthread_t thread;
	int status = -1;
	pid_t pid;

	mg_heap_malloc(3000);
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, allocate_between_barriers, NULL);
	pthread_barrier_wait(&barrier);
	before = heap_counts();
	mg_heap_before_fork();
	pid = fork();
	if (pid == 0)
		_exit(is_child_right(&before) ? 0 : 1);
	mg_heap_after_fork_parent();
	cr_assert(eq(int, waitpid(pid, &status, 0), pid));
	cr_expect(zero(int, status));
	cr_expect(not(mg_heap_is_internal()));
	cr_expect(eq(u64, heap_counts().threads, 2));
	for (int i = 0; i < 3; i++)
		pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
}

static int calls, calls_in_free;

/* Allocates enough to be called anew, were it not nested. */
static void
slow_work(bool in_free)
{
	calls++;
	calls_in_free += in_free;
	cr_expect(mg_heap_is_internal());
	errno = EXDEV;
	mg_heap_free(mg_heap_malloc(5 * MB));
}

BOTH(passes_by_its_slow_work)
{
	void *p;

	mg_heap_set_slow_work(slow_work);
	errno = 0;
	p = mg_heap_malloc(MB);
	cr_expect(eq(int, calls, 1));
	cr_expect(zero(int, calls_in_free));
	cr_expect(zero(int, errno));
	mg_heap_free(p);
	cr_expect(eq(int, calls, 2));
	cr_expect(eq(int, calls_in_free, 1));
	mg_heap_enter_internal();
	mg_heap_enter_internal();
	mg_heap_leave_internal();
	cr_expect(mg_heap_is_internal());
	mg_heap_free(mg_heap_malloc(MB));
	cr_expect(eq(int, calls, 2));
	mg_heap_leave_internal();
	cr_expect(not(mg_heap_is_internal()));
}
