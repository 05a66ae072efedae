/* SPDX-License-Identifier: MIT */
#include "tools/common/stacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/support.h"

/* Names come from a map of generated code, where any name can stand at any address. */
#define MAP                                                                          \
	"1000 100 xmalloc\n1100 100 leak\n1200 100 main\n1300 100 Cache::put(int)\n" \
	"1400 100 std::string::_M_create(unsigned long&, unsigned long)\n"           \
	"1500 100 JS:*handle /srv/app.js:7:1\n1600 100 JS:^fill node:buffer:390:1\n" \
	"1700 100 Builtin:ArrayMap\n"

static struct mg_symbols *symbols;
static struct mg_profile profile;
static struct mg_stacks stacks;

static void
make(const char *text)
{
	char path[64], *copy = strdup(text);
	FILE *out;

	snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
	out = fopen(path, "wx");
	cr_assert(ne(ptr, out, NULL));
	fputs(MAP, out);
	fclose(out);
	symbols = mg_symbols_open(getpid());
	cr_assert(zero(int, mg_profile_parse(copy, &profile)));
	cr_assert(zero(int, mg_stacks_make(&profile, symbols, &stacks)));
	free(copy);
	unlink(path);
}

static void
end(void)
{
	mg_stacks_free(&stacks);
	mg_profile_free(&profile);
	mg_symbols_close(symbols);
}

static void
expect_culprit(size_t site, const char *want)
{
	const struct mg_stacks_site *s = &stacks.sites[site];

	cr_expect(SAME(s->lines[s->culprit].function, want));
}

Test(stacks, that_read_the_same_are_one, .fini = end)
{
	const struct mg_stacks_site *s;

	make("memgov-profile 1\nmarks 0 10 0\n"
	     "site 1 1 100 2 200 3 1 60 20\nages 100 0 0 0 0 0\n"
	     "frames 0+0x1010 0+0x1110 0+0x1210\ntrend 0 1:0:50 3:1:100\n"
	     "site 2 10 1000 20 2000 30 10 70 30\nages 0 1000 0 0 0 0\n"
	     "frames 0+0x1020 0+0x1130 0+0x1210\ntrend 0 10:0:500 30:10:1000\n"
	     "site 3 5 500 5 500 5 0 1 1\nframes 0+0x1010 0+0x1210\nend\n");
	cr_assert(eq(sz, stacks.n, 2));
	cr_expect(eq(u64, stacks.live_bytes, 1600));
	s = &stacks.sites[0];
	cr_expect(eq(u64, s->number, 1));
	cr_expect(eq(u64, s->live_blocks, 11));
	cr_expect(eq(u64, s->live_bytes, 1100));
	cr_expect(eq(u64, s->alloc_blocks, 22));
	cr_expect(eq(u64, s->alloc_bytes, 2200));
	cr_expect(eq(u64, s->in, 33));
	cr_expect(eq(u64, s->out, 11));
	cr_expect(eq(u64, s->first_ms, 70));
	cr_expect(eq(u64, s->last_ms, 20));
	cr_expect(eq(u64, s->ages[0], 100));
	cr_expect(eq(u64, s->ages[1], 1000));
	cr_expect(eq(u32, s->marks[0][1].in, 33));
	cr_expect(eq(u32, s->marks[0][1].out, 11));
	cr_expect(eq(u64, s->marks[0][0].live_bytes, 550));
	cr_assert(eq(sz, s->n_lines, 3));
	cr_expect(SAME(s->lines[0].function, "xmalloc"));
	expect_culprit(0, "leak");
	expect_culprit(1, "main");
}

