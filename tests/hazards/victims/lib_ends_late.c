// SPDX-License-Identifier: MIT
/* Preloaded behind memgov, so its destructor runs after memgov's: it allocates, and takes its time.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCKS 400
#define BLOCK_BYTES 100000

__attribute__((destructor)) static void
end(void)
{
	static void *all[BLOCKS];

	for (int i = 0; i < BLOCKS; i++) {
		all[i] = malloc(BLOCK_BYTES);
		if (all[i] == NULL)
			_exit(96);
		memset(all[i], i, BLOCK_BYTES);
		usleep(500);
	}
	for (int i = 0; i < BLOCKS; i++)
		free(all[i]);
}
