/* SPDX-License-Identifier: MIT */
#include "tools/common/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/text.h"
#include "tools/common/reply.h"

#define MODULE_MOST 0xffffu /* as a frame holds it */

/* What is being read, and the site that "ages", "frames" and "trend" belong to. */
struct reader {
	struct mg_profile p;
	size_t modules_cap, sites_cap;
	struct mg_profile_site *site; /* NULL when its own line was skipped */
	bool has_ended;
};

static bool
take_u64(char **line, uint64_t *out)
{
	return mg_text_parse_u64(mg_reply_word(line), out) == 0;
}

/* Hex digits up to the end of the word. */
static bool
parse_hex(const char *s, uint64_t *out)
{
	char *end;

	if (strspn(s, "0123456789abcdefABCDEF") != strlen(s) || s[0] == '\0' || strlen(s) > 16)
		return false;
	*out = strtoull(s, &end, 16);
	return true;
}

/* Room for one more in a list of `n`; false without memory. */
static bool
make_room(void **list, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap > 0 ? *cap * 2 : 64;
	void *p;

	if (n < *cap)
		return true;
	p = realloc(*list, more * size);
	if (p == NULL)
		return false;
	*list = p;
	*cap = more;
	return true;
}

/* pid 4711 */
static int
read_pid(struct reader *r, char *line)
{
	uint64_t pid;

	if (take_u64(&line, &pid) && pid <= INT32_MAX)
		r->p.pid = (int)pid;
	return 0;
}

static int
read_uptime(struct reader *r, char *line)
{
	take_u64(&line, &r->p.uptime_ms);
	return 0;
}

static int
read_sample_bytes(struct reader *r, char *line)
{
	take_u64(&line, &r->p.sample_bytes);
	return 0;
}

/* samples 123 45 */
static int
read_samples(struct reader *r, char *line)
{
	if (take_u64(&line, &r->p.samples))
		take_u64(&line, &r->p.live_samples);
	return 0;
}

/* marks 0 60000 55000 0: ages only fall. */
static int
read_marks(struct reader *r, char *line)
{
	uint64_t scale, ages[MG_TREND_MARKS];
	unsigned n = 0;

	if (!take_u64(&line, &scale) || scale >= MG_TREND_SCALES)
		return 0;
	while (*line != '\0') {
		if (n == MG_TREND_MARKS || !take_u64(&line, &ages[n]) ||
		    (n > 0 && ages[n] > ages[n - 1]))
			return 0;
		n++;
	}
	memcpy(r->p.age_ms[scale], ages, n * sizeof ages[0]);
	r->p.n_marks[scale] = n;
	return 0;
}

/* module 1 55d0a0000000 55d0a0004000 6f1c... /usr/lib/libfoo.so.1 */
static int
read_module(struct reader *r, char *line)
{
	struct mg_profile_module m = { 0 };
	const char *id;
	uint64_t number;

	if (!take_u64(&line, &number) || number == 0 || number > MODULE_MOST ||
	    r->p.n_modules == MG_PROFILE_MOST_MODULES)
		return 0;
	if (!parse_hex(mg_reply_word(&line), &m.start) || !parse_hex(mg_reply_word(&line), &m.end))
		return 0;
	id = mg_reply_word(&line);
	m.number = (unsigned)number;
	if (strlen(id) < sizeof m.build_id && strcmp(id, "-") != 0)
		strcpy(m.build_id, id);
	if (!make_room((void **)&r->p.modules, r->p.n_modules, &r->modules_cap, sizeof m))
		return -ENOMEM;
	m.path = strdup(line);
	if (m.path == NULL)
		return -ENOMEM;
	r->p.modules[r->p.n_modules++] = m;
	return 0;
}

/* site 17 5120 5242880 6000 6144000 12 2 60000 10 */
static int
read_site(struct reader *r, char *line)
{
	struct mg_profile_site s = { 0 };
	uint64_t *const fields[] = { &s.number, &s.live_blocks, &s.live_bytes, &s.alloc_blocks,
		&s.alloc_bytes, &s.in, &s.out, &s.first_ms, &s.last_ms };

	r->site = NULL;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (!take_u64(&line, fields[i]))
			return 0;
	if (r->p.n_sites == MG_PROFILE_MOST_SITES)
		return 0;
	if (!make_room((void **)&r->p.sites, r->p.n_sites, &r->sites_cap, sizeof s))
		return -ENOMEM;
	r->site = &r->p.sites[r->p.n_sites++];
	*r->site = s;
	return 0;
}

static int
read_ages(struct reader *r, char *line)
{
	if (r->site == NULL)
		return 0;
	for (size_t i = 0; i < MG_PROFILE_AGES && *line != '\0'; i++)
		if (!take_u64(&line, &r->site->ages[i]))
			return 0;
	return 0;
}

