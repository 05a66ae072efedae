// SPDX-License-Identifier: MIT
/*
 * A thread allocates 1 GB of small blocks, frees all but some (argument 1: in a thousand), and
 * sleeps in read(). What it freed comes back while it sleeps, without a signal and without its
 * help: by a compaction that main asks for (argument 2: compact), or by a policy (wait).
 */
#include "check.h"

#include "shim/memgov.h"

#include <pthread.h>
#include <sys/mman.h>

#define TOTAL ((size_t)1 << 30)
#define MOST (TOTAL / 16)
#define SLACK ((uint64_t)40 << 20)
#define PAGE ((uintptr_t)4096)

static unsigned char **blocks;
static uint32_t *sizes;
static size_t n;
static unsigned kept_permille;
static uint64_t pinned; /* bytes of pages that hold a byte of a survivor, at most */
static int to_worker[2], to_main[2];
static pid_t worker;

static void
fill(uint64_t *seed)
{
	for (size_t sum = 0; sum < TOTAL; n++) {
		sizes[n] = 16 + next_random(seed) % 1009;
		sum += sizes[n];
		CHECK((blocks[n] = malloc(sizes[n])) != NULL);
		memset(blocks[n], (int)(n % 251), sizes[n]);
	}
}

static void
drop(uint64_t *seed)
{
	for (size_t i = 0; i < n; i++) {
		if (next_random(seed) % 1000 >= kept_permille) {
			free(blocks[i]);
			blocks[i] = NULL;
			continue;
		}
		pinned += ((uintptr_t)(blocks[i] + sizes[i] - 1) / PAGE -
			      (uintptr_t)blocks[i] / PAGE + 1) *
			  PAGE;
	}
}

static void *
work(void *arg)
{
	uint64_t seed = 42;
	ssize_t got;
	char c = 0;

	worker = gettid();
	fill(&seed);
	drop(&seed);
	CHECK(write(to_main[1], "x", 1) == 1);
	errno = 0;
	got = read(to_worker[0], &c, 1);
	CHECK(got == 1 && c == 'y' && errno == 0);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; blocks[i] != NULL && k < sizes[i]; k++)
			CHECK(blocks[i][k] == i % 251);
	for (size_t i = 0; i < n; i++)
		free(blocks[i]);
	return arg;
}

/* Does the worker sleep? And how often it went to sleep: once, if nobody woke it. */
static int
worker_sleeps(unsigned long *switches)
{
	char path[64], text[4096] = "", *at;
	int fd;

	snprintf(path, sizeof path, "/proc/self/task/%d/status", worker);
	CHECK((fd = open(path, O_RDONLY)) != -1 && read(fd, text, sizeof text - 1) > 0);
	close(fd);
	CHECK((at = strstr(text, "\nvoluntary_ctxt_switches:")) != NULL);
	*switches = strtoul(at + sizeof "\nvoluntary_ctxt_switches:", NULL, 10);
	return strstr(text, "\nState:\tS") != NULL;
}

int
main(int argc, char **argv)
{
	size_t bytes = MOST * (sizeof *blocks + sizeof *sizes);
	uint64_t start, after = UINT64_MAX;
	double deadline;
	unsigned long switches, switches_then;
	pthread_t t;
	char c;

	CHECK(argc == 3);
	kept_permille = (unsigned)atoi(argv[1]);
	blocks = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(blocks != MAP_FAILED && pipe(to_worker) == 0 && pipe(to_main) == 0);
	sizes = (uint32_t *)(blocks + MOST);
	/* What the worker will touch of it: about two million. */
	memset(blocks, 0, MOST / 16 * sizeof *blocks);
	memset(sizes, 0, MOST / 16 * sizeof *sizes);
	start = rss_bytes();
	CHECK(pthread_create(&t, NULL, work, NULL) == 0);
	CHECK(read(to_main[0], &c, 1) == 1);
	deadline = seconds() + 50;
	while (!worker_sleeps(&switches) && seconds() < deadline)
		usleep(1000);
	if (strcmp(argv[2], "compact") == 0) {
		memgov_compact();
		after = rss_bytes();
	}
	while (after > start + SLACK + pinned && argv[2][0] == 'w' && seconds() < deadline) {
		usleep(20000);
		after = rss_bytes();
	}
	if (after > start + SLACK + pinned)
		check_failed(__FILE__, __LINE__, "memory came back (MB above it)",
		    (int)((after - start - pinned) >> 20));
	CHECK(worker_sleeps(&switches_then) && switches_then == switches);
	CHECK(write(to_worker[1], "y", 1) == 1);
	pthread_join(t, NULL);
	return passed();
}
