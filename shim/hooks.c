/* SPDX-License-Identifier: MIT */
/*
 * Every symbol that libmemgov.so exports, and nothing else: the malloc family, C++'s operators,
 * what programs ask of the C library about its heap, calls that the governor steps aside for, and
 * memgov.h. Each is a cheap test and a call into the heap; what happens at the ceiling is in cold
 * functions. tests/lint/exports.txt lists the same names.
 */
#include "shim/base/hints.h"
#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "shim/govern/compact.h"
#include "shim/govern/govern.h"
#include "shim/govern/limit.h"
#include "shim/govern/live.h"
#include "shim/govern/survey.h"
#include "shim/heap/fast.h"
#include "shim/heap/heap.h"
#include "shim/init.h"
#include "shim/memgov.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <malloc.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define MIN_ALIGN 16

/* ---- At the ceiling: take the steps of MEMGOV_AT_LIMIT, and try again after each. */

static MG_COLD void *
retry(void *(*again)(size_t, size_t), size_t n, size_t align)
{
	struct mg_limit_walk walk = { .size = n };
	void *p = NULL;

	while (p == NULL && mg_limit_step(&walk))
		p = again(n, align);
	errno = p == NULL ? ENOMEM : errno;
	return p;
}

static void *
again_plain(size_t n, size_t align)
{
	(void)align;
	return mg_heap_malloc(n);
}

static void *
again_zero(size_t n, size_t align)
{
	(void)align;
	return mg_heap_zalloc(n);
}

static MG_COLD void *
retry_realloc(void *old, size_t n)
{
	struct mg_limit_walk walk = { .size = n };
	void *p = NULL;

	while (p == NULL && mg_limit_step(&walk))
		p = mg_heap_realloc(old, n);
	errno = p == NULL ? ENOMEM : errno;
	return p;
}

static MG_COLD void *
slow_malloc(size_t n)
{
	void *p = mg_heap_malloc(n);

	return MG_LIKELY(p != NULL) ? p : retry(again_plain, n, 0);
}

static MG_COLD void *
slow_calloc(size_t n)
{
	void *p = mg_heap_zalloc(n);

	return MG_LIKELY(p != NULL) ? p : retry(again_zero, n, 0);
}

static inline void *
allocate(size_t n)
{
	void *p = mg_fast_malloc(n);

	return MG_LIKELY(p != NULL) ? p : slow_malloc(n);
}

static inline void
release(void *p)
{
	if (MG_UNLIKELY(!mg_fast_free(p)))
		mg_heap_free(p);
}

static inline void *
aligned(size_t n, size_t align)
{
	void *p;

	if (align <= MIN_ALIGN)
		return allocate(n);
	p = mg_heap_aligned(n, align);
	return MG_LIKELY(p != NULL) ? p : retry(mg_heap_aligned, n, align);
}

static MG_COLD void *
fail(int error)
{
	errno = error;
	return NULL;
}

static size_t
page_bytes(void)
{
	return (size_t)getpagesize();
}

/* ---- C standard. */

EXPORT void *
malloc(size_t n)
{
	return allocate(n);
}

EXPORT void
free(void *p)
{
	release(p);
}

EXPORT void *
calloc(size_t count, size_t size)
{
	size_t n;
	void *p;

	if (MG_UNLIKELY(__builtin_mul_overflow(count, size, &n)))
		return fail(ENOMEM);
	p = mg_fast_zalloc(n);
	return MG_LIKELY(p != NULL) ? p : slow_calloc(n);
}

/* As glibc: realloc(p, 0) frees. */
EXPORT void *
realloc(void *old, size_t n)
{
	void *p;

	if (old == NULL)
		return allocate(n);
	if (n == 0) {
		release(old);
		return NULL;
	}
	p = mg_heap_realloc(old, n);
	return MG_LIKELY(p != NULL) ? p : retry_realloc(old, n);
}

/* As glibc 2.36: an alignment that is no power of two is rounded up to one. */
EXPORT void *
memalign(size_t align, size_t n)
{
	if (MG_UNLIKELY((align & (align - 1)) != 0)) {
		if (align > SIZE_MAX / 2 + 1)
			return fail(EINVAL);
		align = (size_t)1 << (64 - __builtin_clzl(align));
	}
	return aligned(n, align);
}

EXPORT void *
aligned_alloc(size_t align, size_t n)
{
	return memalign(align, n);
}

