/* SPDX-License-Identifier: MIT */
#include "tools/doctor/readings.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/common/client.h"

#define TIMEOUT_NS (5 * MG_NS_PER_S)

void
mg_readings_machine(struct mg_readings_machine *out)
{
	*out = (struct mg_readings_machine){ 0 };
	mg_machine_read(&out->memory);
	mg_settings_read(&out->settings);
	mg_group_read((int)getpid(), &out->group);
	mg_census_read(&out->census);
}

static void
read_owner(struct mg_readings_process *p)
{
	const struct passwd *who;
	uid_t uid;

	if (mg_process_read_uid(p->process.pid, &uid) != 0)
		return;
	who = getpwuid(uid);
	if (who != NULL)
		snprintf(p->owner, sizeof p->owner, "%s", who->pw_name);
	else
		snprintf(p->owner, sizeof p->owner, "user %u", uid);
}

static bool
is_set(const char *value, const char *off)
{
	return value[0] != '\0' && strcmp(value, off) != 0;
}

/*
 * memgov's own hints are not in the environment that the kernel shows, which is that of the start:
 * they are given when MEMGOV_HINTS and a ceiling say so (shim/govern/hints.c).
 */
static bool
is_hinted(int pid)
{
	char hints[16] = "", ceiling[32] = "", preset[32] = "";

	if (mg_process_read_env(pid, "MEMGOV_HINTS", hints, sizeof hints) != 0 ||
	    mg_process_read_env(pid, "MEMGOV_HEAP_MAX", ceiling, sizeof ceiling) != 0 ||
	    mg_process_read_env(pid, "MEMGOV_PRESET", preset, sizeof preset) != 0)
		return false;
	return strcmp(hints, "off") != 0 && (is_set(ceiling, "0") || is_set(preset, "none"));
}

static void
read_environment(struct mg_readings_process *p)
{
	bool hinted = p->governed != MG_GOVERNED_NO && is_hinted(p->process.pid);
	char arenas[32], options[1024];
	bool is_argument;

	p->has_environment =
	    mg_process_read_env(p->process.pid, "PYTHONMALLOC", arenas, sizeof arenas) == 0 &&
	    mg_process_read_env(p->process.pid, "NODE_OPTIONS", options, sizeof options) == 0 &&
	    mg_process_read_argument(p->process.pid, "max-old-space-size", &is_argument) == 0;
	if (!p->has_environment)
		return;
	p->has_arenas_in_malloc =
	    strncmp(arenas, "malloc", 6) == 0 || (hinted && arenas[0] == '\0');
	p->has_old_space_limit = is_argument || hinted ||
				 strstr(options, "max-old-space-size") != NULL ||
				 strstr(options, "max_old_space_size") != NULL;
}

/* 0, and the reply's body is in `c`; or -errno. */
static int
ask(struct mg_client *c, const struct mg_socket *s, const char *request, char **body)
{
	int err = mg_client_ask(c, s->path, request, TIMEOUT_NS);

	return err != 0 ? err : mg_reply_open(c->reply, body);
}

static void
read_options(struct mg_readings_process *p, char *body)
{
	char *line, *value;

	while ((line = mg_reply_line(&body)) != NULL) {
		value = mg_reply_value(line);
		if (value != NULL && strcmp(line, "sample") == 0)
			p->has_sample = mg_text_parse_size(value, &p->sample_bytes) == 0;
	}
}

/* What an older library does not know stays unknown. */
static void
read_socket(struct mg_readings_process *p, const struct mg_socket *s)
{
	struct mg_client c = { 0 };
	char *body;

	p->silence = ask(&c, s, "stats text", &body);
	if (p->silence == 0)
		mg_reply_parse_stats(body, &p->stats);
	mg_client_end(&c);
	if (p->silence == 0 && ask(&c, s, "config text", &body) == 0)
		read_options(p, body);
	mg_client_end(&c);
}

static enum mg_readings_program
kind_of(const char *program)
{
	if (strncmp(program, "python", 6) == 0)
		return MG_READINGS_PYTHON;
	if (strcmp(program, "node") == 0 || strcmp(program, "nodejs") == 0)
		return MG_READINGS_NODE;
	return MG_READINGS_OTHER;
}

int
mg_readings_process(int pid, const struct mg_socket *s, struct mg_readings_process *out)
{
	*out = (struct mg_readings_process){ 0 };
	if (mg_process_read(pid, &out->process) != 0 ||
	    mg_process_read_memory(pid, &out->memory) != 0)
		return -ESRCH;
	out->process.pid = pid;
	mg_process_read_program(pid, out->program, sizeof out->program);
	out->is = kind_of(out->program);
	read_owner(out);
	out->is_root = geteuid() == 0;
	out->governed = s != NULL ? MG_GOVERNED_YES : mg_census_look(pid);
	if (s != NULL)
		read_socket(out, s);
	out->mappings_error = mg_mappings_read(pid, &out->mappings);
	read_environment(out);
	mg_machine_read(&out->memory_of_machine);
	mg_settings_read(&out->settings);
	mg_group_read(pid, &out->group);
	return 0;
}
