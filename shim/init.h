/* SPDX-License-Identifier: MIT */
/* What boot does earlier when another library's constructor runs before ours. */
#ifndef MG_INIT_H
#define MG_INIT_H

/* Registers our fork handlers, unless they are. */
void mg_init_handle_forks(void);

#endif
