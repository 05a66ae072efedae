/* SPDX-License-Identifier: MIT */
#include "shim/heap/large.h"

#include "shim/heap/charge.h"
#include "shim/heap/large_table.h"
#include "tests/unit/large_support.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

Test(large, hands_out_whole_pages_of_zeros)
{
	static const struct {
		size_t n, usable;
	} rows[] = { { 0, PAGE }, { 1, PAGE }, { PAGE, PAGE }, { PAGE + 1, 2 * PAGE },
		{ 5 * MB - 1, 5 * MB } };

	mg_large_configure(0, 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_large_block b = large_alloc(rows[i].n);

		cr_assert(b.p != NULL);
		cr_expect(zero(sz, (uintptr_t)b.p % PAGE));
		cr_expect(eq(sz, b.usable, rows[i].usable), "row %zu", i);
		cr_expect(b.is_zero && heap_is_filled(b.p, 0, b.usable), "row %zu", i);
		cr_expect(eq(sz, mg_large_usable(b.p), rows[i].usable));
		large_expect_sums(rows[i].usable, 0);
		cr_expect(eq(sz, mg_large_free(b.p), rows[i].usable));
		large_expect_sums(0, 0);
		cr_expect(not(large_is_mapped(b.p)));
	}
}

Test(large, knows_wild_addresses)
{
	char *p;

	cr_expect(zero(sz, mg_large_usable(&large_short_of)), "without a table too");
	cr_expect(zero(sz, mg_large_free((void *)(64 * PAGE))));
	p = large_alloc(MB).p;
	for (uintptr_t at = 0; at < 4096 * PAGE; at += PAGE)
		cr_expect(zero(sz, mg_large_usable((void *)at)));
	cr_expect(zero(sz, mg_large_usable(p + 16)));
	cr_expect(zero(sz, mg_large_usable(p + PAGE)));
	cr_expect(zero(sz, mg_large_free(p + PAGE)));
	cr_expect(zero(sz, mg_large_usable((void *)UINTPTR_MAX)));
	large_expect_sums(MB, 0);
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
		cr_expect(zero(ptr, large_alloc(sizes[i]).p), "row %zu", i);
		cr_expect(zero(u64, large_short_of), "the kernel refuses, not the ceiling");
	}
	cr_expect(zero(ptr, mg_large_alloc(1, (size_t)1 << 63, false, true, &large_short_of).p));
	cr_expect(zero(ptr, mg_large_alloc(1, (size_t)1 << 46, false, true, &large_short_of).p));
	mg_charge_configure(GB, 0);
	cr_expect(zero(ptr, large_alloc(SIZE_MAX).p));
	cr_expect(eq(u64, large_short_of, SIZE_MAX - (GB - mg_charge_now())));
	large_expect_sums(0, 0);
	cr_expect(eq(int, errno, 33));
}

Test(large, aligns)
{
	for (size_t align = 1; align <= GB; align *= 2) {
		struct mg_large_block b =
		    mg_large_alloc(3 * PAGE, align, false, true, &large_short_of);

		cr_assert(b.p != NULL);
		cr_expect(zero(sz, (uintptr_t)b.p % align));
		cr_expect(eq(sz, b.usable, 3 * PAGE));
		memset(b.p, 1, b.usable);
	}
	large_expect_sums(31 * 3 * PAGE, 0);
}

Test(large, maps_no_more_than_the_aligned_block)
{
	char *p = mg_large_alloc(3 * PAGE, GB, false, true, &large_short_of).p;

	cr_expect(large_is_mapped(p) && large_is_mapped(p + 2 * PAGE));
	cr_expect(not(large_is_mapped(p + 3 * PAGE)));
	cr_expect(not(large_is_mapped(p - PAGE)));
}

Test(large, is_exact_at_the_ceiling)
{
	void *p;

	mg_charge_configure(16 * MB + PAGE, 0); /* a page for the table */
	p = large_alloc(10 * MB).p;
	cr_expect(zero(ptr, large_alloc(6 * MB + 1).p));
	cr_expect(eq(u64, large_short_of, PAGE));
	large_expect_sums(10 * MB, 0);
	cr_expect(ne(ptr, large_alloc(6 * MB).p, NULL));
	cr_expect(zero(u64, large_short_of));
	cr_expect(zero(ptr, large_alloc(1).p));
	mg_large_free(p);
	large_expect_sums(6 * MB, 10 * MB);
	cr_expect(ne(ptr, large_alloc(10 * MB).p, NULL));
	cr_expect(eq(u64, mg_charge_peak(), 16 * MB + PAGE));
}

