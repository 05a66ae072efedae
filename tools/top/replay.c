/* SPDX-License-Identifier: MIT */
#include "tools/top/replay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/top/chart.h"
#include "tools/top/glyph.h"
#include "tools/top/keys.h"
#include "tools/top/playback.h"
#include "tools/top/recline.h"

#define SPEED_MAX 4096
#define LEAP_MS 60000
/* Where nothing was recorded for so long, time is not waited for. */
#define GAP_MS 30000
#define HOUR_MS 3600000
#define DAY_MS 86400000
#define RATES_MS 3000
#define BAR_MIN 8

static bool
is_time(const char *line)
{
	return strncmp(line, "time ", 5) == 0;
}

/* The next line, up to the damage. */
static bool
next_line(struct mg_replay *r, char **line_out)
{
	return mg_recfile_number(r->file) < r->lines && mg_recfile_line(r->file, line_out) == 1;
}

/* Plays the rounds up to `to_ms`. False at the end of the recording. */
static bool
play(struct mg_replay *r, uint64_t to_ms)
{
	char *line, round[32];
	uint64_t v;

	for (;;) {
		if (r->next_ms > to_ms)
			return true;
		if (r->next_ms != 0) {
			r->before_ms = r->player.now_ms;
			snprintf(round, sizeof round, "time %lu", (unsigned long)r->next_ms);
			mg_player_take(&r->player, round);
			r->next_ms = 0;
		}
		if (!next_line(r, &line)) {
			mg_player_pause(&r->player);
			return false;
		}
		if (is_time(line) && mg_text_parse_u64(line + 5, &v) == 0 && v > r->player.now_ms) {
			r->next_ms = v;
			mg_player_pause(&r->player);
		} else if (mg_player_take(&r->player, line) != 0) {
			return false;
		}
	}
}

/* Learns the times, and how far the file can be read. Returns what the player says of its first
 * line. */
static int
scan(struct mg_replay *r)
{
	struct mg_player *p = &r->player;
	int first = -EINVAL, got, err = 0;
	char *line;

	while ((got = mg_recfile_line(r->file, &line)) == 1) {
		err = mg_player_take(p, line);
		if (mg_recfile_number(r->file) == 1)
			first = err;
		if (err != 0)
			break;
		r->lines = mg_recfile_number(r->file);
		if (r->first_ms == 0)
			r->first_ms = p->now_ms;
	}
	r->last_ms = p->now_ms;
	r->is_cut = got < 0 || err != 0;
	return first;
}

static void
rewind_all(struct mg_replay *r)
{
	mg_player_free(&r->player);
	mg_recfile_rewind(r->file);
	r->next_ms = r->before_ms = 0;
}

int
mg_replay_open(struct mg_replay *r, const char *path, char why[MG_RECFILE_WHY])
{
	int first;

	*r = (struct mg_replay){ .is_playing = true, .speed = 1 };
	r->file = mg_recfile_open(path);
	if (r->file == NULL) {
		snprintf(why, MG_RECFILE_WHY, "%s",
		    errno == ESPIPE ? "it is no file; --replay needs one that was recorded"
				    : strerror(errno));
		return -1;
	}
	first = scan(r);
	if (r->first_ms != 0 && first == 0) {
		rewind_all(r);
		return 0;
	}
	snprintf(why, MG_RECFILE_WHY, "%s",
	    first == -ENOTSUP ? "it was recorded by a later version of memgov-top"
	    : first != 0      ? "it is no recording; memgov-top --record FILE makes one"
			      : "nothing is recorded in it");
	mg_replay_close(r);
	return -1;
}

void
mg_replay_close(struct mg_replay *r)
{
	mg_player_free(&r->player);
	mg_recfile_close(r->file);
	r->file = NULL;
}

static void
set_clock(struct mg_replay *r, uint64_t to_ms, uint64_t now_ns)
{
	r->clock_ms = to_ms;
	r->real_ns = now_ns;
}

void
mg_replay_jump(struct mg_replay *r, struct mg_model *m, uint64_t to_ms, uint64_t now_ns)
{
	to_ms = to_ms < r->first_ms ? r->first_ms : to_ms > r->last_ms ? r->last_ms : to_ms;
	if (to_ms < r->player.now_ms + RATES_MS)
		rewind_all(r);
	/* A rate needs a look before. */
	play(r, to_ms - r->first_ms > RATES_MS ? to_ms - RATES_MS : r->first_ms);
	mg_playback_tell_all(&r->player, m);
	play(r, to_ms);
	mg_playback_tell(&r->player, m);
	set_clock(r, to_ms, now_ns);
}

