// SPDX-License-Identifier: MIT
/* malloc_trim, mallinfo, malloc_info, malloc_stats and mallopt answer for the heap that the program
 * really uses. */
#include "check.h"

#include <malloc.h>

#define MB 64

int
main(void)
{
	char *p[MB], *text = NULL;
	size_t len = 0;
	FILE *f;
	struct mallinfo2 before = mallinfo2(), after;

	for (int i = 0; i < MB; i++)
		CHECK((p[i] = memset(malloc(1u << 20), 1, 1u << 20)) != NULL);
	after = mallinfo2();
	CHECK(
	    after.uordblks + after.hblkhd >= before.uordblks + before.hblkhd + ((size_t)MB << 20));
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	CHECK((unsigned)mallinfo().uordblks + (unsigned)mallinfo().hblkhd >= (unsigned)MB << 20);
	CHECK((f = open_memstream(&text, &len)) != NULL);
	CHECK(malloc_info(0, f) == 0);
	CHECK(malloc_info(1, f) == EINVAL || errno == EINVAL);
	fclose(f);
	CHECK(strncmp(text, "<malloc", 7) == 0 && strstr(text, "</malloc>") != NULL);
	free(text);
	CHECK(mallopt(M_MMAP_THRESHOLD, 1 << 20) == 1);
	for (int i = 0; i < MB; i++)
		free(p[i]);
	CHECK((unsigned)malloc_trim(0) <= 1);
	after = mallinfo2();
	CHECK(after.uordblks + after.hblkhd < before.uordblks + before.hblkhd + (1u << 20));
	malloc_stats();
	return passed();
}
