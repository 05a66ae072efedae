/* SPDX-License-Identifier: MIT */
/*
 * Options: struct mg_config and the metadata of every field, expanded from options.def. Pure: text
 * and structs in, text and structs out; the caller reads the environment and publishes the result.
 * A config never holds pointers, so it is copied with `=`. Sizes are bytes, durations ns, percents
 * 0..100, choices an index into `accepts`.
 */
#ifndef MG_CONFIG_H
#define MG_CONFIG_H

#include "shim/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MG_CONFIG_PATH_BYTES 256
#define MG_CONFIG_STEPS 8

enum mg_step_kind {
	MG_STEP_COMPACT,
	MG_STEP_NOTIFY,
	MG_STEP_WAIT, /* arg: ns */
	MG_STEP_GC,   /* arg: signal number */
	MG_STEP_FAIL, /* this and what follows can only be last */
	MG_STEP_ABORT,
	MG_STEP_TERM,
};

struct mg_step {
	enum mg_step_kind kind;
	uint64_t arg;
};

struct mg_steps {
	unsigned n; /* at least 1; the last one is FAIL, ABORT or TERM */
	struct mg_step step[MG_CONFIG_STEPS];
};

enum mg_preset {
	MG_PRESET_NONE,
	MG_PRESET_LOW,
	MG_PRESET_STANDARD,
	MG_PRESET_HIGH,
	MG_PRESET_AUTO
};
enum mg_engine { MG_ENGINE_PARK, MG_ENGINE_MIMALLOC };
enum mg_start { MG_START_AUTO, MG_START_NOW };
enum mg_socket_mode { MG_SOCKET_RW, MG_SOCKET_RO, MG_SOCKET_OFF };
enum mg_children { MG_CHILDREN_KEEP, MG_CHILDREN_DROP };
enum mg_deepbind { MG_DEEPBIND_DROP, MG_DEEPBIND_KEEP };
enum mg_hints { MG_HINTS_AUTO, MG_HINTS_ON, MG_HINTS_OFF };

#define MG_FIELD_FLAG(name) uint64_t name;
#define MG_FIELD_SIZE(name) uint64_t name;
#define MG_FIELD_DURATION(name) uint64_t name;
#define MG_FIELD_PERCENT(name) uint64_t name;
#define MG_FIELD_COUNT(name) uint64_t name;
#define MG_FIELD_CHOICE(name) uint64_t name;
#define MG_FIELD_STEPS(name) struct mg_steps name;
#define MG_FIELD_PATH(name) char name[MG_CONFIG_PATH_BYTES];
struct mg_config {
#define OPTION(type, name, env, def, accepts, flags, doc) MG_FIELD_##type(name)
#include "shim/tables/options.def"
};

enum mg_option_type {
	MG_OPT_FLAG,
	MG_OPT_SIZE,
	MG_OPT_DURATION,
	MG_OPT_PERCENT,
	MG_OPT_COUNT,
	MG_OPT_CHOICE,
	MG_OPT_STEPS,
	MG_OPT_PATH,
};

enum { MG_OPT_BOOT = 1, MG_OPT_RUNTIME = 2 };

struct mg_option {
	const char *name;    /* heap_max */
	const char *env;     /* MEMGOV_HEAP_MAX */
	const char *def;     /* default, as typed */
	const char *accepts; /* see options.def */
	const char *doc;
	enum mg_option_type type;
	unsigned flags;
	size_t offset; /* of the field in struct mg_config */
};

extern const struct mg_option mg_config_options[];
extern const size_t mg_config_option_count;

/* By name or by environment variable; NULL when there is none. */
const struct mg_option *mg_config_find(const char *name);

/* Every field at its default. */
void mg_config_defaults(struct mg_config *c);

/*
 * Sets one option from text. On failure nothing is changed, `why` says what was wrong and what is
 * accepted
 * ("'banana' is not a size; accepted: 0 or 1M..64T"), and the result is -EINVAL or -ERANGE.
 */
int mg_config_parse(
    struct mg_config *c, const struct mg_option *o, const char *value, struct mg_text *why);

/*
 * What `set` on the socket and memgov_set() do: as above, and refuses unknown names (-ENOENT),
 * options that are read at start only (-EPERM), options of a later version (-ENOSYS) and
 * combinations that make no sense.
 */
int mg_config_set(struct mg_config *c, const char *name, const char *value, struct mg_text *why);

/* Rules between options. 0, or -EINVAL with `why`. */
int mg_config_check(const struct mg_config *c, struct mg_text *why);

/* The value as a user would type it. */
void mg_config_print(const struct mg_config *c, const struct mg_option *o, struct mg_text *out);

/*
 * Reads an environment: presets first, then every MEMGOV_ variable over them. Each bad or unknown
 * variable costs one call of `complain` with a whole line and leaves its default. Returns the
 * number of complaints. machine_bytes is what preset auto halves; 0 when unknown.
 */
typedef void mg_config_complain_fn(const char *line);
unsigned mg_config_from_env(
    struct mg_config *c, char *const *env, uint64_t machine_bytes, mg_config_complain_fn *complain);

#endif
