/* SPDX-License-Identifier: MIT */
#include "tools/cli/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/flame.h"
#include "tools/cli/need.h"
#include "tools/cli/usage.h"
#include "tools/serve/web.h"

static void
write_flame(
    int pid, const char *command, const struct mg_profile *p, struct mg_symbols *s, FILE *out)
{
	struct mg_capture c = { .profile = *p };
	struct mg_export e = { .pid = pid, .capture = &c, .symbols = s };

	snprintf(c.command, sizeof c.command, "%s", command);
	mg_flame_write(&e, out);
}

/* "--name VALUE" and "--name=VALUE". Moves *i to the value when it is one; *value_out is NULL when
 * there is none. */
static bool
take_value(int argc, char **argv, int *i, const char *name, const char **value_out)
{
	size_t n = strlen(name);

	if (strncmp(argv[*i], name, n) != 0 || (argv[*i][n] != '\0' && argv[*i][n] != '='))
		return false;
	if (argv[*i][n] == '=')
		*value_out = argv[*i] + n + 1;
	else
		*value_out = *i + 1 < argc ? argv[++*i] : NULL;
	return true;
}

/* 0, or MG_USAGE_WRONG and it is said. */
static int
parse(int argc, char **argv, struct mg_web_options *o, const char **names)
{
	for (int i = 1; i < argc; i++) {
		const char *value = "";

		if (strcmp(argv[i], "--allow-control") == 0)
			o->allows_control = true;
		else if (take_value(argc, argv, &i, "--listen", &value))
			o->listen = value;
		else if (take_value(argc, argv, &i, "--token-file", &value))
			o->token_file = value;
		else if (take_value(argc, argv, &i, "--host", &value))
			names[o->n_names++] = value;
		else
			return mg_usage_wrong(argv[0], "'%s' is not accepted", argv[i]);
		if (value == NULL)
			return mg_usage_wrong(argv[0], "a value is missing behind %s", argv[i]);
	}
	if (o->token_file != NULL && !o->allows_control)
		return mg_usage_wrong(argv[0], "--token-file is of no use without --allow-control");
	return 0;
}

int
mg_serve_command(int argc, char **argv)
{
	const char **names = mg_need_zeroed((size_t)argc, sizeof *names);
	struct mg_web_options o = {
		.listen = MG_WEB_ADDRESS,
		.names = names,
		.flame = write_flame,
	};
	int status = parse(argc, argv, &o, names);

	if (status == 0)
		status = mg_web_run(&o);
	free(names);
	return status;
}
