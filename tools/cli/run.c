/* SPDX-License-Identifier: MIT */
#include "tools/cli/run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/tables/config.h"
#include "shim/tables/suggest.h"
#include "tools/cli/library.h"
#include "tools/cli/supervise.h"
#include "tools/cli/target.h"
#include "tools/cli/usage.h"

/* "--heap-max" -> "heap_max". False when it is too long for any option. */
static bool
option_name(const char *arg, char *out, size_t cap)
{
	size_t n = strcspn(arg += 2, "=");

	if (n == 0 || n >= cap)
		return false;
	for (size_t i = 0; i < n; i++)
		out[i] = arg[i] == '-' ? '_' : arg[i];
	out[n] = '\0';
	return true;
}

static int
unknown_option(const char *arg, const char *name)
{
	const char *meant = NULL;

	for (size_t i = 0; meant == NULL && i < mg_config_option_count; i++)
		if (mg_suggest_is_close(name, mg_config_options[i].name))
			meant = mg_config_options[i].name;
	fprintf(stderr, "memgov: '%s' is no option of memgov", arg);
	if (meant != NULL) {
		fputs("; did you mean --", stderr);
		for (; *meant != '\0'; meant++)
			fputc(*meant == '_' ? '-' : *meant, stderr);
		fputc('?', stderr);
	}
	fputs("\nmemgov: `memgov help run` lists them; options of the command come behind its "
	      "name, after --\n",
	    stderr);
	return MG_USAGE_WRONG;
}

/* Into `c`, to see whether it is good, and into the environment, where the library will read it. */
static int
take_value(struct mg_config *c, const struct mg_option *o, const char *arg, const char *value)
{
	char buf[512];
	struct mg_text why;

	mg_text_init(&why, buf, sizeof buf);
	if (mg_config_parse(c, o, value, &why) != 0) {
		fprintf(stderr, "memgov: %.*s: %s\n", (int)strcspn(arg, "="), arg, buf);
		return MG_USAGE_WRONG;
	}
	return setenv(o->env, value, 1) == 0 ? 0 : MG_USAGE_BROKEN;
}

/* What the options before the command say, and what the environment says already: the two must make
 * sense together. */
struct settings {
	struct mg_config config;
	struct mg_supervise supervise;
	const char *lib;
};

static bool
is_own(const char *name)
{
	static const char *const names[] = { "lib", "restart_above", "grace", "max_restarts" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* One of is_own(). */
static int
take_own(struct settings *s, const char *name, const char *value)
{
	if (strcmp(name, "lib") != 0)
		return mg_supervise_take(&s->supervise, name, value);
	s->lib = value;
	return 0;
}

/* One option at argv[*i]; moves *i to its value when that stands apart. */
static int
take_option(struct settings *s, int argc, char **argv, int *i)
{
	const char *arg = argv[*i], *equals = strchr(arg, '='), *value;
	const struct mg_option *o = NULL;
	char name[64];

	if (strncmp(arg, "--", 2) != 0 || !option_name(arg, name, sizeof name))
		return mg_usage_wrong("run", "'%s' is no option of memgov", arg);
	if (!is_own(name) && strncmp(name, "MEMGOV_", 7) != 0)
		o = mg_config_find(name);
	if (!is_own(name) && o == NULL)
		return unknown_option(arg, name);
	if (equals == NULL && *i + 1 >= argc)
		return mg_usage_wrong("run", "%s needs a value", arg);
	value = equals != NULL ? equals + 1 : argv[++*i];
	return o != NULL ? take_value(&s->config, o, arg, value) : take_own(s, name, value);
}

static void
ignore_complaint(const char *line)
{
	(void)line;
}

static int
check(const struct settings *s)
{
	char buf[256];
	struct mg_text why;

	mg_text_init(&why, buf, sizeof buf);
	if (mg_config_check(&s->config, &why) == 0)
		return mg_supervise_check(&s->supervise);
	fprintf(stderr, "memgov: %s\n", buf);
	return MG_USAGE_WRONG;
}

/* *i_out is where the command begins. */
static int
take_options(int argc, char **argv, int *i_out, struct settings *s)
{
	int i = 1, status;

	s->lib = NULL;
	mg_supervise_init(&s->supervise);
	mg_config_from_env(&s->config, environ, 0, ignore_complaint);
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		status = take_option(s, argc, argv, &i);
		if (status != 0)
			return status;
	}
	if (i >= argc)
		return mg_usage_wrong("run", "which command?");
	*i_out = i;
	return check(s);
}

/* In front: what the user preloads besides stays, and finds our malloc. */
static int
set_environment(const char *library)
{
	const char *before = getenv("LD_PRELOAD");
	char *list = NULL;
	int err = 0;

	if (before == NULL || before[0] == '\0')
		before = NULL;
	if (asprintf(&list, "%s%s%s", library, before != NULL ? ":" : "",
		before != NULL ? before : "") == -1)
		return MG_USAGE_BROKEN;
	err |= setenv("LD_PRELOAD", list, 1);
	/* Who starts a program with memgov wants to see it, however small it is. */
	err |= setenv("MEMGOV_START", "now", 0);
	free(list);
	return err == 0 ? 0 : MG_USAGE_BROKEN;
}

int
mg_run_command(int argc, char **argv)
{
	struct settings s;
	char library[PATH_MAX];
	struct mg_target target;
	int i = argc, status = take_options(argc, argv, &i, &s);

	if (status == 0)
		status = mg_library_find(s.lib, library);
	if (status == 0)
		status = mg_target_find(argv[i]);
	if (status != 0)
		return status;
	if (mg_target_inspect(argv[i], library, &target) == 0 && target.why_not[0] != '\0')
		fprintf(stderr, "memgov: not governed: %s\n", target.why_not);
	if (!target.is_harmed)
		status = set_environment(library);
	if (status != 0)
		return status;
	return mg_supervise_run(argv + i, target.why_not[0] == '\0' ? library : NULL, &s.supervise);
}