Test(large, gives_the_charge_back_when_the_kernel_refuses)
{
	struct rlimit all, little;
	size_t before;
	void *p;

	mg_large_configure(64 * MB, NEVER);
	p = large_alloc(MB).p;
	mg_large_free(large_alloc(4 * MB).p);
	getrlimit(RLIMIT_AS, &all);
	little = (struct rlimit){ MB, all.rlim_max };
	setrlimit(RLIMIT_AS, &little);
	errno = 33;
	cr_expect(zero(ptr, large_alloc(100 * MB).p));
	cr_expect(zero(u64, large_short_of));
	cr_expect(zero(ptr, mg_large_resize(p, 100 * MB, &before, &large_short_of).p));
	cr_expect(zero(u64, large_short_of));
	cr_expect(eq(int, errno, 33));
	setrlimit(RLIMIT_AS, &all);
	cr_expect(eq(sz, before, MB));
	cr_expect(eq(sz, mg_large_usable(p), MB));
	large_expect_sums(MB, 0);
}

Test(large, gives_up_when_the_table_does_not_fit)
{
	void *p;

	mg_charge_configure(MB + PAGE - 1, 0);
	p = large_alloc(MB).p;
	cr_expect(zero(ptr, p));
	cr_expect(eq(u64, large_short_of, 1));
	mg_charge_configure(PAGE - 1, 0);
	cr_expect(zero(ptr, large_alloc(1).p));
	large_expect_sums(0, 0);
}

Test(large, keeps_what_it_took_when_the_table_cannot_grow)
{
	mg_large_configure(64 * MB, NEVER);
	for (int i = 0; i < 95; i++)
		mg_large_alloc(PAGE, 8 * PAGE, false, true, &large_short_of);
	mg_large_free(large_alloc(MB).p);
	/* Aligned as nothing that is kept, so that it is mapped. */
	mg_large_alloc(PAGE, 4096 * MB, false, true, &large_short_of);
	large_expect_sums(96 * PAGE, MB);
	mg_charge_configure(mg_charge_now(), 0);
	cr_expect(zero(ptr, large_alloc(MB).p));
	cr_expect(eq(u64, large_short_of, 2 * PAGE));
	large_expect_sums(96 * PAGE, MB);
}

Test(large, gives_rows_back)
{
	for (int i = 0; i < 1000; i++) {
		cr_expect(zero(ptr, large_alloc((size_t)1 << 47).p));
		mg_large_free(large_alloc(PAGE).p);
	}
	cr_expect(eq(u64, mg_large_read().own_bytes, PAGE));
}

Test(large, grows_in_steps)
{
	struct mg_large_block b = large_alloc(MB);
	uint64_t *word = b.p;
	size_t before;

	word[0] = 12345;
	for (size_t n = 2 * MB; n <= 64 * MB; n += 2 * MB) {
		size_t old = b.usable;

		b = mg_large_resize(b.p, n - 5, &before, &large_short_of);
		cr_assert(b.p != NULL);
		cr_expect(eq(sz, before, old));
		cr_expect(eq(sz, b.usable, n));
		cr_expect(eq(sz, mg_large_usable(b.p), n));
		cr_expect(heap_is_filled((char *)b.p + old, 0, n - old));
		word = b.p;
		cr_expect(eq(u64, word[0], 12345));
		large_expect_sums(n, 0);
	}
}

