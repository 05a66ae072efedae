/* SPDX-License-Identifier: MIT */
#include "shim/govern/hints.h"

#include "shim/base/log.h"
#include "tests/unit/support.h"

#include <string.h>
#include <unistd.h>

/* Here memgov has no malloc; that of a library stands in its place. */
Test(hints, names_the_library_whose_malloc_it_is)
{
	char text[1024] = "";
	int ends[2];

	cr_assert(pipe(ends) == 0);
	mg_log_configure("stderr", MG_LOG_WARN);
	mg_hints_check_malloc();
	mg_log_drain(ends[1]);
	close(ends[1]);
	cr_assert(ge(int, (int)read(ends[0], text, sizeof text - 1), 1));
	cr_expect(strstr(text, "the program's malloc is that of /") != NULL, "%s", text);
	cr_expect(strstr(text, ".so") != NULL, "%s", text);
	cr_expect(eq(u32, support_count(text, "\n"), 1));
}
