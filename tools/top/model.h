/* SPDX-License-Identifier: MIT */
/*
 * Everything that memgov-top knows and shows. Replies, keys and the time go in; a canvas and wishes
 * (effects) come out. It asks nobody, draws on no terminal and reads no clock, so that a recorded
 * run can be played to it; only mg_model_name() reads files. Keys are in control.h, drawing is in
 * page.h.
 */
#ifndef MG_MODEL_H
#define MG_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/common/fleet.h"
#include "tools/common/machine.h"
#include "tools/top/canvas.h"
#include "tools/top/chooser.h"
#include "tools/top/detail.h"
#include "tools/top/procs.h"
#include "tools/top/table.h"

#define MG_MODEL_INPUT_BYTES 256

enum mg_model_page { MG_MODEL_TABLE, MG_MODEL_DETAIL };
enum mg_model_input {
	MG_MODEL_NO_INPUT,
	MG_MODEL_SEARCH,
	MG_MODEL_FILTER,
	MG_MODEL_DELAY,
	MG_MODEL_EDIT
};

struct mg_model {
	struct mg_machine machine;
	struct mg_procs procs;
	struct mg_table table;
	struct mg_chooser chooser;
	struct mg_detail *detail;
	enum mg_model_page page;
	uint64_t step_ns; /* between two rounds; 0: see mg_procs_history() */
	bool help, paused;
	int help_page, help_pages; /* of the help, the second as it was drawn last */
	enum mg_model_input input; /* what is being typed */
	char typed[MG_MODEL_INPUT_BYTES];
	int searched_from; /* process that was selected when the search began */
	bool search_missed;
	char setting[40];                      /* that is being edited */
	bool asks_to_compact;                  /* command_pid, hard; a y is awaited */
	char command[MG_CLIENT_REQUEST_BYTES]; /* the last one that was sent, and to whom */
	int command_pid;
	char message[256]; /* shown in the bottom line until then */
	enum mg_style message_style;
	uint64_t message_until_ns;
	char note[256]; /* why processes may be missing */
	int page_rows;  /* of the table, when it was drawn last */
};

/* 0 or -ENOMEM. */
int mg_model_init(struct mg_model *m);
void mg_model_free(struct mg_model *m);

void mg_model_machine(struct mg_model *m, const struct mg_machine *machine);

/* As the two functions of struct mg_fleet_sink. `text` is a whole reply, and is cut up. */
void mg_model_health(
    struct mg_model *m, int pid, const char *name, enum mg_health health, uint64_t now_ns);
void mg_model_reply(
    struct mg_model *m, int pid, enum mg_ask ask, int result, char *text, uint64_t now_ns);

/* Whose process it is, and which governed one it descends from; 0: none. */
void mg_model_kin(
    struct mg_model *m, int pid, int parent_pid, const char *user, bool is_of_another);

/* What gives a fleet's replies to the model. */
struct mg_fleet_sink mg_model_sink(struct mg_model *m);

/* After a round: sorts, and forgets what ended a while ago. */
void mg_model_settle(struct mg_model *m, uint64_t now_ns);

/* A profile of the process in focus is needed, for what is on the screen. */
bool mg_model_wants_profile(const struct mg_model *m);

/* What frames of a profile are called is looked up in files, which takes its time: until then, and
 * again as long as there is more. */
bool mg_model_is_behind(const struct mg_model *m);
void mg_model_name(struct mg_model *m, uint64_t until_ns);

/* The process that a key is about: of the page, or selected in the table. NULL when there is none.
 */
struct mg_proc *mg_model_current(const struct mg_model *m);

/* One line at the bottom, for some seconds. */
__attribute__((format(printf, 4, 5))) void mg_model_say(
    struct mg_model *m, uint64_t now_ns, enum mg_style style, const char *fmt, ...);

#endif
