/* SPDX-License-Identifier: MIT */
/* Maps of generated code, and the names in them, which are also names of functions. */
#include "tests/fuzz/fuzz.h"

#include "tools/common/names.h"
#include "tools/common/perfmap.h"

static void
check_name(const char *name)
{
	struct mg_perfmap_name parts;
	char buf[64];

	mg_perfmap_split(name, &parts);
	FUZZ_CHECK(strlen(parts.function) < sizeof parts.function && parts.line >= 0);
	FUZZ_CHECK(strlen(mg_names_short(name, buf, sizeof buf)) < sizeof buf);
	mg_names_is_allocator(name, "", true);
}

static void
fuzz_text(char *text, size_t len)
{
	struct mg_perfmap m;

	if (mg_perfmap_parse(text, &m) != 0)
		return;
	FUZZ_CHECK(m.n <= len);
	for (size_t i = 0; i < m.n; i++) {
		const struct mg_perfmap_entry *e = &m.entries[i];

		FUZZ_CHECK(i == 0 || e->start >= m.entries[i - 1].start);
		FUZZ_CHECK(mg_perfmap_find(&m, e->start) != NULL);
		FUZZ_CHECK(mg_perfmap_find(&m, e->start + e->size - 1) != NULL);
		check_name(e->name);
	}
	mg_perfmap_free(&m);
}
