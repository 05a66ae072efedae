/* SPDX-License-Identifier: MIT */
#include "tools/doc/readme.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tools/doc/tables.h"

static char buf[1 << 16];

static int
rewrite(const char *page, struct mg_readme_report *r)
{
	struct mg_text t;

	mg_text_init(&t, buf, sizeof buf);
	return mg_readme_rewrite(page, &t, r);
}

Test(client_readme, leaves_a_page_without_blocks_alone)
{
	struct mg_readme_report r;

	cr_expect(zero(int, rewrite("a\n\nb", &r)));
	cr_expect(SAME(buf, "a\n\nb"));
	cr_expect(zero(sz, r.blocks));
}

Test(client_readme, renews_a_block_once)
{
	static const char page[] = "a\n<!-- memgov-doc keys -->\nOUTDATED\n<!-- /memgov-doc "
				   "-->\nb\n<!-- memgov-doc policies -->\n"
				   "<!-- /memgov-doc -->\n";
	struct mg_readme_report r;
	char *renewed;

	cr_assert(zero(int, rewrite(page, &r)));
	cr_expect(eq(sz, r.blocks, 2));
	cr_expect(eq(sz, r.stale, 2));
	cr_expect(SAME(r.first_stale, "keys"));
	cr_expect(eq(ptr, strstr(buf, "OUTDATED"), NULL));
	cr_expect(ne(ptr, strstr(buf, "\n<!-- /memgov-doc -->\nb\n"), NULL));
	renewed = strdup(buf);
	cr_assert(zero(int, rewrite(renewed, &r)));
	cr_expect(zero(sz, r.stale));
	cr_expect(SAME(buf, renewed));
	free(renewed);
}

Test(client_readme, says_where_a_page_is_wrong)
{
	struct mg_readme_report r;

	cr_expect(eq(
	    int, rewrite("a\nb\n<!-- memgov-doc kyes -->\n<!-- /memgov-doc -->\n", &r), -EINVAL));
	cr_expect(eq(sz, r.bad_line, 3));
	cr_expect(eq(int, rewrite("<!-- memgov-doc keys -->\n\n", &r), -EINVAL));
	cr_expect(eq(sz, r.bad_line, 1));
	cr_expect(eq(int,
	    rewrite(
		"<!-- memgov-doc keys -->\n<!-- memgov-doc stats -->\n<!-- /memgov-doc -->\n", &r),
	    -EINVAL));
}

Test(client_readme, has_every_table_in_both_formats)
{
	char names[128], *save = NULL;

	strcpy(names, mg_tables_names);
	for (char *n = strtok_r(names, " ", &save); n != NULL; n = strtok_r(NULL, " ", &save)) {
		struct mg_text t;

		mg_text_init(&t, buf, sizeof buf);
		cr_expect(mg_tables_emit(&t, "markdown", n) && t.len > 50 && !t.cut, "%s", n);
		mg_text_init(&t, buf, sizeof buf);
		cr_expect(mg_tables_emit(&t, "mdoc", n) && t.len > 50 && !t.cut, "%s", n);
		cr_expect(not(mg_tables_emit(&t, "html", n)));
	}
}
