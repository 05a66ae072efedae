/* SPDX-License-Identifier: MIT */
#include "shim/heap/heap.h"

#include "shim/heap/charge.h"
#include "shim/heap/thread.h"
#include "tests/unit/support.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* All addresses there are: no system has it, whatever it promises. */
#define TOO_MUCH ((size_t)1 << 47)

TestSuite(heap, .init = mg_heap_init);

static struct mg_snapshot
counts(void)
{
	struct mg_snapshot s = { 0 };

	mg_heap_read(&s);
	return s;
}

/* What is charged is what the program holds and what threads may still hand out. */
static void
expect_charged_exactly(void)
{
	cr_expect(eq(u64, mg_charge_now(), counts().live_bytes + mg_thread_credit()));
}

static void
expect_same_counts(const struct mg_snapshot *a, const struct mg_snapshot *b)
{
	cr_expect(eq(u64, a->allocs, b->allocs));
	cr_expect(eq(u64, a->frees, b->frees));
	cr_expect(eq(u64, a->reallocs, b->reallocs));
	cr_expect(eq(u64, a->alloc_bytes, b->alloc_bytes));
	cr_expect(eq(u64, a->freed_bytes, b->freed_bytes));
	cr_expect(eq(u64, a->foreign_frees, b->foreign_frees));
	expect_charged_exactly();
}

/* A block of the C library's own allocator, whoever serves malloc() in this program. */
static void *
make_foreign(size_t n)
{
	void *f = dlsym(dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD), "malloc");
	void *(*libc_malloc)(size_t);

	memcpy(&libc_malloc, &f, sizeof f);
	return libc_malloc(n);
}

Test(heap, counts_blocks_in_their_usable_size)
{
	void *p = mg_heap_malloc(100), *q = mg_heap_zalloc(5000);
	uint64_t held = mg_heap_usable(p) + mg_heap_usable(q);
	struct mg_snapshot s = counts();

	cr_expect(ge(u64, held, 5100));
	cr_expect(eq(u64, s.allocs, 2));
	cr_expect(eq(u64, s.alloc_bytes, held));
	cr_expect(eq(u64, s.live_blocks, 2));
	cr_expect(eq(u64, s.live_bytes, held));
	cr_expect(eq(u64, s.heap_footprint_bytes, held));
	expect_charged_exactly();
	mg_heap_free(p);
	mg_heap_free(q);
	s = counts();
	cr_expect(eq(u64, s.frees, 2));
	cr_expect(eq(u64, s.freed_bytes, held));
	cr_expect(zero(u64, s.live_blocks));
	cr_expect(zero(u64, s.live_bytes));
	cr_expect(zero(u64, s.reallocs));
	expect_charged_exactly();
}

/* Sizes in steps that meet every small class and its neighbours; counted must be what is freed. */
Test(heap, agrees_with_itself_on_every_size)
{
	for (size_t n = 0; n < 300000; n += n < 2100 ? 1 : n / 17) {
		unsigned char *p = n % 2 == 0 ? mg_heap_malloc(n) : mg_heap_zalloc(n);
		size_t usable = mg_heap_usable(p);

		cr_assert(p != NULL && usable >= n && usable >= 16, "size %zu", n);
		cr_expect(zero(u64, (uintptr_t)p % 16), "size %zu", n);
		cr_expect(eq(u64, counts().live_bytes, usable), "size %zu", n);
		for (size_t i = 0; n % 2 != 0 && i < n; i++)
			cr_assert(zero(int, p[i]), "size %zu", n);
		memset(p, 0xa5, usable);
		mg_heap_free(p);
		cr_assert(zero(u64, counts().live_bytes), "size %zu", n);
	}
	expect_charged_exactly();
}

Test(heap, gives_zero_size_requests_blocks_of_their_own)
{
	void *p = mg_heap_malloc(0), *q = mg_heap_zalloc(0), *r = mg_heap_aligned(0, 64);

	cr_expect(p != NULL && q != NULL && r != NULL);
	cr_expect(p != q && q != r && p != r);
	cr_expect(eq(u64, counts().live_blocks, 3));
	mg_heap_free(p);
	mg_heap_free(q);
	mg_heap_free(r);
	cr_expect(zero(u64, counts().live_bytes));
}

Test(heap, aligns_up_to_64_megabytes)
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
			cr_expect(eq(u64, counts().live_bytes, usable));
			memset(p, 0xa5, sizes[i]);
			mg_heap_free(p);
			cr_assert(zero(u64, counts().live_bytes), "%zu at %zu", sizes[i], align);
		}
	}
	expect_charged_exactly();
}

