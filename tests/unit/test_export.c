/* SPDX-License-Identifier: MIT */
#include "tools/cli/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/support.h"
#include "tools/cli/flame.h"
#include "tools/cli/folded.h"
#include "tools/cli/google.h"
#include "tools/cli/numbering.h"
#include "tools/cli/sites_table.h"

#define PROFILE                                                             \
	"memgov-profile 1\npid 7\nsample_bytes 1024\nsamples 9 5\n"         \
	"module 1 400000 500000 00 \n"                                      \
	"module 2 7f0000 7f9000 00 /nowhere/libplugin.so\n"                 \
	"site 1 10 3000 20 6000 3 0 1 1\nframes 0+0x1110 2+0x20 0+0x1210\n" \
	"site 2 1 1000 1 1000 1 0 1 1\nframes 0+0x1310 0+0x1210\n"          \
	"site 3 0 0 5 500 1 1 1 1\nframes 0+0x1210\n"                       \
	"site 4 2 200 2 200 1 0 1 1\nend\n"

static struct mg_capture capture;
static struct mg_export e;

/* Names come from a map of generated code, where any name can stand at any address. */
static void
make_map(void)
{
	char path[64];
	FILE *out;

	snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
	out = fopen(path, "wx");
	cr_assert(ne(ptr, out, NULL));
	fputs("1100 100 leak\n1200 100 main\n1300 100 bool Map<int>::put;x(A&)\n", out);
	fclose(out);
}

static struct mg_profile
parse(const char *text)
{
	char *copy = strdup(text);
	struct mg_profile p;

	cr_assert(zero(int, mg_profile_parse(copy, &p)));
	free(copy);
	return p;
}

static void
begin(void)
{
	struct mg_symbols_line l;
	struct mg_profile_frame f = { 0, 0x1110 };
	char path[64];

	make_map();
	capture = (struct mg_capture){ .command = "a<b>", .profile = parse(PROFILE) };
	e = (struct mg_export){ .pid = 7, .program = "/srv/app", .capture = &capture };
	e.symbols = mg_symbols_open(getpid());
	mg_symbols_resolve(e.symbols, &capture.profile, &f, &l, 1);
	snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
	unlink(path);
}

static void
end(void)
{
	mg_profile_free(&capture.profile);
	mg_symbols_close(e.symbols);
}

static void
expect_output(mg_export_fn *write, const char *want)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	write(&e, out);
	fclose(out);
	cr_expect(SAME(text, want));
	free(text);
}

Test(export, folded_stacks_begin_at_the_root, .init = begin, .fini = end)
{
	expect_output(mg_folded_write, "main;libplugin.so+0x20;leak 3000\nmain;Map<>::put:x 1000\n"
				       "(no stack) 200\n");
	e.is_alloc = true;
	expect_output(mg_folded_write, "main;libplugin.so+0x20;leak 6000\nmain;Map<>::put:x 1000\n"
				       "(no stack) 200\nmain 500\n");
}

Test(export, google_has_all_figures_and_where_files_lie, .init = begin, .fini = end)
{
	expect_output(mg_google_write,
	    "heap profile: 13: 4200 [28: 7700] @ heapprofile\n"
	    "10: 3000 [20: 6000] @ 0x110f 0x7f0020 0x1210\n"
	    "1: 1000 [1: 1000] @ 0x130f 0x1210\n"
	    "0: 0 [5: 500] @ 0x120f\n"
	    "2: 200 [2: 200] @ 0x1\n"
	    "\nMAPPED_LIBRARIES:\n"
	    "400000-500000 r-xp 00000000 00:00 0 /srv/app\n"
	    "7f0000-7f9000 r-xp 00000000 00:00 0 /nowhere/libplugin.so\n");
}

struct box {
	char title[64];
	double x, width;
	int y;
};

