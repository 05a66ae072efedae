/* SPDX-License-Identifier: MIT */
#include "tests/unit/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/top/toprc.h"
#include "tools/top/toprcfile.h"

static struct mg_toprc rc;
static char complaint[200];

static void
parse(const char *text)
{
	mg_toprc_init(&rc);
	mg_toprc_parse(text, &rc, complaint, sizeof complaint);
}

Test(toprc, reads_every_setting)
{
	parse("# mine\n\n columns  PID command rss_bytes\t\nsort rss\nreverse yes\ntree yes\n"
	      "interval 2s\nmouse no");
	cr_expect(SAME(complaint, ""));
	cr_expect(eq(sz, rc.choice.n, 3));
	cr_expect(rc.choice.ids[2] == MG_COLUMN_ID_rss && rc.sort == MG_COLUMN_ID_rss);
	cr_expect(rc.reverse && rc.tree && !rc.mouse);
	cr_expect(eq(u64, rc.interval_ns, 2 * S));
}

Test(toprc, says_which_line_is_wrong_and_uses_the_others)
{
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{ "tree yes\nsort nonsense\nmouse no\n",
		    "line 2: sort 'nonsense' is not accepted; type the title of a column" },
		{ "tree yes\nmouse no\ncolour blue\nsort 7\n",
		    "line 3: there is no setting 'colour'; it is left alone" },
		{ "tree yes\nmouse no\ninterval 1ms\n",
		    "line 3: interval '1ms' is not accepted; type a time from 100ms to 1h" },
		{ "tree yes\nmouse no\nreverse\n",
		    "line 3: reverse '' is not accepted; type yes or no" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		parse(rows[i].text);
		cr_expect(SAME(complaint, rows[i].complaint));
		cr_expect(rc.tree && !rc.mouse && rc.interval_ns == 1 * S, "row %zu", i);
	}
}

Test(toprc, shows_the_columns_that_it_knows)
{
	parse("columns pid hologram rss rss\n");
	cr_expect(ne(chr, complaint[0], '\0'));
	cr_assert(eq(sz, rc.choice.n, 3));
	cr_expect(rc.choice.ids[0] == MG_COLUMN_ID_pid && rc.choice.ids[1] == MG_COLUMN_ID_rss);
	cr_expect(rc.choice.ids[2] == MG_COLUMN_ID_command, "rows have names");
}

/* What the file is after it was read and settings were changed. */
static void
expect_print(const char *before, void (*change)(struct mg_toprc *), const char *after)
{
	struct mg_toprc now;
	char *text;

	parse(before);
	now = rc;
	change(&now);
	text = mg_toprc_print(before, &rc, &now);
	cr_expect(SAME(text, after));
	free(text);
}

static void
change_nothing(struct mg_toprc *now)
{
	(void)now;
}

static void
sort_by_rss(struct mg_toprc *now)
{
	now->sort = MG_COLUMN_ID_rss;
}

static void
choose_two(struct mg_toprc *now)
{
	now->choice.n = 2;
	now->choice.ids[0] = MG_COLUMN_ID_command;
	now->choice.ids[1] = MG_COLUMN_ID_peak;
}

static void
back_to_defaults(struct mg_toprc *now)
{
	mg_toprc_init(now);
}

Test(toprc, writes_what_differs_from_the_defaults)
{
	expect_print("", change_nothing, "");
	expect_print("", sort_by_rss, "sort rss\n");
	expect_print("tree yes\nmouse no\ninterval 1500ms\n", choose_two,
	    "columns command peak\ntree yes\ninterval 1500ms\nmouse no\n");
	expect_print("tree yes\nsort rss\nreverse yes\n", back_to_defaults, "");
}

Test(toprc, keeps_remarks_and_what_it_does_not_understand)
{
	expect_print("# mine\nshadow 7\n\ntree maybe\nsort rss", sort_by_rss,
	    "# mine\nshadow 7\n\ntree maybe\nsort rss\n");
	expect_print(
	    "columns pid hologram rss\n", sort_by_rss, "columns pid hologram rss\nsort rss\n");
	expect_print("tree maybe\ntree yes\n", change_nothing, "tree maybe\ntree yes\n");
	expect_print(
	    "columns pid hologram\ncolumns\n", change_nothing, "columns pid hologram\ncolumns \n");
	expect_print("columns pid hologram rss\n", choose_two,
	    "columns pid hologram rss\ncolumns command peak\n");
}