EXPORT void free_sized(void *p, size_t n);
EXPORT void
free_sized(void *p, size_t n)
{
	(void)n;
	release(p);
}

EXPORT void free_aligned_sized(void *p, size_t align, size_t n);
EXPORT void
free_aligned_sized(void *p, size_t align, size_t n)
{
	(void)align;
	(void)n;
	release(p);
}

/* ---- POSIX and BSD. */

EXPORT int
posix_memalign(void **out, size_t align, size_t n)
{
	int saved = errno;
	void *p;

	if (align % sizeof(void *) != 0 || (align & (align - 1)) != 0 || align == 0)
		return EINVAL;
	p = aligned(n, align);
	errno = saved;
	if (p == NULL)
		return ENOMEM;
	*out = p;
	return 0;
}

EXPORT void *
reallocarray(void *old, size_t count, size_t size)
{
	size_t n;

	if (MG_UNLIKELY(__builtin_mul_overflow(count, size, &n)))
		return fail(ENOMEM);
	return realloc(old, n);
}

EXPORT void *
valloc(size_t n)
{
	return aligned(n, page_bytes());
}

EXPORT void *
pvalloc(size_t n)
{
	size_t page = page_bytes();

	if (MG_UNLIKELY(n > SIZE_MAX - page))
		return fail(ENOMEM);
	return aligned((n + page - 1) / page * page, page);
}

EXPORT void cfree(void *p);
EXPORT void
cfree(void *p)
{
	release(p);
}

/* ---- Names under which glibc's own are reachable; libmimalloc exports them too, so they must lead
 * here. */

