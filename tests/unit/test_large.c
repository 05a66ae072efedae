/* SPDX-License-Identifier: MIT */
#include "shim/heap/large.h"

#include "shim/base/sys.h"
#include "shim/heap/charge.h"
#include "shim/heap/large_kept.h"
#include "shim/heap/large_table.h"
#include "tests/unit/support.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ull
#define NEVER UINT64_MAX /* a decay that no test outlives */

static uint64_t short_of;

static struct mg_large_block
alloc(size_t n)
{
	return mg_large_alloc(n, 16, false, true, &short_of);
}

/* What is charged is live, kept or the table, and nothing else. */
static void
check_sums(uint64_t live_bytes, uint64_t kept_bytes)
{
	struct mg_large_sum s = mg_large_read();

	cr_expect(eq(u64, s.live_bytes, live_bytes));
	cr_expect(eq(u64, s.kept_bytes, kept_bytes));
	cr_expect(eq(u64, mg_charge_now(), live_bytes + kept_bytes + s.own_bytes));
	cr_expect(eq(int, s.kept_blocks != 0, kept_bytes != 0));
}

static bool
is_mapped(const void *p)
{
	unsigned char seen;

	return mincore((void *)(uintptr_t)p, PAGE, &seen) == 0;
}

static bool
is_zero(const char *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

Test(large, hands_out_whole_pages_of_zeros)
{
	static const struct {
		size_t n, usable;
	} rows[] = { { 0, PAGE }, { 1, PAGE }, { PAGE, PAGE }, { PAGE + 1, 2 * PAGE },
		{ 5 * MB - 1, 5 * MB } };

	mg_large_configure(0, 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_large_block b = alloc(rows[i].n);

		cr_assert(b.p != NULL);
		cr_expect(zero(sz, (uintptr_t)b.p % PAGE));
		cr_expect(eq(sz, b.usable, rows[i].usable), "row %zu", i);
		cr_expect(b.is_zero && is_zero(b.p, b.usable), "row %zu", i);
		cr_expect(eq(sz, mg_large_usable(b.p), rows[i].usable));
		check_sums(rows[i].usable, 0);
		cr_expect(eq(sz, mg_large_free(b.p), rows[i].usable));
		check_sums(0, 0);
		cr_expect(not(is_mapped(b.p)));
	}
}

Test(large, knows_wild_addresses)
{
	char *p;

	cr_expect(zero(sz, mg_large_usable(&short_of)), "without a table too");
	cr_expect(zero(sz, mg_large_free((void *)(64 * PAGE))));
	p = alloc(MB).p;
	for (uintptr_t at = 0; at < 4096 * PAGE; at += PAGE)
		cr_expect(zero(sz, mg_large_usable((void *)at)));
	cr_expect(zero(sz, mg_large_usable(p + 16)));
	cr_expect(zero(sz, mg_large_usable(p + PAGE)));
	cr_expect(zero(sz, mg_large_free(p + PAGE)));
	cr_expect(zero(sz, mg_large_usable((void *)UINTPTR_MAX)));
	check_sums(MB, 0);
	cr_expect(eq(sz, mg_large_free(p), MB));
	cr_expect(zero(sz, mg_large_free(p)), "a double free");
	cr_expect(zero(sz, mg_large_usable(p)));
}

Test(large, refuses_what_no_address_space_holds)
{
	static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - PAGE, SIZE_MAX / 2,
		((size_t)1 << 47) + 1, (size_t)1 << 47 };

	errno = 33;
	for (size_t i = 0; i < ROWS(sizes); i++) {
		cr_expect(zero(ptr, alloc(sizes[i]).p), "row %zu", i);
		cr_expect(zero(u64, short_of), "the kernel refuses, not the ceiling");
	}
	cr_expect(zero(ptr, mg_large_alloc(1, (size_t)1 << 63, false, true, &short_of).p));
	cr_expect(zero(ptr, mg_large_alloc(1, (size_t)1 << 46, false, true, &short_of).p));
	mg_charge_configure(GB, 0);
	cr_expect(zero(ptr, alloc(SIZE_MAX).p));
	cr_expect(eq(u64, short_of, SIZE_MAX - (GB - mg_charge_now())));
	check_sums(0, 0);
	cr_expect(eq(int, errno, 33));
}

