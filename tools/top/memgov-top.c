/* SPDX-License-Identifier: MIT */
/* memgov-top: the loop that carries replies, keys and time into the model, and the
 * model to the screen. */

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "tools/common/fleet.h"
#include "tools/common/machine.h"
#include "tools/top/control.h"
#include "tools/top/keys.h"
#include "tools/top/model.h"
#include "tools/top/once.h"
#include "tools/top/options.h"
#include "tools/top/mouse.h"
#include "tools/top/page.h"
#include "tools/top/remember.h"
#include "tools/top/view.h"

/* The first screen does not wait longer for slow processes; the second comes soon, with rates. */
#define FIRST_FRAME_NS (50 * MG_NS_PER_MS)
#define SECOND_ROUND_NS (400 * MG_NS_PER_MS)
/* Names of functions are looked up between two frames, for so long. */
#define NAMING_NS (20 * MG_NS_PER_MS)

struct top {
	struct mg_options options;
	struct mg_model model;
	struct mg_fleet fleet;
	struct mg_canvas canvas;
	struct mg_remember remember;
};

static volatile sig_atomic_t stop_signal;

static void
stop(int sig)
{
	stop_signal = sig;
}

/* endwin() is not made for handlers, but a terminal left in raw mode is worse than a small risk on
 * the way out. */
static void
crash(int sig)
{
	mg_view_close();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
catch_signals(void)
{
	static const int stops[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	struct sigaction on_stop = { .sa_handler = stop }, on_crash = { .sa_handler = crash };

	on_crash.sa_flags = (int)SA_RESETHAND;
	for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++)
		sigaction(stops[i], &on_stop, NULL);
	for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
		sigaction(crashes[i], &on_crash, NULL);
}

static void
begin_round(struct top *t, uint64_t now)
{
	struct mg_machine machine;

	mg_machine_read(&machine);
	mg_model_machine(&t->model, &machine);
	mg_fleet_begin(&t->fleet, now);
	t->model.note[0] = '\0';
	if (t->fleet.sockets.refused[0] != '\0')
		snprintf(t->model.note, sizeof t->model.note, "Not looked into: %.230s",
		    t->fleet.sockets.refused);
}

static void
draw(struct top *t)
{
	uint64_t now = mg_sys_now_ns();
	int width, height;

	if (!t->model.paused)
		mg_model_settle(&t->model, now);
	mg_view_size(&width, &height);
	if (mg_canvas_clear(&t->canvas, width, height) != 0)
		return;
	mg_page_draw(&t->model, &t->canvas, now);
	mg_view_draw(&t->canvas);
}

/* False when it is time to leave. Sets *any_out when there was a key. */
static bool
take_keys(struct top *t, bool *any_out)
{
	struct mg_mouse mouse;
	int key;

	*any_out = false;
	while ((key = mg_view_key(&mouse)) != MG_KEY_NONE) {
		uint64_t now = mg_sys_now_ns();
		struct mg_control_effect e = key == MG_KEY_MOUSE
						 ? mg_mouse_act(&t->model, &t->canvas, &mouse, now)
						 : mg_control_key(&t->model, key, now);
		int err = 0;

		*any_out = true;
		if (e.kind == MG_CONTROL_QUIT)
			return false;
		if (e.kind == MG_CONTROL_FOCUS)
			mg_fleet_focus(&t->fleet, e.pid, now);
		if (e.kind == MG_CONTROL_COMMAND)
			err = mg_fleet_command(&t->fleet, e.pid, e.text, now);
		if (err == -EBUSY)
			mg_model_say(&t->model, now, MG_STYLE_WARN,
			    "%d is still busy with the last command", e.pid);
		else if (err != 0)
			mg_model_say(&t->model, now, MG_STYLE_BAD, "%d has ended", e.pid);
	}
	return true;
}

static void
run(struct top *t)
{
	uint64_t now = mg_sys_now_ns(), frame = now + FIRST_FRAME_NS, round;
	int empty = 0;
	bool any;

	begin_round(t, now);
	round = now + (t->model.step_ns < SECOND_ROUND_NS ? t->model.step_ns : SECOND_ROUND_NS);
	while (stop_signal == 0) {
		uint64_t until = mg_model_is_behind(&t->model) ? 0 : frame < round ? frame : round;
		enum mg_fleet_event e = mg_fleet_wait(&t->fleet, STDIN_FILENO, until);

		if (!take_keys(t, &any))
			return;
		/* A terminal that has gone away can be read for ever, and gives nothing. */
		empty = e == MG_FLEET_INPUT && !any ? empty + 1 : 0;
		if (empty > 100)
			return;
		now = mg_sys_now_ns();
		mg_fleet_profile(&t->fleet, mg_model_wants_profile(&t->model), now);
		mg_model_name(&t->model, now + NAMING_NS);
		draw(t);
		now = mg_sys_now_ns();
		frame = UINT64_MAX;
		if (now < round)
			continue;
		if (!t->model.paused)
			begin_round(t, now);
		round = now + t->model.step_ns;
		frame = now + FIRST_FRAME_NS;
	}
}

static int
run_live(struct top *t)
{
	const char *no_color = getenv("NO_COLOR");
	int status = 0, err;

	if (mg_model_init(&t->model) != 0)
		return 1;
	mg_remember_load(&t->remember, &t->options, &t->model);
	if (t->options.filter != NULL)
		snprintf(
		    t->model.table.filter, sizeof t->model.table.filter, "%s", t->options.filter);
	t->fleet = (struct mg_fleet){ .sink = mg_model_sink(&t->model),
		.only = t->options.pids,
		.n_only = t->options.n_pids };
	t->canvas.ascii = mg_once_is_ascii();
	if (mg_view_open(no_color == NULL || no_color[0] == '\0', t->remember.started.mouse) == 0) {
		catch_signals();
		run(t);
		mg_view_close();
		err = mg_remember_save(&t->remember, &t->model);
		if (err != 0)
			fprintf(stderr, "memgov-top: %s was not written: %s\n", t->remember.path,
			    strerror(-err));
	} else {
		fputs("memgov-top: this is no terminal that can be drawn on; for plain text: "
		      "memgov-top --once\n",
		    stderr);
		status = 1;
	}
	mg_fleet_end(&t->fleet);
	mg_model_free(&t->model);
	mg_canvas_free(&t->canvas);
	return status;
}

int
main(int argc, char **argv)
{
	struct top t = { 0 };
	struct mg_options *o = &t.options;
	struct mg_once once;
	int status;

	setlocale(LC_ALL, "");
	status = mg_options_parse(o, argc, argv);
	if (status != 0)
		return status < 0 ? 0 : status;
	mg_once_init(&once);
	once.pids = o->n_pids > 0 ? o->pids : NULL;
	once.n_pids = o->n_pids;
	once.sort = o->sort;
	once.filter = o->filter;
	once.columns = &o->columns;
	if (o->json)
		return mg_once_json(&once);
	if (o->once)
		return mg_once_table(&once);
	status = run_live(&t);
	if (stop_signal != 0) {
		signal(stop_signal, SIG_DFL);
		raise(stop_signal);
	}
	return status;
}
