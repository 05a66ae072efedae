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
#include "tools/top/playback.h"
#include "tools/top/recording.h"
#include "tools/top/remember.h"
#include "tools/top/replay.h"
#include "tools/top/view.h"

/* The first screen does not wait longer for slow processes; the second comes soon, with rates. */
#define FIRST_FRAME_NS (50 * MG_NS_PER_MS)
#define SECOND_ROUND_NS (400 * MG_NS_PER_MS)
/* Names of functions are looked up between two frames, for so long. */
#define NAMING_NS (20 * MG_NS_PER_MS)
#define REPLAY_FRAME_NS (100 * MG_NS_PER_MS)

struct top {
	struct mg_options options;
	struct mg_model model;
	struct mg_fleet fleet;
	struct mg_canvas canvas;
	struct mg_remember remember;
	struct mg_recording recording;
	struct mg_replay replay;
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
	if (t->recording.file != NULL) {
		mg_recording_round(&t->recording, &machine);
		if (t->recording.file == NULL)
			mg_model_say(&t->model, now, MG_STYLE_WARN, "%s", t->recording.ended);
	}
	mg_fleet_begin(&t->fleet, now);
	t->model.note[0] = '\0';
	if (t->fleet.sockets.refused[0] != '\0')
		snprintf(t->model.note, sizeof t->model.note, "Not looked into: %.230s",
		    t->fleet.sockets.refused);
}

/* The page between the two rows of the recording. */
static void
draw_replay(struct top *t, uint64_t now)
{
	struct mg_canvas page = t->canvas;

	page.cells += page.width;
	page.height -= MG_REPLAY_ROWS;
	if (page.height > 0)
		mg_page_draw(&t->model, &page, now);
	if (page.height > 0 && page.cursor_row >= 0) {
		t->canvas.cursor_row = page.cursor_row + 1;
		t->canvas.cursor_col = page.cursor_col;
	}
	mg_replay_draw(&t->replay, &t->canvas);
}

static void
draw(struct top *t)
{
	uint64_t now = mg_sys_now_ns();
	int width, height;

	if (t->options.replay != NULL)
		mg_model_settle(&t->model, t->replay.player.now_ms * MG_NS_PER_MS);
	else if (!t->model.paused)
		mg_model_settle(&t->model, now);
	mg_view_size(&width, &height);
	if (mg_canvas_clear(&t->canvas, width, height) != 0)
		return;
	if (t->options.replay != NULL)
		draw_replay(t, now);
	else
		mg_page_draw(&t->model, &t->canvas, now);
	mg_view_draw(&t->canvas);
}

static void
carry_out(struct top *t, const struct mg_control_effect *e, uint64_t now)
{
	int err = 0;

	if (e->kind == MG_CONTROL_FOCUS)
		mg_fleet_focus(&t->fleet, e->pid, now);
	if (e->kind == MG_CONTROL_COMMAND)
		err = mg_fleet_command(&t->fleet, e->pid, e->text, now);
	if (err == -EBUSY)
		mg_model_say(&t->model, now, MG_STYLE_WARN,
		    "%d is still busy with the last command", e->pid);
	else if (err != 0)
		mg_model_say(&t->model, now, MG_STYLE_BAD, "%d has ended", e->pid);
}

static void
carry_out_replay(struct top *t, const struct mg_control_effect *e, uint64_t now)
{
	if (e->kind == MG_CONTROL_FOCUS)
		mg_playback_focus(&t->replay.player, &t->model, e->pid);
	if (e->kind == MG_CONTROL_COMMAND) {
		t->model.command[0] = '\0';
		mg_model_say(
		    &t->model, now, MG_STYLE_WARN, "this is a recording: nothing can be changed");
	}
}

