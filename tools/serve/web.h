/* SPDX-License-Identifier: MIT */
/* `memgov serve`: what all its parts need, and its life from the start to a signal. */
#ifndef MG_WEB_H
#define MG_WEB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "tools/common/profile.h"
#include "tools/common/symbols.h"
#include "tools/serve/guard.h"
#include "tools/serve/listen.h"
#include "tools/serve/rounds.h"

#define MG_WEB_ADDRESS "127.0.0.1:7766"
#define MG_WEB_TOKEN_BYTES 129

/* Writes a flame graph; the command line has it. */
typedef void mg_web_flame_fn(
    int pid, const char *command, const struct mg_profile *p, struct mg_symbols *s, FILE *out);

struct mg_web_options {
	const char *listen; /* "127.0.0.1:7766" */
	const char *const *names;
	size_t n_names;
	bool allows_control;
	const char *token_file; /* NULL: one is made and printed */
	mg_web_flame_fn *flame;
};

struct mg_web {
	const struct mg_web_options *options;
	struct mg_listen listen;
	struct mg_guard guard;
	char token[MG_WEB_TOKEN_BYTES]; /* empty: nothing may be changed */
	struct mg_rounds rounds;
	atomic_bool is_stopping; /* who waits for a process gives up */
};

/* Serves until SIGINT or SIGTERM. The exit status; when it cannot, it is said why. */
int mg_web_run(const struct mg_web_options *o);

#endif
