/* SPDX-License-Identifier: MIT */
#include "tools/serve/assets.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The assembler takes the files in, each between two labels that are numbered by line. */
#define LABEL2(line) mg_assets_##line
#define LABEL(line) LABEL2(line)
#define END2(line) mg_assets_end_##line
#define END(line) END2(line)
#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)
#define ASSET(name, file, type)                                                                 \
	__asm__(".pushsection .rodata\n" TEXT(LABEL(                                            \
	    __LINE__)) ":\n"                                                                    \
		       ".incbin \"" file "\"\n" TEXT(END(__LINE__)) ":\n.byte 0\n.popsection"); \
	extern const char LABEL(__LINE__)[], END(__LINE__)[];
#include "tools/serve/assets.def"

static struct mg_asset assets[] = {
#define ASSET(name, file, type) { name, type, LABEL(__LINE__), 0, "" },
#include "tools/serve/assets.def"
};
#define ASSETS (sizeof assets / sizeof assets[0])

static const char *const ends[] = {
#define ASSET(name, file, type) END(__LINE__),
#include "tools/serve/assets.def"
};

static uint64_t
hash(const char *bytes, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
	return h;
}

void
mg_assets_init(void)
{
	for (size_t i = 0; i < ASSETS; i++) {
		struct mg_asset *a = &assets[i];

		a->n = (size_t)(ends[i] - a->bytes);
		snprintf(a->etag, sizeof a->etag, "\"%016lx\"", hash(a->bytes, a->n));
	}
}

const struct mg_asset *
mg_assets_find(const char *name)
{
	for (size_t i = 0; i < ASSETS; i++)
		if (strcmp(assets[i].name, name) == 0)
			return &assets[i];
	return NULL;
}