Test(stacks, blame_the_first_that_does_not_allocate_for_others, .fini = end)
{
	make("memgov-profile 1\nmodule 1 1000 2000 00 /nowhere/libc.so.6\n"
	     "module 2 1000 2000 00 /nowhere/libplugin.so\n"
	     "site 1 1 9 0 0 0 0 0 0\nframes 1+0x10 0+0x1410 0+0x1310 0+0x1210\n"
	     "site 2 1 8 0 0 0 0 0 0\nframes 1+0x10 2+0x20 0+0x1210\n"
	     "site 3 1 7 0 0 0 0 0 0\nframes 0+0x1010 1+0x10\n"
	     "site 4 1 6 0 0 0 0 0 0\nsite 0 1 5 0 0 0 0 0 0\nend\n");
	cr_assert(eq(sz, stacks.n, 5));
	expect_culprit(0, "Cache::put(int)");
	expect_culprit(1, "libplugin.so+0x20");
	expect_culprit(2, "xmalloc");
	expect_culprit(3, "(no stack)");
	expect_culprit(4, "(sites that had no room)");
}

Test(stacks, blame_a_script_rather_than_its_engine, .fini = end)
{
	make("memgov-profile 1\nmodule 1 1000 2000 00 /nowhere/node\n"
	     "module 2 1000 2000 00 /nowhere/addon.node\n"
	     "site 1 1 9 0 0 0 0 0 0\nframes 1+0x1 0+0x9999 0+0x1710 0+0x1610 0+0x1510 1+0x2\n"
	     "site 2 1 8 0 0 0 0 0 0\nframes 2+0x1 1+0x1 0+0x1510\n"
	     "site 3 1 7 0 0 0 0 0 0\nframes 1+0x1 0+0x1610 1+0x2\nend\n");
	cr_assert(eq(sz, stacks.n, 3));
	expect_culprit(0, "handle");
	expect_culprit(1, "addon.node+0x1");
	expect_culprit(2, "node+0x1");
}

Test(stacks, of_one_culprit_can_be_one, .fini = end)
{
	const struct mg_stacks_site *s;

	make("memgov-profile 1\n"
	     "site 1 1 100 1 100 1 0 60 20\nframes 0+0x1010 0+0x1110 0+0x1210\n"
	     "site 2 2 300 2 300 2 0 60 20\nframes 0+0x1110 0+0x1210\n"
	     "site 3 3 350 3 350 3 0 60 20\nframes 0+0x1210\nend\n");
	cr_assert(eq(sz, stacks.n, 3));
	cr_assert(zero(int, mg_stacks_group(&profile, &stacks)));
	cr_assert(eq(sz, stacks.n, 2));
	s = &stacks.sites[0];
	cr_expect(eq(u64, s->live_bytes, 400));
	cr_expect(eq(sz, s->ways, 2));
	cr_expect(eq(sz, s->n_lines, 1));
	expect_culprit(0, "leak");
	expect_culprit(1, "main");
	cr_expect(eq(sz, stacks.sites[1].ways, 1));
	cr_expect(eq(u64, stacks.live_bytes, 750));
}

Test(stacks, fold_what_an_interpreter_says_of_itself, .fini = end)
{
	make("memgov-profile 1\nmodule 1 1000 2000 00 /nowhere/python3.11\n"
	     "module 2 1000 2000 00 /nowhere/leaky.so\n"
	     "site 1 1 9 0 0 0 0 0 0\nframes 1+0x1 2+0x2 1+0x3 1+0x4 1+0x5 0+0x1210 1+0x6 1+0x7\n"
	     "site 2 1 8 0 0 0 0 0 0\nframes 1+0x1 1+0x2 1+0x3 1+0x4\n"
	     "site 3 1 7 0 0 0 0 0 0\nframes 0+0x1010 1+0x2 1+0x3 1+0x4\nend\n");
	cr_assert(eq(sz, stacks.sites[0].n_lines, 6));
	cr_expect(SAME(stacks.sites[0].lines[0].function, "python3.11+0x1"));
	cr_expect(SAME(stacks.sites[0].lines[2].function, "python3.11 (3 frames)"));
	cr_expect(SAME(stacks.sites[0].lines[2].module, "python3.11"));
	cr_expect(SAME(stacks.sites[0].lines[5].function, "python3.11+0x7"));
	expect_culprit(0, "leaky.so+0x2");
	cr_assert(eq(sz, stacks.sites[1].n_lines, 1));
	expect_culprit(1, "python3.11 (4 frames)");
	expect_culprit(2, "xmalloc");
}

