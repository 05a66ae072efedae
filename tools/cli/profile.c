/* SPDX-License-Identifier: MIT */
#include "tools/cli/profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/export.h"
#include "tools/cli/find.h"
#include "tools/cli/flame.h"
#include "tools/cli/folded.h"
#include "tools/cli/google.h"
#include "tools/cli/need.h"
#include "tools/cli/pprof.h"
#include "tools/cli/usage.h"

static void
write_raw(const struct mg_export *e, FILE *out)
{
	fputs(e->capture->raw, out);
}

enum { PPROF, FOLDED, SVG, GOOGLE, RAW };

static const struct format {
	const char *name;
	mg_export_fn *write;
	bool is_binary;
} formats[] = {
	[PPROF] = { "pprof", mg_pprof_write, true },
	[FOLDED] = { "folded", mg_folded_write, false },
	[SVG] = { "svg", mg_flame_write, false },
	[GOOGLE] = { "google", mg_google_write, false },
	[RAW] = { "raw", write_raw, false },
};

struct options {
	const char *who, *file;
	const struct format *format;
	bool is_alloc;
};

static const struct format *
find_format(const char *name)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

static bool
parse_format(struct options *o, const char *name)
{
	o->format = name != NULL ? find_format(name) : NULL;
	if (o->format == NULL)
		mg_usage_wrong("profile",
		    "'%s' is no format; there are pprof, folded, svg, google and raw",
		    name != NULL ? name : "");
	return o->format != NULL;
}

/* How many words were taken; 0: wrong, and it is said. */
static int
parse_option(struct options *o, char **argv)
{
	static const char format[] = "--format=";
	const char *arg = argv[0];

	if (strncmp(arg, format, sizeof format - 1) == 0)
		return parse_format(o, arg + sizeof format - 1);
	if (strcmp(arg, "--format") == 0)
		return parse_format(o, argv[1]) ? 2 : 0;
	if (strncmp(arg, "--", 2) == 0 && find_format(arg + 2) != NULL)
		return parse_format(o, arg + 2);
	if (strcmp(arg, "-o") == 0) {
		o->file = argv[1];
		if (o->file == NULL)
			return mg_usage_wrong("profile", "-o which file?") == 0;
		return 2;
	}
	if (strcmp(arg, "--alloc") == 0)
		o->is_alloc = true;
	else if (arg[0] == '-' || o->who != NULL)
		return mg_usage_wrong("profile", "'%s' is not accepted", arg) == 0;
	else
		o->who = arg;
	return 1;
}

static int
parse_options(int argc, char **argv, struct options *o)
{
	bool is_screen;

	*o = (struct options){ 0 };
	for (int i = 1; i < argc;) {
		int words = parse_option(o, argv + i);

		if (words == 0)
			return MG_USAGE_WRONG;
		i += words;
	}
	if (o->who == NULL) {
		mg_usage_wrong(argv[0], "which process?");
		return MG_USAGE_WRONG;
	}
	is_screen = o->file == NULL && isatty(STDOUT_FILENO);
	if (o->format == NULL)
		o->format = &formats[is_screen ? FOLDED : PPROF];
	if (is_screen && o->format->is_binary)
		return mg_usage_wrong(argv[0],
		    "%s is not for terminals; type -o FILE, or another format", o->format->name);
	return 0;
}

static void
name_program(struct mg_export *e)
{
	char path[40];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/exe", e->pid);
	n = readlink(path, e->program, sizeof e->program - 1);
	e->program[n > 0 ? n : 0] = '\0';
}

static int
complain(const char *file)
{
	fprintf(stderr, "memgov: %s: %s\n", file, strerror(errno));
	return MG_USAGE_FAILED;
}

static int
write_file(const struct options *o, const struct mg_export *e)
{
	const char *name = o->file != NULL ? o->file : "standard output";
	FILE *out = o->file != NULL ? fopen(o->file, "we") : stdout;
	int err;

	if (out == NULL)
		return complain(name);
	o->format->write(e, out);
	err = fflush(out) | ferror(out);
	if (o->file != NULL)
		err |= fclose(out);
	return err == 0 ? MG_USAGE_OK : complain(name);
}

static int
name_and_write(const struct options *o, int pid, const struct mg_capture *c)
{
	struct mg_export e = { .pid = pid, .capture = c, .is_alloc = o->is_alloc };
	int status;

	e.symbols = mg_symbols_open(pid);
	if (e.symbols == NULL)
		mg_need_failed();
	name_program(&e);
	status = write_file(o, &e);
	mg_symbols_close(e.symbols);
	return status;
}

int
mg_profile_command(int argc, char **argv)
{
	struct mg_socket socket;
	struct mg_capture c;
	struct options o;
	int status = parse_options(argc, argv, &o);

	if (status == 0)
		status = mg_find_process(o.who, &socket);
	if (status == 0)
		status = mg_capture_take(&socket, &c);
	if (status != 0)
		return status;
	status = mg_capture_is_empty(&c, socket.pid) ? MG_USAGE_FAILED
						     : name_and_write(&o, socket.pid, &c);
	mg_capture_free(&c);
	return status;
}
