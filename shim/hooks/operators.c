/* SPDX-License-Identifier: MIT */
/* C++'s operators new and delete, by their mangled names, for which C has no header. */
#include "shim/base/log.h"
#include "shim/hooks/allocate.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

#define ALIAS(name, target, ...) \
	EXPORT void *name(__VA_ARGS__) __attribute__((alias(#target), copy(target)));

#define CALLER __builtin_return_address(0)

static void *
new_plain(size_t n)
{
	void *p = allocate(n);

	return MG_LIKELY(p != NULL) ? p : new_failed(n, 0, CALLER);
}

static void *
new_aligned(size_t n, size_t align)
{
	void *p = aligned(n, align);

	return MG_LIKELY(p != NULL) ? p : new_failed(n, align, CALLER);
}

/*
 * A program may replace these four, to put a header before each block say. All other forms are made
 * of them, as [new.delete] has it, and call them by name: the program's come before ours.
 */
ALIAS(_Znwm, new_plain, size_t)
ALIAS(_ZnwmSt11align_val_t, new_aligned, size_t, size_t)
EXPORT void _ZdlPv(void *p);
EXPORT void
_ZdlPv(void *p)
{
	release(p);
}

EXPORT void _ZdlPvSt11align_val_t(void *p, size_t align);
EXPORT void
_ZdlPvSt11align_val_t(void *p, size_t align)
{
	(void)align;
	release(p);
}

static void *
new_array(size_t n)
{
	return _Znwm(n);
}

static void *
new_array_aligned(size_t n, size_t align)
{
	return _ZnwmSt11align_val_t(n, align);
}

ALIAS(_Znam, new_array, size_t)
ALIAS(_ZnamSt11align_val_t, new_array_aligned, size_t, size_t)

/* The runtime's own operator, which catches what a handler, or the program's operator, throws; NULL
 * where there is neither. */
static MG_COLD void *
runtime_nothrow(const char *name, _Atomic(void *) *kept, bool is_ours, void *caller)
{
	void *f;

	if (is_ours)
		return find_runtime(caller).handler() != NULL ? runtime_symbol(caller, name) : NULL;
	f = atomic_load_explicit(kept, memory_order_relaxed);
	if (f == NULL) {
		f = runtime_symbol(caller, name);
		atomic_store_explicit(kept, f, memory_order_relaxed);
	}
	return f;
}

#define IS_OURS(name, ours) ((void *)(uintptr_t)(name) == (void *)(uintptr_t)(ours))
#define PLAIN_IS_OURS IS_OURS(_Znwm, new_plain)
#define ALIGNED_IS_OURS IS_OURS(_ZnwmSt11align_val_t, new_aligned)
#define ARRAY_IS_OURS (PLAIN_IS_OURS && IS_OURS(_Znam, new_array))
#define ALIGNED_ARRAY_IS_OURS (ALIGNED_IS_OURS && IS_OURS(_ZnamSt11align_val_t, new_array_aligned))

#define NEW_NOTHROW(name, is_ours)                                                 \
	EXPORT void *name(size_t n, const void *tag);                              \
	EXPORT void *name(size_t n, const void *tag)                               \
	{                                                                          \
		static _Atomic(void *) kept;                                       \
		void *p = MG_LIKELY(is_ours) ? allocate(n) : NULL;                 \
		void *(*again)(size_t, const void *);                              \
                                                                                   \
		if (MG_LIKELY(p != NULL))                                          \
			return p;                                                  \
		*(void **)&again = runtime_nothrow(#name, &kept, is_ours, CALLER); \
		return again != NULL ? again(n, tag) : NULL;                       \
	}
#define NEW_ALIGNED_NOTHROW(name, is_ours)                                         \
	EXPORT void *name(size_t n, size_t align, const void *tag);                \
	EXPORT void *name(size_t n, size_t align, const void *tag)                 \
	{                                                                          \
		static _Atomic(void *) kept;                                       \
		void *p = MG_LIKELY(is_ours) ? aligned(n, align) : NULL;           \
		void *(*again)(size_t, size_t, const void *);                      \
                                                                                   \
		if (MG_LIKELY(p != NULL))                                          \
			return p;                                                  \
		*(void **)&again = runtime_nothrow(#name, &kept, is_ours, CALLER); \
		return again != NULL ? again(n, align, tag) : NULL;                \
	}

NEW_NOTHROW(_ZnwmRKSt9nothrow_t, PLAIN_IS_OURS)
NEW_NOTHROW(_ZnamRKSt9nothrow_t, ARRAY_IS_OURS)
NEW_ALIGNED_NOTHROW(_ZnwmSt11align_val_tRKSt9nothrow_t, ALIGNED_IS_OURS)
NEW_ALIGNED_NOTHROW(_ZnamSt11align_val_tRKSt9nothrow_t, ALIGNED_ARRAY_IS_OURS)

#define DELETE(name, base)                            \
	EXPORT void name(void *p, uintptr_t ignored); \
	EXPORT void name(void *p, uintptr_t ignored)  \
	{                                             \
		(void)ignored;                        \
		base(p);                              \
	}
#define DELETE_ALIGNED(name, base)                                  \
	EXPORT void name(void *p, size_t align, uintptr_t ignored); \
	EXPORT void name(void *p, size_t align, uintptr_t ignored)  \
	{                                                           \
		(void)ignored;                                      \
		base(p, align);                                     \
	}
#define DELETE_SIZED_ALIGNED(name, base)                   \
	EXPORT void name(void *p, size_t n, size_t align); \
	EXPORT void name(void *p, size_t n, size_t align)  \
	{                                                  \
		(void)n;                                   \
		base(p, align);                            \
	}

EXPORT void _ZdaPv(void *p);
EXPORT void
_ZdaPv(void *p)
{
	_ZdlPv(p);
}

EXPORT void _ZdaPvSt11align_val_t(void *p, size_t align);
EXPORT void
_ZdaPvSt11align_val_t(void *p, size_t align)
{
	_ZdlPvSt11align_val_t(p, align);
}

DELETE(_ZdlPvm, _ZdlPv)
DELETE(_ZdaPvm, _ZdaPv)
DELETE(_ZdlPvRKSt9nothrow_t, _ZdlPv)
DELETE(_ZdaPvRKSt9nothrow_t, _ZdaPv)
DELETE_ALIGNED(_ZdlPvSt11align_val_tRKSt9nothrow_t, _ZdlPvSt11align_val_t)
DELETE_ALIGNED(_ZdaPvSt11align_val_tRKSt9nothrow_t, _ZdaPvSt11align_val_t)
DELETE_SIZED_ALIGNED(_ZdlPvmSt11align_val_t, _ZdlPvSt11align_val_t)
DELETE_SIZED_ALIGNED(_ZdaPvmSt11align_val_t, _ZdaPvSt11align_val_t)
