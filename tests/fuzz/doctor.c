/* SPDX-License-Identifier: MIT */
/* What the doctor reads below /proc, and what it makes of names that others choose. */
#include "tests/fuzz/fuzz.h"

#include "tools/common/process.h"
#include "tools/doctor/findings.h"
#include "tools/doctor/group.h"
#include "tools/doctor/mappings.h"
#include "tools/doctor/settings.h"

static void
check_mappings(const char *text)
{
	struct mg_mappings_reader r = { 0 };
	char *copy = strdup(text);

	if (copy == NULL)
		return;
	for (char *line = copy; line != NULL;) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end++ = '\0';
		mg_mappings_line(&r, line);
		FUZZ_CHECK(r.kind < MG_MAPPINGS_KINDS);
		line = end;
	}
	if (r.sums.count == 0)
		FUZZ_CHECK(r.sums.resident_bytes[MG_MAPPINGS_ANONYMOUS] == 0);
	free(copy);
}

static void
check_clean(const char *text)
{
	struct mg_findings f = { 0 };

	mg_findings_add(&f, MG_FINDING_NOTE, "x", "%s", text);
	mg_findings_command(&f, "%s", text);
	for (const char *p = f.list[0].text; *p != '\0'; p++)
		FUZZ_CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
	for (const char *p = f.list[0].command; *p != '\0'; p++)
		FUZZ_CHECK(((unsigned char)*p >= ' ' || *p == '\n') && *p != 0x7f);
	FUZZ_CHECK(!mg_findings_is_word(text) || strpbrk(text, " ;$`'\"\n\\&|<>(){}*?~!#") == NULL);
}

static void
fuzz_text(char *text, size_t len)
{
	struct mg_process_memory m;
	char unit[32];

	(void)len;
	check_mappings(text);
	check_clean(text);
	mg_process_parse_status(text, &m);
	FUZZ_CHECK(m.rss_bytes % 1024 == 0);
	mg_group_parse_unit(text, unit, sizeof unit);
	FUZZ_CHECK(strlen(unit) < sizeof unit && strchr(unit, '/') == NULL);
	FUZZ_CHECK(mg_settings_huge_name(mg_settings_parse_huge(text)) != NULL);
}
