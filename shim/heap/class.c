/* SPDX-License-Identifier: MIT */
#include "shim/heap/class.h"

#include "shim/heap/slice.h"

#include <string.h>

#define MIN_COLOUR 64u
/* Threads that allocate a little share pages. */
#define FIRST_BATCH_BYTES 512u
#define MAX_FIRST_BATCH 4u
#define MAX_BATCH_BYTES (32u << 10)
#define MAX_BATCH 128u

/* clang-format off */
static const uint16_t sizes[MG_CLASSES] = { 0,
	16, 32, 48, 64, 80, 96, 112, 128,
	144, 160, 176, 192, 208, 224, 240, 256,
	288, 320, 352, 384, 416, 448, 480, 512,
	576, 640, 704, 768, 832, 896, 960, 1024,
	1168, 1328, 1488, 1680, 1872, 2048,
	2336, 2608, 2976, 3264, 3632, 4096,
	4672, 5120, 5584, 6144, 6816, 7680, 8192,
	9360, 10240, 11456, 12288, 13312, 14336, 16384,
	17744, 19104, 20480, 22528, 24576, 26624, 28672, 32768,
};
/* clang-format on */

/* One block in some hundred kilobytes: what is lost to rounding is little, pages are more. Each is
 * aligned as well as all classes that it stands in for. */
static const uint16_t sample_sizes[MG_CLASS_ALL - MG_CLASSES] = {
	16,
	32,
	64,
	128,
	256,
	512,
	1024,
	2048,
	4096,
	6144,
	8192,
	10240,
	12288,
	14336,
	16384,
	20480,
	24576,
	28672,
	32768,
};

struct mg_class mg_classes[MG_CLASS_ALL];
uint8_t mg_class_by_size[MG_CLASS_MAX_BYTES / MG_CLASS_GRAIN];

static uint32_t
lowest_bit(uint32_t x)
{
	return x & -x;
}

static uint32_t
most(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

unsigned
mg_class_of_sample(unsigned class)
{
	unsigned c = MG_CLASSES;

	while (mg_classes[c].bytes < mg_classes[class].bytes)
		c++;
	return c;
}

static struct mg_class
describe(uint32_t bytes)
{
	struct mg_class c = { .bytes = bytes };
	uint32_t grain = most(lowest_bit(bytes), MIN_COLOUR);

	c.inverse = (uint32_t)(((uint64_t)1 << 32) / bytes + 1);
	/* Larger blocks are few to a slice: none is given up for a colour. */
	if (bytes < 1024)
		c.colours = (uint16_t)((bytes < 256 ? 255 : 511) & ~(grain - 1));
	c.blocks = (uint16_t)((MG_SLICE_BYTES - c.colours) / bytes);
	c.first_batch = (uint16_t)least(most(FIRST_BATCH_BYTES / bytes, 1), MAX_FIRST_BATCH);
	c.last_batch = (uint16_t)least(most(MAX_BATCH_BYTES / bytes, 2), MAX_BATCH);
	return c;
}

void
mg_class_init(void)
{
	if (mg_classes[1].bytes != 0)
		return;
	for (unsigned c = 1; c < MG_CLASSES; c++) {
		uint32_t from = sizes[c - 1] / MG_CLASS_GRAIN;

		mg_classes[c] = describe(sizes[c]);
		memset(mg_class_by_size + from, (int)c, sizes[c] / MG_CLASS_GRAIN - from);
	}
	for (unsigned c = MG_CLASSES; c < MG_CLASS_ALL; c++)
		mg_classes[c] = describe(sample_sizes[c - MG_CLASSES]);
}

unsigned
mg_class_of_aligned(size_t n, size_t align)
{
	if (n > MG_CLASS_MAX_BYTES)
		return 0;
	for (unsigned c = mg_class_of(n); c < MG_CLASSES; c++)
		if (lowest_bit(mg_classes[c].bytes) >= align)
			return c;
	return 0;
}
