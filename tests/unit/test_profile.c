/* SPDX-License-Identifier: MIT */
#include "tools/common/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

#define HEAD "memgov-profile 1\n"

static struct mg_profile
parse(const char *text)
{
	struct mg_profile p;
	char *copy = strdup(text);

	cr_assert(zero(int, mg_profile_parse(copy, &p)), "%s", text);
	free(copy);
	return p;
}

static struct mg_profile
parse_file(void)
{
	char text[8192];
	FILE *f = fopen("tests/unit/data/profile.txt", "r");
	size_t n;

	cr_assert(ne(ptr, f, NULL));
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	return parse(text);
}

Test(profile, reads_the_process_its_samples_and_marks)
{
	struct mg_profile p = parse_file();

	cr_expect(eq(int, p.pid, 4711));
	cr_expect(eq(u64, p.uptime_ms, 65123));
	cr_expect(eq(u64, p.sample_bytes, 524288));
	cr_expect(eq(u64, p.samples, 123));
	cr_expect(eq(u64, p.live_samples, 45));
	cr_expect(eq(uint, p.n_marks[0], 13));
	cr_expect(eq(u64, p.age_ms[0][1], 55000));
	cr_expect(zero(u64, p.age_ms[0][12]));
	cr_expect(eq(uint, p.n_marks[1], 2));
	cr_expect(eq(u64, p.age_ms[1][0], 60000));
	cr_expect(eq(uint, p.n_marks[2], 1));
	mg_profile_free(&p);
}

Test(profile, reads_modules_with_and_without_name_and_build_id)
{
	struct mg_profile p = parse_file();
	const struct mg_profile_module *m;

	cr_assert(eq(sz, p.n_modules, 3));
	m = mg_profile_module(&p, 1);
	cr_expect(SAME(m->path, ""));
	cr_expect(eq(u64, m->start, 0x55d0a0000000));
	cr_expect(eq(u64, m->end, 0x55d0a0004000));
	cr_expect(SAME(m->build_id, "6f1c2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b"));
	m = mg_profile_module(&p, 3);
	cr_expect(SAME(m->path, "/srv/my app/libplugin.so"));
	cr_expect(SAME(m->build_id, ""));
	cr_expect(eq(ptr, (void *)mg_profile_module(&p, 0), NULL));
	cr_expect(eq(ptr, (void *)mg_profile_module(&p, 4), NULL));
	mg_profile_free(&p);
}

Test(profile, reads_sites_with_all_that_belongs_to_them)
{
	struct mg_profile p = parse_file();
	const struct mg_profile_site *s = mg_profile_site(&p, 17);

	cr_assert(eq(sz, p.n_sites, 2));
	cr_expect(eq(u64, s->live_blocks, 5120));
	cr_expect(eq(u64, s->live_bytes, 5242880));
	cr_expect(eq(u64, s->alloc_blocks, 6000));
	cr_expect(eq(u64, s->alloc_bytes, 6144000));
	cr_expect(eq(u64, s->in, 12));
	cr_expect(eq(u64, s->out, 2));
	cr_expect(eq(u64, s->first_ms, 60000));
	cr_expect(eq(u64, s->last_ms, 10));
	cr_expect(eq(u64, s->ages[2], 3145728));
	cr_assert(eq(uint, s->depth, 4));
	cr_expect(eq(uint, s->frames[1].module, 3));
	cr_expect(eq(u64, s->frames[2].offset, 0x2724a));
	cr_expect(zero(uint, s->frames[3].module));
	cr_expect(eq(u64, s->frames[3].offset, 0x7f1200001000));
	cr_expect(eq(u32, s->marks[0][12].in, 12));
	cr_expect(eq(u32, s->marks[0][12].out, 2));
	cr_expect(eq(u64, s->marks[0][1].live_bytes, 524288));
	cr_expect(eq(u64, s->marks[1][1].live_bytes, 5242880));
	s = mg_profile_site(&p, 0);
	cr_expect(zero(uint, s->depth));
	cr_expect(eq(ptr, (void *)mg_profile_site(&p, 18), NULL));
	mg_profile_free(&p);
}

