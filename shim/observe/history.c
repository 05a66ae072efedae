/* SPDX-License-Identifier: MIT */
#include "shim/observe/history.h"

#include <string.h>

/*
 * Which point is missed least when a new one arrives at now_ns. Dropping point i leaves a hole from
 * i - 1 to i + 1; a hole matters in proportion to how recent it is. The first and the last point
 * stay: they carry the span.
 */
static size_t
least_missed(const struct mg_history *h, uint64_t now_ns)
{
	size_t best = 1;
	double best_cost = 0;

	for (size_t i = 1; i + 1 < h->n; i++) {
		double hole = (double)(h->points[i + 1].time_ns - h->points[i - 1].time_ns);
		double age = (double)(now_ns - h->points[i].time_ns) + 1;
		double cost = hole / age;

		if (i == 1 || cost < best_cost) {
			best = i;
			best_cost = cost;
		}
	}
	return best;
}

void
mg_history_add(struct mg_history *h, const struct mg_point *p)
{
	if (h->n == h->cap) {
		size_t i = least_missed(h, p->time_ns);

		memmove(&h->points[i], &h->points[i + 1], (h->n - i - 1) * sizeof h->points[0]);
		h->n--;
	}
	h->points[h->n++] = *p;
}
