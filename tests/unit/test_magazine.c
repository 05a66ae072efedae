/* SPDX-License-Identifier: MIT */
#include "shim/heap/magazine.h"

#include "shim/heap/pause.h"
#include "tests/hooks.h"
#include "tests/unit/heap_support.h"

#include <pthread.h>
#include <string.h>

TestSuite(magazine, .init = heap_use_park);

static struct mg_thread_use
use_of(size_t n)
{
	return mg_thread_read(mg_thread_self.record, mg_class_of(n));
}

static void
expect_use(size_t n, uint64_t allocs, uint64_t frees)
{
	cr_expect(eq(u64, use_of(n).allocs, allocs), "%zu", n);
	cr_expect(eq(u64, use_of(n).frees, frees), "%zu", n);
}

/* What a thread's magazine really holds. */
static uint64_t
walk(const struct mg_thread *t, unsigned class)
{
	uint64_t n = 0;

	for (const struct mg_block *b = t->magazine[class].head; b != NULL;
	     b = (void *)(b->next ^ t->key))
		n++;
	return n;
}

static void
expect_cached_exactly(const struct mg_thread *t)
{
	for (unsigned class = 1; class < MG_CLASSES; class ++)
		cr_expect(
		    eq(u64, mg_thread_read(t, class).cached, walk(t, class)), "class %u", class);
}

Test(magazine, hands_out_a_refill_in_ascending_order)
{
	for (unsigned class = 1; class < MG_CLASSES; class ++) {
		const struct mg_class *c = &mg_classes[class];
		char *first = hook_malloc(c->bytes);

		for (unsigned i = 1; i < c->first_batch; i++)
			cr_assert(eq(ptr, hook_malloc(c->bytes), first + i * c->bytes), "class %u",
			    class);
	}
	expect_cached_exactly(mg_thread_self.record);
}

Test(magazine, takes_little_at_first_and_twice_as_much_each_time)
{
	unsigned class = mg_class_of(64), n = mg_classes[class].first_batch;
	unsigned most = mg_classes[class].last_batch;

	hook_malloc(64);
	cr_expect(eq(u64, walk(mg_thread_self.record, class), n - 1));
	cr_expect(le(u64, mg_slice_resident_bytes(), 2 * PAGE));
	for (bool is_last = false; !is_last;) {
		unsigned next = 2 * n < most ? 2 * n : most;

		for (unsigned k = 0; k < n; k++)
			hook_malloc(64);
		cr_expect(eq(u64, walk(mg_thread_self.record, class), next - 1));
		is_last = n == most;
		n = next;
	}
	expect_cached_exactly(mg_thread_self.record);
}

Test(magazine, knows_what_is_zero)
{
	char *p, *q;

	for (size_t n = 1; n < 5000; n += n / 16 + 1) {
		p = hook_zalloc(n);
		cr_assert(heap_is_filled(p, 0, n), "fresh, %zu", n);
		memset(p, 0xff, mg_heap_usable(p));
		hook_free(p);
		q = hook_zalloc(n);
		cr_assert(heap_is_filled(q, 0, n), "used, %zu", n);
		cr_expect(eq(ptr, p, q), "the last released is the first handed out");
		memset(q, 0xff, mg_heap_usable(q));
		hook_free(q);
	}
}

Test(magazine, counts_every_allocation_and_release)
{
	static void *held[3000];
	uint64_t seed = 7, allocs[3] = { 0 }, frees[3] = { 0 };
	static const size_t sizes[] = { 40, 700, 9000 };

	for (int i = 0; i < 200000; i++) {
		unsigned k = (unsigned)(support_random(&seed) % ROWS(held));

		if (held[k] != NULL) {
			hook_free(held[k]);
			held[k] = NULL;
			frees[k % 3]++;
		} else {
			held[k] = hook_malloc(sizes[k % 3]);
			allocs[k % 3]++;
		}
	}
	for (int i = 0; i < 3; i++)
		expect_use(sizes[i], allocs[i], frees[i]);
	expect_cached_exactly(mg_thread_self.record);
	heap_expect_balance();
}