void
mg_replay_advance(struct mg_replay *r, struct mg_model *m, uint64_t now_ns)
{
	uint64_t passed_ms = (now_ns - r->real_ns) / MG_NS_PER_MS;
	uint64_t shown_ms = r->player.now_ms;

	if (r->player.now_ms == 0) {
		mg_replay_jump(r, m, r->first_ms, now_ns);
		return;
	}
	if (!r->is_playing || passed_ms == 0)
		return;
	set_clock(r, r->clock_ms + passed_ms * r->speed, now_ns);
	if (r->next_ms > r->clock_ms + GAP_MS)
		r->clock_ms = r->next_ms;
	if (!play(r, r->clock_ms)) {
		r->is_playing = false;
		set_clock(r, r->last_ms, now_ns);
	}
	if (r->player.now_ms != shown_ms)
		mg_playback_tell(&r->player, m);
}

static void
step(struct mg_replay *r, struct mg_model *m, bool back, uint64_t now)
{
	r->is_playing = false;
	if (back)
		mg_replay_jump(r, m, r->before_ms, now);
	else if (r->next_ms != 0)
		mg_replay_jump(r, m, r->next_ms, now);
}

/* "+10m", "-1h", or the time of a day: the first one that is in the recording. */
static int
parse_target(const struct mg_replay *r, const char *text, uint64_t *out)
{
	time_t first = (time_t)(r->first_ms / 1000);
	unsigned h, min, s = 0;
	struct tm tm;
	uint64_t ns;
	char rest;
	int n;

	if (text[0] == '+' || text[0] == '-') {
		if (mg_text_parse_duration(text + 1, &ns) != 0)
			return -EINVAL;
		ns /= MG_NS_PER_MS;
		*out = text[0] == '+' ? r->clock_ms + ns : ns < r->clock_ms ? r->clock_ms - ns : 0;
		return 0;
	}
	n = sscanf(text, "%2u:%2u:%2u%c", &h, &min, &s, &rest);
	if ((n != 3 && !(n == 2 && strlen(text) <= 5)) || h > 23 || min > 59 || s > 59)
		return -EINVAL;
	localtime_r(&first, &tm);
	tm.tm_hour = (int)h;
	tm.tm_min = (int)min;
	tm.tm_sec = (int)s;
	*out = (uint64_t)mktime(&tm) * 1000;
	if (*out + 999 < r->first_ms)
		*out += DAY_MS;
	return 0;
}

static void
add_character(struct mg_replay *r, int key)
{
	size_t n = strlen(r->typed);

	if (key > ' ' && key < 0x7f && n + 1 < sizeof r->typed) {
		r->typed[n] = (char)key;
		r->typed[n + 1] = '\0';
	}
}

static void
type(struct mg_replay *r, struct mg_model *m, int key, uint64_t now)
{
	uint64_t to_ms;
	size_t n = strlen(r->typed);

	switch (key) {
	case MG_KEY_ESC: r->is_typing = false; break;
	case MG_KEY_CLEAR_LINE: r->typed[0] = '\0'; break;
	case MG_KEY_BACKSPACE: r->typed[n > 0 ? n - 1 : 0] = '\0'; break;
	case MG_KEY_ENTER:
		r->is_typing = false;
		if (parse_target(r, r->typed, &to_ms) == 0)
			mg_replay_jump(r, m, to_ms, now);
		else
			mg_model_say(m, now, MG_STYLE_BAD,
			    "'%s' is no time; type 03:12, 03:12:30, +10m or -1h", r->typed);
		break;
	default: add_character(r, key); break;
	}
}

static uint64_t
earlier(uint64_t ms, uint64_t by)
{
	return ms > by ? ms - by : 0;
}

/* At the end it begins again. */
static void
play_or_hold(struct mg_replay *r, struct mg_model *m, uint64_t now)
{
	if (!r->is_playing && r->clock_ms >= r->last_ms)
		mg_replay_jump(r, m, r->first_ms, now);
	r->is_playing = !r->is_playing;
	r->real_ns = now;
}