Test(profile, refuses_what_is_no_profile_or_is_cut_short)
{
	static const char *const rows[] = { "", "\n", "memgov-profile 2\nend\n",
		"memgov-profile\nend\n", HEAD, HEAD "pid 1\n", HEAD "pid 1\nen",
		HEAD "end\npid 1\n", HEAD "end\nend\n", "pid 1\nend\n" };

	for (size_t i = 0; i < ROWS(rows); i++) {
		char *copy = strdup(rows[i]);
		struct mg_profile p;

		cr_expect(eq(int, mg_profile_parse(copy, &p), -EPROTO), "%s", rows[i]);
		cr_expect(zero(sz, p.n_sites));
		free(copy);
	}
}

Test(profile, skips_lines_that_it_does_not_know_or_that_are_broken)
{
	struct mg_profile p = parse(HEAD "from the future\n\npid x\nsample_bytes 7\n"
					 "module 0 1 2 - zero\nmodule 65536 1 2 - many\n"
					 "module 1 x 2 - start\nmodule 2 1 2 - /good\n"
					 "site 1 2 3\nages 9 9\nframes 1+0x1\n"
					 "site 2 1 2 3 4 5 6 7 8 and more\nages 9 x 9\n"
					 "frames 2+0x10 2+10 2+0x20\nend");

	cr_expect(zero(int, p.pid));
	cr_expect(eq(u64, p.sample_bytes, 7));
	cr_assert(eq(sz, p.n_modules, 1));
	cr_expect(SAME(p.modules[0].path, "/good"));
	cr_expect(eq(ptr, (void *)mg_profile_module(&p, 2), p.modules), "out of order");
	cr_assert(eq(sz, p.n_sites, 1), "what belongs to a broken site is nobody's");
	cr_expect(eq(u64, p.sites[0].number, 2));
	cr_expect(eq(u64, p.sites[0].ages[0], 9));
	cr_expect(zero(u64, p.sites[0].ages[2]));
	cr_expect(eq(uint, p.sites[0].depth, 1), "up to the frame that is none");
	mg_profile_free(&p);
}

Test(profile, does_not_take_marks_that_do_not_fit_together)
{
	struct mg_profile p =
	    parse(HEAD "marks 0 10 20 0\nmarks 1 20 10 0\nmarks 3 1 0\n"
		       "marks 2 14 13 12 11 10 9 8 7 6 5 4 3 2 1\n"
		       "site 1 0 0 0 0 0 0 0 0\ntrend 1 1:0:1 2:0:2\ntrend 3 1:1:1 1:1:1\nend\n");

	cr_expect(zero(uint, p.n_marks[0]), "ages that rise");
	cr_expect(eq(uint, p.n_marks[1], 3));
	cr_expect(zero(uint, p.n_marks[2]), "too many");
	cr_expect(zero(u32, p.sites[0].marks[1][0].in), "not a word for each");
	mg_profile_free(&p);
	p = parse(HEAD "marks 1 20 10 0\nsite 1 0 0 0 0 0 0 0 0\n"
		       "trend 1 1:0:1 2:0:2 4294967296:0:1\nend\n");
	cr_expect(zero(u32, p.sites[0].marks[1][0].in), "a count that does not fit");
	mg_profile_free(&p);
}

Test(profile, is_bounded_in_depth_and_sites)
{
	size_t cap = 512 * 1024;
	char *text = malloc(cap), *to = text;
	struct mg_profile p;

	to += sprintf(to, HEAD "site 1 0 0 0 0 0 0 0 0\nframes");
	for (unsigned i = 0; i < MG_PROFILE_DEPTH + 8; i++)
		to += sprintf(to, " 1+0x%x", i);
	for (unsigned i = 0; i < MG_PROFILE_MOST_SITES + 8; i++)
		to += sprintf(to, "\nsite %u 1 1 1 1 1 1 1 1", i + 2);
	to += sprintf(to, "\nages 7\nend\n");
	cr_assert(lt(sz, (size_t)(to - text), cap));
	cr_assert(zero(int, mg_profile_parse(text, &p)));
	cr_expect(eq(sz, p.n_sites, MG_PROFILE_MOST_SITES));
	cr_expect(eq(uint, p.sites[0].depth, MG_PROFILE_DEPTH));
	cr_expect(eq(u64, p.sites[0].frames[31].offset, 31));
	cr_expect(zero(u64, p.sites[MG_PROFILE_MOST_SITES - 1].ages[0]), "of a site without room");
	mg_profile_free(&p);
	free(text);
}
