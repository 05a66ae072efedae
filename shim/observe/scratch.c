/* SPDX-License-Identifier: MIT */
#include "shim/observe/scratch.h"

#include "shim/base/sys.h"

static struct mg_lock is_taken;
static MG_SYS_APART struct mg_scratch common;

struct mg_scratch *
mg_scratch_get(void)
{
	if (mg_sys_trylock(&is_taken))
		return &common;
	return mg_sys_map(sizeof common);
}

void
mg_scratch_put(struct mg_scratch *s)
{
	if (s == &common)
		mg_sys_unlock(&is_taken);
	else
		mg_sys_unmap(s, sizeof *s);
}

void
mg_scratch_after_fork_child(void)
{
	mg_sys_reset_lock(&is_taken);
}