/* "<g><title>name&#10;...</title><rect x=".." y=".." width=".." */
static size_t
read_boxes(const char *svg, struct box *out, size_t most)
{
	size_t n = 0;

	while (n < most && (svg = strstr(svg, "<g><title>")) != NULL) {
		const char *rect = strstr(svg, "<rect");

		cr_assert(eq(int, sscanf(svg, "<g><title>%63[^&]", out[n].title), 1));
		cr_assert(eq(int,
		    sscanf(rect, "<rect x=\"%lf\" y=\"%d\" width=\"%lf\"", &out[n].x, &out[n].y,
			&out[n].width),
		    3));
		svg = rect;
		n++;
	}
	return n;
}

Test(export, a_flame_graph_has_boxes_as_wide_as_their_bytes, .init = begin, .fini = end)
{
	struct box b[16];
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	mg_flame_write(&e, out);
	fclose(out);
	cr_expect(eq(uint, support_count(text, "a&#60;b&#62; 7: what it holds"), 1), "%s", text);
	cr_expect(
	    eq(uint, support_count(text, "Map&#60;&#62;::put;x&#10;0.9K, 23.8 %, 1 blocks"), 1));
	cr_assert(eq(sz, read_boxes(text, b, 16), 6));
	cr_expect(SAME(b[0].title, "all"));
	cr_expect(SAME(b[1].title, "main"));
	cr_expect(SAME(b[2].title, "libplugin.so+0x20"));
	cr_expect(SAME(b[3].title, "leak"));
	cr_expect(b[0].width > 1178 && b[0].width < 1181);
	cr_expect(b[1].width > 4000.0 / 4200 * b[0].width - 2 && b[1].width < b[0].width);
	cr_expect(b[3].y < b[2].y && b[2].y < b[1].y && b[1].y < b[0].y, "root below");
	cr_expect(b[2].x >= b[1].x && b[4].x > b[2].x, "side by side, the larger first");
	cr_expect(b[4].x + b[4].width <= b[1].x + b[1].width + 0.6);
	free(text);
}

Test(export, changes_are_those_of_sites_with_the_same_lines, .init = begin, .fini = end)
{
	struct mg_profile later =
	    parse("memgov-profile 1\nmodule 2 7f0000 7f9000 00 /nowhere/libplugin.so\n"
		  "site 8 12 3600 20 6000 3 0 1 1\nframes 0+0x1120 2+0x20 0+0x1210\n"
		  "site 9 5 5000 1 1000 1 0 1 1\nframes 0+0x1110\n"
		  "site 4 2 200 2 200 1 0 1 1\nend\n");
	struct mg_stacks then, now;
	struct mg_sites_change *c;
	size_t n;

	cr_assert(zero(int, mg_stacks_make(&capture.profile, e.symbols, &then)));
	cr_assert(zero(int, mg_stacks_make(&later, e.symbols, &now)));
	c = mg_sites_table_compare(&then, &now, &n);
	cr_assert(eq(sz, n, 3));
	cr_expect(eq(i64, c[0].live_bytes, 5000));
	cr_expect(eq(ptr, (void *)c[0].then, NULL));
	cr_expect(eq(i64, c[1].live_bytes, 600));
	cr_expect(eq(i64, c[1].live_blocks, 2));
	cr_expect(eq(u64, c[1].then->number, 1));
	cr_expect(eq(u64, c[1].now->number, 8));
	cr_expect(eq(i64, c[2].live_bytes, -1000));
	cr_expect(eq(ptr, (void *)c[2].now, NULL));
	free(c);
	mg_stacks_free(&then);
	mg_stacks_free(&now);
	mg_profile_free(&later);
}

Test(export, numbers_are_given_in_order)
{
	struct mg_numbering n = { 0 };
	bool is_new;

	for (uint64_t i = 0; i < 2000; i++) {
		cr_expect(eq(u64, mg_numbering_of(&n, i / 2, i % 2, &is_new), i + 1));
		cr_expect(is_new);
	}
	cr_expect(eq(u64, mg_numbering_of(&n, 7, 1, &is_new), 16));
	cr_expect(not(is_new));
	mg_numbering_free(&n);
}