/* mimalloc 2.0.9 takes such sizes for aligned by themselves; neighbours that are held show that
 * they are not. */
Test(heap, aligns_sizes_that_are_multiples_of_the_alignment)
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
			cr_assert(zero(u64, counts().live_bytes), "%zu times %zu", times, align);
		}
	expect_charged_exactly();
}

Test(heap, resizes_in_place_where_it_fits)
{
	char *p = mg_heap_malloc(1000);
	size_t usable = mg_heap_usable(p);
	struct mg_snapshot s;

	cr_expect(eq(ptr, mg_heap_realloc(p, usable), p));
	cr_expect(eq(ptr, mg_heap_realloc(p, usable / 2), p));
	s = counts();
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
	s = counts();
	cr_expect(ne(ptr, q, p));
	for (size_t i = 0; i < (from < to ? from : to); i++)
		cr_assert(eq(int, q[i], 'a'));
	cr_expect(eq(u64, s.reallocs, 1));
	cr_expect(eq(u64, s.allocs, 1));
	cr_expect(zero(u64, s.frees));
	cr_expect(eq(u64, s.alloc_bytes, before + after));
	cr_expect(eq(u64, s.freed_bytes, before));
	cr_expect(eq(u64, s.live_bytes, after));
	expect_charged_exactly();
	mg_heap_free(q);
	cr_expect(zero(u64, counts().live_blocks));
}

Test(heap, moves_to_grow)
{
	check_move(1000, 50000);
}

Test(heap, moves_to_shrink)
{
	check_move(50000, 1000);
}

/* Ceiling, without a reserve: the most that fits is the ceiling itself. */
static void
set_ceiling(uint64_t bytes)
{
	mg_heap_configure(bytes, 0);
}

static size_t
fill(size_t size)
{
	size_t n = 0;

	while (mg_heap_malloc(size) != NULL)
		n++;
	return n;
}

Test(heap, reaches_its_ceiling_to_the_byte)
{
	set_ceiling(4 * MB);
	cr_expect(ge(sz, fill(100000), 30));
	fill(1000);
	fill(16);
	cr_expect(eq(u64, counts().live_bytes, 4 * MB));
	cr_expect(eq(u64, mg_heap_charged(), 4 * MB));
	cr_expect(eq(u64, counts().heap_peak_bytes, 4 * MB));
	cr_expect(eq(u64, counts().heap_limit_bytes, 4 * MB));
	cr_expect(eq(u64, mg_heap_short_of(), 16));
	cr_expect(not(mg_heap_has_room(1)));
	cr_expect(eq(int, errno, ENOMEM));
}

Test(heap, gives_room_back_at_once)
{
	void *p;

	set_ceiling(4 * MB);
	p = mg_heap_malloc(3 * MB);
	cr_assert(p != NULL);
	cr_expect(eq(ptr, mg_heap_malloc(3 * MB), NULL));
	mg_heap_free(p);
	cr_expect(mg_heap_malloc(3 * MB) != NULL);
	expect_charged_exactly();
}

/* 8 bytes are free: the request fits, the block that would serve it does not. */
Test(heap, is_short_of_whole_blocks)
{
	set_ceiling(4 * MB + 8);
	fill(100000);
	fill(1000);
	fill(16);
	cr_expect(eq(ptr, mg_heap_malloc(1), NULL));
	cr_expect(eq(u64, mg_heap_short_of(), 16));
	cr_expect(eq(u64, counts().live_bytes, 4 * MB));
	cr_expect(eq(u64, mg_heap_charged(), 4 * MB), "what it was given at first is given back");
}

Test(heap, leaves_nothing_behind_when_it_refuses)
{
	static const size_t sizes[] = { 4 * MB, 4 * MB + 1, 2 * GB, TOO_MUCH, TOO_MUCH + 1,
		PTRDIFF_MAX, SIZE_MAX - 16, SIZE_MAX };
	struct mg_snapshot before, after;
	char *p;

	set_ceiling(4 * MB);
	p = mg_heap_malloc(500000);
	before = counts();
	for (size_t i = 0; i < ROWS(sizes); i++) {
		errno = 0;
		cr_expect(eq(ptr, mg_heap_malloc(sizes[i]), NULL), "row %zu", i);
		cr_expect(eq(int, errno, ENOMEM), "row %zu", i);
		cr_expect(
		    eq(u64, mg_heap_short_of(), sizes[i] <= TOO_MUCH ? sizes[i] : 0), "row %zu", i);
		cr_expect(eq(ptr, mg_heap_zalloc(sizes[i]), NULL), "row %zu", i);
		cr_expect(eq(ptr, mg_heap_realloc(p, sizes[i]), NULL), "row %zu", i);
	}
	after = counts();
	expect_same_counts(&before, &after);
	cr_expect(le(u64, after.heap_peak_bytes, 4 * MB));
	memset(p, 0xa5, mg_heap_usable(p));
}

