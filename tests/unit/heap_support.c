/* SPDX-License-Identifier: MIT */
#include "tests/unit/heap_support.h"

#include "shim/heap/charge.h"
#include "shim/heap/run.h"
#include "shim/heap/thread.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(heap_park, .init = heap_use_park);
TestSuite(heap_mimalloc, .init = heap_use_mimalloc);

void
heap_use_park(void)
{
	mg_heap_init();
	cr_assert(gt(sz, mg_region_slices(), 0));
}

void
heap_use_mimalloc(void)
{
	mg_heap_init();
	mg_heap_use_mimalloc(true);
}

struct mg_snapshot
heap_counts(void)
{
	struct mg_snapshot s = { 0 };

	mg_heap_read(&s);
	return s;
}

void
heap_expect_balance(void)
{
	struct mg_snapshot s = heap_counts();

	cr_expect(eq(u64, s.heap_footprint_bytes + mg_thread_credit(), mg_charge_now()));
	cr_expect(eq(u64, s.live_bytes + s.cached_bytes + s.parked_bytes + s.own_bytes,
	    s.heap_footprint_bytes));
	if (s.engine[0] == 'm')
		cr_expect(zero(u64, s.cached_bytes + s.parked_bytes));
}

void
heap_collect(void)
{
	struct mg_heap_collection c;

	mg_heap_collect_begin(&c);
	while (mg_heap_collect_step(&c) && !mg_heap_collect_waits(&c))
		;
}

void
heap_set_ceiling(uint64_t bytes)
{
	mg_heap_configure(bytes, 0);
}

size_t
heap_fill(size_t size)
{
	size_t n = 0;

	while (mg_heap_malloc(size) != NULL)
		n++;
	return n;
}

void *
heap_make_foreign(size_t n)
{
	void *f = dlsym(dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD), "malloc");
	void *(*libc_malloc)(size_t);

	memcpy(&libc_malloc, &f, sizeof f);
	return libc_malloc(n);
}

void
heap_in_thread(void *(*body)(void *), void *arg)
{
	pthread_t thread;

	cr_assert(zero(int, pthread_create(&thread, NULL, body, arg)));
	pthread_join(thread, NULL);
}

static pthread_barrier_t barrier;

pthread_t
heap_start(void *(*body)(void *))
{
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, 2);
	cr_assert(zero(int, pthread_create(&thread, NULL, body, NULL)));
	heap_meet();
	return thread;
}

void
heap_meet(void)
{
	pthread_barrier_wait(&barrier);
}

void *
heap_keep_one_of_ten(void *kept)
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

void *
heap_hold_one(void *arg)
{
	void *p = mg_heap_malloc(1000);

	heap_meet();
	heap_meet();
	mg_heap_free(p);
	heap_meet();
	heap_meet();
	return arg;
}

void
heap_expect_of_child(bool (*is_right)(void))
{
	int status = -1;
	pid_t pid;

	mg_heap_before_fork();
	pid = fork();
	if (pid == 0)
		_exit(is_right() ? 0 : 1);
	mg_heap_after_fork_parent();
	cr_assert(eq(int, waitpid(pid, &status, 0), pid));
	cr_expect(zero(int, status));
}

/* Present or swapped. mincore() would call the zero page resident, which a read brings in. */
static bool
is_present(uint64_t entry)
{
	return (entry >> 62) != 0;
}

static void
read_pagemap(const void *p, uint64_t *entries, size_t n)
{
	static int fd = -1;

	if (fd == -1)
		fd = open("/proc/self/pagemap", O_RDONLY);
	cr_assert(eq(i64, pread(fd, entries, n * sizeof *entries, (off_t)((uintptr_t)p / PAGE * 8)),
	    (int64_t)(n * sizeof *entries)));
}

uint16_t
heap_resident_pages(const void *p)
{
	uint64_t entries[MG_SLICE_PAGES];
	uint16_t pages = 0;

	read_pagemap(p, entries, MG_SLICE_PAGES);
	for (unsigned i = 0; i < MG_SLICE_PAGES; i++)
		if (is_present(entries[i]))
			pages |= (uint16_t)(1u << i);
	return pages;
}

uint64_t
heap_resident_bytes(void)
{
	uint64_t pages = 0;

	for (uint32_t i = 1; i <= mg_slice_highest(); i++)
		if (mg_slice_record(i)->state != MG_SLICE_OUTSIDE || mg_slice_record(i)->resident)
			pages +=
			    (uint64_t)__builtin_popcount(heap_resident_pages(mg_slice_address(i)));
	return pages * PAGE;
}

uint64_t
heap_run_bytes(void)
{
	uint64_t pages = 0;

	for (uint32_t i = 1; i <= mg_slice_highest(); i++)
		if (mg_run_starts(i))
			pages += mg_slice_record(i)->pages;
	return pages * PAGE;
}

bool
heap_is_filled(const void *p, int byte, size_t n)
{
	const unsigned char *b = p;

	return n == 0 || (b[0] == (unsigned char)byte && memcmp(b, b + 1, n - 1) == 0);
}
