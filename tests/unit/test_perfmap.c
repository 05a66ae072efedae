/* SPDX-License-Identifier: MIT */
#include "tools/common/perfmap.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

/* The map is cut up in place, so the text stays as long as it. */
static char text[512];

static struct mg_perfmap
parse(const char *lines)
{
	struct mg_perfmap m;

	cr_assert(lt(sz, strlen(lines), sizeof text));
	strcpy(text, lines);
	cr_assert(zero(int, mg_perfmap_parse(text, &m)));
	return m;
}

static void
expect_name(const struct mg_perfmap *m, uint64_t address, const char *want)
{
	const char *name = mg_perfmap_find(m, address);

	cr_expect(SAME(name != NULL ? name : "none", want), "0x%lx", address);
}

Test(perfmap, finds_the_function_that_covers_an_address)
{
	struct mg_perfmap m = parse("2000 100 second\n1000 10 first one\n");

	expect_name(&m, 0xfff, "none");
	expect_name(&m, 0x1000, "first one");
	expect_name(&m, 0x100f, "first one");
	expect_name(&m, 0x1010, "none");
	expect_name(&m, 0x20ff, "second");
	expect_name(&m, 0x2100, "none");
	mg_perfmap_free(&m);
}

Test(perfmap, later_lines_win)
{
	struct mg_perfmap m = parse("1000 100 old\n1080 10 short\n1000 40 new\n0 2000 around\n"
				    "10f0 10 last\n");

	expect_name(&m, 0x1010, "around");
	expect_name(&m, 0x10f8, "last");
	expect_name(&m, 0x1fff, "around");
	mg_perfmap_free(&m);
	m = parse("0 2000 around\n1000 100 old\n1080 10 short\n1000 40 new\n");
	expect_name(&m, 0x1010, "new");
	expect_name(&m, 0x1050, "old");
	expect_name(&m, 0x1084, "short");
	expect_name(&m, 0x1100, "around");
	mg_perfmap_free(&m);
}

Test(perfmap, skips_lines_that_are_none)
{
	struct mg_perfmap m = parse("\nx 10 no\n10 no\n10 0 empty\n10 10\n10 10 \n"
				    "10 ffffffffffff long\nffffffffffffffff 10 over\n20 4 good");

	cr_expect(eq(sz, m.n, 1));
	expect_name(&m, 0x21, "good");
	mg_perfmap_free(&m);
}

Test(perfmap, of_nothing_finds_nothing)
{
	struct mg_perfmap m = parse("");

	expect_name(&m, 0, "none");
	mg_perfmap_free(&m);
}

Test(perfmap, splits_names_of_node_and_python)
{
	static const struct {
		const char *name, *function, *file;
		int line;
	} rows[] = {
		{ "LazyCompile:*load /srv/app.js:10:3", "load", "app.js", 10 },
		{ "JS:~load file:///srv/app.mjs:7:1", "load", "app.mjs", 7 },
		{ "Function:^Cache.get node:internal/map:7:1", "Cache.get", "node:internal/map",
		    7 },
		{ "Script:~ /srv/app.js:1:1", "(anonymous)", "app.js", 1 },
		{ "Eval:~ :1:1", "(anonymous)", "", 1 },
		{ "LazyCompile:*toString", "LazyCompile:*toString", "", 0 },
		{ "Builtin:ArrayMap", "Builtin:ArrayMap", "", 0 },
		{ "py::load:/srv/app.py", "load", "app.py", 0 },
		{ "py::load", "load", "", 0 },
		{ "plain_name", "plain_name", "", 0 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_perfmap_name n;

		mg_perfmap_split(rows[i].name, &n);
		cr_expect(SAME(n.function, rows[i].function), "%s", rows[i].name);
		cr_expect(SAME(n.file, rows[i].file), "%s", rows[i].name);
		cr_expect(eq(int, n.line, rows[i].line), "%s", rows[i].name);
	}
}