Test(heap, refuses_impossible_alignments)
{
	static const size_t sizes[] = { 1, 1000, TOO_MUCH, (size_t)1 << 63, SIZE_MAX };
	struct mg_snapshot before, after;

	mg_heap_free(mg_heap_malloc(1));
	before = counts();
	for (size_t i = 0; i < ROWS(sizes); i++)
		for (unsigned bit = 47; bit < 64; bit++) {
			errno = 0;
			cr_expect(eq(ptr, mg_heap_aligned(sizes[i], (size_t)1 << bit), NULL),
			    "%zu at 2^%u", sizes[i], bit);
			cr_expect(eq(int, errno, ENOMEM));
		}
	after = counts();
	expect_same_counts(&before, &after);
	cr_expect(le(u64, after.heap_peak_bytes, MB));
}

Test(heap, blames_no_ceiling_when_the_system_has_no_memory)
{
	struct mg_snapshot before, after;
	char *p = mg_heap_malloc(1000);

	before = counts();
	cr_expect(eq(ptr, mg_heap_malloc(TOO_MUCH), NULL));
	cr_expect(zero(u64, mg_heap_short_of()));
	cr_expect(eq(ptr, mg_heap_realloc(p, TOO_MUCH), NULL));
	cr_expect(zero(u64, mg_heap_short_of()));
	set_ceiling(2 * TOO_MUCH);
	errno = 0;
	cr_expect(eq(ptr, mg_heap_aligned(TOO_MUCH - 64, 64), NULL));
	cr_expect(eq(int, errno, ENOMEM));
	cr_expect(zero(u64, mg_heap_short_of()));
	after = counts();
	expect_same_counts(&before, &after);
}

Test(heap, holds_giants)
{
	char *p = mg_heap_malloc(3 * GB), *q;

	cr_assert(p != NULL && mg_heap_owns(p));
	cr_expect(ge(u64, counts().live_bytes, 3 * GB));
	cr_expect(ge(u64, counts().heap_peak_bytes, 3 * GB));
	expect_charged_exactly();
	p[0] = 'a';
	p[3 * GB - 1] = 'z';
	cr_expect(eq(ptr, mg_heap_realloc(p, 2 * GB), p), "fits, and wastes less than half");
	q = mg_heap_realloc(p, 1000);
	cr_expect(eq(int, q[0], 'a'));
	cr_expect(lt(u64, counts().live_bytes, 3000));
	mg_heap_free(q);
	expect_charged_exactly();
	cr_expect(lt(u64, mg_heap_charged(), MB), "given back");
}

Test(heap, shrinks_at_the_ceiling_by_staying)
{
	char *p;

	set_ceiling(4 * MB);
	p = mg_heap_malloc(100000);
	memset(p, 'a', 100000);
	fill(100000);
	fill(1000);
	fill(16);
	cr_expect(eq(ptr, mg_heap_realloc(p, 1000), p));
	cr_expect(eq(int, p[999], 'a'));
	cr_expect(eq(u64, counts().reallocs, 1));
	expect_charged_exactly();
	cr_expect(eq(ptr, mg_heap_realloc(p, 200000), NULL));
	cr_expect(eq(u64, counts().reallocs, 1));
	cr_expect(eq(int, p[999], 'a'));
}

Test(heap, hands_foreign_blocks_to_their_maker)
{
	void *p = make_foreign(1000);

	cr_assert(not(mg_heap_owns(p)));
	cr_expect(ge(sz, mg_heap_usable(p), 1000));
	mg_heap_free(p);
	cr_expect(eq(u64, counts().foreign_frees, 1));
	cr_expect(zero(u64, counts().frees));
	cr_expect(zero(u64, counts().freed_bytes));
	expect_charged_exactly();
}

