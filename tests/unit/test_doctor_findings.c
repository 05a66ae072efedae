/* SPDX-License-Identifier: MIT */
#include "tools/doctor/findings.h"

#include <string.h>

#include "tests/unit/support.h"

Test(doctor_findings, are_sorted_worst_first_and_otherwise_stay)
{
	static const enum mg_finding_level levels[] = { MG_FINDING_FINE, MG_FINDING_WARN,
		MG_FINDING_NOTE, MG_FINDING_WARN, MG_FINDING_CRITICAL, MG_FINDING_FINE };
	static const char *const ids[] = { "a", "b", "c", "d", "e", "f" };
	struct mg_findings f = { 0 };
	char order[8] = "";

	for (size_t i = 0; i < ROWS(levels); i++)
		mg_findings_add(&f, levels[i], ids[i], "%zu", i);
	mg_findings_sort(&f);
	for (size_t i = 0; i < f.n; i++)
		strcat(order, f.list[i].id);
	cr_expect(SAME(order, "ebdcaf"));
	cr_expect(SAME(mg_findings_find(&f, "d")->text, "3"));
	cr_expect(eq(ptr, (void *)mg_findings_find(&f, "x"), NULL));
}

Test(doctor_findings, are_bounded)
{
	struct mg_findings f = { 0 };

	mg_findings_command(&f, "to nobody");
	for (int i = 0; i < MG_FINDINGS + 5; i++)
		mg_findings_add(&f, MG_FINDING_NOTE, "x", "%0600d", i);
	for (int i = 0; i < 100; i++)
		mg_findings_command(&f, "%050d", i);
	cr_expect(eq(sz, f.n, MG_FINDINGS));
	cr_expect(eq(sz, strlen(f.list[f.n - 1].text), sizeof f.list[0].text - 1));
	cr_expect(lt(sz, strlen(f.list[f.n - 1].command), sizeof f.list[0].command));
}

Test(doctor_findings, hold_nothing_that_a_terminal_would_obey)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "plain", "plain" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "a\x1b[31m\x7f\tb\n", "a?[31m??b?" },
		{ "\xc2\x9b"
		  "31m",
		    "??31m" },
		{ "\xff\xc3", "??" },
		{ "", "" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char buf[32];

		strcpy(buf, rows[i].text);
		mg_findings_clean(buf, false);
		cr_expect(SAME(buf, rows[i].want));
	}
	char lines[] = "a\nb\x07";
	mg_findings_clean(lines, true);
	cr_expect(SAME(lines, "a\nb?"));
}

Test(doctor_findings, put_nothing_into_a_command_that_a_shell_would_obey)
{
	static const char *const words[] = { "node", "python3.11", "app@1.service",
		"/usr/bin/x_y" };
	static const char *const others[] = { "", "a b", "a;b", "$(x)", "a\nb", "-rf", "a'b",
		"a*" };

	for (size_t i = 0; i < ROWS(words); i++)
		cr_expect(mg_findings_is_word(words[i]), "%s", words[i]);
	for (size_t i = 0; i < ROWS(others); i++)
		cr_expect(not(mg_findings_is_word(others[i])), "%s", others[i]);
}

Test(doctor_findings, count_shares_of_anything)
{
	cr_expect(zero(u32, mg_findings_pct(5, 0)));
	cr_expect(eq(u32, mg_findings_pct(999, 1000), 99));
	cr_expect(eq(u32, mg_findings_pct(UINT64_MAX, UINT64_MAX), 100));
	cr_expect(eq(u32, mg_findings_pct(UINT64_MAX, 1), 100000));
}
