/* SPDX-License-Identifier: MIT */
/*
 * Libraries that a program opens with RTLD_DEEPBIND would take malloc and free from the C library,
 * past memgov, and free blocks of the program's there, which crashes: PHP opens its extensions so.
 * The flag is dropped, unless MEMGOV_DEEPBIND=keep. To keep its meaning for all names but malloc's
 * would need the library's table of addresses rewritten after dlopen, when its constructors have
 * already taken blocks of the C library's. The C library looks up who called dlopen, for $ORIGIN
 * and RUNPATH: the call must be the last of its function, so that it returns to the caller itself.
 */
#include "shim/base/hints.h"
#include "shim/govern/live.h"
#include "shim/hooks/export.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>

typedef void *dlopen_fn(const char *, int);

static _Atomic(dlopen_fn *) next_dlopen;

static MG_COLD dlopen_fn *
find_next(void)
{
	dlopen_fn *next;

	*(void **)&next = dlsym(RTLD_NEXT, "dlopen");
	atomic_store_explicit(&next_dlopen, next, memory_order_relaxed);
	return next;
}

EXPORT __attribute__((optimize("optimize-sibling-calls"))) void *
dlopen(const char *file, int mode)
{
	dlopen_fn *next = atomic_load_explicit(&next_dlopen, memory_order_relaxed);

	if (next == NULL)
		next = find_next();
	if (mg_live_config()->deepbind == MG_DEEPBIND_DROP)
		mode &= ~RTLD_DEEPBIND;
	return next(file, mode);
}
