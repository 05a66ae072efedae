/* SPDX-License-Identifier: MIT */
/* `memgov serve`: what all its parts need, and its life from the start to a signal. */
#ifndef MG_WEB_H
#define MG_WEB_H

#include <stdatomic.h>
#include <stdbool.h>

#include "tools/serve/culprits.h"
#include "tools/serve/guard.h"
#include "tools/serve/guests.h"
#include "tools/serve/listen.h"
#include "tools/serve/rounds.h"

#define MG_WEB_ADDRESS "127.0.0.1:7766"
#define MG_WEB_TOKEN_BYTES 129

struct mg_web_options {
	const char *listen; /* "127.0.0.1:7766" */
	const char *const *names;
	size_t n_names;
	bool allows_control;
	const char *token_file; /* NULL: one is made and printed */
	mg_culprits_flame_fn *flame;
};

struct mg_web {
	const struct mg_web_options *options;
	struct mg_listen listen;
	struct mg_guard guard;
	char token[MG_WEB_TOKEN_BYTES]; /* empty: nothing may be changed */
	struct mg_rounds rounds;
	struct mg_culprits culprits;
	struct mg_guests guests;
	atomic_bool is_stopping; /* who waits for a process gives up */
};

/* Serves until SIGINT or SIGTERM. The exit status; when it cannot, it is said why. */
int mg_web_run(const struct mg_web_options *o);

#endif
