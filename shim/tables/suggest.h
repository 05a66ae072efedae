/* SPDX-License-Identifier: MIT */
/* "Did you mean": how far apart two words are. Pure. */
#ifndef MG_SUGGEST_H
#define MG_SUGGEST_H

/*
 * Letters to insert, drop or replace until `a` is `b`; neighbours that change places count once.
 * Case does not matter. Words longer than 48 letters are infinitely far (UINT_MAX) from everything.
 */
unsigned mg_suggest_distance(const char *a, const char *b);

/* Whether `b` is close enough to `a` to be what was meant: a third of its letters, at most 3. */
_Bool mg_suggest_is_close(const char *a, const char *b);

#endif
