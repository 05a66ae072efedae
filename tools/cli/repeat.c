/* SPDX-License-Identifier: MIT */
#include "tools/cli/repeat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "tools/cli/target.h"
#include "tools/cli/usage.h"

#define GRACE_NS (2 * MG_NS_PER_S)
#define SHOWN_BYTES 4096

static void
close_files(struct mg_repeat *r)
{
	if (r->files[0] != -1)
		close(r->files[0]);
	if (r->files[2] != -1)
		close(r->files[2]);
}

int
mg_repeat_open(struct mg_repeat *r, char **command, uint64_t pause_ns)
{
	int status = mg_target_find(command[0]);

	*r = (struct mg_repeat){ .command = command, .pause_ns = pause_ns };
	if (status != 0)
		return status;
	r->files[0] = r->files[1] = open("/dev/null", O_RDWR | O_CLOEXEC);
	r->files[2] = memfd_create("stderr", MFD_CLOEXEC);
	if (r->files[0] != -1 && r->files[2] != -1) {
		r->child.files = r->files;
		status = mg_child_open(&r->child);
	} else {
		fprintf(stderr, "memgov: cannot open files for the command: %s\n", strerror(errno));
		status = MG_USAGE_FAILED;
	}
	if (status != 0)
		close_files(r);
	return status;
}

void
mg_repeat_close(struct mg_repeat *r)
{
	mg_child_close(&r->child);
	close_files(r);
}

/* The command has had the signal, or SIGTERM now; it is not waited for long. */
static void
end_command(struct mg_child *c)
{
	uint64_t until_ns = mg_sys_now_ns() + GRACE_NS;

	kill(c->pid, SIGTERM);
	while (!c->ended && mg_sys_now_ns() < until_ns)
		mg_child_wait(c, NULL, until_ns);
	if (!c->ended)
		kill(c->pid, SIGKILL);
	while (!c->ended)
		mg_child_wait(c, NULL, UINT64_MAX);
}

static int
say_failed(const struct mg_repeat *r, int status)
{
	char text[SHOWN_BYTES];
	off_t end = lseek(r->files[2], 0, SEEK_END);
	ssize_t n = pread(r->files[2], text, sizeof text,
	    end > (off_t)sizeof text ? end - (off_t)sizeof text : 0);

	fprintf(stderr, "memgov: the command failed with status %d%s\n", status,
	    n > 0 ? "; it wrote:" : "");
	if (n > 0)
		fwrite(text, 1, (size_t)n, stderr);
	if (n > 0 && text[n - 1] != '\n')
		fputc('\n', stderr);
	return MG_USAGE_FAILED;
}

static int
run_command(struct mg_repeat *r)
{
	struct mg_child *c = &r->child;
	int sig = 0, status;

	if (lseek(r->files[2], 0, SEEK_SET) == 0 && ftruncate(r->files[2], 0) == -1)
		fprintf(stderr, "memgov: memfd: %s\n", strerror(errno));
	status = mg_child_start(c, r->command, NULL);
	while (status == 0 && !c->ended && sig == 0)
		sig = mg_child_wait(c, NULL, UINT64_MAX);
	if (status != 0)
		return status;
	if (!c->ended)
		end_command(c);
	if (sig != 0)
		return 128 + sig;
	status = mg_child_status(c);
	return status != 0 ? say_failed(r, status) : 0;
}

int
mg_repeat_run(struct mg_repeat *r)
{
	int status = run_command(r), sig = 0;
	uint64_t until_ns = mg_sys_now_ns() + r->pause_ns;

	while (status == 0 && sig == 0 && mg_sys_now_ns() < until_ns)
		sig = mg_child_wait(&r->child, NULL, until_ns);
	return sig != 0 ? 128 + sig : status;
}