static struct mg_control_effect
take_key(struct top *t, int key, struct mg_mouse *mouse, uint64_t now)
{
	static const struct mg_control_effect nothing = { .kind = MG_CONTROL_NOTHING };

	if (t->options.replay != NULL && mg_replay_key(&t->replay, &t->model, key, now))
		return nothing;
	if (key != MG_KEY_MOUSE)
		return mg_control_key(&t->model, key, now);
	mouse->row -= t->options.replay != NULL;
	return mg_mouse_act(&t->model, &t->canvas, mouse, now);
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
		struct mg_control_effect e = take_key(t, key, &mouse, now);

		*any_out = true;
		if (e.kind == MG_CONTROL_QUIT)
			return false;
		if (t->options.replay != NULL)
			carry_out_replay(t, &e, now);
		else
			carry_out(t, &e, now);
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

static void
run_replay(struct top *t)
{
	int empty = 0;
	bool any;

	while (stop_signal == 0) {
		uint64_t now = mg_sys_now_ns();

		mg_replay_advance(&t->replay, &t->model, now);
		mg_model_name(&t->model, now + NAMING_NS);
		draw(t);
		now = mg_sys_now_ns();
		if (mg_fleet_wait(&t->fleet, STDIN_FILENO, now + REPLAY_FRAME_NS) != MG_FLEET_INPUT)
			continue;
		if (!take_keys(t, &any))
			return;
		empty = any ? 0 : empty + 1;
		if (empty > 100)
			return;
	}
}

/* Nobody looks: until a signal comes, or the file is full. */
static int
run_headless(struct top *t)
{
	catch_signals();
	fprintf(stderr, "memgov-top: recording into %s until ended\n", t->options.record);
	while (stop_signal == 0) {
		uint64_t until = mg_sys_now_ns() + t->model.step_ns;

		begin_round(t, mg_sys_now_ns());
		if (t->recording.file == NULL)
			break;
		while (stop_signal == 0 && mg_sys_now_ns() < until)
			mg_fleet_wait(&t->fleet, -1, until);
	}
	stop_signal = 0; /* is how a recording is ended */
	return 0;
}

static bool
is_headless(const struct top *t)
{
	return t->options.record != NULL && !(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
}

/* 1 when not all that was seen could be written. What ended a recording is said once more: on the
 * screen it was a line for some seconds. */
static int
close_files(struct top *t)
{
	if (t->replay.file != NULL)
		mg_replay_close(&t->replay);
	if (t->recording.path == NULL)
		return 0;
	mg_recording_close(&t->recording);
	if (t->recording.ended[0] != '\0')
		fprintf(stderr, "memgov-top: %s\n", t->recording.ended);
	return t->recording.error != 0;
}

/* 0, or 1 when a file cannot be used, and it is said. */
static int
open_files(struct top *t)
{
	struct mg_fleet_sink to = { 0 };
	const char *path = t->options.record != NULL ? t->options.record : t->options.replay;
	char why[MG_RECFILE_WHY];
	int err = 0;

	if (!is_headless(t))
		to = t->fleet.sink;
	if (t->options.record != NULL) {
		err = mg_recording_open(&t->recording, path, t->options.record_max_bytes, to, why);
		t->fleet.sink = mg_recording_sink(&t->recording);
		t->fleet.texts_every_ns = MG_RECORDING_TEXTS_NS;
	} else if (t->options.replay != NULL) {
		err = mg_replay_open(&t->replay, path, why);
	}
	if (err != 0)
		fprintf(stderr, "memgov-top: %s: %s\n", path, why);
	return err != 0;
}

static int
run_on_terminal(struct top *t)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	int err;

	t->canvas.ascii = mg_once_is_ascii();
	t->canvas.no_braille = term != NULL && strcmp(term, "linux") == 0;
	if (mg_view_open(no_color == NULL || no_color[0] == '\0', t->remember.started.mouse) != 0) {
		fputs("memgov-top: this is no terminal that can be drawn on; for plain text: "
		      "memgov-top --once\n",
		    stderr);
		return 1;
	}
	catch_signals();
	if (t->options.replay != NULL)
		run_replay(t);
	else
		run(t);
	mg_view_close();
	err = mg_remember_save(&t->remember, &t->model);
	if (err != 0)
		fprintf(stderr, "memgov-top: %s was not written: %s\n", t->remember.path,
		    strerror(-err));
	return 0;
}

static int
run_live(struct top *t)
{
	int status;

	if (mg_model_init(&t->model) != 0)
		return 1;
	mg_remember_load(&t->remember, &t->options, &t->model);
	if (t->options.filter != NULL)
		snprintf(
		    t->model.table.filter, sizeof t->model.table.filter, "%s", t->options.filter);
	t->fleet = (struct mg_fleet){ .sink = mg_model_sink(&t->model),
		.only = t->options.pids,
		.n_only = t->options.n_pids };
	status = open_files(t);
	if (status == 0)
		status = is_headless(t) ? run_headless(t) : run_on_terminal(t);
	mg_fleet_end(&t->fleet);
	status |= close_files(t);
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
