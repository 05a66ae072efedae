/* SPDX-License-Identifier: MIT */
#include "tools/cli/numbering.h"

#include <stdlib.h>

#include "tools/cli/need.h"

static struct mg_numbering_slot *
find_slot(const struct mg_numbering *n, uint64_t a, uint64_t b)
{
	size_t i = ((a * 0x9e3779b97f4a7c15u) ^ (b * 0xff51afd7ed558ccdu)) >> 20 & (n->cap - 1);

	while (n->slots[i].number != 0 && (n->slots[i].a != a || n->slots[i].b != b))
		i = (i + 1) & (n->cap - 1);
	return &n->slots[i];
}

static void
grow(struct mg_numbering *n)
{
	struct mg_numbering more = { .n = n->n, .cap = n->cap > 0 ? 2 * n->cap : 256 };

	more.slots = mg_need_zeroed(more.cap, sizeof more.slots[0]);
	for (size_t i = 0; i < n->cap; i++)
		if (n->slots[i].number != 0)
			*find_slot(&more, n->slots[i].a, n->slots[i].b) = n->slots[i];
	free(n->slots);
	n->slots = more.slots;
	n->cap = more.cap;
}

uint64_t
mg_numbering_of(struct mg_numbering *n, uint64_t a, uint64_t b, bool *is_new_out)
{
	struct mg_numbering_slot *slot;

	if (2 * n->n >= n->cap)
		grow(n);
	slot = find_slot(n, a, b);
	*is_new_out = slot->number == 0;
	if (*is_new_out)
		*slot = (struct mg_numbering_slot){ a, b, ++n->n };
	return slot->number;
}

void
mg_numbering_free(struct mg_numbering *n)
{
	free(n->slots);
	*n = (struct mg_numbering){ 0 };
}