Test(magazine, parks_its_older_half_when_it_is_full)
{
	static void *p[5000];
	unsigned class = mg_class_of(64);
	struct mg_thread *t;
	uint64_t most = 4 * mg_classes[class].last_batch, parked = 0;

	for (unsigned i = 0; i < ROWS(p); i++)
		p[i] = hook_malloc(64);
	t = mg_thread_self.record;
	for (unsigned i = 0; i < ROWS(p); i++) {
		hook_free(p[i]);
		cr_assert(le(u64, walk(t, class), most + 1));
		cr_assert(eq(ptr, t->magazine[class].head, p[i]));
	}
	for (unsigned i = 0; i < ROWS(p); i++) {
		bool is_issued = mg_park_is_issued(p[i]);

		cr_assert(is_issued == mg_magazine_holds(t, class, p[i]), "block %u", i);
		parked += !is_issued;
	}
	cr_expect(ge(u64, parked, ROWS(p) - most));
	cr_expect(mg_magazine_holds(t, class, p[ROWS(p) - 1]));
	cr_expect(eq(u32, t->cap[class], (unsigned)most));
	expect_use(64, ROWS(p), ROWS(p));
	expect_cached_exactly(t);
}

/* Alternation never fills a magazine, and comes by a slow path all the same. */
static int calls;

static void
count_calls(bool in_free)
{
	calls += in_free;
}

Test(magazine, takes_a_slow_path_now_and_then)
{
	mg_heap_set_slow_work(count_calls);
	hook_free(hook_malloc(64));
	calls = 0;
	for (int i = 0; i < 10000; i++)
		hook_free(hook_malloc(64));
	cr_expect(ge(int, calls, 10000 / MG_MAGAZINE_MAX_ROOM));
	cr_expect(le(int, calls, 100));
	expect_use(64, 10001, 10001);
}

Test(magazine, empties_itself_and_starts_small_again)
{
	struct mg_thread *t;
	static void *p[1000];

	for (unsigned i = 0; i < ROWS(p); i++)
		p[i] = hook_malloc(16 + i);
	for (unsigned i = 0; i < ROWS(p); i++)
		hook_free(p[i]);
	t = mg_thread_self.record;
	cr_expect(gt(u64, mg_thread_cached_bytes(), 0));
	mg_magazine_empty(t);
	cr_expect(zero(u64, mg_thread_cached_bytes()));
	cr_expect(eq(u64, heap_counts().frees, ROWS(p)));
	for (unsigned class = 1; class < MG_CLASSES; class ++) {
		cr_expect(zero(u64, walk(t, class)));
		cr_expect(zero(u32, t->cap[class]));
		cr_expect(eq(u32, t->batch[class], mg_classes[class].first_batch));
	}
	for (uint32_t i = 1; i <= mg_slice_highest(); i++)
		cr_assert(zero(u32, mg_region.class[i]), "slice %u is lost", i);
	heap_expect_balance();
}

static struct mg_thread *sleeper;
static void *sleepers_block;

static void *
cache_and_sleep(void *arg)
{
	static void *p[2000];

	for (unsigned i = 0; i < ROWS(p); i++)
		p[i] = hook_malloc(1 + i);
	sleepers_block = hook_malloc(1000);
	for (unsigned i = 0; i < ROWS(p); i++)
		hook_free(p[i]);
	sleeper = mg_thread_self.record;
	heap_meet();
	heap_meet();
	for (unsigned i = 0; i < ROWS(p); i++)
		memset(p[i] = hook_malloc(1 + i), 0xee, 1 + i);
	for (unsigned i = 0; i < ROWS(p); i++)
		hook_free(p[i]);
	heap_meet();
	heap_meet();
	return arg;
}

Test(magazine, empties_a_sleeping_thread)
{
	pthread_t thread;

	thread = heap_start(cache_and_sleep);
	memset(sleepers_block, 0x11, 1000);
	mg_magazine_empty_other(sleeper);
	cr_expect(zero(u64, mg_thread_cached_bytes()));
	cr_expect(eq(u64, heap_counts().allocs, 2001));
	cr_expect(eq(u64, heap_counts().frees, 2000));
	cr_expect(eq(u64, heap_counts().live_blocks, 1));
	cr_expect(zero(u32, sleeper->paused));
	heap_meet();
	heap_meet();
	expect_cached_exactly(sleeper);
	cr_expect(eq(u64, heap_counts().frees, 4000));
	heap_meet();
	pthread_join(thread, NULL);
	cr_expect(zero(u64, mg_thread_cached_bytes()), "it empties them at its end");
	cr_expect(heap_is_filled(sleepers_block, 0x11, 1000));
	heap_expect_balance();
}

