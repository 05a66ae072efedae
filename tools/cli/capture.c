/* SPDX-License-Identifier: MIT */
#include "tools/cli/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/cli/find.h"
#include "tools/cli/usage.h"
#include "tools/common/process.h"
#include "tools/common/reply.h"

#define TIMEOUT_NS (30 * MG_NS_PER_S)
#define MOST_BYTES (64u << 20)

static int
parse(struct mg_capture *c)
{
	char *copy = strdup(c->raw);
	int err = copy != NULL ? mg_profile_parse(copy, &c->profile) : -ENOMEM;

	free(copy);
	return err;
}

static int
take_profile(const struct mg_socket *s, struct mg_capture *out)
{
	struct mg_client c = { 0 };
	char *body;
	int status = mg_find_ask(s, "profile", TIMEOUT_NS, &c, &body);

	if (status == 0) {
		out->raw = strdup(body);
		if (out->raw == NULL || parse(out) != 0) {
			fprintf(stderr, "memgov: process %d: the profile is cut short, or none\n",
			    s->pid);
			status = MG_USAGE_FAILED;
		}
	}
	mg_client_end(&c);
	return status;
}

static int
take_stats(const struct mg_socket *s, struct mg_capture *out)
{
	struct mg_client c = { 0 };
	struct mg_reply_stats stats;
	char *body;
	int status = mg_find_ask(s, "stats", TIMEOUT_NS, &c, &body);

	if (status == 0) {
		mg_reply_parse_stats(body, &stats);
		out->has_exact =
		    stats.has[MG_REPLY_STAT_live_bytes] && stats.has[MG_REPLY_STAT_alloc_bytes];
		out->live_bytes = stats.values.live_bytes;
		out->alloc_bytes = stats.values.alloc_bytes;
	}
	mg_client_end(&c);
	return status;
}

static void
name_command(int pid, struct mg_capture *c)
{
	struct mg_process p = { .name = "?" };

	mg_process_read(pid, &p);
	snprintf(c->command, sizeof c->command, "%s", p.name);
}

int
mg_capture_take(const struct mg_socket *s, struct mg_capture *out)
{
	int status;

	*out = (struct mg_capture){ 0 };
	name_command(s->pid, out);
	status = take_profile(s, out);
	if (status == 0)
		status = take_stats(s, out);
	if (status != 0)
		mg_capture_free(out);
	return status;
}

/* All of a file of text, or NULL and errno. */
static char *
read_text(const char *path)
{
	FILE *f = fopen(path, "re");
	size_t n = 0, got;
	char *text = f != NULL ? malloc(MOST_BYTES + 1) : NULL;

	while (text != NULL && (got = fread(text + n, 1, MOST_BYTES - n, f)) > 0)
		n += got;
	if (text != NULL && ferror(f)) {
		free(text);
		text = NULL;
	}
	if (text != NULL)
		text[n] = '\0';
	if (f != NULL)
		fclose(f);
	return text;
}

int
mg_capture_read(const char *path, struct mg_capture *out)
{
	*out = (struct mg_capture){ .command = "?" };
	out->raw = read_text(path);
	if (out->raw == NULL) {
		fprintf(stderr, "memgov: %s: %s\n", path, strerror(errno));
		return MG_USAGE_WRONG;
	}
	if (parse(out) == 0)
		return 0;
	fprintf(stderr,
	    "memgov: %s holds no whole profile; `memgov profile PID --raw > FILE` writes one\n",
	    path);
	mg_capture_free(out);
	return MG_USAGE_WRONG;
}

void
mg_capture_free(struct mg_capture *c)
{
	mg_profile_free(&c->profile);
	free(c->raw);
	c->raw = NULL;
}

bool
mg_capture_is_empty(const struct mg_capture *c, int pid)
{
	const struct mg_profile *p = &c->profile;
	char mean[16];
	struct mg_text t;

	if (p->n_sites > 0)
		return false;
	mg_text_init(&t, mean, sizeof mean);
	mg_text_add_size(&t, p->sample_bytes);
	if (p->sample_bytes == 0)
		fprintf(stderr,
		    "memgov: sampling is off in process %d (%s); this switches it on:\n"
		    "memgov: memgov set %d sample 512K\n",
		    pid, c->command, pid);
	else
		fprintf(stderr,
		    "memgov: no sample was taken yet in process %d (%s): it has allocated little, "
		    "and one is\n"
		    "memgov: taken every %s; `memgov set %d sample 64K` takes more\n",
		    pid, c->command, mean, pid);
	return true;
}
