/* SPDX-License-Identifier: MIT */
/* A recording, which may be damaged or made by anybody: played line by line, and told to a model
 * after each round, as memgov-top --replay does. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "tools/top/detail.h"
#include "tools/top/playback.h"
#include "tools/top/recline.h"

static void
check_escape(const char *text)
{
	char plain[256], back[256];

	mg_recline_escape(text, plain, sizeof plain);
	FUZZ_CHECK(strpbrk(plain, " \n\t") == NULL);
	snprintf(back, sizeof back, "%s", plain);
	mg_recline_unescape(back);
	FUZZ_CHECK(strncmp(back, text, strlen(back)) == 0);
}

static void
fuzz_text(char *text, size_t len)
{
	struct mg_player p = { 0 };
	struct mg_model m;
	char *rest = text, *line;
	int err = 0;

	(void)len;
	FUZZ_CHECK(mg_model_init(&m) == 0);
	check_escape(text);
	while (err == 0 && (line = mg_reply_line(&rest)) != NULL) {
		bool is_round = strncmp(line, "time ", 5) == 0;

		err = mg_player_take(&p, line);
		FUZZ_CHECK(err == 0 || err == -EINVAL || err == -ENOTSUP);
		if (p.n > 0 && m.detail->pid == 0)
			mg_detail_open(m.detail, p.list[0]->pid);
		if (is_round)
			mg_playback_tell(&p, &m);
	}
	mg_player_pause(&p);
	mg_playback_tell_all(&p, &m);
	for (size_t i = 0; i < p.n; i++)
		FUZZ_CHECK(p.list[i]->pid > 0 && p.list[i]->n_points <= MG_PLAYER_POINTS);
	mg_player_free(&p);
	mg_model_free(&m);
}
