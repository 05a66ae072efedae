/* SPDX-License-Identifier: MIT */
#include "shim/base/path.h"

#include "tests/unit/support.h"

#include <string.h>
#include <unistd.h>

static char path[64];

static const char *
resolved(const char *p, size_t cap)
{
	strcpy(path, p);
	mg_path_resolve(path, cap);
	return path;
}

Test(path, knows_relative_ones)
{
	cr_expect(mg_path_is_relative("a"));
	cr_expect(mg_path_is_relative("./a"));
	cr_expect(not(mg_path_is_relative("/a")));
	cr_expect(not(mg_path_is_relative("")));
}

Test(path, puts_the_folder_in_front)
{
	cr_assert(chdir("/tmp") == 0);
	cr_expect(SAME(resolved("log", sizeof path), "/tmp/log"));
	cr_expect(SAME(resolved("/log", sizeof path), "/log"));
	cr_expect(SAME(resolved("", sizeof path), ""));
	cr_assert(chdir("/") == 0);
	cr_expect(SAME(resolved("a/b", sizeof path), "/a/b"));
}

Test(path, leaves_what_does_not_fit)
{
	cr_assert(chdir("/tmp") == 0);
	cr_expect(SAME(resolved("log", 9), "/tmp/log"));
	cr_expect(SAME(resolved("log", 8), "log"));
}
