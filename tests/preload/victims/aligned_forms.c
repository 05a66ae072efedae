// SPDX-License-Identifier: MIT
/* Every aligned form: the right alignment, EINVAL where it is due, free and realloc take the
 * blocks. */
#include "check.h"

#include <malloc.h>

static void
check_alignment(size_t align, size_t size)
{
	void *p[3] = { 0 };

	CHECK(posix_memalign(&p[0], align, size) == 0);
	p[1] = aligned_alloc(align, size);
	p[2] = memalign(align, size);
	for (int i = 0; i < 3; i++) {
		CHECK(p[i] != NULL && (uintptr_t)p[i] % align == 0 &&
		      malloc_usable_size(p[i]) >= size);
		memset(p[i], i + 1, malloc_usable_size(p[i]));
	}
	p[1] = realloc(p[1], size + 5000);
	CHECK(p[1] != NULL && *(char *)p[1] == 2 && ((char *)p[1])[size - 1] == 2);
	for (int i = 0; i < 3; i++)
		free(p[i]);
}

int
main(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *p = &page;

	for (size_t align = sizeof(void *); align <= 4u << 20; align *= 2)
		for (size_t size = 1; size < 3u << 20; size = size * 5 + 3)
			check_alignment(align, size);
	errno = 0;
	CHECK(posix_memalign(&p, 0, 8) == EINVAL && posix_memalign(&p, 24, 8) == EINVAL);
	CHECK(posix_memalign(&p, 4, 8) == EINVAL && p == &page && errno == 0);
	CHECK((p = valloc(100)) != NULL && (uintptr_t)p % page == 0);
	free(p);
	CHECK((p = pvalloc(page + 1)) != NULL && (uintptr_t)p % page == 0);
	CHECK(malloc_usable_size(p) >= 2 * page);
	free(p);
	/* memalign rounds an odd alignment up, as glibc does. */
	CHECK((p = memalign(48, 100)) != NULL && (uintptr_t)p % 64 == 0);
	free(p);
	return passed();
}
