/* SPDX-License-Identifier: MIT */
#include "tools/cli/find.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/text.h"
#include "tools/cli/usage.h"
#include "tools/common/process.h"
#include "tools/common/reply.h"

#define LIBRARY "libmemgov.so"

static const char *
user_name(uid_t uid, char *buf, size_t cap)
{
	const struct passwd *p = getpwuid(uid);

	if (p != NULL)
		snprintf(buf, cap, "%s", p->pw_name);
	else
		snprintf(buf, cap, "user %u", uid);
	return buf;
}

/* The library is in the process, and yet there is no socket where we look: its environment says
 * why. */
static void
explain_governed(const struct mg_process *p)
{
	char dir[PATH_MAX], socket[16], thread[16];
	const char *ours = getenv("MEMGOV_SOCKET_DIR");
	int pid = p->pid;

	if (mg_process_read_env(pid, "MEMGOV_SOCKET_DIR", dir, sizeof dir) != 0)
		dir[0] = '\0';
	if (mg_process_read_env(pid, "MEMGOV_SOCKET", socket, sizeof socket) != 0)
		socket[0] = '\0';
	if (mg_process_read_env(pid, "MEMGOV_THREAD", thread, sizeof thread) != 0)
		thread[0] = '\0';
	fprintf(stderr, "memgov: process %d (%s) is governed, but ", pid, p->name);
	if (strcmp(socket, "off") == 0)
		fputs("runs with MEMGOV_SOCKET=off: start it again without that\n", stderr);
	else if (strcmp(thread, "0") == 0)
		fputs("runs with MEMGOV_THREAD=0, and so without a socket: start it again without "
		      "that\n",
		    stderr);
	else if (strcmp(dir, ours != NULL ? ours : "") != 0)
		fprintf(stderr, "its socket is elsewhere: %s%s%s memgov ...\n",
		    dir[0] != '\0' ? "MEMGOV_SOCKET_DIR='" : "unset MEMGOV_SOCKET_DIR;", dir,
		    dir[0] != '\0' ? "'" : "");
	else
		fputs("its governor has not started: it does with the first 16M of heap\n"
		      "memgov: or second of work; MEMGOV_START=now, which `memgov run` sets, "
		      "starts it at once\n",
		    stderr);
}

/* Says why a process that exists has no socket. */
static void
explain_process(const struct mg_process *p)
{
	bool mapped = false;
	char name[64];
	uid_t uid;
	int err = mg_process_read_mapped(p->pid, LIBRARY, &mapped);

	if (err == -EACCES && geteuid() == 0)
		fprintf(stderr,
		    "memgov: process %d (%s) may not be looked into, not even by root\n", p->pid,
		    p->name);
	else if (err == -EACCES && mg_process_read_uid(p->pid, &uid) == 0)
		fprintf(stderr,
		    "memgov: process %d (%s) belongs to %s; ask as that user or as root\n", p->pid,
		    p->name, user_name(uid, name, sizeof name));
	else if (mapped)
		explain_governed(p);
	else
		fprintf(stderr,
		    "memgov: process %d (%s) runs, but is not governed; memgov cannot enter a "
		    "running program:\n"
		    "memgov: start it with `memgov run -- %s ...`\n",
		    p->pid, p->name, p->name);
}

static int
explain_pid(const struct mg_sockets *all, int pid)
{
	struct mg_process p;

	if (all->refused[0] != '\0')
		fprintf(stderr, "memgov: not looked into: %s\n", all->refused);
	if (mg_process_read(pid, &p) == 0)
		explain_process(&p);
	else
		fprintf(stderr,
		    "memgov: there is no process %d; `memgov ps` lists those that are governed\n",
		    pid);
	return MG_USAGE_FAILED;
}

/* One process of that name is an answer; several are a question. */
static int
find_by_name(const struct mg_sockets *all, const char *name, struct mg_socket *out)
{
	size_t found = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (!mg_process_is_called(all->list[i].pid, name))
			continue;
		found++;
		*out = all->list[i];
	}
	if (found == 1)
		return 0;
	if (found == 0) {
		fprintf(stderr,
		    "memgov: no governed process is called '%s'; `memgov ps` lists them\n", name);
		return MG_USAGE_FAILED;
	}
	fprintf(stderr,
	    "memgov: %zu governed processes are called '%s'; type the id of one:", found, name);
	for (size_t i = 0; i < all->n; i++)
		if (mg_process_is_called(all->list[i].pid, name))
			fprintf(stderr, " %d", all->list[i].pid);
	fputs("\n", stderr);
	return MG_USAGE_FAILED;
}

int
mg_find_process(const char *who, struct mg_socket *out)
{
	struct mg_sockets all = { 0 };
	const struct mg_socket *s;
	uint64_t pid;
	int status = 0;

	mg_sockets_list(&all);
	if (mg_text_parse_u64(who, &pid) != 0) {
		status = find_by_name(&all, who, out);
	} else if (pid == 0 || pid > INT_MAX) {
		fprintf(stderr, "memgov: '%s' is no process id\n", who);
		status = MG_USAGE_WRONG;
	} else {
		s = mg_sockets_find(&all, (int)pid);
		if (s != NULL)
			*out = *s;
		else
			status = explain_pid(&all, (int)pid);
	}
	mg_sockets_free(&all);
	return status;
}

/* Says why there was no reply. */
static void
explain_silence(const struct mg_socket *s, int err)
{
	struct mg_process p = { .name = "?" };
	bool runs = mg_process_read(s->pid, &p) == 0;

	if ((err == -ECONNREFUSED && mg_sockets_remove_stale(s)) || err == -ENOENT)
		fprintf(stderr, "memgov: process %d has ended\n", s->pid);
	else if (runs && mg_process_is_stopped(&p))
		fprintf(stderr,
		    "memgov: process %d (%s) is stopped and cannot answer; `kill -CONT %d` lets it "
		    "run on\n",
		    s->pid, p.name, s->pid);
	else if (err == -ETIME)
		fprintf(stderr, "memgov: process %d (%s) runs, but its governor does not answer\n",
		    s->pid, p.name);
	else if (err == -EFBIG)
		fprintf(stderr, "memgov: %s answers, but without an end\n", s->path);
	else if (err == -EPERM)
		fprintf(stderr, "memgov: %s is not its owner's socket; nothing was sent to it\n",
		    s->path);
	else
		fprintf(stderr, "memgov: process %d: %s: %s\n", s->pid, s->path, strerror(-err));
}

int
mg_find_ask(const struct mg_socket *s, const char *request, uint64_t timeout_ns,
    struct mg_client *c, char **body_out)
{
	int err = mg_client_ask(c, s->path, request, timeout_ns);

	if (err != 0) {
		explain_silence(s, err);
		return MG_USAGE_FAILED;
	}
	err = mg_reply_open(c->reply, body_out);
	if (err == -EREMOTEIO)
		fprintf(stderr, "memgov: process %d refuses: %s\n", s->pid, *body_out);
	else if (err != 0)
		fprintf(stderr, "memgov: %s answers, but not as memgov does\n", s->path);
	return err == 0 ? 0 : MG_USAGE_FAILED;
}
