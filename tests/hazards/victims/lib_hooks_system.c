// SPDX-License-Identifier: MIT
/* Wraps what an allocator may call while it starts, and allocates in each wrapper, under a lock. */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* A tracer's line about the call; its lock is not recursive. */
static void
take_note(const char *name)
{
	static _Thread_local int depth;

	if (depth++ == 0) {
		pthread_mutex_lock(&lock);
		free(strdup(name));
		free(memset(malloc(5000), 1, 5000));
		pthread_mutex_unlock(&lock);
	}
	depth--;
}

static void
find(const char *name, void **real)
{
	take_note(name);
	if (*real == NULL)
		*real = dlsym(RTLD_NEXT, name);
}

#define NEXT(result, name, ...)             \
	static result (*real)(__VA_ARGS__); \
	find(#name, (void **)&real)

char *
getenv(const char *name)
{
	NEXT(char *, getenv, const char *);
	return real(name);
}

char *
secure_getenv(const char *name)
{
	NEXT(char *, secure_getenv, const char *);
	return real(name);
}

int
open(const char *path, int flags, ...)
{
	va_list more;
	int mode;

	NEXT(int, open, const char *, int, ...);
	va_start(more, flags);
	mode = va_arg(more, int);
	va_end(more);
	return real(path, flags, mode);
}

ssize_t
read(int fd, void *buf, size_t n)
{
	NEXT(ssize_t, read, int, void *, size_t);
	return real(fd, buf, n);
}

ssize_t
write(int fd, const void *buf, size_t n)
{
	NEXT(ssize_t, write, int, const void *, size_t);
	return real(fd, buf, n);
}

int
close(int fd)
{
	NEXT(int, close, int);
	return real(fd);
}

void *
mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
	NEXT(void *, mmap, void *, size_t, int, int, int, off_t);
	return real(at, n, prot, flags, fd, offset);
}

int
munmap(void *p, size_t n)
{
	NEXT(int, munmap, void *, size_t);
	return real(p, n);
}

int
madvise(void *p, size_t n, int advice)
{
	NEXT(int, madvise, void *, size_t, int);
	return real(p, n, advice);
}

/* One thread after the other, each in the tracer's list: the list is large enough to start a
 * governor, which must not come here then. */
int
pthread_create(pthread_t *out, const pthread_attr_t *attr, void *(*body)(void *), void *arg)
{
	static pthread_mutex_t births = PTHREAD_MUTEX_INITIALIZER;
	int err;

	NEXT(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	pthread_mutex_lock(&births);
	free(memset(malloc(32u << 20), 1, 32u << 20));
	err = real(out, attr, body, arg);
	pthread_mutex_unlock(&births);
	return err;
}