/* Else it might be merged with what is left of the mapping it came from. */
Test(large, knows_that_a_moved_block_is_a_mapping_of_its_own)
{
	char *p = large_alloc(MB).p, *moved;
	uint64_t mapping = mg_large_table_begin_resize((uintptr_t)p, MB).mapping;
	size_t before;

	mmap(p + MB, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	moved = mg_large_resize(p, 2 * MB, &before, &large_short_of).p;
	cr_assert(moved != NULL && moved != p);
	cr_expect(ne(u64, mg_large_table_take((uintptr_t)moved).mapping, mapping));
}

Test(large, shrinks)
{
	char *p = large_alloc(4 * MB).p;
	struct mg_large_block b;
	size_t before;

	memset(p, 1, 4 * MB);
	b = mg_large_resize(p, 3 * MB + 1, &before, &large_short_of);
	cr_expect(eq(ptr, b.p, p));
	cr_expect(eq(sz, before, 4 * MB));
	cr_expect(eq(sz, b.usable, 3 * MB + PAGE));
	cr_expect(not(large_is_mapped(p + 3 * MB + PAGE)));
	large_expect_sums(3 * MB + PAGE, 0);
	b = mg_large_resize(p, 3 * MB + PAGE, &before, &large_short_of);
	cr_expect(eq(ptr, b.p, p), "as it is");
	b = mg_large_resize(p, 0, &before, &large_short_of);
	cr_expect(eq(sz, b.usable, PAGE));
	large_expect_sums(PAGE, 0);
	cr_expect(eq(sz, mg_large_free(p), PAGE));
}

Test(large, does_not_resize_what_it_does_not_know)
{
	char *p = large_alloc(MB).p;
	size_t before = 1;

	cr_expect(zero(ptr, mg_large_resize(p + PAGE, 1, &before, &large_short_of).p));
	cr_expect(zero(sz, before));
	before = 1;
	cr_expect(zero(ptr, mg_large_resize(p + 16, 2 * MB, &before, &large_short_of).p));
	cr_expect(zero(sz, before));
	large_expect_sums(MB, 0);
}

Test(large, leaves_a_block_that_cannot_grow)
{
	char *p;
	size_t before;

	mg_charge_configure(16 * MB + PAGE, 0);
	p = large_alloc(10 * MB).p;
	p[10 * MB - 1] = 9;
	cr_expect(zero(ptr, mg_large_resize(p, 17 * MB, &before, &large_short_of).p));
	cr_expect(eq(u64, large_short_of, MB));
	cr_expect(eq(sz, before, 10 * MB));
	cr_expect(zero(ptr, mg_large_resize(p, SIZE_MAX, &before, &large_short_of).p));
	cr_expect(eq(u64, large_short_of, SIZE_MAX - 10 * MB - 6 * MB));
	mprotect(p + MB, PAGE, PROT_READ);
	cr_expect(
	    zero(ptr, mg_large_resize(p, 12 * MB, &before, &large_short_of).p), "two mappings");
	cr_expect(zero(u64, large_short_of));
	cr_expect(eq(sz, mg_large_usable(p), 10 * MB));
	cr_expect(eq(int, p[10 * MB - 1], 9));
	large_expect_sums(10 * MB, 0);
	mprotect(p + MB, PAGE, PROT_READ | PROT_WRITE);
	cr_expect(
	    ne(ptr, mg_large_resize(p, 16 * MB, &before, &large_short_of).p, NULL), "no copy");
}

/* Three doublings of the table, with blocks that come and go. */
Test(large, finds_a_thousand_blocks)
{
	static void *p[1000];

	mg_large_configure(0, 0);
	for (size_t i = 0; i < ROWS(p); i++)
		p[i] = large_alloc((1 + i % 7) * PAGE).p;
	for (size_t i = 0; i < ROWS(p); i += 3) {
		cr_expect(eq(sz, mg_large_free(p[i]), (1 + i % 7) * PAGE));
		p[i] = NULL;
	}
	for (size_t i = 0; i < ROWS(p); i++)
		cr_expect(p[i] == NULL || mg_large_usable(p[i]) == (1 + i % 7) * PAGE);
	for (size_t i = 0; i < ROWS(p); i++)
		cr_expect(p[i] == NULL || mg_large_free(p[i]) != 0);
	large_expect_sums(0, 0);
	cr_expect(ge(u64, mg_large_read().own_bytes, 1000 * sizeof(struct mg_large_piece)));
}

Test(large, does_not_wait_in_a_signal_handler)
{
	void *p;

	mg_large_before_fork(); /* as if it had interrupted the owner */
	cr_expect(zero(ptr, mg_large_alloc(MB, 16, false, false, &large_short_of).p));
	cr_expect(zero(u64, large_short_of));
	mg_large_after_fork_parent();
	p = mg_large_alloc(MB, 16, false, false, &large_short_of).p;
	cr_expect(ne(ptr, p, NULL));
	cr_expect(eq(sz, mg_large_free(p), MB));
}

Test(large, starts_afresh_in_a_fork_child)
{
	char *p = large_alloc(MB).p;
	int status = -1;
	pid_t child;

	mg_large_before_fork();
	child = fork();
	if (child == 0) {
		mg_large_after_fork_child();
		_exit(mg_large_free(p) == MB && large_alloc(MB).p != NULL ? 0 : 1);
	}
	mg_large_after_fork_parent();
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_expect(zero(int, status));
	cr_expect(eq(sz, mg_large_free(p), MB));
}
