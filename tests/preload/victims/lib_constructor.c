// SPDX-License-Identifier: MIT
/* A library to preload beside memgov: frees NULL and uses the heap in its constructor, and again in
 * its destructor. */
#include "check.h"

static char *kept;

__attribute__((constructor)) static void
begin(void)
{
	free(NULL);
	CHECK(realloc(malloc(0), 100) != NULL);
	kept = strdup("made in a constructor");
	CHECK(kept != NULL);
}

__attribute__((destructor)) static void
end(void)
{
	CHECK(strcmp(kept, "made in a constructor") == 0);
	free(kept);
	free(malloc(1000));
	check_write("library ended\n");
}
