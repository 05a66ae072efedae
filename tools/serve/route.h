/* SPDX-License-Identifier: MIT */
/* What a path asks for. Outside text. Pure. */
#ifndef MG_ROUTE_H
#define MG_ROUTE_H

#include <stdbool.h>

enum mg_route_kind {
	MG_ROUTE_NONE,
	MG_ROUTE_PAGE, /* name */
	MG_ROUTE_METRICS,
	MG_ROUTE_ALL, /* all processes */
	MG_ROUTE_PROCESS,
	MG_ROUTE_HISTORY,
	MG_ROUTE_SITES,
	MG_ROUTE_FLAME,
	MG_ROUTE_SET,
	MG_ROUTE_COMPACT,
};

struct mg_route {
	enum mg_route_kind kind;
	int pid;       /* from MG_ROUTE_PROCESS on */
	bool is_post;  /* changes something */
	char name[64]; /* of a part of the page */
};

/* The kind is MG_ROUTE_NONE for what is not there. */
void mg_route_parse(const char *path, struct mg_route *out);

#endif