/* 1+0x1189 */
static bool
parse_frame(char *word, struct mg_profile_frame *out)
{
	char *plus = strchr(word, '+');
	uint64_t module;

	if (plus == NULL || strncmp(plus, "+0x", 3) != 0)
		return false;
	*plus = '\0';
	if (mg_text_parse_u64(word, &module) != 0 || module > MODULE_MOST)
		return false;
	out->module = (unsigned)module;
	return parse_hex(plus + 3, &out->offset);
}

static int
read_frames(struct reader *r, char *line)
{
	struct mg_profile_site *s = r->site;

	if (s == NULL)
		return 0;
	s->depth = 0;
	while (*line != '\0' && s->depth < MG_PROFILE_DEPTH) {
		if (!parse_frame(mg_reply_word(&line), &s->frames[s->depth]))
			break;
		s->depth++;
	}
	return 0;
}

/* 12:2:5242880 */
static bool
parse_mark(char *word, struct mg_trend_mark *out)
{
	char *out_word = strchr(word, ':'), *live = NULL;
	uint64_t in, away;

	if (out_word != NULL)
		live = strchr(out_word + 1, ':');
	if (live == NULL)
		return false;
	*out_word++ = '\0';
	*live++ = '\0';
	if (mg_text_parse_u64(word, &in) != 0 || mg_text_parse_u64(out_word, &away) != 0 ||
	    in > UINT32_MAX || away > UINT32_MAX)
		return false;
	out->in = (uint32_t)in;
	out->out = (uint32_t)away;
	return mg_text_parse_u64(live, &out->live_bytes) == 0;
}

/* trend 0 0:0:0 12:2:5242880 */
static int
read_trend(struct reader *r, char *line)
{
	struct mg_trend_mark marks[MG_TREND_MARKS];
	uint64_t scale;
	unsigned n = 0;

	if (r->site == NULL || !take_u64(&line, &scale) || scale >= MG_TREND_SCALES)
		return 0;
	while (*line != '\0') {
		if (n == MG_TREND_MARKS || !parse_mark(mg_reply_word(&line), &marks[n]))
			return 0;
		n++;
	}
	/* A word for each mark, or they are not these marks. */
	if (n == r->p.n_marks[scale])
		memcpy(r->site->marks[scale], marks, n * sizeof marks[0]);
	return 0;
}

static int
read_end(struct reader *r, char *line)
{
	(void)line;
	r->has_ended = true;
	return 0;
}

static const struct {
	const char *word;
	int (*read)(struct reader *r, char *line);
} lines[] = {
	{ "pid", read_pid },
	{ "uptime_ms", read_uptime },
	{ "sample_bytes", read_sample_bytes },
	{ "samples", read_samples },
	{ "marks", read_marks },
	{ "module", read_module },
	{ "site", read_site },
	{ "ages", read_ages },
	{ "frames", read_frames },
	{ "trend", read_trend },
	{ "end", read_end },
};

static int
read_line(struct reader *r, char *line)
{
	const char *word = mg_reply_word(&line);

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		if (strcmp(lines[i].word, word) == 0)
			return lines[i].read(r, line);
	return 0;
}

int
mg_profile_parse(char *body, struct mg_profile *out)
{
	struct reader r = { 0 };
	char *line = mg_reply_line(&body);
	int err = 0;

	*out = (struct mg_profile){ 0 };
	if (line == NULL || strcmp(line, "memgov-profile 1") != 0)
		return -EPROTO;
	while (err == 0 && (line = mg_reply_line(&body)) != NULL)
		err = r.has_ended ? -EPROTO : read_line(&r, line);
	if (err == 0 && !r.has_ended)
		err = -EPROTO;
	if (err != 0) {
		mg_profile_free(&r.p);
		return err;
	}
	*out = r.p;
	return 0;
}

void
mg_profile_free(struct mg_profile *p)
{
	for (size_t i = 0; i < p->n_modules; i++)
		free(p->modules[i].path);
	free(p->modules);
	free(p->sites);
	*p = (struct mg_profile){ 0 };
}

const struct mg_profile_module *
mg_profile_module(const struct mg_profile *p, unsigned number)
{
	/* They come in order, so that this is nearly always the first look. */
	if (number > 0 && number <= p->n_modules && p->modules[number - 1].number == number)
		return &p->modules[number - 1];
	for (size_t i = 0; i < p->n_modules; i++)
		if (p->modules[i].number == number)
			return &p->modules[i];
	return NULL;
}

const struct mg_profile_site *
mg_profile_site(const struct mg_profile *p, uint64_t number)
{
	for (size_t i = 0; i < p->n_sites; i++)
		if (p->sites[i].number == number)
			return &p->sites[i];
	return NULL;
}