Test(large, aligns)
{
	for (size_t align = 1; align <= GB; align *= 2) {
		struct mg_large_block b = mg_large_alloc(3 * PAGE, align, false, true, &short_of);

		cr_assert(b.p != NULL);
		cr_expect(zero(sz, (uintptr_t)b.p % align));
		cr_expect(eq(sz, b.usable, 3 * PAGE));
		memset(b.p, 1, b.usable);
	}
	check_sums(31 * 3 * PAGE, 0);
}

Test(large, maps_no_more_than_the_aligned_block)
{
	char *p = mg_large_alloc(3 * PAGE, GB, false, true, &short_of).p;

	cr_expect(is_mapped(p) && is_mapped(p + 2 * PAGE));
	cr_expect(not(is_mapped(p + 3 * PAGE)));
	cr_expect(not(is_mapped(p - PAGE)));
}

Test(large, aligns_inside_a_kept_piece)
{
	char *p = mg_large_alloc(8 * MB, 4 * MB, false, true, &short_of).p;
	struct mg_large_block b;

	mg_large_configure(64 * MB, NEVER);
	mg_large_free(p);
	b = alloc(PAGE);
	cr_expect(eq(ptr, b.p, p));
	b = mg_large_alloc(MB, 2 * MB, false, true, &short_of);
	cr_expect(eq(ptr, b.p, p + 2 * MB));
	check_sums(MB + PAGE, 7 * MB - PAGE);
	mg_large_free(p);
	mg_large_free(b.p);
	check_sums(0, 8 * MB);
	cr_expect(eq(u64, mg_large_read().kept_blocks, 1), "merged again");
}

Test(large, is_exact_at_the_ceiling)
{
	void *p;

	mg_charge_configure(16 * MB + PAGE, 0); /* a page for the table */
	p = alloc(10 * MB).p;
	cr_expect(zero(ptr, alloc(6 * MB + 1).p));
	cr_expect(eq(u64, short_of, PAGE));
	check_sums(10 * MB, 0);
	cr_expect(ne(ptr, alloc(6 * MB).p, NULL));
	cr_expect(zero(u64, short_of));
	cr_expect(zero(ptr, alloc(1).p));
	mg_large_free(p);
	check_sums(6 * MB, 10 * MB);
	cr_expect(ne(ptr, alloc(10 * MB).p, NULL));
	cr_expect(eq(u64, mg_charge_peak(), 16 * MB + PAGE));
}

Test(large, purges_what_is_kept_before_it_refuses)
{
	void *a, *b;

	mg_large_configure(64 * MB, NEVER);
	mg_charge_configure(16 * MB + PAGE, 0);
	a = alloc(3 * MB).p;
	b = alloc(MB).p;
	mg_large_free(a);
	check_sums(MB, 3 * MB);
	cr_expect(zero(ptr, alloc(15 * MB + PAGE).p), "kept memory must go, and it is not enough");
	cr_expect(eq(u64, short_of, PAGE));
	check_sums(MB, 0);
	mg_large_free(b);
	cr_expect(zero(ptr, alloc(17 * MB).p));
	check_sums(0, MB);
	cr_expect(ne(ptr, alloc(16 * MB).p, NULL), "stretched, or fresh after a purge");
	check_sums(16 * MB, 0);
}

Test(large, gives_the_charge_back_when_the_kernel_refuses)
{
	struct rlimit all, little;
	size_t before;
	void *p;

	mg_large_configure(64 * MB, NEVER);
	p = alloc(MB).p;
	mg_large_free(alloc(4 * MB).p);
	getrlimit(RLIMIT_AS, &all);
	little = (struct rlimit){ MB, all.rlim_max };
	setrlimit(RLIMIT_AS, &little);
	errno = 33;
	cr_expect(zero(ptr, alloc(100 * MB).p));
	cr_expect(zero(u64, short_of));
	cr_expect(zero(ptr, mg_large_resize(p, 100 * MB, &before, &short_of).p));
	cr_expect(zero(u64, short_of));
	cr_expect(eq(int, errno, 33));
	setrlimit(RLIMIT_AS, &all);
	cr_expect(eq(sz, before, MB));
	cr_expect(eq(sz, mg_large_usable(p), MB));
	check_sums(MB, 0);
}

