/* SPDX-License-Identifier: MIT */
#include "tools/serve/web.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shim/base/sys.h"
#include "tools/serve/assets.h"
#include "tools/serve/http.h"
#include "tools/serve/token.h"

#define SWEEP_S 5

enum { OK = 0, FAILED = 1, WRONG = 2 };

static int
get_token(struct mg_web *w)
{
	const char *file = w->options->token_file, *why;

	if (!w->options->allows_control)
		return OK;
	if (file == NULL && mg_token_make(w->token, sizeof w->token) != 0) {
		fputs("memgov: the kernel has no random numbers for a token\n", stderr);
		return FAILED;
	}
	why = file != NULL ? mg_token_read(file, w->token, sizeof w->token) : NULL;
	if (why != NULL)
		fprintf(stderr, "memgov: the token file %s: %s\n", file, why);
	return why == NULL ? OK : FAILED;
}

static int
open_listener(struct mg_web *w)
{
	const char *where = w->options->listen;
	int err = mg_listen_parse(where, &w->listen);

	if (err != 0) {
		fprintf(stderr,
		    "memgov: '%s' is nowhere to listen; accepted are 127.0.0.1:7766, [::1]:7766, "
		    "another\nmemgov: address of this machine, and port 0 for one that is free\n",
		    where);
		return WRONG;
	}
	err = mg_listen_open(&w->listen);
	if (err == -EADDRINUSE)
		fprintf(stderr,
		    "memgov: %s is in use, perhaps by another `memgov serve`; another port is "
		    "chosen by\nmemgov: `memgov serve --listen 127.0.0.1:7767`, one that is free "
		    "by port 0\n",
		    where);
	else if (err != 0)
		fprintf(stderr, "memgov: cannot listen on %s: %s\n", where, strerror(-err));
	return err == 0 ? OK : FAILED;
}

/* The first line on standard output is the address: for people, and for programs that wait for
 * it. A token of the user's own is not shown. */
static void
announce(const struct mg_web *w)
{
	bool shows_token = w->options->allows_control && w->options->token_file == NULL;
	char url[128];

	printf("%s%s%s\n", mg_listen_url(&w->listen, url, sizeof url), shows_token ? "#token=" : "",
	    shows_token ? w->token : "");
	fflush(stdout);
	if (!mg_guard_is_loopback(w->listen.address))
		fprintf(stderr,
		    "memgov: warning: everybody who reaches %s can see which programs run here, "
		    "and their memory;\nmemgov: nothing is encrypted\n",
		    w->listen.address);
}

static void
block_signals(sigset_t *ends)
{
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(ends);
	sigaddset(ends, SIGINT);
	sigaddset(ends, SIGTERM);
	pthread_sigmask(SIG_BLOCK, ends, NULL);
}

static void
wait_for_end(struct mg_web *w, const sigset_t *ends)
{
	static const struct timespec pause = { .tv_sec = SWEEP_S };

	while (sigtimedwait(ends, NULL, &pause) == -1) {
		uint64_t now = mg_sys_now_ns();

		mg_guests_sweep(&w->guests, now);
		mg_culprits_rest(&w->culprits, now);
	}
}

static int
serve(struct mg_web *w, const sigset_t *ends)
{
	struct mg_http *h;
	int err = mg_rounds_start(&w->rounds);

	if (err != 0) {
		fprintf(stderr, "memgov: cannot start a thread: %s\n", strerror(-err));
		return FAILED;
	}
	h = mg_http_start(w);
	if (h != NULL) {
		announce(w);
		wait_for_end(w, ends);
		atomic_store(&w->is_stopping, true);
		mg_http_stop(h);
	} else {
		fputs("memgov: cannot start to listen: libmicrohttpd refuses\n", stderr);
	}
	mg_rounds_stop(&w->rounds);
	mg_culprits_end(&w->culprits);
	return h != NULL ? OK : FAILED;
}

int
mg_web_run(const struct mg_web_options *o)
{
	static struct mg_web w;
	sigset_t ends;
	int status;

	w.options = o;
	block_signals(&ends);
	mg_assets_init();
	mg_guests_init(&w.guests);
	mg_culprits_init(&w.culprits);
	status = get_token(&w);
	if (status == OK)
		status = open_listener(&w);
	if (status != OK)
		return status;
	w.guard = (struct mg_guard){ w.listen.address, o->names, o->n_names };
	return serve(&w, &ends);
}