Test(heap, adopts_foreign_blocks_that_are_resized)
{
	char *p = make_foreign(1000), *q;

	memset(p, 'a', 1000);
	q = mg_heap_realloc(p, 5000);
	cr_assert(q != NULL && mg_heap_owns(q));
	for (int i = 0; i < 1000; i++)
		cr_assert(eq(int, q[i], 'a'));
	cr_expect(eq(u64, counts().allocs, 1));
	cr_expect(eq(u64, counts().foreign_frees, 1));
	cr_expect(zero(u64, counts().reallocs));
	cr_expect(eq(u64, counts().live_bytes, mg_heap_usable(q)));
}

Test(heap, leaves_foreign_blocks_alone_when_there_is_no_room)
{
	char *p = make_foreign(1000);

	set_ceiling(MB);
	memset(p, 'a', 1000);
	cr_expect(eq(ptr, mg_heap_realloc(p, 2 * MB), NULL));
	cr_expect(zero(u64, counts().foreign_frees));
	cr_expect(eq(int, p[999], 'a'));
	mg_heap_free(p);
}

Test(heap, owns_nothing_else)
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

Test(heap, keeps_errno_when_it_frees)
{
	void *big = mg_heap_malloc(50 * MB), *small = mg_heap_malloc(1);

	errno = EXDEV;
	mg_heap_free(NULL);
	mg_heap_free(big);
	mg_heap_free(small);
	cr_expect(eq(int, errno, EXDEV));
	small = make_foreign(10);
	errno = EXDEV;
	mg_heap_free(small);
	cr_expect(eq(int, errno, EXDEV));
	cr_expect(eq(u64, counts().frees, 2));
}

/* Locked pages cannot be given back, and the kernel says so. */
Test(heap, keeps_errno_when_pages_are_locked)
{
	void *p[20];

	for (size_t i = 0; i < ROWS(p); i++) {
		p[i] = mg_heap_malloc(100000);
		mlock(p[i], 100000);
	}
	errno = EXDEV;
	for (size_t i = 0; i < ROWS(p); i++)
		mg_heap_free(p[i]);
	mg_heap_collect();
	cr_expect(eq(int, errno, EXDEV));
}

Test(heap, opens_the_reserve_for_small_requests_after_a_refusal)
{
	mg_heap_configure(8 * MB, MB);
	fill(100000);
	fill(16);
	cr_expect(eq(u64, counts().live_bytes, 7 * MB));
	mg_heap_count_hit();
	mg_heap_count_hit();
	mg_heap_count_refusal();
	cr_expect(eq(u64, counts().limit_hits, 2));
	cr_expect(eq(u64, counts().refused_allocs, 1));
	cr_expect(mg_heap_malloc(4096) != NULL);
	cr_expect(eq(ptr, mg_heap_malloc(4097), NULL));
	cr_expect(mg_heap_has_room(4096) && !mg_heap_has_room(4097));
	fill(16);
	cr_expect(eq(u64, counts().live_bytes, 8 * MB));
}

Test(heap, refuses_growth_while_frozen)
{
	void *p = mg_heap_malloc(MB);

	mg_heap_recall_credit();
	mg_heap_freeze(true);
	cr_expect(eq(ptr, mg_heap_malloc(16), NULL));
	cr_expect(eq(u64, mg_heap_short_of(), 16));
	cr_expect(eq(ptr, mg_heap_malloc(3 * GB), NULL));
	mg_heap_free(p);
	p = mg_heap_malloc(MB);
	cr_expect(p != NULL, "no growth");
	mg_heap_freeze(false);
	cr_expect(mg_heap_malloc(MB) != NULL);
}

Test(heap, recalls_credit)
{
	mg_heap_free(mg_heap_malloc(1));
	cr_expect(gt(u64, mg_thread_credit(), 0));
	mg_heap_recall_credit();
	cr_expect(zero(u64, mg_thread_credit()));
	cr_expect(zero(u64, mg_heap_charged()));
	mg_heap_recall_credit();
	cr_expect(zero(u64, mg_heap_charged()));
}

/* What other threads do, one at a time, so that numbers are exact. */
static void
in_thread(void *(*body)(void *), void *arg)
{
	pthread_t thread;

	cr_assert(zero(int, pthread_create(&thread, NULL, body, arg)));
	pthread_join(thread, NULL);
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
	mg_heap_free(make_foreign(1));
	*(void **)kept = p[0];
	return NULL;
}