Test(large, gives_up_when_the_table_does_not_fit)
{
	void *p;

	mg_charge_configure(MB + PAGE - 1, 0);
	p = alloc(MB).p;
	cr_expect(zero(ptr, p));
	cr_expect(eq(u64, short_of, 1));
	mg_charge_configure(PAGE - 1, 0);
	cr_expect(zero(ptr, alloc(1).p));
	check_sums(0, 0);
}

Test(large, keeps_what_it_took_when_the_table_cannot_grow)
{
	mg_large_configure(64 * MB, NEVER);
	for (int i = 0; i < 95; i++)
		mg_large_alloc(PAGE, 8 * PAGE, false, true, &short_of);
	mg_large_free(alloc(MB).p);
	/* Aligned as nothing that is kept, so that it is mapped. */
	mg_large_alloc(PAGE, 4096 * MB, false, true, &short_of);
	check_sums(96 * PAGE, MB);
	mg_charge_configure(mg_charge_now(), 0);
	cr_expect(zero(ptr, alloc(MB).p));
	cr_expect(eq(u64, short_of, 2 * PAGE));
	check_sums(96 * PAGE, MB);
}

Test(large, gives_rows_back)
{
	for (int i = 0; i < 1000; i++) {
		cr_expect(zero(ptr, alloc((size_t)1 << 47).p));
		mg_large_free(alloc(PAGE).p);
	}
	cr_expect(eq(u64, mg_large_read().own_bytes, PAGE));
}

Test(large, reuses_splits_and_merges)
{
	char *p = alloc(8 * MB).p, *a, *b;
	struct mg_large_block whole;

	mg_large_configure(64 * MB, NEVER);
	memset(p, 1, 8 * MB);
	mg_large_free(p);
	cr_expect(is_mapped(p));
	a = alloc(3 * MB).p;
	b = alloc(2 * MB).p;
	cr_expect(eq(ptr, a, p));
	cr_expect(eq(ptr, b, p + 3 * MB));
	check_sums(5 * MB, 3 * MB);
	mg_large_free(a);
	cr_expect(eq(u64, mg_large_read().kept_blocks, 2));
	mg_large_free(b);
	check_sums(0, 8 * MB);
	cr_expect(eq(u64, mg_large_read().kept_blocks, 1));
	whole = alloc(7 * MB + 256 * KB);
	cr_expect(eq(ptr, whole.p, p));
	cr_expect(eq(sz, whole.usable, 8 * MB), "the rest is too small to be split off");
	cr_expect(not(whole.is_zero));
}

Test(large, takes_the_best_fit)
{
	void *p[3], *q[3];
	size_t sizes[3] = { 12 * MB, 4 * MB, 8 * MB };

	mg_large_configure(64 * MB, NEVER);
	for (int i = 0; i < 3; i++)
		p[i] = alloc(sizes[i]).p;
	for (int i = 0; i < 3; i++)
		mg_large_free(p[i]);
	for (int i = 0; i < 3; i++)
		q[i] = alloc(sizes[i] - PAGE).p;
	for (int i = 0; i < 3; i++)
		cr_expect(eq(ptr, p[i], q[i]), "row %d", i);
	check_sums(24 * MB, 0);
}

Test(large, stretches_a_kept_piece)
{
	char *p = alloc(4 * MB).p;
	struct mg_large_block b;

	mg_large_configure(64 * MB, NEVER);
	memset(p, 7, 4 * MB);
	mg_large_free(p);
	b = alloc(10 * MB);
	cr_expect(eq(sz, b.usable, 10 * MB));
	cr_expect(not(b.is_zero));
	cr_expect(eq(int, ((char *)b.p)[4 * MB - 1], 7));
	cr_expect(is_zero((char *)b.p + 4 * MB, 6 * MB));
	check_sums(10 * MB, 0);
	mg_large_free(b.p);
	b = alloc(41 * MB);
	cr_expect(b.is_zero, "a quarter at least");
	check_sums(41 * MB, 10 * MB);
}

