/* SPDX-License-Identifier: MIT */
/* Numbers from 1 on for pairs of words (pointers, ids), in the order in which they come first. */
#ifndef MG_NUMBERING_H
#define MG_NUMBERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mg_numbering_slot {
	uint64_t a, b, number; /* 0: empty */
};

/* All zero is an empty one. */
struct mg_numbering {
	size_t n, cap;
	struct mg_numbering_slot *slots;
};

/* *is_new_out tells that it is the first time. */
uint64_t mg_numbering_of(struct mg_numbering *n, uint64_t a, uint64_t b, bool *is_new_out);
void mg_numbering_free(struct mg_numbering *n);

#endif
