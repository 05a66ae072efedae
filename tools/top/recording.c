/* SPDX-License-Identifier: MIT */
#include "tools/top/recording.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/common/human.h"
#include "tools/common/users.h"

/* What a crash may cost. */
#define FLUSH_MS 2000

static void
fail(struct mg_recording *r, int err)
{
	if (r->error != 0)
		return;
	r->error = err;
	snprintf(r->ended, sizeof r->ended, "recording has ended: %s: %s", r->path, strerror(-err));
}

static void
end(struct mg_recording *r)
{
	int err = mg_recfile_close(r->file);

	if (err != 0)
		fail(r, err);
	r->file = NULL;
	mg_recorder_free(&r->recorder);
}

static void
write_text(void *context, const char *text, size_t n)
{
	struct mg_recording *r = context;
	int err = r->error == 0 ? mg_recfile_write(r->file, text, n) : 0;

	if (err != 0)
		fail(r, err);
}

static void
read_program(void *context, int pid, char *buf, size_t cap)
{
	char link[64];
	ssize_t n;

	(void)context;
	snprintf(link, sizeof link, "/proc/%d/exe", pid);
	n = readlink(link, buf, cap - 1);
	buf[n > 0 ? n : 0] = '\0';
	if (strchr(buf, '\n') != NULL)
		buf[0] = '\0';
}

int
mg_recording_open(struct mg_recording *r, const char *path, uint64_t max_bytes,
    struct mg_fleet_sink next, char why[MG_RECFILE_WHY])
{
	*r = (struct mg_recording){
		.recorder = { .write = write_text, .program = read_program, .context = r },
		.next = next,
		.path = path,
		.max_bytes = max_bytes
	};
	/* A file that may not grow is an error like any other. */
	signal(SIGXFSZ, SIG_IGN);
	r->file = mg_recfile_append(path, why);
	if (r->file == NULL) {
		r->path = NULL;
		return -1;
	}
	if (mg_recfile_bytes(r->file) < max_bytes)
		return 0;
	snprintf(why, MG_RECFILE_WHY, "it has %s already; --record-max is %s",
	    mg_human_bytes(mg_recfile_bytes(r->file)).text, mg_human_bytes(max_bytes).text);
	end(r);
	return -1;
}

static void
take_reply(
    void *context, const struct mg_peer *p, enum mg_ask ask, int result, char *text, uint64_t now)
{
	struct mg_recording *r = context;

	if (r->file != NULL && result == 0)
		mg_recorder_reply(&r->recorder, p->socket.pid, ask, text);
	if (r->next.reply != NULL)
		r->next.reply(r->next.context, p, ask, result, text, now);
}

static void
take_health(void *context, const struct mg_peer *p, uint64_t now)
{
	struct mg_recording *r = context;

	if (r->file != NULL) {
		mg_recorder_health(&r->recorder, p->socket.pid, p->process.name, p->health);
		if (p->health != MG_HEALTH_ENDED)
			mg_recorder_kin(&r->recorder, p->socket.pid, p->parent_pid,
			    mg_users_name(p->uid), p->uid != geteuid());
	}
	if (r->next.health != NULL)
		r->next.health(r->next.context, p, now);
}

struct mg_fleet_sink
mg_recording_sink(struct mg_recording *r)
{
	return (struct mg_fleet_sink){ r, take_reply, take_health };
}

static uint64_t
wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
flush(struct mg_recording *r)
{
	int err = mg_recfile_flush(r->file);

	if (err != 0) {
		fail(r, err);
	} else if (mg_recfile_bytes(r->file) >= r->max_bytes) {
		r->is_full = true;
		snprintf(r->ended, sizeof r->ended, "recording has ended: %s has %s (--record-max)",
		    r->path, mg_human_bytes(mg_recfile_bytes(r->file)).text);
	}
}

void
mg_recording_round(struct mg_recording *r, const struct mg_machine *machine)
{
	uint64_t now_ms = wall_ms();

	if (r->file == NULL)
		return;
	if (r->error == 0 && now_ms - r->flush_ms >= FLUSH_MS) {
		r->flush_ms = now_ms;
		flush(r);
	}
	if (r->ended[0] != '\0')
		end(r);
	else
		mg_recorder_round(&r->recorder, now_ms, machine);
}

void
mg_recording_close(struct mg_recording *r)
{
	if (r->file != NULL)
		end(r);
}
