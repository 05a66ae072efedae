/* SPDX-License-Identifier: MIT */
/* Charts of a process's history: what its memory is made of, and how fast it allocates. Pure. */
#ifndef MG_CURVE_H
#define MG_CURVE_H

#include <stddef.h>
#include <stdint.h>

#include "tools/common/reply.h"
#include "tools/top/canvas.h"

struct mg_curve {
	const struct mg_reply_point *points; /* oldest first */
	size_t n;
	uint64_t span_ms;     /* of time that is shown, up to now */
	uint64_t limit_bytes; /* 0: no ceiling */
};

/* The range of time that shows all of a short history, or the last ten minutes of a longer one. */
uint64_t mg_curve_fit_ms(const struct mg_reply_point *points, size_t n);

/* The next range above (by > 0) or below: 1 min, 10 min, 1 h, 1 day, and around. */
uint64_t mg_curve_zoom_ms(uint64_t span_ms, int by);

/*
 * The footprint as what is live, cached, parked and memgov's own, one above the other, RSS and
 * the ceiling as lines, and below compactions with what each gave back. A ceiling that is far
 * above is not shown. In `height` rows, of which three are the title and the axis.
 */
void mg_curve_draw_memory(
    struct mg_canvas *c, int row, int col, int width, int height, const struct mg_curve *v);

/* Allocations, or releases, per second; in height rows as above. */
void mg_curve_draw_allocs(
    struct mg_canvas *c, int row, int col, int width, int height, const struct mg_curve *v);
void mg_curve_draw_frees(
    struct mg_canvas *c, int row, int col, int width, int height, const struct mg_curve *v);

#endif
