/* SPDX-License-Identifier: MIT */
#include "shim/observe/site.h"

#include "shim/heap/thread.h"
#include "tests/unit/support.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
start(void)
{
	cr_assert(mg_site_open());
	cr_assert(mg_site_enter());
}

TestSuite(site, .init = start);

/* The site of a stack that is one number. */
static unsigned
find(uint64_t frame, uint64_t now_ns)
{
	return mg_site_find(&frame, 1, now_ns);
}

Test(site, knows_stacks_apart)
{
	static const uint64_t a[] = { 1, 2, 3 }, b[] = { 1, 2, 4 };
	unsigned whole = mg_site_find(a, 3, 5);

	cr_expect(ne(u32, whole, 0));
	cr_expect(eq(u32, mg_site_find(a, 3, 9), whole));
	cr_expect(ne(u32, mg_site_find(b, 3, 9), whole));
	cr_expect(ne(u32, mg_site_find(a, 2, 9), whole));
	cr_expect(ne(u32, mg_site_find(a, 0, 9), mg_site_find(a, 2, 9)), "no stack is one, too");
	cr_expect(eq(u32, mg_site_count(), 4));
	cr_expect(eq(u64, mg_site_at(whole)->first_ns, 5));
	cr_expect(eq(u32, mg_site_at(whole)->number, 1));
}

Test(site, sums_what_comes_and_goes)
{
	unsigned slot = find(1, 1);
	const struct mg_site *s = mg_site_at(slot);

	mg_site_add(slot, 10, 100);
	mg_site_add(slot, 0.1, 7);
	mg_site_remove(slot, 10, 100);
	cr_expect(eq(u32, s->in, 2));
	cr_expect(eq(u32, s->out, 1));
	cr_expect(epsilon_eq(dbl, s->live_blocks, 0.1, 1e-9));
	cr_expect(epsilon_eq(dbl, s->live_bytes, 0.7, 1e-9));
	cr_expect(epsilon_eq(dbl, s->alloc_bytes, 1000.7, 1e-9));
	mg_site_remove(slot, 0.1, 7);
	cr_expect(zero(dbl, s->live_blocks), "exactly");
	cr_expect(zero(dbl, s->live_bytes));
}

Test(site, takes_back_what_only_grew)
{
	unsigned slot = find(1, 1);
	const struct mg_site *s = mg_site_at(slot);
	uint32_t name;
	bool is_same;

	mg_site_add(slot, 8, 100);
	name = mg_site_name(slot);
	mg_site_remove(slot, 8, 100);
	cr_expect(eq(u32, mg_site_named(name, &is_same), slot));
	cr_expect(is_same);
	mg_site_restore(slot, 4, 1000);
	cr_expect(eq(u32, s->in, 1));
	cr_expect(eq(u32, s->out, 0));
	cr_expect(epsilon_eq(dbl, s->live_bytes, 4000, 1e-9));
	cr_expect(ge(dbl, s->alloc_bytes, s->live_bytes));
}

/* A full table: whoever holds nothing for longest makes room, and its past becomes the others'. */
Test(site, makes_room)
{
	unsigned second, slot;
	uint32_t name;
	bool is_same;

	for (uint64_t i = 1; i < MG_SITES; i++) {
		cr_assert(ne(u32, slot = find(i, i), 0));
		mg_site_add(slot, 1, 16);
	}
	cr_expect(zero(u32, find(MG_SITES, 1)), "all hold something");
	mg_site_remove(find(700, 1), 1, 16);
	second = find(300, 1);
	mg_site_remove(second, 1, 16);
	name = mg_site_name(find(700, 1));
	slot = find(5000, 9000);
	cr_expect(ne(u32, slot, 0));
	cr_expect(gt(u32, mg_site_at(slot)->number, 4095));
	cr_expect(zero(u32, mg_site_at(slot)->in));
	cr_expect(eq(u32, find(300, 1), second), "the one that was left later is still there");
	cr_expect(zero(u32, mg_site_named(name, &is_same)));
	cr_expect(not(is_same));
	cr_expect(eq(u32, mg_site_at(0)->in, 1));
	cr_expect(eq(u32, mg_site_at(0)->out, 1));
	cr_expect(epsilon_eq(dbl, mg_site_at(0)->alloc_bytes, 16, 1e-9));
	cr_expect(eq(u64, mg_site_at(0)->last_ns, 700));
	cr_expect(eq(u32, mg_site_count(), MG_SITES - 1));
	cr_expect(lt(u64, mg_site_own_bytes(), 5 * MB));
}

