/* SPDX-License-Identifier: MIT */
#include "tools/top/shares.h"

#include "tools/common/reply.h"

const struct mg_share mg_shares[MG_SHARES] = {
	[MG_SHARE_LIVE] = { "live", MG_REPLY_STAT_live_bytes, MG_STYLE_LIVE, 0x2588 },
	[MG_SHARE_CACHED] = { "cached", MG_REPLY_STAT_cached_bytes, MG_STYLE_CACHED, 0x2593 },
	[MG_SHARE_PARKED] = { "parked", MG_REPLY_STAT_parked_bytes, MG_STYLE_PARKED, 0x2592 },
	[MG_SHARE_OTHER] = { "other", MG_REPLY_STAT_heap_footprint_bytes, MG_STYLE_DIM, 0x2591 },
};