Test(large, clears_on_request)
{
	static const size_t sizes[] = { 4 * MB, 3 * MB, 9 * MB };

	mg_large_configure(64 * MB, NEVER);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct mg_large_block b = alloc(4 * MB);

		memset(b.p, 1, b.usable);
		mg_large_free(b.p);
		b = mg_large_alloc(sizes[i], 16, true, true, &short_of);
		cr_expect(b.is_zero, "row %zu", i);
		cr_expect(is_zero(b.p, b.usable), "row %zu", i);
		mg_large_free(b.p);
		mg_large_purge(UINT64_MAX);
	}
}

/* The kernel moves memory of one mapping only. */
Test(large, merges_memory_of_one_mapping_only)
{
	struct mg_large_block a = alloc(4 * MB), b = alloc(4 * MB), c;
	size_t before;

	mg_large_configure(64 * MB, NEVER);
	memset(a.p, 1, a.usable);
	memset(b.p, 1, b.usable);
	mg_large_free(a.p);
	mg_large_free(b.p);
	cr_expect(eq(u64, mg_large_read().kept_blocks, 2));
	c = alloc(8 * MB);
	cr_expect(eq(u64, mg_large_read().kept_blocks, 1));
	cr_expect(ne(ptr, mg_large_resize(c.p, 64 * MB, &before, &short_of).p, NULL));
}

Test(large, bounds_what_is_kept)
{
	void *p[100];

	mg_large_configure(16 * MB, NEVER);
	for (int i = 0; i < 20; i++)
		p[i] = alloc(MB + PAGE).p;
	for (int i = 0; i < 20; i++)
		mg_large_free(p[i]);
	check_sums(0, 16 * MB);
	cr_expect(not(is_mapped(p[0])), "the oldest went");
	cr_expect(is_mapped(p[19]));
	mg_large_free(alloc(8 * MB + PAGE).p);
	cr_expect(le(u64, mg_large_read().kept_bytes, 16 * MB));
	mg_large_configure(4 * MB + 1, NEVER);
	check_sums(0, 4 * MB);
	mg_large_free(alloc(5 * MB).p);
	mg_large_configure(0, NEVER);
	check_sums(0, 0);
	mg_large_configure(16 * MB, NEVER);
	for (int i = 0; i < 100; i++)
		p[i] = mg_large_alloc(PAGE, 8 * PAGE, false, true, &short_of).p;
	for (int i = 0; i < 100; i++)
		mg_large_free(p[i]);
	cr_expect(lt(u64, mg_large_read().kept_blocks, 65), "pieces are bounded too");
	check_sums(0, mg_large_read().kept_bytes);
}

Test(large, cuts_only_what_is_too_much)
{
	char *p = alloc(8 * MB).p;

	mg_large_configure(64 * MB, NEVER);
	memset(p, 1, 8 * MB);
	mg_large_free(p);
	mg_large_configure(5 * MB, NEVER);
	check_sums(0, 5 * MB);
	cr_expect(is_mapped(p) && is_mapped(p + 5 * MB - PAGE));
	cr_expect(not(is_mapped(p + 5 * MB)));
	cr_expect(eq(ptr, alloc(5 * MB).p, p));
}

Test(large, keeps_nothing_that_is_over_half_of_it)
{
	void *p = alloc(9 * MB).p, *q = alloc(8 * MB).p;

	mg_large_configure(16 * MB, NEVER);
	mg_large_free(p);
	check_sums(8 * MB, 0);
	mg_large_free(q);
	check_sums(0, 8 * MB);
}

Test(large, keeps_nothing_without_a_decay)
{
	mg_large_configure(16 * MB, 0);
	mg_large_free(alloc(MB).p);
	check_sums(0, 0);
}