/* Twelve marks of 5 s, with ten more samples at each. */
static void
add_leak(FILE *to, unsigned site, unsigned frame, unsigned live, unsigned until)
{
	fprintf(to, "site %u 1 %u 1 1 120 0 60000 0\nframes 0+0x%x\ntrend 0", site, live, frame);
	for (unsigned i = 0; i < MG_TREND_MARKS; i++)
		fprintf(to, " %u:0:%u", 10 * (i < until ? i : until), live / 12 * i);
	fputs("\n", to);
}

Test(stacks, are_ranked_by_suspicion_and_then_by_bytes, .fini = end)
{
	char *text;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	fputs("memgov-profile 1\nmarks 0", to);
	for (unsigned i = MG_TREND_MARKS; i-- > 0;)
		fprintf(to, " %u", i * 5000);
	fputs("\nsite 1 1 99 1 1 1 0 0 0\nframes 0+0x1310\n"
	      "site 2 1 999 1 1 1 0 0 0\nframes 0+0x1410\n",
	    to);
	/* Two sites that grow together: each on its own is less than the sum. */
	add_leak(to, 3, 0x1110, 12, 12);
	add_leak(to, 4, 0x1120, 24, 12);
	fputs("end\n", to);
	fclose(to);
	make(text);
	free(text);
	cr_assert(eq(sz, stacks.n, 3));
	cr_expect(eq(u64, stacks.sites[0].live_bytes, 36));
	cr_expect(eq(int, (int)stacks.sites[0].trend.verdict, (int)MG_TREND_SUSPECT));
	cr_expect(eq(u64, stacks.sites[1].live_bytes, 999));
	cr_expect(eq(int, (int)stacks.sites[1].trend.verdict, (int)MG_TREND_STEADY));
	cr_expect(eq(u64, stacks.sites[2].live_bytes, 99));
}

Test(stacks, are_found_again_by_their_lines, .fini = end)
{
	struct mg_stacks_site like;

	make("memgov-profile 1\nsite 1 1 9 1 1 1 1 1 1\nframes 0+0x1110 0+0x1210\n"
	     "site 2 1 8 1 1 1 1 1 1\nframes 0+0x1110\nend\n");
	like = stacks.sites[0];
	like.n_lines = 1;
	cr_expect(eq(ptr, (void *)mg_stacks_find(&stacks, &like), &stacks.sites[1]), "a part");
	like = stacks.sites[1];
	cr_expect(eq(ptr, (void *)mg_stacks_find(&stacks, &like), &stacks.sites[1]));
	like.lines[0].line++;
	cr_expect(eq(ptr, (void *)mg_stacks_find(&stacks, &like), NULL));
}

Test(stacks, say_how_old_half_of_it_is)
{
	static const struct {
		uint64_t ages[MG_PROFILE_AGES];
		const char *want;
	} rows[] = {
		{ { 0 }, "-" },
		{ { 5, 5 }, "<10s" },
		{ { 5, 6 }, "<1m" },
		{ { 1, 0, 0, 2 }, "<1h" },
		{ { 0, 0, 0, 0, 0, 1 }, ">1d" },
		{ { 1, 1, 1, 1, 1, 6 }, ">1d" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_stacks_site s = { 0 };

		memcpy(s.ages, rows[i].ages, sizeof s.ages);
		cr_expect(SAME(mg_stacks_age(&s), rows[i].want), "row %zu", i);
	}
}

Test(stacks, lines_are_short)
{
	static const struct {
		struct mg_symbols_line line;
		const char *want;
	} rows[] = {
		{ { "leak", "victim.c", 42, "victim", true, false }, "leak (victim.c:42)" },
		{ { "leak", "victim.c", 0, "victim", true, false }, "leak (victim.c)" },
		{ { "A<int>::f(int)", NULL, 0, "app", true, false }, "A<>::f" },
		{ { "lib (1).so+0x12", NULL, 0, "lib (1).so", false, false }, "lib (1).so+0x12" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char buf[64];

		cr_expect(SAME(mg_stacks_print_line(&rows[i].line, buf, sizeof buf), rows[i].want));
	}
}