bool
mg_replay_key(struct mg_replay *r, struct mg_model *m, int key, uint64_t now_ns)
{
	if (r->is_typing) {
		type(r, m, key, now_ns);
		return true;
	}
	if (m->input != MG_MODEL_NO_INPUT)
		return false;
	/* Keys leave the help, as everywhere. */
	if (m->help || m->chooser.is_open)
		return false;
	switch (mg_keys_find(key)) {
	case MG_KEYS_PAUSE: play_or_hold(r, m, now_ns); return true;
	case MG_KEYS_STEP_BACK: step(r, m, true, now_ns); return true;
	case MG_KEYS_STEP: step(r, m, false, now_ns); return true;
	case MG_KEYS_SLOWER: r->speed = r->speed > 1 ? r->speed / 2 : 1; return true;
	case MG_KEYS_FASTER:
		r->speed = r->speed < SPEED_MAX ? r->speed * 2 : SPEED_MAX;
		return true;
	case MG_KEYS_LEAP_BACK:
		mg_replay_jump(r, m, earlier(r->clock_ms, LEAP_MS), now_ns);
		return true;
	case MG_KEYS_LEAP: mg_replay_jump(r, m, r->clock_ms + LEAP_MS, now_ns); return true;
	case MG_KEYS_GO_TO:
		r->is_typing = true;
		r->typed[0] = '\0';
		return true;
	default: return false;
	}
}

enum precision { DATE, SECONDS, MINUTES };

static void
print_time(char *buf, size_t cap, enum precision precision, uint64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	buf[0] = '\0';
	if (localtime_r(&t, &tm) == NULL)
		return;
	if (precision == DATE)
		strftime(buf, cap, "%Y-%m-%d %H:%M:%S", &tm);
	else if (precision == SECONDS)
		strftime(buf, cap, "%H:%M:%S", &tm);
	else
		strftime(buf, cap, "%H:%M", &tm);
}

/* 22:00 ----o---- 07:58 */
static void
draw_place(const struct mg_replay *r, struct mg_canvas *c, int col)
{
	enum precision precision = r->last_ms - r->first_ms < HOUR_MS ? SECONDS : MINUTES;
	char from[16], to[16];
	int width, at;

	print_time(from, sizeof from, precision, r->first_ms);
	print_time(to, sizeof to, precision, r->last_ms);
	width = c->width - col - (int)strlen(from) - (int)strlen(to) - 3;
	if (width < BAR_MIN)
		return;
	col = mg_canvas_put(c, 0, col, MG_STYLE_DIM, from) + 1;
	at = mg_chart_scale(r->clock_ms - r->first_ms, r->last_ms - r->first_ms, width - 1);
	for (int x = 0; x < width; x++)
		mg_canvas_glyph(c, 0, col + x, x <= at ? MG_STYLE_KEY : MG_STYLE_DIM,
		    x == at ? 0x2588 : 0x2500);
	mg_canvas_put(c, 0, col + width + 1, MG_STYLE_DIM, to);
}

static void
draw_keys(const struct mg_replay *r, struct mg_canvas *c, int row)
{
	static const struct {
		const char *key, *name;
	} keys[] = { { "Space", "Play" }, { "[ ]", "Step" }, { "( )", "1 min" }, { "{ }", "Speed" },
		{ "g", "Go to a time" } };
	int col = 0;

	if (r->is_typing) {
		col =
		    mg_canvas_put(c, row, 0, MG_STYLE_KEY, "Go to (03:12, 03:12:30, +10m, -1h): ");
		c->cursor_row = row;
		c->cursor_col = mg_canvas_put(c, row, col, MG_STYLE_STRONG, r->typed);
		return;
	}
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const char *name = i == 0 && r->is_playing ? "Hold" : keys[i].name;

		col = mg_canvas_put(c, row, col, MG_STYLE_KEY, keys[i].key) + 1;
		col = mg_canvas_put(c, row, col, MG_STYLE_PLAIN, name) + 2;
	}
	if (r->is_cut)
		mg_canvas_print(
		    c, row, col, MG_STYLE_WARN, "damaged behind line %lu", (unsigned long)r->lines);
}

void
mg_replay_draw(const struct mg_replay *r, struct mg_canvas *c)
{
	char date[32];
	int col;

	print_time(date, sizeof date, DATE, r->clock_ms);
	col = mg_canvas_put(c, 0, 0, MG_STYLE_WARN, "REPLAY") + 2;
	col = mg_canvas_put(c, 0, col, MG_STYLE_STRONG, date) + 2;
	if (r->is_playing)
		col = mg_canvas_print(c, 0, col, MG_STYLE_GOOD, "x%u", r->speed) + 2;
	else
		col = mg_canvas_put(c, 0, col, MG_STYLE_WARN,
			  r->clock_ms >= r->last_ms ? "at its end" : "held") +
		      2;
	draw_place(r, c, col);
	draw_keys(r, c, c->height - 1);
}
