/* SPDX-License-Identifier: MIT */
#include "tools/serve/route.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "shim/base/text.h"

static const struct {
	const char *word;
	enum mg_route_kind kind;
	bool is_post;
} parts[] = {
	{ "", MG_ROUTE_PROCESS, false },
	{ "/history", MG_ROUTE_HISTORY, false },
	{ "/sites", MG_ROUTE_SITES, false },
	{ "/flame.svg", MG_ROUTE_FLAME, false },
	{ "/set", MG_ROUTE_SET, true },
	{ "/compact", MG_ROUTE_COMPACT, true },
};

static const char *
after(const char *path, const char *start)
{
	size_t n = strlen(start);

	return strncmp(path, start, n) == 0 ? path + n : NULL;
}

/* "1234/sites" */
static void
parse_process(const char *rest, struct mg_route *out)
{
	char digits[12];
	size_t n = strspn(rest, "0123456789");
	uint64_t pid;

	if (n == 0 || n >= sizeof digits || rest[0] == '0')
		return;
	snprintf(digits, sizeof digits, "%.*s", (int)n, rest);
	if (mg_text_parse_u64(digits, &pid) != 0 || pid > INT_MAX)
		return;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (strcmp(rest + n, parts[i].word) != 0)
			continue;
		out->kind = parts[i].kind;
		out->is_post = parts[i].is_post;
		out->pid = (int)pid;
	}
}

static void
parse_page(const char *name, struct mg_route *out)
{
	if (name[0] == '\0' || strlen(name) >= sizeof out->name)
		return;
	strcpy(out->name, name);
	out->kind = MG_ROUTE_PAGE;
}

void
mg_route_parse(const char *path, struct mg_route *out)
{
	const char *rest;

	*out = (struct mg_route){ .kind = MG_ROUTE_NONE };
	if (strcmp(path, "/") == 0)
		parse_page("index.html", out);
	else if (strcmp(path, "/metrics") == 0)
		out->kind = MG_ROUTE_METRICS;
	else if (strcmp(path, "/api/") == 0)
		out->kind = MG_ROUTE_ALL;
	else if ((rest = after(path, "/page/")) != NULL)
		parse_page(rest, out);
	else if ((rest = after(path, "/api/")) != NULL)
		parse_process(rest, out);
}
