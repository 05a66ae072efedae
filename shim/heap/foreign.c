/* SPDX-License-Identifier: MIT */
#include "shim/heap/foreign.h"

#include "shim/base/log.h"
#include "shim/heap/backend.h"
#include "shim/heap/region.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

static struct {
	_Atomic(void *) free;
	_Atomic(void *) usable;
} libc;

static void *
look_up(_Atomic(void *) *slot, const char *name)
{
	void *f = atomic_load_explicit(slot, memory_order_acquire);

	if (f == NULL) {
		void *handle = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);

		f = handle != NULL ? dlsym(handle, name) : NULL;
		atomic_store_explicit(slot, f, memory_order_release);
	}
	return f;
}

/* What is not memgov's in the region is a segment that mimalloc has made for the program. */
static bool
is_mimallocs(const void *p)
{
	return mg_region_holds(p) || mg_backend_is_mimallocs(p);
}

static void
free_by_libc(void *p)
{
	void *f = look_up(&libc.free, "free");
	void (*libc_free)(void *);

	if (f == NULL)
		return; /* a leak harms less than a guess */
	memcpy(&libc_free, &f, sizeof f);
	libc_free(p);
}

void
mg_foreign_free(void *p)
{
	bool to_mimalloc = is_mimallocs(p);

	mg_log(MG_LOG_DEBUG, "free(0x%lx): made by another allocator; handed to %s",
	    (unsigned long)p, to_mimalloc ? "mimalloc" : "the C library");
	if (to_mimalloc)
		mg_backend_free(p);
	else
		free_by_libc(p);
}

size_t
mg_foreign_usable(void *p)
{
	void *f;
	size_t (*libc_usable)(void *);

	if (is_mimallocs(p))
		return mg_backend_usable(p);
	f = look_up(&libc.usable, "malloc_usable_size");
	if (f == NULL)
		return 0;
	memcpy(&libc_usable, &f, sizeof f);
	return libc_usable(p);
}