Test(large, purges_by_age)
{
	struct mg_large_piece old = { .mapping = 1000 }, young = { .mapping = 1001 };

	mg_large_configure(64 * MB, NEVER);
	old.at = (uintptr_t)mg_sys_map(old.bytes = MB);
	young.at = (uintptr_t)mg_sys_map(young.bytes = 2 * MB);
	mg_charge_take(3 * MB, 0, false);
	mg_large_kept_put(old, 1000);
	mg_large_kept_put(young, 2000);
	check_sums(0, 3 * MB);
	cr_expect(zero(u64, mg_large_purge(1000)));
	cr_expect(eq(u64, mg_large_purge(2000), MB));
	check_sums(0, 2 * MB);
	cr_expect(not(is_mapped((void *)old.at)));
	cr_expect(eq(u64, mg_large_purge(UINT64_MAX), 2 * MB));
	check_sums(0, 0);
}

Test(large, expires_what_is_kept)
{
	struct mg_large_piece piece = { .mapping = 1000 };

	mg_large_configure(64 * MB, S);
	for (int i = 0; i < 3; i++) {
		piece.at = (uintptr_t)mg_sys_map(piece.bytes = 2 * MB);
		piece.mapping++;
		mg_charge_take(2 * MB, 0, false);
		mg_large_kept_put(piece, 5 * S + (uint64_t)i);
	}
	mg_large_kept_evict_expired(6 * S);
	check_sums(0, 6 * MB);
	mg_large_kept_evict_expired(6 * S + 1);
	check_sums(0, 4 * MB);
	mg_large_kept_evict_expired(0);
	check_sums(0, 4 * MB);
	cr_assert(ne(ptr, alloc(64 * MB).p, NULL)); /* by the real clock, all of it is old */
	cr_expect(le(u64, mg_large_read().kept_bytes, 4 * MB));
	mg_large_configure(64 * MB, 0);
	check_sums(64 * MB, 0);
}

Test(large, expires_at_an_allocation_that_cannot_use_it)
{
	mg_large_configure(64 * MB, 1);
	mg_large_free(alloc(8 * MB).p);
	alloc(64 * MB);
	check_sums(64 * MB, 0);
}

Test(large, grows_in_steps)
{
	struct mg_large_block b = alloc(MB);
	uint64_t *word = b.p;
	size_t before;

	word[0] = 12345;
	for (size_t n = 2 * MB; n <= 64 * MB; n += 2 * MB) {
		size_t old = b.usable;

		b = mg_large_resize(b.p, n - 5, &before, &short_of);
		cr_assert(b.p != NULL);
		cr_expect(eq(sz, before, old));
		cr_expect(eq(sz, b.usable, n));
		cr_expect(eq(sz, mg_large_usable(b.p), n));
		cr_expect(is_zero((char *)b.p + old, n - old));
		word = b.p;
		cr_expect(eq(u64, word[0], 12345));
		check_sums(n, 0);
	}
}

