/* SPDX-License-Identifier: MIT */
#include "tools/common/strings.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a. */
static uint64_t
hash(const char *s)
{
	uint64_t h = 14695981039346656037u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h;
}

/* Where it is, or the empty slot where it belongs. */
static char **
find_slot(char **slots, size_t cap, const char *text)
{
	size_t i = hash(text) & (cap - 1);

	while (slots[i] != NULL && strcmp(slots[i], text) != 0)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static bool
grow(struct mg_strings *s)
{
	size_t cap = s->cap > 0 ? s->cap * 2 : 256;
	char **slots = calloc(cap, sizeof slots[0]);

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < s->cap; i++)
		if (s->slots[i] != NULL)
			*find_slot(slots, cap, s->slots[i]) = s->slots[i];
	free(s->slots);
	s->slots = slots;
	s->cap = cap;
	return true;
}

const char *
mg_strings_add(struct mg_strings *s, const char *text)
{
	char **slot;

	if (2 * s->n >= s->cap && !grow(s))
		return "?";
	slot = find_slot(s->slots, s->cap, text);
	if (*slot == NULL) {
		*slot = strdup(text);
		if (*slot == NULL)
			return "?";
		s->n++;
	}
	return *slot;
}

void
mg_strings_free(struct mg_strings *s)
{
	for (size_t i = 0; i < s->cap; i++)
		free(s->slots[i]);
	free(s->slots);
	*s = (struct mg_strings){ 0 };
}
