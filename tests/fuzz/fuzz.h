/* SPDX-License-Identifier: MIT */
/*
 * What every fuzz target shares. A target is one file that includes this and defines fuzz_text();
 * its seeds are in corpus/NAME/. `make fuzz` runs it under libFuzzer, `make fuzz-replay` feeds it
 * its corpus without clang. A target that needs more than base, tables and policies names the
 * sources in the Makefile.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "tests/fuzz/check.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The input with a NUL behind it, in a block of exactly its size, so that a sanitizer sees a byte
 * too far. */
static void fuzz_text(char *text, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	if (text == NULL)
		return 0;
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	fuzz_text(text, len);
	free(text);
	return 0;
}

#ifdef REPLAY
#define REPLAY_BYTES (1 << 20)

int
main(int argc, char **argv)
{
	static uint8_t data[REPLAY_BYTES];

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "r");

		if (f == NULL) {
			perror(argv[i]);
			return 1;
		}
		LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof data, f));
		fclose(f);
	}
	printf("%s: %d inputs\n", argv[0], argc - 1);
	return argc > 1 ? 0 : 1;
}
#endif

#endif
