/* SPDX-License-Identifier: MIT */
/*
 * Reading bytes within bounds: past them everything is 0, and the reader is bad from then on. Pure.
 */
#ifndef MG_READER_H
#define MG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct mg_reader {
	const uint8_t *at, *end;
	bool is_bad;
};

static inline void
mg_reader_skip(struct mg_reader *r, uint64_t bytes)
{
	if ((uint64_t)(r->end - r->at) < bytes) {
		r->is_bad = true;
		r->at = r->end;
	} else {
		r->at += bytes;
	}
}

/* The machine's byte order; at most 8 bytes. */
static inline uint64_t
mg_reader_get(struct mg_reader *r, size_t bytes)
{
	const uint8_t *from = r->at;
	uint64_t v = 0;

	mg_reader_skip(r, bytes);
	if (!r->is_bad)
		memcpy(&v, from, bytes);
	return v;
}

/* LEB128, of DWARF; bits above 64 are lost. */
static inline uint64_t
mg_reader_leb(struct mg_reader *r, bool is_signed)
{
	uint64_t v = 0, byte;
	unsigned shift = 0;

	do {
		byte = mg_reader_get(r, 1);
		if (shift < 64)
			v |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte >= 0x80);
	if (is_signed && shift < 64 && (byte & 0x40) != 0)
		v |= ~UINT64_C(0) << shift;
	return v;
}

#endif
