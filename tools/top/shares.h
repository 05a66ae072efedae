/* SPDX-License-Identifier: MIT */
/* What a footprint is made of, and how each share of it looks on every screen. */
#ifndef MG_SHARES_H
#define MG_SHARES_H

#include <stddef.h>
#include <stdint.h>

#include "tools/top/canvas.h"

enum { MG_SHARE_LIVE, MG_SHARE_CACHED, MG_SHARE_PARKED, MG_SHARE_OTHER, MG_SHARES };

struct mg_share {
	const char *name;
	size_t stat; /* the statistic; of `other` the footprint, which it completes */
	enum mg_style style;
	uint32_t glyph;
};

extern const struct mg_share mg_shares[MG_SHARES];

#endif
