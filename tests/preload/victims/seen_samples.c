/* SPDX-License-Identifier: MIT */
/* A block that was sampled has a little more room than others of its size: were there some among 60
 * MB of them? */
#include "check.h"

#include <malloc.h>

int
main(void)
{
	size_t usual = 0, more = 0;

	for (int i = 0; i < 400000; i++) {
		void *p = malloc(150);
		size_t usable = malloc_usable_size(p);

		CHECK(usable >= 150);
		usual = usual == 0 || usable < usual ? usable : usual;
		more += usable > usual;
		free(p);
	}
	printf("%s\n", more > 0 ? "sampled" : "never sampled");
	return 0;
}
