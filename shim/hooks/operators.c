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

#define DELETE(name)               \
	EXPORT void name(void *p); \
	EXPORT void name(void *p)  \
	{                          \
		release(p);        \
	}
DELETE(_ZdlPv)
DELETE(_ZdaPv)

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
