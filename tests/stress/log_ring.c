// SPDX-License-Identifier: MIT
/* Threads write log lines while others drain: every line comes out whole, at most 50 a second, and
 * none twice. */
#include "shim/base/log.h"
#include "tests/stress/stress.h"

#include <fcntl.h>
#include <unistd.h>

static char path[64];

static void *
work(void *arg)
{
	uint64_t *seed = arg;

	for (unsigned i = 0; !atomic_load_explicit(&stress_over, memory_order_relaxed); i++) {
		mg_log(MG_LOG_WARN, "line %u of %lu ends", i, (unsigned long)*seed);
		if (i % 16 == 0 && mg_log_is_pending())
			mg_log_drain(-1);
		if (i % 64 == 0)
			usleep(100);
	}
	return NULL;
}

static void
watch(void)
{
	mg_log_drain(-1);
	usleep(1000);
}

int
main(int argc, char **argv)
{
	char line[512], last[512] = "";
	double start = stress_now();
	int fd, lines = 0;
	FILE *f;

	snprintf(path, sizeof path, "/tmp/memgov-stress-%d", getpid());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd != -1);
	mg_log_configure(path, MG_LOG_INFO);
	stress_run(argc, argv, work, watch);
	mg_log_drain(-1);
	CHECK((f = fdopen(fd, "r")) != NULL);
	while (fgets(line, sizeof line, f) != NULL) {
		unsigned pid, n;
		int used = 0;
		unsigned long seed;

		CHECK(strcmp(line, last) != 0);
		strcpy(last, line);
		lines++;
		if (sscanf(line, "memgov[%u]: %u lines suppressed\n%n", &pid, &n, &used) == 2 &&
		    line[used] == '\0')
			continue;
		CHECK(sscanf(line, "memgov[%u]: line %u of %lu ends\n%n", &pid, &n, &seed, &used) ==
		      3);
		CHECK(used > 0 && line[used] == '\0' && pid == (unsigned)getpid());
	}
	fclose(f);
	unlink(path);
	CHECK(lines > 10 && lines <= 51 * (2 + (int)(stress_now() - start)));
	return 0;
}
