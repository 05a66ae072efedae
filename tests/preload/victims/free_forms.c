// SPDX-License-Identifier: MIT
/* cfree and C23's free_sized and free_aligned_sized, found by name, as a program built for them
 * would. */
#include "check.h"

#include <dlfcn.h>

int
main(void)
{
	void (*c)(void *) = dlsym(RTLD_DEFAULT, "cfree");
	void (*s)(void *, size_t) = dlsym(RTLD_DEFAULT, "free_sized");
	void (*a)(void *, size_t, size_t) = dlsym(RTLD_DEFAULT, "free_aligned_sized");

	CHECK(c != NULL && s != NULL && a != NULL);
	for (size_t size = 1; size < 5u << 20; size = size * 2 + 1) {
		c(malloc(size));
		s(malloc(size), size);
		s(calloc(size, 1), size);
		a(aligned_alloc(64, size), 64, size);
	}
	c(NULL);
	s(NULL, 0);
	a(NULL, 64, 0);
	return passed();
}