Test(toprc, reads_what_it_has_written)
{
	struct mg_toprc now;
	char *text;

	mg_toprc_init(&rc);
	now = (struct mg_toprc){ .sort = MG_COLUMN_ID_command,
		.reverse = true,
		.tree = true,
		.interval_ns = 250 * MS,
		.choice = { .n = MG_COLUMN_IDS } };
	for (enum mg_column_id id = 0; id < MG_COLUMN_IDS; id++)
		now.choice.ids[id] = (enum mg_column_id)(MG_COLUMN_IDS - 1 - id);
	text = mg_toprc_print("", &rc, &now);
	parse(text);
	cr_expect(SAME(complaint, ""));
	cr_expect(mg_toprc_is_same(&rc, &now));
	free(text);
}

Test(toprc, merges_only_what_was_changed)
{
	struct mg_toprc file, before, now;

	mg_toprc_init(&file);
	file.tree = true;
	before = file;
	before.sort = MG_COLUMN_ID_peak; /* by an option */
	now = before;
	now.reverse = true;
	mg_toprc_merge(&file, &before, &now);
	cr_expect(file.tree && file.reverse && file.sort == MG_COLUMN_ID_heap);
}

/* Files. */

static char home[] = "/tmp/memgov-unit-XXXXXX", path[PATH_MAX];

static void
make_home(void)
{
	cr_assert(mkdtemp(home) != NULL);
	setenv("HOME", home, 1);
	unsetenv("XDG_CONFIG_HOME");
	mg_toprcfile_path(path);
}

static void
drop_home(void)
{
	char command[PATH_MAX + 16];

	snprintf(command, sizeof command, "rm -rf %s", home);
	cr_expect(system(command) == 0);
}

TestSuite(toprcfile, .init = make_home, .fini = drop_home);

Test(toprcfile, is_below_the_folder_for_configuration)
{
	cr_expect(ne(ptr, strstr(path, "/.config/memgov/toprc"), NULL));
	setenv("XDG_CONFIG_HOME", "/elsewhere", 1);
	mg_toprcfile_path(path);
	cr_expect(SAME(path, "/elsewhere/memgov/toprc"));
	setenv("XDG_CONFIG_HOME", "not/absolute", 1);
	unsetenv("HOME");
	mg_toprcfile_path(path);
	cr_expect(SAME(path, ""));
}

Test(toprcfile, writes_and_reads_again)
{
	struct mg_toprc now, again;

	mg_toprcfile_load(path, &rc, complaint, sizeof complaint);
	cr_expect(SAME(complaint, ""));
	now = rc;
	now.tree = true;
	cr_expect(zero(int, mg_toprcfile_save(path, &rc, &now)));
	mg_toprcfile_load(path, &again, complaint, sizeof complaint);
	cr_expect(SAME(complaint, ""));
	cr_expect(again.tree);
}

Test(toprcfile, leaves_a_link_and_what_it_points_to_in_place)
{
	char real[PATH_MAX];
	struct mg_toprc now;
	struct stat st;

	mg_toprcfile_load(path, &rc, complaint, sizeof complaint);
	now = rc;
	now.tree = true;
	cr_expect(zero(int, mg_toprcfile_save(path, &rc, &now)));
	snprintf(real, sizeof real, "%s/real", home);
	cr_assert(rename(path, real) == 0 && symlink(real, path) == 0);
	now.mouse = false;
	cr_expect(zero(int, mg_toprcfile_save(path, &rc, &now)));
	cr_expect(lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
	mg_toprcfile_load(real, &now, complaint, sizeof complaint);
	cr_expect(now.tree && !now.mouse);
}

Test(toprcfile, says_what_cannot_be_read_or_written)
{
	struct mg_toprc now;

	mg_toprcfile_load(path, &rc, complaint, sizeof complaint);
	now = rc;
	now.tree = true;
	cr_expect(zero(int, mg_toprcfile_save(path, &rc, &now)));
	cr_assert(unlink(path) == 0 && mkdir(path, 0700) == 0);
	mg_toprcfile_load(path, &rc, complaint, sizeof complaint);
	cr_expect(ne(ptr, strstr(complaint, "cannot be read"), NULL));
	cr_expect(lt(int, mg_toprcfile_save(path, &rc, &now), 0));
	cr_expect(lt(int, mg_toprcfile_save("/proc/nowhere/toprc", &rc, &now), 0));
}
