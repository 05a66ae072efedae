/* SPDX-License-Identifier: MIT */
#include "shim/tables/snapshot.h"

#include "shim/base/text.h"

#include <string.h>

#define NUMBER_BYTES 24

const struct mg_stat mg_snapshot_stats[] = {
#define LABEL(name, size, heading, help)                                                         \
	{ #name, heading, help, MG_STAT_LABEL, MG_UNIT_TEXT, offsetof(struct mg_snapshot, name), \
		size },
#define STAT(kind, name, unit, source, heading, help)           \
	{ #name, heading, help, MG_STAT_##kind, MG_UNIT_##unit, \
		offsetof(struct mg_snapshot, name), 0 },
#include "shim/tables/stats.def"
};
#define STATS (sizeof mg_snapshot_stats / sizeof mg_snapshot_stats[0])
const size_t mg_snapshot_stat_count = STATS;

uint64_t
mg_snapshot_number(const struct mg_snapshot *s, const struct mg_stat *stat)
{
	const char *at = (const char *)s + stat->offset;
	uint64_t v = 0;

	if (stat->kind != MG_STAT_LABEL)
		memcpy(&v, at, sizeof v);
	return v;
}

const char *
mg_snapshot_label(const struct mg_snapshot *s, const struct mg_stat *stat)
{
	return stat->kind == MG_STAT_LABEL ? (const char *)s + stat->offset : "";
}

/* Only the THREAD rows name a field of struct mg_counters; the others expand to nothing. */
#define ADD_THREAD(name) to->name += from->name;
#define ADD_HEAP(name)
#define ADD_PROCESS(name)
#define ADD_GOVERNOR(name)
#define ADD_SYSTEM(name)

void
mg_snapshot_add_counters(struct mg_snapshot *to, const struct mg_counters *from)
{
#define LABEL(name, size, heading, help)
#define STAT(kind, name, unit, source, heading, help) ADD_##source(name)
#include "shim/tables/stats.def"
}

void
mg_snapshot_sum_counters(struct mg_counters *to, const struct mg_counters *from)
{
#define LABEL(name, size, heading, help)
#define STAT(kind, name, unit, source, heading, help) ADD_##source(name)
#include "shim/tables/stats.def"
}

static bool
parse_number(void *field, const char *value, size_t len)
{
	char buf[NUMBER_BYTES];
	uint64_t v;

	if (len >= sizeof buf)
		return false;
	memcpy(buf, value, len);
	buf[len] = '\0';
	if (mg_text_parse_u64(buf, &v) != 0)
		return false;
	memcpy(field, &v, sizeof v);
	return true;
}

/* A newer library may have longer labels than this reader: the beginning still says most. */
static void
parse_label(char *field, size_t size, const char *value, size_t len)
{
	size_t n = len < size ? len : size - 1;

	memcpy(field, value, n);
	memset(field + n, 0, size - n);
}

static const struct mg_stat *
find_row(const char *name, size_t len)
{
	for (size_t i = 0; i < STATS; i++)
		if (strlen(mg_snapshot_stats[i].name) == len &&
		    memcmp(name, mg_snapshot_stats[i].name, len) == 0)
			return &mg_snapshot_stats[i];
	return NULL;
}

const struct mg_stat *
mg_snapshot_parse_line(struct mg_snapshot *s, const char *line)
{
	size_t len = strcspn(line, "\n"), name_len = strcspn(line, " \n");
	const struct mg_stat *stat = find_row(line, name_len);
	const char *value = line + name_len + 1;
	char *field;

	if (stat == NULL || name_len == len)
		return NULL;
	len -= name_len + 1;
	field = (char *)s + stat->offset;
	if (stat->kind == MG_STAT_LABEL)
		parse_label(field, stat->size, value, len);
	else if (!parse_number(field, value, len))
		return NULL;
	return stat;
}
