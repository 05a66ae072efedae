/* SPDX-License-Identifier: MIT */
#include "shim/observe/cfi.h"

#include "shim/base/reader.h"
#include "shim/observe/cfi_program.h"

#define RETURN_ADDRESS 16u

/* Of encoded pointers, in the low and the high half of a byte. */
enum { ENC_ABSPTR, ENC_ULEB, ENC_U16, ENC_U32, ENC_U64, ENC_SLEB = 9, ENC_S16, ENC_S32, ENC_S64 };
enum { ENC_PCREL = 0x10, ENC_DATAREL = 0x30, ENC_INDIRECT = 0x80 };
#define ENC_SORTED (ENC_DATAREL | ENC_S32)

static uintptr_t
get_encoded(struct mg_reader *r, unsigned encoding, uintptr_t data)
{
	uintptr_t here = (uintptr_t)r->at, v;

	switch (encoding & 0x0f) {
	case ENC_ABSPTR:
	case ENC_U64:
	case ENC_S64: v = mg_reader_get(r, 8); break;
	case ENC_ULEB: v = mg_reader_leb(r, false); break;
	case ENC_SLEB: v = mg_reader_leb(r, true); break;
	case ENC_U16: v = mg_reader_get(r, 2); break;
	case ENC_S16: v = (uintptr_t)(int16_t)mg_reader_get(r, 2); break;
	case ENC_U32: v = mg_reader_get(r, 4); break;
	case ENC_S32: v = (uintptr_t)(int32_t)mg_reader_get(r, 4); break;
	default: r->is_bad = true; return 0;
	}
	switch (encoding & 0xf0 & ~(unsigned)ENC_INDIRECT) {
	case 0: return v;
	case ENC_PCREL: return v + here;
	case ENC_DATAREL: return v + data;
	default: r->is_bad = true; return 0;
	}
}

static struct mg_reader
reader_at(const struct mg_elf *e, uintptr_t address)
{
	static const uint8_t nothing[1];
	struct mg_elf_range range = mg_elf_around(e, address);

	if (range.end == 0)
		return (struct mg_reader){ .at = nothing, .end = nothing, .is_bad = true };
	return (
	    struct mg_reader){ .at = (const uint8_t *)address, .end = (const uint8_t *)range.end };
}

/* An entry begins with its length; the reader stays inside it from here on. */
static void
enter(struct mg_reader *r)
{
	uint64_t bytes = mg_reader_get(r, 4);

	if (bytes == 0 || bytes > (uint64_t)(r->end - r->at))
		r->is_bad = true;
	else
		r->end = r->at + bytes;
}

/* ---- What many functions have in common, a CIE. */

struct common {
	struct mg_cfi_program program;
	unsigned encoding; /* of the functions' addresses */
	bool is_signal;
	bool is_augmented;
};

static void
read_augmentation(struct mg_reader *r, const char *letters, struct common *c)
{
	uint64_t bytes = mg_reader_leb(r, false);
	const uint8_t *start = r->at;

	mg_reader_skip(r, bytes);
	if (r->is_bad)
		return;
	c->program.common = *r;
	*r = (struct mg_reader){ .at = start, .end = r->at };
	for (; *letters != 0 && !r->is_bad; letters++)
		switch (*letters) {
		case 'R': c->encoding = (unsigned)mg_reader_get(r, 1); break;
		case 'L': mg_reader_skip(r, 1); break;
		case 'P': get_encoded(r, (unsigned)mg_reader_get(r, 1), 0); break;
		case 'S': c->is_signal = true; break;
		default: return;
		}
}

static bool
read_common(struct mg_reader r, struct common *c)
{
	const char *letters;
	unsigned version;

	*c = (struct common){ .encoding = ENC_ABSPTR };
	enter(&r);
	if (mg_reader_get(&r, 4) != 0)
		return false;
	version = (unsigned)mg_reader_get(&r, 1);
	letters = (const char *)r.at;
	while (mg_reader_get(&r, 1) != 0)
		;
	c->program.code_align = mg_reader_leb(&r, false);
	c->program.data_align = (int64_t)mg_reader_leb(&r, true);
	if ((version == 1 ? mg_reader_get(&r, 1) : mg_reader_leb(&r, false)) != RETURN_ADDRESS ||
	    r.is_bad || (version != 1 && version != 3))
		return false;
	c->program.common = r;
	c->is_augmented = letters[0] == 'z';
	if (c->is_augmented)
		read_augmentation(&r, letters + 1, c);
	return !r.is_bad && (c->is_augmented || letters[0] == 0);
}

/* ---- Finding a function, and what holds in it at pc. */

static struct mg_cfi_rule
read_function(const struct mg_elf *e, uintptr_t address, uintptr_t pc)
{
	struct mg_cfi_rule rule = { .kind = MG_CFI_UNKNOWN };
	struct mg_reader r = reader_at(e, address);
	struct common c;
	uintptr_t id, start;

	enter(&r);
	id = (uintptr_t)r.at;
	if (r.is_bad || !read_common(reader_at(e, id - mg_reader_get(&r, 4)), &c))
		return rule;
	start = get_encoded(&r, c.encoding, 0);
	if (pc < start || pc - start >= get_encoded(&r, c.encoding & 0x0f, 0) || r.is_bad)
		return rule;
	if (c.is_augmented)
		mg_reader_skip(&r, mg_reader_leb(&r, false));
	c.program.own = r;
	rule = mg_cfi_program_run(&c.program, pc - start);
	if (rule.kind == MG_CFI_UNKNOWN && c.is_signal)
		rule.kind = MG_CFI_SIGNAL;
	return rule;
}

struct entry {
	int32_t function, description; /* from the table on */
};

/* The last that begins at or before so much behind the table; n when none does. */
static uint64_t
search(const struct entry *entries, uint64_t n, int64_t wanted)
{
	uint64_t low = 0, high = n;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (entries[middle].function <= wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? n : low - 1;
}

struct mg_cfi_rule
mg_cfi_find(const struct mg_elf *e, const void *table, uintptr_t pc)
{
	static const struct mg_cfi_rule unknown = { .kind = MG_CFI_UNKNOWN };
	uintptr_t start = (uintptr_t)table;
	struct mg_reader r = reader_at(e, start);
	const struct entry *entries;
	unsigned version = (unsigned)mg_reader_get(&r, 1);
	unsigned frames = (unsigned)mg_reader_get(&r, 1), count = (unsigned)mg_reader_get(&r, 1);
	unsigned sorted = (unsigned)mg_reader_get(&r, 1);
	uint64_t n, i;

	get_encoded(&r, frames, start);
	n = get_encoded(&r, count, start);
	entries = (const struct entry *)r.at;
	if (version != 1 || sorted != ENC_SORTED || r.is_bad || start % 4 != 0 ||
	    (uintptr_t)entries % 4 != 0 || n > (uint64_t)(r.end - r.at) / sizeof *entries)
		return unknown;
	i = search(entries, n, (int64_t)(pc - start));
	return i == n ? unknown
		      : read_function(e, start + (uintptr_t)(intptr_t)entries[i].description, pc);
}
