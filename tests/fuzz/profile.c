/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "tools/common/profile.h"

static void
check_site(const struct mg_profile *p, const struct mg_profile_site *s)
{
	FUZZ_CHECK(s->depth <= MG_PROFILE_DEPTH);
	FUZZ_CHECK(mg_profile_site(p, s->number) != NULL);
	for (unsigned i = 0; i < s->depth; i++)
		mg_profile_module(p, s->frames[i].module);
}

static void
fuzz_text(char *text, size_t len)
{
	struct mg_profile p;

	(void)len;
	if (mg_profile_parse(text, &p) != 0)
		return;
	FUZZ_CHECK(p.n_sites <= MG_PROFILE_MOST_SITES && p.n_modules <= MG_PROFILE_MOST_MODULES);
	for (size_t i = 0; i < MG_TREND_SCALES; i++)
		FUZZ_CHECK(p.n_marks[i] <= MG_TREND_MARKS);
	for (size_t i = 0; i < p.n_modules; i++)
		FUZZ_CHECK(p.modules[i].number > 0 &&
			   strlen(p.modules[i].build_id) < sizeof p.modules[i].build_id &&
			   mg_profile_module(&p, p.modules[i].number) != NULL);
	for (size_t i = 0; i < p.n_sites; i++)
		check_site(&p, &p.sites[i]);
	mg_profile_free(&p);
}