/* Else it might be merged with what is left of the mapping it came from. */
Test(large, knows_that_a_moved_block_is_a_mapping_of_its_own)
{
	char *p = alloc(MB).p, *moved;
	uint64_t mapping = mg_large_table_begin_resize((uintptr_t)p, MB).mapping;
	size_t before;

	mmap(p + MB, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	moved = mg_large_resize(p, 2 * MB, &before, &short_of).p;
	cr_assert(moved != NULL && moved != p);
	cr_expect(ne(u64, mg_large_table_take((uintptr_t)moved).mapping, mapping));
}

Test(large, shrinks)
{
	char *p = alloc(4 * MB).p;
	struct mg_large_block b;
	size_t before;

	memset(p, 1, 4 * MB);
	b = mg_large_resize(p, 3 * MB + 1, &before, &short_of);
	cr_expect(eq(ptr, b.p, p));
	cr_expect(eq(sz, before, 4 * MB));
	cr_expect(eq(sz, b.usable, 3 * MB + PAGE));
	cr_expect(not(is_mapped(p + 3 * MB + PAGE)));
	check_sums(3 * MB + PAGE, 0);
	b = mg_large_resize(p, 3 * MB + PAGE, &before, &short_of);
	cr_expect(eq(ptr, b.p, p), "as it is");
	b = mg_large_resize(p, 0, &before, &short_of);
	cr_expect(eq(sz, b.usable, PAGE));
	check_sums(PAGE, 0);
	cr_expect(eq(sz, mg_large_free(p), PAGE));
}

Test(large, does_not_resize_what_it_does_not_know)
{
	char *p = alloc(MB).p;
	size_t before = 1;

	cr_expect(zero(ptr, mg_large_resize(p + PAGE, 1, &before, &short_of).p));
	cr_expect(zero(sz, before));
	before = 1;
	cr_expect(zero(ptr, mg_large_resize(p + 16, 2 * MB, &before, &short_of).p));
	cr_expect(zero(sz, before));
	check_sums(MB, 0);
}

Test(large, leaves_a_block_that_cannot_grow)
{
	char *p;
	size_t before;

	mg_charge_configure(16 * MB + PAGE, 0);
	p = alloc(10 * MB).p;
	p[10 * MB - 1] = 9;
	cr_expect(zero(ptr, mg_large_resize(p, 17 * MB, &before, &short_of).p));
	cr_expect(eq(u64, short_of, MB));
	cr_expect(eq(sz, before, 10 * MB));
	cr_expect(zero(ptr, mg_large_resize(p, SIZE_MAX, &before, &short_of).p));
	cr_expect(eq(u64, short_of, SIZE_MAX - 10 * MB - 6 * MB));
	mprotect(p + MB, PAGE, PROT_READ);
	cr_expect(zero(ptr, mg_large_resize(p, 12 * MB, &before, &short_of).p), "two mappings");
	cr_expect(zero(u64, short_of));
	cr_expect(eq(sz, mg_large_usable(p), 10 * MB));
	cr_expect(eq(int, p[10 * MB - 1], 9));
	check_sums(10 * MB, 0);
	mprotect(p + MB, PAGE, PROT_READ | PROT_WRITE);
	cr_expect(ne(ptr, mg_large_resize(p, 16 * MB, &before, &short_of).p, NULL), "no copy");
}

/* Three doublings of the table, with blocks that come and go. */
Test(large, finds_a_thousand_blocks)
{
	static void *p[1000];

	mg_large_configure(0, 0);
	for (size_t i = 0; i < ROWS(p); i++)
		p[i] = alloc((1 + i % 7) * PAGE).p;
	for (size_t i = 0; i < ROWS(p); i += 3) {
		cr_expect(eq(sz, mg_large_free(p[i]), (1 + i % 7) * PAGE));
		p[i] = NULL;
	}
	for (size_t i = 0; i < ROWS(p); i++)
		cr_expect(p[i] == NULL || mg_large_usable(p[i]) == (1 + i % 7) * PAGE);
	for (size_t i = 0; i < ROWS(p); i++)
		cr_expect(p[i] == NULL || mg_large_free(p[i]) != 0);
	check_sums(0, 0);
	cr_expect(ge(u64, mg_large_read().own_bytes, 1000 * sizeof(struct mg_large_piece)));
}

Test(large, does_not_wait_in_a_signal_handler)
{
	void *p;

	mg_large_before_fork(); /* as if it had interrupted the owner */
	cr_expect(zero(ptr, mg_large_alloc(MB, 16, false, false, &short_of).p));
	cr_expect(zero(u64, short_of));
	mg_large_after_fork_parent();
	p = mg_large_alloc(MB, 16, false, false, &short_of).p;
	cr_expect(ne(ptr, p, NULL));
	cr_expect(eq(sz, mg_large_free(p), MB));
}

Test(large, starts_afresh_in_a_fork_child)
{
	char *p = alloc(MB).p;
	int status = -1;
	pid_t child;

	mg_large_before_fork();
	child = fork();
	if (child == 0) {
		mg_large_after_fork_child();
		_exit(mg_large_free(p) == MB && alloc(MB).p != NULL ? 0 : 1);
	}
	mg_large_after_fork_parent();
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_expect(zero(int, status));
	cr_expect(eq(sz, mg_large_free(p), MB));
}
