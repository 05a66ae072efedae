/* SPDX-License-Identifier: MIT */
/* A plug-in that forgets a part of what it answers. */
#include <stdlib.h>
#include <string.h>

static void *volatile answer;

__attribute__((noinline)) static void
compose(const char *text)
{
	answer = memcpy(malloc(700), text, strlen(text) + 1);
}

void
plugin_answer(const char *text)
{
	free(strdup(text));
	compose(text);
}