Test(magazine, leaves_a_thread_alone_that_does_not_come_out)
{
	pthread_t thread;
	uint64_t cached;

	thread = heap_start(cache_and_sleep);
	cached = mg_thread_cached_bytes();
	sleeper->busy = 1;
	mg_magazine_empty_other(sleeper);
	cr_expect(eq(u64, mg_thread_cached_bytes(), cached));
	cr_expect(zero(u32, sleeper->paused));
	cr_expect(mg_sys_trylock(&sleeper->hold), "not held");
	mg_magazine_empty_other(sleeper);
	cr_expect(zero(u32, sleeper->paused), "held by somebody else: not touched");
	mg_sys_unlock(&sleeper->hold);
	sleeper->busy = 0;
	mg_magazine_empty_other(sleeper);
	cr_expect(zero(u64, mg_thread_cached_bytes()));
	for (int i = 0; i < 3; i++)
		heap_meet();
	pthread_join(thread, NULL);
}

Test(magazine, goes_past_itself_while_paused)
{
	struct mg_thread_use before;
	struct mg_thread *t;
	void *p, *q;

	p = hook_malloc(100);
	t = mg_thread_self.record;
	before = use_of(100);
	t->paused = MG_PAUSE_YES;
	cr_expect(eq(ptr, mg_fast_malloc(100), NULL));
	q = hook_malloc(100);
	cr_expect(q != NULL && q != p && mg_park_is_issued(q));
	cr_expect(not(mg_fast_free(p)));
	hook_free(p);
	cr_expect(not(mg_park_is_issued(p)), "it is in the store");
	p = hook_zalloc(2000);
	cr_expect(heap_is_filled(p, 0, 2000));
	cr_expect(eq(u64, use_of(100).allocs, before.allocs));
	cr_expect(eq(u64, use_of(100).frees, before.frees));
	cr_expect(eq(u64, use_of(100).cached, before.cached));
	cr_expect(eq(u64, heap_counts().allocs, 3));
	cr_expect(eq(u64, heap_counts().frees, 1));
	t->paused = MG_PAUSE_NO;
	hook_free(q);
	hook_free(p);
	cr_expect(zero(u64, heap_counts().live_bytes));
	heap_expect_balance();
}

/* Where there is no membarrier a thread is asked, and does it itself. */
Test(magazine, empties_itself_when_it_is_asked)
{
	struct mg_thread *t;
	unsigned class = mg_class_of(3000);

	hook_free(hook_malloc(3000));
	hook_free(hook_malloc(64));
	t = mg_thread_self.record;
	cr_expect(gt(u64, walk(t, class), 0));
	t->paused = MG_PAUSE_ASK;
	hook_free(hook_malloc(64));
	cr_expect(zero(u32, t->paused));
	cr_expect(zero(u64, walk(t, class)));
	cr_expect(eq(u64, heap_counts().allocs, 3));
	cr_expect(eq(u64, heap_counts().frees, 3));
	expect_cached_exactly(t);
}

static void
check_double_free(size_t n, bool other_first)
{
	uint64_t before = heap_counts().double_frees;
	struct mg_snapshot s;
	void *p = hook_malloc(n), *q = hook_malloc(n), *r[3];

	hook_free(p);
	if (other_first)
		hook_free(q);
	hook_free(p);
	if (!other_first)
		cr_expect(eq(u64, heap_counts().double_frees, before + 1), "at once");
	/* By the time the block comes round again it is known. */
	for (unsigned i = 0; i < ROWS(r); i++)
		r[i] = hook_malloc(n);
	cr_expect(r[0] != r[1] && r[1] != r[2] && r[0] != r[2], "%zu", n);
	s = heap_counts();
	cr_expect(eq(u64, s.double_frees, before + 1), "%zu", n);
	cr_expect(eq(u64, s.live_blocks, other_first ? 3 : 4), "%zu", n);
	for (unsigned i = 0; i < ROWS(r); i++)
		hook_free(r[i]);
	if (!other_first)
		hook_free(q);
	cr_expect(zero(u64, heap_counts().live_blocks), "%zu", n);
}

Test(magazine, is_told_a_hot_double_free)
{
	check_double_free(24, false);
	check_double_free(5000, false);
}

Test(magazine, is_told_a_double_free_after_another)
{
	check_double_free(24, true);
	check_double_free(5000, true);
}

Test(magazine, is_told_a_double_free_of_a_parked_block)
{
	static void *p[100];

	for (unsigned i = 0; i < ROWS(p); i++)
		p[i] = hook_malloc(64);
	for (unsigned i = 0; i < ROWS(p); i += 2)
		hook_free(p[i]);
	mg_magazine_empty(mg_thread_self.record);
	hook_free(p[0]);
	mg_magazine_empty(mg_thread_self.record);
	cr_expect(eq(u64, heap_counts().double_frees, 1));
	cr_expect(eq(u64, heap_counts().frees, 50));
	cr_expect(eq(u64, heap_counts().live_blocks, 50));
	heap_expect_balance();
}