Test(heap, keeps_what_dead_threads_counted)
{
	void *mine = mg_heap_malloc(10), *kept = NULL;
	struct mg_snapshot s;

	in_thread(keep_one_of_ten, &kept);
	s = counts();
	cr_expect(eq(u64, s.threads, 1));
	cr_expect(eq(u64, s.allocs, 11));
	cr_expect(eq(u64, s.frees, 9));
	cr_expect(eq(u64, s.reallocs, 1));
	cr_expect(eq(u64, s.foreign_frees, 1));
	cr_expect(eq(u64, s.live_bytes, mg_heap_usable(mine) + mg_heap_usable(kept)));
	expect_charged_exactly();
	mg_heap_free(kept);
	cr_expect(eq(u64, counts().live_bytes, mg_heap_usable(mine)));
	expect_charged_exactly();
}

Test(heap, gives_back_the_credit_of_dead_threads)
{
	void *kept = NULL;

	for (int i = 0; i < 100; i++) {
		in_thread(keep_one_of_ten, &kept);
		mg_heap_free(kept);
	}
	mg_heap_recall_credit();
	cr_expect(zero(u64, mg_heap_charged()));
	cr_expect(eq(u64, counts().allocs, 1000));
	cr_expect(eq(u64, counts().frees, 1000));
}

static pthread_key_t late;
static void *late_kept;

/* Runs after memgov's own destructor, whose key is older. */
static void
allocate_late(void *freed)
{
	void *p = mg_heap_malloc(1000);

	cr_expect(eq(int, mg_thread_self.state, MG_THREAD_DEAD));
	mg_heap_free(freed);
	p = mg_heap_realloc(p, 100000);
	mg_heap_free(mg_heap_zalloc(3000));
	mg_heap_free(make_foreign(1));
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

Test(heap, counts_what_threads_do_past_their_end)
{
	struct mg_snapshot s;

	set_ceiling(4 * MB);
	mg_heap_free(mg_heap_malloc(1));
	cr_assert(zero(int, pthread_key_create(&late, allocate_late)));
	in_thread(leave_late, NULL);
	s = counts();
	cr_expect(eq(u64, s.allocs, 4));
	cr_expect(eq(u64, s.frees, 3));
	cr_expect(eq(u64, s.reallocs, 1));
	cr_expect(eq(u64, s.foreign_frees, 1));
	cr_expect(eq(u64, s.live_bytes, mg_heap_usable(late_kept)));
	cr_expect(eq(u64, s.threads, 1));
	expect_charged_exactly();
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

Test(heap, gives_back_what_a_thread_past_its_end_does_not_get)
{
	mg_heap_free(mg_heap_malloc(1));
	cr_assert(zero(int, pthread_key_create(&late, fail_late)));
	in_thread(end_in_failure, NULL);
	cr_expect(eq(u64, counts().allocs, 2));
	expect_charged_exactly();
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

Test(heap, collects_in_other_threads_at_their_next_free)
{
	pthread_t thread;
	uint32_t collection;

	mg_heap_free(mg_heap_malloc(1));
	cr_expect(zero(u64, mg_heap_collect_behind(mg_heap_collect())));
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, allocate_between_barriers, NULL);
	pthread_barrier_wait(&barrier);
	cr_expect(eq(u64, counts().threads, 2));
	collection = mg_heap_collect();
	cr_expect(eq(u64, mg_heap_collect_behind(collection), 1));
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	cr_expect(zero(u64, mg_heap_collect_behind(collection)));
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
}

/* In the child only the forking thread lives; all that was counted stays counted. */
static bool
is_child_right(const struct mg_snapshot *before)
{
	struct mg_snapshot s;

	mg_heap_after_fork_child();
	s = counts();
	return s.threads == 1 && s.allocs == before->allocs && s.live_bytes == before->live_bytes &&
	       mg_charge_now() == s.live_bytes + mg_thread_credit() && !mg_heap_is_internal();
}

Test(heap, keeps_its_books_in_a_fork_child)
{
	struct mg_snapshot before;
	pthread_t thread;
	int status = -1;
	pid_t pid;

	mg_heap_malloc(3000);
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, allocate_between_barriers, NULL);
	pthread_barrier_wait(&barrier);
	before = counts();
	mg_heap_before_fork();
	pid = fork();
	if (pid == 0)
		_exit(is_child_right(&before) ? 0 : 1);
	mg_heap_after_fork_parent();
	cr_assert(eq(int, waitpid(pid, &status, 0), pid));
	cr_expect(zero(int, status));
	cr_expect(not(mg_heap_is_internal()));
	cr_expect(eq(u64, counts().threads, 2));
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

Test(heap, passes_by_its_slow_work)
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
