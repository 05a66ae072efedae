/* SPDX-License-Identifier: MIT */
#include "shim/observe/site_copy.h"

unsigned
mg_site_copy_end(void)
{
	unsigned end = 0;

	if (mg_site_is_open() && mg_site_enter()) {
		end = mg_site_end();
		mg_site_lock_leave();
	}
	return end;
}

bool
mg_site_copy(unsigned slot, struct mg_site *out)
{
	if (!mg_site_enter())
		return false;
	*out = *mg_site_at(slot);
	mg_site_lock_leave();
	return out->in != 0;
}
