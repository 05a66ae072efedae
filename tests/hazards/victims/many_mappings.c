// SPDX-License-Identifier: MIT
/* So many large blocks that, every second one released, they need more mappings than a process may
 * have; then the rest is released too, and half of it asked for again. */
#include "tests/preload/victims/check.h"

#define BLOCKS 140000
#define BYTES ((size_t)1200 << 10)

static char *blocks[BLOCKS];

int
main(void)
{
	int n = 0;

	while (n < BLOCKS && (blocks[n] = malloc(BYTES)) != NULL)
		n++;
	CHECK(n > 1000);
	for (int i = 0; i < n; i++)
		blocks[i][0] = (char)i;
	for (int i = 0; i < n; i += 2)
		free(blocks[i]);
	for (int i = 1; i < n; i += 2) {
		CHECK(blocks[i][0] == (char)i);
		free(blocks[i]);
	}
	for (int i = 0; i < n / 2; i++)
		CHECK((blocks[i] = malloc(BYTES)) != NULL);
	for (int i = 0; i < n / 2; i++)
		free(blocks[i]);
	return passed();
}
