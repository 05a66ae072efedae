/* SPDX-License-Identifier: MIT */
/* A thread with a painted stack allocates until the governor's work must have been done on it more
 * than once. Says how much was touched when that is above 5 KiB; the C library's own part is 3.3.
 */
#include "check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES ((size_t)256 << 10)
#define MOST_BYTES ((size_t)5 << 10)
#define PAINT 0xa5

static unsigned char *stack;
static unsigned char *entry;

static void *
allocate(void *unused)
{
	time_t end = time(NULL) + 3;
	unsigned char here;

	entry = &here;
	for (unsigned i = 0; time(NULL) < end; i++) {
		free(malloc(1 + i % 2000));
		free(malloc(200000));
	}
	return unused;
}

int
main(void)
{
	pthread_attr_t attr;
	pthread_t t;
	size_t untouched = 0, used;

	stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(stack != MAP_FAILED);
	memset(stack, PAINT, STACK_BYTES);
	pthread_attr_init(&attr);
	CHECK(pthread_attr_setstack(&attr, stack, STACK_BYTES) == 0);
	CHECK(pthread_create(&t, &attr, allocate, NULL) == 0);
	CHECK(pthread_join(t, NULL) == 0);
	while (stack[untouched] == PAINT)
		untouched++;
	used = (size_t)(entry - stack) - untouched;
	if (used > MOST_BYTES)
		printf("%zu bytes of stack\n", used);
	else
		passed();
	return 0;
}
