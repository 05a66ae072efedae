/* SPDX-License-Identifier: MIT */
/* What a click or the wheel does, by what is on the screen there. Pure. */
#ifndef MG_MOUSE_H
#define MG_MOUSE_H

#include "tools/top/control.h"
#include "tools/top/keys.h"

/* `c` is the screen that was clicked at. */
struct mg_control_effect mg_mouse_act(
    struct mg_model *m, const struct mg_canvas *c, const struct mg_mouse *mouse, uint64_t now_ns);

#endif
