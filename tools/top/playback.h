/* SPDX-License-Identifier: MIT */
/* Tells a model what a recording says, as if the processes had answered just now. */
#ifndef MG_PLAYBACK_H
#define MG_PLAYBACK_H

#include "tools/top/model.h"
#include "tools/top/player.h"

/* What is new since the last time. */
void mg_playback_tell(struct mg_player *p, struct mg_model *m);

/* Everything, to a model that forgets all processes first: after a jump. */
void mg_playback_tell_all(struct mg_player *p, struct mg_model *m);

/* What the page of a process shows, now that it was opened. */
void mg_playback_focus(const struct mg_player *p, struct mg_model *m, int pid);

#endif
