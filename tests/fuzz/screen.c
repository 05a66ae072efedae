/* SPDX-License-Identifier: MIT */
/* Everything that a process can answer, up to what is drawn of it. */
#include "tests/fuzz/fuzz.h"

#include "tools/top/control.h"
#include "tools/top/keys.h"
#include "tools/top/model.h"
#include "tools/top/page.h"

#define PID 7
#define SECOND 1000000000ull

static void
answer(struct mg_model *m, enum mg_ask ask, const char *text, uint64_t now)
{
	char *reply = strdup(text);

	if (reply == NULL)
		abort();
	mg_model_reply(m, PID, ask, 0, reply, now);
	free(reply);
}

static void
draw(struct mg_model *m, struct mg_canvas *c, int width, int height)
{
	mg_canvas_clear(c, width, height);
	mg_page_draw(m, c, 2 * SECOND);
	for (int i = 0; i < width * height; i++)
		FUZZ_CHECK(c->cells[i].glyph != '\n' && c->cells[i].glyph != 27);
}

static void
fuzz_text(char *text, size_t len)
{
	struct mg_canvas c = { .ascii = len % 2 != 0 };
	struct mg_model m;

	if (mg_model_init(&m) != 0)
		abort();
	mg_model_health(&m, PID, "name", MG_HEALTH_ANSWERS, SECOND);
	answer(&m, MG_ASK_STATS, text, SECOND);
	answer(&m, MG_ASK_STATS, text, 2 * SECOND);
	mg_model_settle(&m, 2 * SECOND);
	draw(&m, &c, 80, 24);
	mg_control_key(&m, MG_KEY_ENTER, 2 * SECOND);
	for (enum mg_ask ask = MG_ASK_COMMAND; ask < MG_ASKS; ask++)
		answer(&m, ask, text, 2 * SECOND);
	mg_model_name(&m, 0);
	for (int part = 0; part < MG_DETAIL_PARTS; part++) {
		draw(&m, &c, 80, 24);
		mg_control_key(&m, MG_KEY_TAB, 2 * SECOND);
	}
	mg_control_key(&m, 's', 2 * SECOND);
	answer(&m, MG_ASK_PROFILE, text, 2 * SECOND);
	mg_model_name(&m, 0);
	draw(&m, &c, 80, 24);
	draw(&m, &c, 130, 40);
	mg_control_key(&m, MG_KEY_ENTER, 2 * SECOND);
	mg_control_key(&m, MG_KEY_END, 2 * SECOND);
	draw(&m, &c, 80, 24);
	draw(&m, &c, 31, 9);
	mg_model_free(&m);
	mg_canvas_free(&c);
}
