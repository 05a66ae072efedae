/* SPDX-License-Identifier: MIT */
/* What the tests of the heap share: both engines, its books, other threads, and what is resident
 * in the eyes of the kernel. */
#ifndef HEAP_SUPPORT_H
#define HEAP_SUPPORT_H

#include "shim/heap/heap.h"
#include "shim/heap/slice.h"
#include "tests/unit/support.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096ull
/* All addresses there are: no system has it, whatever it promises. */
#define TOO_MUCH ((size_t)1 << 47)

/* .init of suites. */
void heap_use_park(void);
void heap_use_mimalloc(void);

/* A test of both engines: suites heap_park and heap_mimalloc, whichever file it is in. */
#define BOTH(name)                \
	static void name(void);   \
	Test(heap_park, name)     \
	{                         \
		name();           \
	}                         \
	Test(heap_mimalloc, name) \
	{                         \
		name();           \
	}                         \
	static void name(void)

struct mg_snapshot heap_counts(void);

/* What is charged is made of the parts that the statistics show; mimalloc: exactly what the
 * program holds, unspent credit and memgov's own. */
void heap_expect_balance(void);

/* A whole collection, as far as it does not wait for other threads. */
void heap_collect(void);

/* Ceiling, without a reserve: the most that fits is the ceiling itself. */
void heap_set_ceiling(uint64_t bytes);

/* Allocates until it is refused; how many there were. */
size_t heap_fill(size_t size);

/* A block of the C library's own allocator, whoever serves malloc() in this program. */
void *heap_make_foreign(size_t n);

/* What another thread does, from its birth to its end. */
void heap_in_thread(void *(*body)(void *), void *arg);

/* A thread that goes on when it is met, and no further; heap_start() meets it once. The test joins
 * it. */
pthread_t heap_start(void *(*body)(void *));
void heap_meet(void);

/* Bodies of threads: ten blocks of 1000 bytes, of which one is kept in *kept and resized to 5000,
 * and a foreign one; a block that is held from the first meeting to the second, of four. */
void *heap_keep_one_of_ten(void *kept);
void *heap_hold_one(void *arg);

/* Forks as programs do it; the child ends well when `is_right` says so of it. */
void heap_expect_of_child(bool (*is_right)(void));

/* Bit per page of [p, p + 64 KiB): resident, says the kernel. */
uint16_t heap_resident_pages(const void *p);
/* The same of the whole region, in bytes, but for what mimalloc keeps in it. */
uint64_t heap_resident_bytes(void);

/* Bytes of all runs that are issued. */
uint64_t heap_run_bytes(void);

bool heap_is_filled(const void *p, int byte, size_t n);

#endif
