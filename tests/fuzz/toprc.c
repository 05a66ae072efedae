/* SPDX-License-Identifier: MIT */
/* memgov-top's file, which a user may have written: read, written, and read again. */
#include "tests/fuzz/fuzz.h"

#include "tools/top/toprc.h"

static void
fuzz_text(char *text, size_t len)
{
	struct mg_toprc rc, again, other;
	char complaint[64], *out;

	(void)len;
	mg_toprc_init(&rc);
	mg_toprc_parse(text, &rc, complaint, sizeof complaint);
	FUZZ_CHECK(rc.choice.n <= MG_COLUMN_IDS && rc.sort < MG_COLUMN_IDS);
	FUZZ_CHECK(rc.interval_ns >= MG_TOPRC_INTERVAL_MIN_NS);
	out = mg_toprc_print(text, &rc, &rc);
	FUZZ_CHECK(out != NULL);
	mg_toprc_init(&again);
	mg_toprc_parse(out, &again, complaint, sizeof complaint);
	FUZZ_CHECK(mg_toprc_is_same(&rc, &again));
	free(out);
	mg_toprc_init(&other);
	other.tree = true;
	other.sort = MG_COLUMN_ID_peak;
	out = mg_toprc_print(text, &rc, &other);
	mg_toprc_init(&again);
	mg_toprc_parse(out, &again, complaint, sizeof complaint);
	FUZZ_CHECK(again.tree && again.sort == MG_COLUMN_ID_peak);
	free(out);
}
