/* SPDX-License-Identifier: MIT */
/*
 * What every victim uses. CHECK ends the program with the line that failed; passed() is the only
 * way to print "ok", so that a victim that does nothing fails. Nothing here allocates, so that
 * victims can count their own allocations.
 */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CHECK(cond) ((cond) ? (void)0 : check_failed(__FILE__, __LINE__, #cond, errno))

static inline void
check_write(const char *text)
{
	ssize_t n = write(1, text, strlen(text));

	(void)n;
}

static inline void
check_failed(const char *file, int line, const char *what, int err)
{
	char text[300];

	snprintf(text, sizeof text, "%s:%d: not true: %s (errno %d)\n", file, line, what, err);
	check_write(text);
	_exit(1);
}

static inline int
passed(void)
{
	check_write("ok\n");
	return 0;
}

/* Tells the runner that it may look, and goes on when the runner has closed our stdin. */
static inline void
ready(void)
{
	char c;

	check_write("ready\n");
	while (read(0, &c, 1) > 0 || errno == EINTR)
		;
}

static inline double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Resident bytes of this process, without an allocation. */
static inline uint64_t
rss_bytes(void)
{
	char buf[128] = "";
	unsigned long size = 0, resident = 0;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd == -1 || read(fd, buf, sizeof buf - 1) <= 0 ||
	    sscanf(buf, "%lu %lu", &size, &resident) != 2)
		check_failed(__FILE__, __LINE__, "/proc/self/statm", errno);
	close(fd);
	return (uint64_t)resident * 4096;
}

/* A small generator, the same everywhere. */
static inline uint32_t
next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* One request to the socket of process `pid`; the reply's length, or -1. */
static inline long
ask(int pid, const char *request, char *reply, size_t cap)
{
	struct sockaddr_un a;
	const char *dir = getenv("MEMGOV_SOCKET_DIR");
	size_t len = 0;
	ssize_t n = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(&a, 0, sizeof a);
	a.sun_family = AF_UNIX;

	snprintf(a.sun_path, sizeof a.sun_path, "%s/%d.sock", dir ? dir : "/nowhere", pid);
	if (fd == -1 || connect(fd, (struct sockaddr *)&a, sizeof a) == -1 ||
	    send(fd, request, strlen(request), MSG_NOSIGNAL) == -1) {
		close(fd);
		return -1;
	}
	while (len + 1 < cap && (n = read(fd, reply + len, cap - 1 - len)) > 0)
		len += (size_t)n;
	reply[len] = '\0';
	close(fd);
	return n == -1 || len == 0 ? -1 : (long)len;
}

/* A statistic of this process, from its own socket, which may take a moment to appear. */
static inline uint64_t
stat_of(const char *name)
{
	char reply[16384] = "";
	char key[64];
	double deadline = seconds() + 20;
	const char *at;

	snprintf(key, sizeof key, "\n%s ", name);
	while (ask(getpid(), "stats\n", reply, sizeof reply) < 0 && seconds() < deadline)
		usleep(2000);
	at = strstr(reply, key);
	if (at == NULL)
		check_failed(__FILE__, __LINE__, key, 0);
	return at == NULL ? 0 : strtoull(at + strlen(key), NULL, 10);
}

#endif
