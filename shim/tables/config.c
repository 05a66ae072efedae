/* SPDX-License-Identifier: MIT */
#include "shim/tables/config.h"

#include "shim/tables/steps.h"
#include "shim/tables/suggest.h"
#include "shim/tables/value.h"

#include <errno.h>
#include <string.h>

#define LINE_BYTES 512
#define NAME_BYTES 60
#define PREFIX "MEMGOV_"
#define INTERNAL "MEMGOV_INTERNAL_"

enum { BOOT = MG_OPT_BOOT, RUNTIME = MG_OPT_RUNTIME };

const struct mg_option mg_config_options[] = {
#define OPTION(type, name, env, def, accepts, flags, doc) \
	{ #name, env, def, accepts, doc, MG_OPT_##type, flags, offsetof(struct mg_config, name) },
#include "shim/tables/options.def"
};
#define OPTIONS (sizeof mg_config_options / sizeof mg_config_options[0])
const size_t mg_config_option_count = OPTIONS;

/* Options by number, for the few rules that name one, and for sets of them in one word. */
enum {
#define OPTION(type, name, env, def, accepts, flags, doc) OPT_##name,
#include "shim/tables/options.def"
};
_Static_assert(OPTIONS <= 64, "a set of options is one word");

const struct mg_option *
mg_config_find(const char *name)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (strcmp(name, mg_config_options[i].name) == 0 ||
		    strcmp(name, mg_config_options[i].env) == 0)
			return &mg_config_options[i];
	return NULL;
}

static void *
field(struct mg_config *c, const struct mg_option *o)
{
	return (char *)c + o->offset;
}

static const void *
const_field(const struct mg_config *c, const struct mg_option *o)
{
	return (const char *)c + o->offset;
}

int
mg_config_parse(
    struct mg_config *c, const struct mg_option *o, const char *value, struct mg_text *why)
{
	char buf[LINE_BYTES];
	struct mg_text verdict;
	int err;

	mg_text_init(&verdict, buf, sizeof buf);
	err = mg_value_parse(o, value, field(c, o), &verdict);
	if (err != 0) {
		mg_value_quote(why, value);
		mg_text_add(why, " %s; accepted: %s", buf, o->accepts);
	}
	return err;
}

static void
restore_default(struct mg_config *c, const struct mg_option *o)
{
	mg_value_restore(o, field(c, o));
}

void
mg_config_defaults(struct mg_config *c)
{
	memset(c, 0, sizeof *c);
	for (size_t i = 0; i < OPTIONS; i++)
		restore_default(c, &mg_config_options[i]);
}

void
mg_config_print(const struct mg_config *c, const struct mg_option *o, struct mg_text *out)
{
	mg_value_print(o, const_field(c, o), out);
}

int
mg_config_check(const struct mg_config *c, struct mg_text *why)
{
	if (c->system_warn > c->system_critical) {
		mg_text_add(why, "system_warn %lu%% is above system_critical %lu%%", c->system_warn,
		    c->system_critical);
		return -EINVAL;
	}
	return 0;
}

/* " (did you mean NAME?)" when one is close; `by_env` says which of its two names a row goes by. */
static void
add_suggestion(struct mg_text *t, const char *name, bool by_env)
{
	const char *best = NULL;
	unsigned least = UINT32_MAX;

	for (size_t i = 0; i < OPTIONS; i++) {
		const struct mg_option *o = &mg_config_options[i];
		const char *candidate = by_env ? o->env : o->name;
		/* The common prefix says nothing about how close two names are. */
		size_t skip = by_env ? sizeof PREFIX - 1 : 0;
		unsigned distance = mg_suggest_distance(name + skip, candidate + skip);

		if (distance < least && mg_suggest_is_close(name + skip, candidate + skip)) {
			best = candidate;
			least = distance;
		}
	}
	if (best != NULL)
		mg_text_add(t, " (did you mean %s?)", best);
}

int
mg_config_set(struct mg_config *c, const char *name, const char *value, struct mg_text *why)
{
	const struct mg_option *o = mg_config_find(name);
	struct mg_config next = *c;
	int err;

	if (o == NULL) {
		mg_value_quote(why, name);
		mg_text_add(why, " is not an option of memgov");
		add_suggestion(why, name, false);
		return -ENOENT;
	}
	if (!(o->flags & RUNTIME)) {
		mg_text_add(why, "%s is read at the start only; set %s and start the program again",
		    o->name, o->env);
		return -EPERM;
	}
	err = mg_config_parse(&next, o, value, why);
	if (err == 0)
		err = mg_config_check(&next, why);
	if (err == 0)
		*c = next;
	return err;
}

/* An environment while it is read. */
struct reading {
	struct mg_config *c;
	mg_config_complain_fn *complain;
	unsigned complaints;
	uint64_t set; /* options that the environment set, one bit each */
};

static void
complain(struct reading *r, const struct mg_text *line)
{
	r->complain(line->buf);
	r->complaints++;
}

