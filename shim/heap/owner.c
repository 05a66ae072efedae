/* SPDX-License-Identifier: MIT */
#include "shim/heap/owner.h"

#include "shim/base/hints.h"
#include "shim/heap/backend.h"
#include "shim/heap/class.h"
#include "shim/heap/entry.h"
#include "shim/heap/large.h"
#include "shim/heap/nested.h"
#include "shim/heap/run.h"

/* A handler neither waits for a lock of its thread's, nor finds its thread with one here. */
size_t
mg_owner_large_usable(const void *p)
{
	bool nested = mg_entry_is_nested(mg_thread_self.record);
	size_t usable;

	mg_thread_self.locked++;
	if (!nested)
		usable = mg_large_usable(p);
	else if (!mg_large_usable_soon(p, &usable))
		usable = MG_OWNER_UNKNOWN;
	mg_thread_self.locked--;
	return usable;
}

size_t
mg_owner_usable(const void *p)
{
	size_t slice = mg_slice_of(p), usable;
	unsigned class;

	class = MG_LIKELY(slice < mg_region_slices()) ? mg_region.class[slice] : 0;
	if (MG_LIKELY(class != 0))
		return mg_classes[class].bytes;
	if (!mg_slice_holds(p)) {
		usable = mg_owner_large_usable(p);
		return usable != 0 ? usable : mg_backend_owns(p) ? mg_backend_usable(p) : 0;
	}
	if (mg_slice_state(mg_slice_record((uint32_t)slice)) == MG_SLICE_NESTED)
		return mg_nested_usable(p);
	return mg_run_starts((uint32_t)slice) ? mg_run_usable(p) : 0;
}

bool
mg_owner_is_ours(const void *p)
{
	return mg_slice_holds(p) || mg_owner_large_usable(p) != 0 || mg_backend_owns(p);
}
