/* SPDX-License-Identifier: MIT */
/* A model that is told things at made-up times, and a plain screen to see what it makes of them. */
#ifndef TEST_TOP_H
#define TEST_TOP_H

#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tools/top/control.h"
#include "tools/top/keys.h"
#include "tools/top/model.h"
#include "tools/top/page.h"

static struct mg_model m;
static struct mg_canvas c;
static char line[1024];

static inline void
set_up(void)
{
	mg_model_init(&m);
	c = (struct mg_canvas){ .ascii = true };
}

static inline void
tear_down(void)
{
	mg_model_free(&m);
	mg_canvas_free(&c);
}

static inline void
tell(int pid, uint64_t at_ns, const char *stats)
{
	char reply[1024];

	snprintf(reply, sizeof reply, "ok\n%s", stats);
	mg_model_health(&m, pid, "comm", MG_HEALTH_ANSWERS, at_ns);
	mg_model_reply(&m, pid, MG_ASK_STATS, 0, reply, at_ns);
	mg_model_settle(&m, at_ns);
}

static inline void
answer(int pid, enum mg_ask ask, const char *text)
{
	char reply[1024];

	snprintf(reply, sizeof reply, "%s", text);
	mg_model_reply(&m, pid, ask, 0, reply, 5 * S);
}

static inline void
draw(int width, int height)
{
	mg_canvas_clear(&c, width, height);
	mg_page_draw(&m, &c, 5 * S);
}

/* The first row that has the text; "" when none does. */
static inline const char *
row_with(const char *text)
{
	for (int i = 0; i < c.height; i++) {
		mg_canvas_row_text(&c, i, line, sizeof line);
		if (strstr(line, text) != NULL)
			return line;
	}
	return "";
}

#define SHOWS(text) cr_expect(ne(chr, row_with(text)[0], '\0'), "'%s' is not on the screen", text)
#define HIDES(text) cr_expect(eq(chr, row_with(text)[0], '\0'), "'%s' is on the screen", text)

static inline struct mg_control_effect
press(int key)
{
	return mg_control_key(&m, key, 5 * S);
}

static inline void
type(const char *text)
{
	for (; *text != '\0'; text++)
		press(*text);
}

static inline int
pid_at(size_t i)
{
	return i < m.table.n ? m.table.rows[i]->pid : 0;
}

#endif