static void
complain_value(struct reading *r, const struct mg_option *o, const char *value, const char *verdict)
{
	char buf[LINE_BYTES];
	struct mg_text line;
	size_t before;

	mg_text_init(&line, buf, sizeof buf);
	mg_text_add(&line, "%s=", o->env);
	mg_value_quote(&line, value);
	mg_text_add(&line, " %s (accepted: %s); keeping ", verdict, o->accepts);
	before = line.len;
	mg_config_print(r->c, o, &line);
	if (line.len == before)
		mg_text_add(&line, "''");
	complain(r, &line);
}

static void
read_value(struct reading *r, const struct mg_option *o, const char *value)
{
	uint64_t bit = 1ull << (o - mg_config_options);
	char buf[LINE_BYTES];
	struct mg_text verdict;

	/* A name may be in an environment twice; getenv() takes the first, and so do we. */
	if (r->set & bit)
		return;
	mg_text_init(&verdict, buf, sizeof buf);
	if (mg_value_parse(o, value, field(r->c, o), &verdict) == 0) {
		r->set |= bit;
	} else {
		complain_value(r, o, value, buf);
	}
}

static void
read_unknown(struct reading *r, const char *name)
{
	char buf[LINE_BYTES];
	struct mg_text line;

	mg_text_init(&line, buf, sizeof buf);
	mg_text_add(&line, "%s is not an option of memgov; ignored", name);
	add_suggestion(&line, name, true);
	complain(r, &line);
}

/* One "NAME=value" of the environment. */
static void
read_variable(struct reading *r, const char *entry)
{
	const char *equals = strchr(entry, '=');
	const struct mg_option *o;
	char name[NAME_BYTES];
	size_t len;

	if (equals == NULL || strncmp(entry, PREFIX, sizeof PREFIX - 1) != 0 ||
	    strncmp(entry, INTERNAL, sizeof INTERNAL - 1) == 0)
		return;
	len = (size_t)(equals - entry) < sizeof name ? (size_t)(equals - entry) : sizeof name - 1;
	for (size_t i = 0; i < len; i++)
		name[i] = mg_value_is_control(entry[i]) ? '?' : entry[i];
	name[len] = '\0';
	o = mg_config_find(name);
	if (o == NULL)
		read_unknown(r, name);
	else if (o != &mg_config_options[OPT_preset])
		read_value(r, o, equals + 1);
}

static const char *
find_variable(char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

static uint64_t
preset_ceiling(uint64_t preset, uint64_t machine_bytes)
{
	switch (preset) {
	case MG_PRESET_LOW: return 256ull << 20;
	case MG_PRESET_STANDARD: return 512ull << 20;
	case MG_PRESET_HIGH: return 1ull << 30;
	case MG_PRESET_AUTO: return machine_bytes / 2;
	default: return 0;
	}
}

static void
read_preset(struct reading *r, char *const *env, uint64_t machine_bytes)
{
	const struct mg_option *o = &mg_config_options[OPT_preset];
	const char *value = find_variable(env, o->env);
	uint64_t ceiling;

	if (value == NULL)
		return;
	read_value(r, o, value);
	ceiling = preset_ceiling(r->c->preset, machine_bytes);
	if (r->c->preset == MG_PRESET_AUTO &&
	    (ceiling == 0 || !mg_value_is_in_range(&mg_config_options[OPT_heap_max], ceiling))) {
		restore_default(r->c, o);
		complain_value(
		    r, o, value, "needs the size of the machine's memory, which is unknown");
		return;
	}
	r->c->heap_max = ceiling;
}

/* A small heap may never release the default's 500M; half of its ceiling it does. */
static void
fit_released(struct reading *r)
{
	struct mg_config *c = r->c;

	if (c->preset == MG_PRESET_NONE || c->heap_max == 0 || (r->set & 1ull << OPT_released))
		return;
	if (c->heap_max / 2 < c->released &&
	    mg_value_is_in_range(&mg_config_options[OPT_released], c->heap_max / 2))
		c->released = c->heap_max / 2;
}

static void
read_combination(struct reading *r)
{
	const struct mg_option *warn = &mg_config_options[OPT_system_warn];
	const struct mg_option *critical = &mg_config_options[OPT_system_critical];
	char buf[LINE_BYTES];
	struct mg_text line;

	mg_text_init(&line, buf, sizeof buf);
	if (mg_config_check(r->c, &line) == 0)
		return;
	mg_text_init(&line, buf, sizeof buf);
	mg_text_add(&line, "%s=%lu%% is above %s=%lu%%", warn->env, r->c->system_warn,
	    critical->env, r->c->system_critical);
	restore_default(r->c, warn);
	restore_default(r->c, critical);
	mg_text_add(&line, "; keeping %s and %s", warn->def, critical->def);
	complain(r, &line);
}

unsigned
mg_config_from_env(struct mg_config *c, char *const *env, uint64_t machine_bytes,
    mg_config_complain_fn *complain_line)
{
	struct reading r = { .c = c, .complain = complain_line };

	mg_config_defaults(c);
	read_preset(&r, env, machine_bytes);
	for (; *env != NULL; env++)
		read_variable(&r, *env);
	fit_released(&r);
	read_combination(&r);
	return r.complaints;
}
