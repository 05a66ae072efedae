/* SPDX-License-Identifier: MIT */
/* Cgroups in a folder of their own, as /sys shows them. */
#include "tools/doctor/group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/support.h"

static char root[64];

/* With all folders on the way to it. */
static void
make_file(const char *path, const char *text)
{
	char full[512];
	FILE *f;

	snprintf(full, sizeof full, "%s%s", root, path);
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		mkdir(full, 0700);
		*p = '/';
	}
	f = fopen(full, "w");
	cr_assert(ne(ptr, f, NULL), "%s", full);
	fputs(text, f);
	fclose(f);
}

static void
make_root(void)
{
	strcpy(root, "/tmp/memgov-test-XXXXXX");
	cr_assert(ne(ptr, mkdtemp(root), NULL));
}

static void
remove_root(void)
{
	char command[96];

	snprintf(command, sizeof command, "rm -rf '%s'", root);
	cr_expect(zero(int, system(command)));
}

TestSuite(doctor_group, .init = make_root, .fini = remove_root);

#define V2 "/sys/fs/cgroup"
#define V1 "/sys/fs/cgroup/memory"

Test(doctor_group, takes_the_tightest_on_the_way_to_the_root)
{
	struct mg_group g;

	make_file(V2 "/a/memory.max", "209715200\n");
	make_file(V2 "/a/memory.current", "104857600\n");
	make_file(V2 "/a/memory.stat", "anon 1\ninactive_file 4194304\n");
	make_file(V2 "/a/memory.events", "low 0\noom 3\noom_kill 2\n");
	make_file(V2 "/a/b.service/memory.max", "314572800\n");
	make_file(V2 "/a/b.service/memory.high", "max\n");
	make_file(V2 "/a/b.service/c/memory.max", "max\n");
	cr_assert(zero(int, mg_group_find("1:name=systemd:/x\n0::/a/b.service/c\n", root, &g)));
	cr_expect(SAME(g.path, "/a"));
	cr_expect(SAME(g.unit, "b.service"));
	cr_expect(eq(u64, g.limit_bytes, 200 * MB));
	cr_expect(zero(u64, g.slow_bytes));
	cr_expect(eq(u64, g.used_bytes, 96 * MB));
	cr_expect(g.has_oom_kills);
	cr_expect(eq(u64, g.oom_kills, 2));
}

Test(doctor_group, takes_memory_high_for_a_limit)
{
	struct mg_group g;

	make_file(V2 "/a/memory.max", "209715200\n");
	make_file(V2 "/a/b/memory.max", "max\n");
	make_file(V2 "/a/b/memory.high", "104857600\n");
	make_file(V2 "/a/b/memory.current", "52428800\n");
	cr_assert(zero(int, mg_group_find("0::/a/b\n", root, &g)));
	cr_expect(SAME(g.path, "/a/b"));
	cr_expect(zero(u64, g.limit_bytes));
	cr_expect(eq(u64, g.slow_bytes, 100 * MB));
	cr_expect(eq(u64, g.used_bytes, 50 * MB), "without memory.stat");
	cr_expect(not(g.has_oom_kills));
}

Test(doctor_group, reads_v1_beside_v2)
{
	struct mg_group g;

	make_file(V1 "/x/memory.limit_in_bytes", "104857600\n");
	make_file(V1 "/x/memory.usage_in_bytes", "10485760\n");
	make_file(V1 "/x/memory.stat", "inactive_file 1\ntotal_inactive_file 20971520\n");
	make_file(V1 "/x/memory.oom_control", "under_oom 0\noom_kill 7\n");
	cr_assert(
	    zero(int, mg_group_find("4:memory:/x\n1:name=systemd:/s/y.service\n0::/\n", root, &g)));
	cr_expect(SAME(g.path, "/x"));
	cr_expect(SAME(g.unit, "y.service"));
	cr_expect(eq(u64, g.limit_bytes, 100 * MB));
	cr_expect(eq(u64, g.used_bytes, 10 * MB), "more cache than there is memory");
	cr_expect(eq(u64, g.oom_kills, 7));
}

Test(doctor_group, reads_the_root_of_a_container)
{
	struct mg_group g;

	make_file(V2 "/memory.max", "104857600\n");
	make_file(V2 "/memory.current", "52428800\n");
	cr_assert(zero(int, mg_group_find("0::/../outside\n", root, &g)));
	cr_expect(eq(u32, mg_group_used_pct(&g), 50));
	cr_assert(zero(int, mg_group_find("0::/\n", root, &g)));
	cr_expect(eq(u32, mg_group_used_pct(&g), 50));
	cr_expect(SAME(g.path, "/"));
}

Test(doctor_group, has_its_own_path_where_nothing_is_limited)
{
	struct mg_group g;

	make_file(V1 "/x/memory.limit_in_bytes", "9223372036854771712\n");
	cr_assert(zero(int, mg_group_find("4:memory:/x\n0::/\n", root, &g)));
	cr_expect(SAME(g.path, "/x"));
	cr_expect(zero(u64, mg_group_tightest_bytes(&g)));
	cr_expect(zero(u64, g.used_bytes));
	cr_assert(zero(int, mg_group_find("4:memory:/x\n0::/y\n", root, &g)));
	cr_expect(SAME(g.path, "/y"));
	cr_expect(eq(int, mg_group_find("4:cpu:/x\n", root, &g), -ENOENT));
	cr_expect(eq(int, mg_group_find("", root, &g), -ENOENT));
}