/* Whoever holds something again is not in the way. */
Test(site, keeps_who_came_back)
{
	unsigned slot = find(1, 1);

	mg_site_add(slot, 1, 16);
	mg_site_remove(slot, 1, 16);
	mg_site_add(slot, 1, 16);
	for (uint64_t i = 2; i < 3 * MG_SITES; i++)
		find(i, i);
	cr_expect(eq(u32, find(1, 1), slot));
	cr_expect(eq(u32, mg_site_at(slot)->in, 2));
}

Test(site, drops_the_old_ones)
{
	unsigned kept;

	for (uint64_t i = 1; i <= 10; i++)
		find(i, i * 100);
	kept = find(5, 1);
	mg_site_add(kept, 1, 16);
	cr_expect(mg_site_drop(800, 3), "more than three");
	cr_expect(eq(u32, mg_site_count(), 7));
	cr_expect(not(mg_site_drop(800, 100)));
	cr_expect(eq(u32, mg_site_count(), 4), "5, 8, 9, 10");
	cr_expect(eq(u32, find(5, 1), kept));
	cr_expect(not(mg_site_drop(UINT64_MAX, 100)));
	cr_expect(eq(u32, mg_site_count(), 1));
}

Test(site, is_entered_once)
{
	cr_expect(eq(u32, mg_thread_self.locked, 1), "the heap takes a handler for nested");
	mg_site_lock_leave();
	cr_expect(zero(u32, mg_thread_self.locked));
	cr_expect(mg_site_enter());
	mg_site_lock_leave();
}

static void *
stay_inside(void *arg)
{
	(void)arg;
	mg_site_enter();
	return NULL;
}

/* Whoever holds the lock is not there: one wait, and then none. */
Test(site, gives_up_on_a_lock_that_nobody_holds)
{
	pthread_t thread;

	mg_site_lock_leave();
	cr_assert(zero(int, pthread_create(&thread, NULL, stay_inside, NULL)));
	pthread_join(thread, NULL);
	cr_expect(not(mg_site_enter()));
	for (int i = 0; i < 100000; i++)
		cr_assert(not(mg_site_enter()));
	cr_expect(zero(u32, mg_thread_self.locked));
	mg_site_lock_leave();
	mg_thread_self.locked = 0;
	cr_expect(mg_site_enter(), "it is there after all");
}

static int
child_of(void (*run)(void))
{
	int status = -1;
	pid_t pid;

	mg_site_lock_before_fork();
	pid = fork();
	if (pid == 0) {
		run();
		_exit(1);
	}
	mg_site_lock_after_fork_parent();
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
expect_whole(void)
{
	bool is_whole = mg_site_after_fork_child();

	_exit(is_whole && mg_site_enter() && find(1, 1) == 1 && mg_site_at(1)->in == 1 ? 0 : 2);
}

static void
expect_nothing(void)
{
	bool is_whole = mg_site_after_fork_child();

	_exit(!is_whole && !mg_site_is_open() && mg_site_open() && mg_site_enter() &&
		      mg_site_count() == 0 && find(2, 1) == 1 && mg_site_at(1)->number > 1
		  ? 0
		  : 2);
}

Test(site, goes_on_in_a_child)
{
	pthread_t thread;

	mg_site_add(find(1, 1), 1, 16);
	mg_site_lock_leave();
	cr_expect(zero(int, child_of(expect_whole)));
	cr_expect(mg_site_enter(), "and in the parent");
	mg_site_lock_leave();
	cr_assert(zero(int, pthread_create(&thread, NULL, stay_inside, NULL)));
	pthread_join(thread, NULL);
	cr_expect(zero(int, child_of(expect_nothing)), "in the middle of something");
}

static void
expect_held(void)
{
	bool is_whole = mg_site_after_fork_child();
	bool is_there = mg_site_is_open() && mg_site_at(find(1, 1))->in == 1;

	mg_site_lock_leave();
	_exit(is_whole && is_there && mg_site_enter() ? 0 : 2);
}

/* In both processes the handler returns to what it has interrupted. */
Test(site, stays_with_whoever_holds_it_when_a_handler_forks)
{
	mg_site_add(find(1, 1), 1, 16);
	cr_expect(zero(int, child_of(expect_held)));
	mg_site_lock_leave();
	cr_expect(zero(u32, mg_thread_self.locked));
	cr_expect(mg_site_enter(), "and in the parent");
}

/* A handler of another library allocates, between the lock and the fork. */
Test(site, is_not_entered_while_this_thread_forks)
{
	mg_site_lock_leave();
	mg_site_lock_before_fork();
	cr_expect(not(mg_site_enter()));
	mg_site_lock_after_fork_parent();
	cr_expect(mg_site_enter());
}