#define ALIAS(name, target, type, ...) \
	EXPORT type name(__VA_ARGS__) __attribute__((alias(#target), copy(target)));

ALIAS(__libc_malloc, malloc, void *, size_t)
ALIAS(__libc_calloc, calloc, void *, size_t, size_t)
ALIAS(__libc_realloc, realloc, void *, void *, size_t)
ALIAS(__libc_free, free, void, void *)
ALIAS(__libc_cfree, cfree, void, void *)
ALIAS(__libc_memalign, memalign, void *, size_t, size_t)
ALIAS(__libc_valloc, valloc, void *, size_t)
ALIAS(__libc_pvalloc, pvalloc, void *, size_t)
ALIAS(__posix_memalign, posix_memalign, int, void **, size_t, size_t)

/* ---- C++. Declared here: there is no header of these names for C. */

/*
 * What only a C++ runtime can do: tell the new_handler, and throw bad_alloc. Nothing of ours stands
 * between it and the caller that would have to be cleaned up. A library may bring its own runtime,
 * linked statically, so the caller's comes first.
 */
typedef void new_handler_fn(void);
struct runtime {
	new_handler_fn *(*handler)(void);
	void (*throw_bad_alloc)(void);
};

static MG_COLD void *
runtime_symbol(void *caller, const char *name)
{
	const char *const libraries[] = { "libstdc++.so.6", "libc++.so.1" };
	Dl_info info;
	void *lib =
	    dladdr(caller, &info) != 0 ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD) : NULL;
	void *f = lib != NULL ? dlsym(lib, name) : NULL;

	for (int i = 0; f == NULL && i < 2; i++) {
		lib = dlopen(libraries[i], RTLD_LAZY | RTLD_NOLOAD);
		f = lib != NULL ? dlsym(lib, name) : NULL;
	}
	return f;
}

/* The last one found stands in when there is no memory to look again. */
static MG_COLD struct runtime
find_runtime(void *caller)
{
	static _Atomic(void *) last_handler, last_throw;
	void *handler = runtime_symbol(caller, "_ZSt15get_new_handlerv");
	void *thrower = runtime_symbol(caller, "_ZSt17__throw_bad_allocv");
	struct runtime r = { 0 };

	if (handler == NULL || thrower == NULL) {
		handler = atomic_load_explicit(&last_handler, memory_order_relaxed);
		thrower = atomic_load_explicit(&last_throw, memory_order_relaxed);
	}
	if (handler == NULL || thrower == NULL) {
		mg_log(MG_LOG_ERROR,
		    "operator new failed, and there is no C++ runtime that could say so");
		mg_log_drain(2);
		abort();
	}
	atomic_store_explicit(&last_handler, handler, memory_order_relaxed);
	atomic_store_explicit(&last_throw, thrower, memory_order_relaxed);
	memcpy(&r.handler, &handler, sizeof handler);
	memcpy(&r.throw_bad_alloc, &thrower, sizeof thrower);
	return r;
}

/* As [new.delete.single]: the handler makes room, throws, or is not there. */
static MG_COLD void *
new_failed(size_t n, size_t align, void *caller)
{
	struct runtime r = find_runtime(caller);
	void *p = NULL;

	while (p == NULL) {
		new_handler_fn *handler = r.handler();

		if (handler == NULL)
			r.throw_bad_alloc();
		else
			handler();
		p = aligned(n, align);
	}
	return p;
}

/* With a handler the runtime's own operator must be asked: the handler may throw, which nothrow has
 * to catch. */
static MG_COLD void *
runtime_nothrow(const char *name, void *caller)
{
	return find_runtime(caller).handler() != NULL ? runtime_symbol(caller, name) : NULL;
}

#define CALLER __builtin_return_address(0)
#define NEW(name)                                                           \
	EXPORT void *name(size_t n);                                        \
	EXPORT void *name(size_t n)                                         \
	{                                                                   \
		void *p = allocate(n);                                      \
                                                                            \
		return MG_LIKELY(p != NULL) ? p : new_failed(n, 0, CALLER); \
	}
#define NEW_ALIGNED(name)                                                       \
	EXPORT void *name(size_t n, size_t align);                              \
	EXPORT void *name(size_t n, size_t align)                               \
	{                                                                       \
		void *p = aligned(n, align);                                    \
                                                                                \
		return MG_LIKELY(p != NULL) ? p : new_failed(n, align, CALLER); \
	}
#define NEW_NOTHROW(name)                                          \
	EXPORT void *name(size_t n, const void *tag);              \
	EXPORT void *name(size_t n, const void *tag)               \
	{                                                          \
		void *p = allocate(n);                             \
		void *(*again)(size_t, const void *);              \
                                                                   \
		if (MG_LIKELY(p != NULL))                          \
			return p;                                  \
		*(void **)&again = runtime_nothrow(#name, CALLER); \
		return again != NULL ? again(n, tag) : NULL;       \
	}
#define NEW_ALIGNED_NOTHROW(name)                                   \
	EXPORT void *name(size_t n, size_t align, const void *tag); \
	EXPORT void *name(size_t n, size_t align, const void *tag)  \
	{                                                           \
		void *p = aligned(n, align);                        \
		void *(*again)(size_t, size_t, const void *);       \
                                                                    \
		if (MG_LIKELY(p != NULL))                           \
			return p;                                   \
		*(void **)&again = runtime_nothrow(#name, CALLER);  \
		return again != NULL ? again(n, align, tag) : NULL; \
	}

NEW(_Znwm)
NEW(_Znam)
NEW_NOTHROW(_ZnwmRKSt9nothrow_t)
NEW_NOTHROW(_ZnamRKSt9nothrow_t)
NEW_ALIGNED(_ZnwmSt11align_val_t)
NEW_ALIGNED(_ZnamSt11align_val_t)
NEW_ALIGNED_NOTHROW(_ZnwmSt11align_val_tRKSt9nothrow_t)
NEW_ALIGNED_NOTHROW(_ZnamSt11align_val_tRKSt9nothrow_t)

ALIAS(_ZdlPv, free, void, void *)
ALIAS(_ZdaPv, free, void, void *)

/* Size, alignment and nothrow are of no interest to free. */
#define DELETE_1(name)                                \
	EXPORT void name(void *p, uintptr_t ignored); \
	EXPORT void name(void *p, uintptr_t ignored)  \
	{                                             \
		(void)ignored;                        \
		release(p);                           \
	}
#define DELETE_2(name)                                                        \
	EXPORT void name(void *p, uintptr_t ignored, uintptr_t also_ignored); \
	EXPORT void name(void *p, uintptr_t ignored, uintptr_t also_ignored)  \
	{                                                                     \
		(void)ignored;                                                \
		(void)also_ignored;                                           \
		release(p);                                                   \
	}

DELETE_1(_ZdlPvm)
DELETE_1(_ZdaPvm)
DELETE_1(_ZdlPvRKSt9nothrow_t)
DELETE_1(_ZdaPvRKSt9nothrow_t)
DELETE_1(_ZdlPvSt11align_val_t)
DELETE_1(_ZdaPvSt11align_val_t)
DELETE_2(_ZdlPvmSt11align_val_t)
DELETE_2(_ZdaPvmSt11align_val_t)
DELETE_2(_ZdlPvSt11align_val_tRKSt9nothrow_t)
DELETE_2(_ZdaPvSt11align_val_tRKSt9nothrow_t)

/* ---- What programs ask the C library about its heap; without these they would be told of one
 * nobody uses (H16). */

EXPORT size_t
malloc_usable_size(void *p)
{
	return mg_heap_usable(p);
}

EXPORT int
malloc_trim(size_t pad)
{
	(void)pad;
	return memgov_compact() > 0;
}

EXPORT struct mallinfo2
mallinfo2(void)
{
	struct mg_snapshot s = { 0 };

	mg_heap_read(&s);
	return (struct mallinfo2){
		.arena = s.heap_footprint_bytes,
		.ordblks = 1,
		.uordblks = s.live_bytes,
		.fordblks = s.heap_footprint_bytes > s.live_bytes
				? s.heap_footprint_bytes - s.live_bytes
				: 0,
		.keepcost = s.parked_bytes,
		.usmblks = s.heap_peak_bytes,
	};
}

static int
clip(size_t v)
{
	return v > INT32_MAX ? INT32_MAX : (int)v;
}

EXPORT struct mallinfo
mallinfo(void)
{
	struct mallinfo2 m = mallinfo2();

	return (struct mallinfo){
		.arena = clip(m.arena),
		.ordblks = clip(m.ordblks),
		.uordblks = clip(m.uordblks),
		.fordblks = clip(m.fordblks),
		.keepcost = clip(m.keepcost),
		.usmblks = clip(m.usmblks),
	};
}

EXPORT int
malloc_info(int options, FILE *stream)
{
	struct mg_snapshot s = { 0 };
	char buf[512];
	struct mg_text t;

	if (options != 0)
		return EINVAL;
	mg_heap_read(&s);
	mg_text_init(&t, buf, sizeof buf);
	mg_text_add(&t, "<malloc version=\"memgov-1\">\n");
	mg_text_add(
	    &t, "<total type=\"live\" count=\"%lu\" size=\"%lu\"/>\n", s.live_blocks, s.live_bytes);
	mg_text_add(&t, "<system type=\"current\" size=\"%lu\"/>\n", s.heap_footprint_bytes);
	mg_text_add(&t, "<system type=\"max\" size=\"%lu\"/>\n</malloc>\n", s.heap_peak_bytes);
	return fwrite(buf, 1, t.len, stream) == t.len ? 0 : -1;
}

EXPORT void
malloc_stats(void)
{
	struct mg_snapshot s = { 0 };
	char buf[512];
	struct mg_text t;

	mg_heap_read(&s);
	mg_text_init(&t, buf, sizeof buf);
	mg_text_add(&t, "memgov:\nsystem bytes     = %10lu\n", s.heap_footprint_bytes);
	mg_text_add(&t, "in use bytes     = %10lu\n", s.live_bytes);
	mg_text_add(&t, "blocks in use    = %10lu\nmost charged     = %10lu\n", s.live_blocks,
	    s.heap_peak_bytes);
	mg_log_last_words(2, buf, t.len);
}

/* glibc's knobs turn nothing here; "set" is the answer that surprises no program. */
EXPORT int
mallopt(int param, int value)
{
	(void)param;
	(void)value;
	return 1;
}

/*
 * ---- Calls that a second thread would make fail: the governor steps aside. unshare and setns want
 * a single thread. The C library makes every thread take part when credentials change, and aborts
 * when one gets another answer, as it does where the program dropped capabilities before, which is
 * a thread's own affair.
 */

static int
kernel_unshare(int flags)
{
	return (int)syscall(SYS_unshare, flags);
}

static int
kernel_setns(int fd, int nstype)
{
	return (int)syscall(SYS_setns, fd, nstype);
}

static MG_COLD void *
next_function(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/*
 * The fork handlers that were registered first run next to the fork: as the last before it, as the
 * first behind it. They must be ours, which hold all locks in between: other libraries' allocate,
 * and wait for threads that do.
 */
EXPORT int __register_atfork(void (*)(void), void (*)(void), void (*)(void), void *);
EXPORT int
__register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso)
{
	int (*next)(void (*)(void), void (*)(void), void (*)(void), void *);

	*(void **)&next = next_function("__register_atfork");
	if (next == NULL)
		return ENOMEM;
	mg_init_handle_forks();
	return next(prepare, parent, child, dso);
}

#define STEP_ASIDE(result, call)                     \
	do {                                         \
		bool was_running = mg_govern_stop(); \
		int saved;                           \
                                                     \
		result = call;                       \
		saved = errno;                       \
		if (was_running)                     \
			mg_govern_resume();          \
		errno = saved;                       \
	} while (0)

EXPORT int
unshare(int flags)
{
	int r;

	if ((flags & (CLONE_NEWUSER | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) == 0)
		return kernel_unshare(flags);
	STEP_ASIDE(r, kernel_unshare(flags));
	return r;
}

EXPORT int
setns(int fd, int nstype)
{
	int r;

	STEP_ASIDE(r, kernel_setns(fd, nstype));
	return r;
}

/*
 * A program that gives up privileges this way is about to filter its system calls, and would be
 * killed by the governor's: no governor from here on, nor in its children.
 */
EXPORT int
prctl(int option, ...)
{
	unsigned long a[4];
	va_list ap;

	va_start(ap, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (option == PR_SET_NO_NEW_PRIVS || option == PR_SET_SECCOMP)
		mg_govern_seal();
	return (int)syscall(SYS_prctl, option, a[0], a[1], a[2], a[3]);
}

#define CREDENTIALS(name, params, args)                 \
	EXPORT int name params;                         \
	EXPORT int name params                          \
	{                                               \
		int(*next) params;                      \
		int r;                                  \
                                                        \
		*(void **)&next = next_function(#name); \
		if (next == NULL) {                     \
			errno = ENOSYS;                 \
			return -1;                      \
		}                                       \
		STEP_ASIDE(r, next args);               \
		return r;                               \
	}

CREDENTIALS(setuid, (uid_t id), (id))
CREDENTIALS(setgid, (gid_t id), (id))
CREDENTIALS(seteuid, (uid_t id), (id))
CREDENTIALS(setegid, (gid_t id), (id))
CREDENTIALS(setreuid, (uid_t real, uid_t effective), (real, effective))
CREDENTIALS(setregid, (gid_t real, gid_t effective), (real, effective))
CREDENTIALS(setresuid, (uid_t real, uid_t effective, uid_t saved_id), (real, effective, saved_id))
CREDENTIALS(setresgid, (gid_t real, gid_t effective, gid_t saved_id), (real, effective, saved_id))
CREDENTIALS(setgroups, (size_t n, const gid_t *groups), (n, groups))
CREDENTIALS(initgroups, (const char *user, gid_t group), (user, group))
CREDENTIALS(capset, (void *header, const void *data), (header, data))

/* ---- memgov.h. */

EXPORT uint64_t
memgov_compact(void)
{
	int saved = errno;
	uint64_t yield_bytes =
	    mg_compact_now(mg_live_config()->aggressive != 0, "asked for by the program");

	errno = saved;
	return yield_bytes;
}

EXPORT int
memgov_stats(struct memgov_stats *out)
{
	int saved = errno;
	struct memgov_stats full;
	struct mg_snapshot s;

	if (out == NULL || out->size < sizeof out->size)
		return -1;
	mg_survey_take(&s);
	full = (struct memgov_stats){
		.size = out->size,
		.heap_limit_bytes = s.heap_limit_bytes,
		.heap_footprint_bytes = s.heap_footprint_bytes,
		.heap_peak_bytes = s.heap_peak_bytes,
		.live_bytes = s.live_bytes,
		.live_blocks = s.live_blocks,
		.allocs = s.allocs,
		.frees = s.frees,
		.reallocs = s.reallocs,
		.rss_bytes = s.rss_bytes,
		.returned_bytes = s.returned_bytes,
		.compactions = s.compactions,
		.limit_hits = s.limit_hits,
		.refused_allocs = s.refused_allocs,
		.foreign_frees = s.foreign_frees,
		.system_used_pct = s.system_used_pct,
	};
	memcpy(out, &full, out->size < sizeof full ? out->size : sizeof full);
	errno = saved;
	return 0;
}

EXPORT int
memgov_set(const char *name, const char *value)
{
	char buf[512];
	struct mg_text why;
	int err;

	if (name == NULL || value == NULL)
		return -EINVAL;
	mg_text_init(&why, buf, sizeof buf);
	err = mg_live_set(name, value, &why);
	if (err == 0)
		mg_govern_wake();
	return err;
}

EXPORT void
memgov_released(uint64_t bytes)
{
	mg_compact_add_released(bytes);
}

EXPORT int
memgov_on_pressure(memgov_pressure_fn *callback, void *arg)
{
	return mg_limit_add_callback(callback, arg);
}
