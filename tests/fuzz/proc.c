/* SPDX-License-Identifier: MIT */
/* What the tools read below /proc, and the first line of scripts. */
#include "tests/fuzz/fuzz.h"

#include "tools/cli/target.h"
#include "tools/common/machine.h"
#include "tools/common/process.h"
#include "tools/common/sockets.h"

static void
fuzz_text(char *text, size_t len)
{
	char buf[64], *words[3];
	struct mg_machine m = { 0 };
	struct mg_process p;
	size_t n;

	if (mg_process_parse_stat(text, &p) == 0)
		FUZZ_CHECK(strlen(p.name) < sizeof p.name);
	if (mg_machine_parse_meminfo(text, &m) == 0)
		FUZZ_CHECK(mg_machine_used_pct(&m) <= 100);
	if (mg_machine_parse_stall(text, &m) == 0)
		FUZZ_CHECK(m.stall_some <= 10000 && m.stall_full <= 10000);
	FUZZ_CHECK(mg_sockets_parse_name(text) >= 0);
	n = mg_target_parse_script(text, len, buf, sizeof buf, words);
	for (size_t i = 0; i < n; i++)
		FUZZ_CHECK(words[i] >= buf && words[i] < buf + sizeof buf && words[i][0] != '\0');
}
