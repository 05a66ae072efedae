/* SPDX-License-Identifier: MIT */
/* Pages of memory, of the size that every machine memgov runs on has. */
#ifndef MG_PAGE_H
#define MG_PAGE_H

#include <stddef.h>
#include <stdint.h>

#define MG_PAGE_BYTES ((size_t)4096)

/* The bytes of the whole pages that n bytes need. n is at most UINT64_MAX less a page. */
static inline uint64_t
mg_page_round_up(uint64_t n)
{
	return (n + MG_PAGE_BYTES - 1) & ~(uint64_t)(MG_PAGE_BYTES - 1);
}

#endif
