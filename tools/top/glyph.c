/* SPDX-License-Identifier: MIT */
#include "tools/top/glyph.h"

#include <wchar.h>

uint32_t
mg_glyph_decode(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	size_t n = p[0] < 0x80   ? 0
		   : p[0] < 0xc2 ? 9
		   : p[0] < 0xe0 ? 1
		   : p[0] < 0xf0 ? 2
		   : p[0] < 0xf5 ? 3
				 : 9;
	uint32_t v = n == 0 ? p[0] : n < 9 ? p[0] & (0x3fu >> n) : 0xfffd;

	for (size_t i = 1; n < 9 && i <= n; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*s += i;
			return 0xfffd;
		}
		v = v << 6 | (p[i] & 0x3fu);
	}
	*s += n < 9 ? n + 1 : 1;
	return v;
}

static const struct {
	uint32_t glyph;
	char plain;
} stand_ins[] = {
	{ 0x2026, '~' }, /* … */
	{ 0x2588, '#' }, /* █ */
	{ 0x2593, '+' }, /* ▓ */
	{ 0x2592, ':' }, /* ▒ */
	{ 0x2591, '.' }, /* ░ */
	{ 0x2581, '_' }, /* ▁ and so on: the steps of a sparkline */
	{ 0x2582, '.' }, { 0x2583, ':' }, { 0x2584, '-' }, { 0x2585, '=' }, { 0x2586, '+' },
	{ 0x2587, '*' }, { 0x25b2, '^' }, /* ▲ */
	{ 0x25bc, 'v' },                  /* ▼ */
	{ 0x25b6, '>' },                  /* ▶ */
	{ 0x2501, '*' },                  /* ━ */
	{ 0x254c, '-' },                  /* ╌ */
	{ 0x252c, '+' },                  /* ┬ */
	{ 0x2500, '-' },                  /* ─ */
	{ 0x2502, '|' },                  /* │ */
	{ 0x2514, '+' },                  /* └ */
	{ 0x251c, '+' },                  /* ├ */
	{ 0x2524, '|' },                  /* ┤ */
	{ 0x00b7, '-' },                  /* · */
};

uint32_t
mg_glyph_printable(uint32_t glyph, bool ascii)
{
	if (glyph < 0x20 || (glyph >= 0x7f && glyph < 0xa0))
		return '?';
	if (!ascii || glyph < 0x7f)
		return glyph;
	for (size_t i = 0; i < sizeof stand_ins / sizeof stand_ins[0]; i++)
		if (stand_ins[i].glyph == glyph)
			return (unsigned char)stand_ins[i].plain;
	return '?';
}

int
mg_glyph_columns(uint32_t glyph)
{
	int n = glyph < 0x7f ? 1 : wcwidth((wchar_t)glyph);

	return n < 0 ? 1 : n;
}

size_t
mg_glyph_encode(uint32_t g, char out[5])
{
	size_t n = g < 0x80 ? 1 : g < 0x800 ? 2 : g < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n; i-- > 1; g >>= 6)
		out[i] = (char)(0x80 | (g & 0x3f));
	out[0] = (char)(n == 1 ? g : lead[n] | g);
	out[n] = '\0';
	return n;
}
