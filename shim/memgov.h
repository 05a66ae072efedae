/* SPDX-License-Identifier: MIT */
/*
 * memgov.h: what a governed program may ask of its governor. Needs no linking: every function is a
 * weak symbol, present when libmemgov.so is preloaded and NULL otherwise, so a program asks `if
 * (memgov_compact)` first and runs without memgov as well. All functions may be called from any
 * thread, not from a signal handler; none changes errno. Sizes are bytes.
 */
#ifndef MEMGOV_H
#define MEMGOV_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MEMGOV_WEAK __attribute__((weak, visibility("default")))

/* Figures of this process, now. `size` is set by the caller to sizeof(struct memgov_stats); later
 * versions only append. */
struct memgov_stats {
	size_t size;
	uint64_t heap_limit_bytes;     /* ceiling; 0 without one */
	uint64_t heap_footprint_bytes; /* what the heap keeps, charged against the ceiling */
	uint64_t heap_peak_bytes;      /* most that was ever charged */
	uint64_t live_bytes;           /* blocks the program holds, in usable size */
	uint64_t live_blocks;
	uint64_t allocs; /* blocks handed out, released, resized, since the start */
	uint64_t frees;
	uint64_t reallocs;
	uint64_t rss_bytes;
	uint64_t returned_bytes; /* given back by compactions, measured */
	uint64_t compactions;
	uint64_t limit_hits;
	uint64_t refused_allocs;
	uint64_t foreign_frees;
	uint64_t
	    system_used_pct; /* of the machine or of the cgroup, whichever is tighter; 0..100 */
};

/* Compacts now. Returns the bytes that really went back to the system, measured; 0 is an honest
 * answer. */
MEMGOV_WEAK uint64_t memgov_compact(void);

/* Fills the first out->size bytes of *out. 0, or -1 when out is NULL or its size is not set. */
MEMGOV_WEAK int memgov_stats(struct memgov_stats *out);

/*
 * Changes an option that may be changed while running: memgov_set("heap_max", "512M"), or by its
 * variable's name. 0, or a negative errno value: -ENOENT no such option, -EPERM read at start only,
 * -EINVAL or -ERANGE bad value.
 */
MEMGOV_WEAK int memgov_set(const char *name, const char *value);

/* Tells the governor that so many bytes were released elsewhere (mmap, a GPU, a pool): counts
 * towards MEMGOV_RELEASED. */
MEMGOV_WEAK void memgov_released(uint64_t bytes);

enum memgov_pressure {
	MEMGOV_PRESSURE_SYSTEM = 1, /* the machine is above MEMGOV_SYSTEM_WARN */
	MEMGOV_PRESSURE_LIMIT =
	    2, /* an allocation does not fit under the ceiling: free something now */
};

/*
 * Registers a callback, at most 8; NULL-safe. It runs in a program thread, inside one of its calls
 * to malloc or free, and may free memory; it must return (no longjmp, no exception), and must not
 * wait for a lock that its thread may hold. 0, or -1 when there is no room for it.
 */
typedef void memgov_pressure_fn(enum memgov_pressure why, void *arg);
MEMGOV_WEAK int memgov_on_pressure(memgov_pressure_fn *callback, void *arg);

#ifdef __cplusplus
}
#endif

#endif
