/* SPDX-License-Identifier: MIT */
#include "tools/top/recfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/support.h"

#define HEAD "memgov-record 1\nnames a b\n"

static char folder[] = "/tmp/memgov-unit-XXXXXX";
static char path[64];
static char why[MG_RECFILE_WHY];

static void
set_up(void)
{
	cr_assert(ne(ptr, mkdtemp(folder), NULL));
	snprintf(path, sizeof path, "%s/rec", folder);
}

static void
tear_down(void)
{
	unlink(path);
	rmdir(folder);
}

TestSuite(top_recfile, .init = set_up, .fini = tear_down);

static void
record(const char *text)
{
	struct mg_recfile *f = mg_recfile_append(path, why);

	cr_assert(ne(ptr, f, NULL), "%s", why);
	cr_expect(zero(int, mg_recfile_write(f, text, strlen(text))));
	cr_expect(zero(int, mg_recfile_close(f)));
}

static void
put(const char *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	cr_assert(ne(ptr, f, NULL));
	fwrite(bytes, 1, n, f);
	fclose(f);
}

/* Lines that can be read; *end_out is what came behind them. */
static unsigned
count_lines(int *end_out)
{
	struct mg_recfile *f = mg_recfile_open(path);
	unsigned n = 0;
	char *line;

	cr_assert(ne(ptr, f, NULL));
	while ((*end_out = mg_recfile_line(f, &line)) == 1)
		n++;
	cr_expect(eq(u64, mg_recfile_number(f), n));
	mg_recfile_close(f);
	return n;
}

Test(top_recfile, gives_back_the_lines_and_goes_back)
{
	struct mg_recfile *f;
	char *line;

	record(HEAD);
	f = mg_recfile_open(path);
	cr_assert(ne(ptr, f, NULL));
	for (int i = 0; i < 2; i++) {
		cr_expect(eq(int, mg_recfile_line(f, &line), 1));
		cr_expect(eq(str, line, "memgov-record 1"));
		cr_expect(all(eq(int, mg_recfile_line(f, &line), 1), eq(str, line, "names a b")));
		cr_expect(eq(u64, mg_recfile_number(f), 2));
		cr_expect(zero(int, mg_recfile_line(f, &line)));
		mg_recfile_rewind(f);
		cr_expect(zero(u64, mg_recfile_number(f)));
	}
	mg_recfile_close(f);
}

Test(top_recfile, is_for_its_owner_only_and_added_to)
{
	struct stat st;
	int end;

	umask(0);
	record(HEAD);
	record(HEAD);
	cr_expect(all(eq(u32, count_lines(&end), 4), zero(int, end)));
	cr_expect(all(zero(int, stat(path, &st)), eq(u32, st.st_mode & 0777, 0600)));
}

Test(top_recfile, reads_what_was_unpacked)
{
	int end;

	put(HEAD, strlen(HEAD));
	cr_expect(all(eq(u32, count_lines(&end), 2), zero(int, end)));
	put(HEAD "time 5", strlen(HEAD "time 5"));
	cr_expect(all(eq(u32, count_lines(&end), 2), eq(int, end, -EIO)), "a line without its end");
}

Test(top_recfile, what_was_flushed_is_there_without_an_end)
{
	struct mg_recfile *f = mg_recfile_append(path, why);
	int end;

	cr_assert(ne(ptr, f, NULL), "%s", why);
	cr_expect(zero(int, mg_recfile_write(f, HEAD, strlen(HEAD))));
	cr_expect(zero(int, mg_recfile_flush(f)));
	cr_expect(gt(u64, mg_recfile_bytes(f), 10));
	cr_expect(all(eq(u32, count_lines(&end), 2), eq(int, end, -EIO)));
	mg_recfile_close(f);
	cr_expect(all(eq(u32, count_lines(&end), 2), zero(int, end)));
}

Test(top_recfile, reads_up_to_the_place_where_it_is_cut_off)
{
	struct stat st;
	unsigned n = 0;
	int end;

	record(HEAD "time 1\ntime 2\n");
	cr_assert(zero(int, stat(path, &st)));
	for (off_t size = st.st_size - 1; size > 20; size--) {
		unsigned lines;

		cr_assert(zero(int, truncate(path, size)));
		lines = count_lines(&end);
		cr_expect(all(eq(int, end, -EIO), le(u32, lines, 4)), "of %ld bytes", (long)size);
		n = lines > n ? lines : n;
	}
	cr_expect(eq(u32, n, 4), "all but the checksum was there");
	cr_expect(eq(ptr, mg_recfile_append(path, why), NULL));
	cr_expect(ne(ptr, strstr(why, "damaged behind line"), NULL), "%s", why);
}

Test(top_recfile, damage_costs_what_stands_close_to_it)
{
	static char bytes[400000], lines[300000] = HEAD;
	size_t n = strlen(lines), size;
	FILE *f;
	int end;

	srandom(1);
	while (n < sizeof lines - 40)
		n += (size_t)sprintf(lines + n, "time %ld\n", random());
	record(lines);
	f = fopen(path, "r");
	cr_assert(ne(ptr, f, NULL));
	size = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	memset(bytes + size * 9 / 10, 0, size / 10);
	put(bytes, size);
	n = 0;
	for (const char *p = lines; *p != '\0'; p++)
		n += *p == '\n';
	cr_expect(ge(u64, count_lines(&end), n * 3 / 4), "of %zu", n);
	cr_expect(eq(int, end, -EIO));
}

Test(top_recfile, a_file_that_is_none_is_left_alone)
{
	static const char mine[] = "my only copy\n";
	char back[32] = "";
	FILE *f;

	put(mine, strlen(mine));
	cr_expect(eq(ptr, mg_recfile_append(path, why), NULL));
	cr_expect(ne(ptr, strstr(why, "no recording"), NULL), "%s", why);
	f = fopen(path, "r");
	cr_expect(eq(sz, fread(back, 1, sizeof back - 1, f), strlen(mine)));
	fclose(f);
	cr_expect(eq(str, back, (char *)mine));
}

Test(top_recfile, says_why_it_cannot_be_opened)
{
	cr_expect(all(eq(ptr, mg_recfile_open(path), NULL), eq(int, errno, ENOENT)));
	cr_expect(all(eq(ptr, mg_recfile_open(folder), NULL), eq(int, errno, EISDIR)));
	cr_expect(zero(int, mkfifo(path, 0600)));
	cr_expect(all(eq(ptr, mg_recfile_open(path), NULL), eq(int, errno, ESPIPE)));
	unlink(path);
	snprintf(path, sizeof path, "%s/none/rec", folder);
	cr_expect(eq(ptr, mg_recfile_append(path, why), NULL));
	cr_expect(eq(str, why, strerror(ENOENT)));
}

Test(top_recfile, a_full_disk_is_an_error)
{
	struct mg_recfile *f = mg_recfile_append("/dev/full", why);

	cr_assert(ne(ptr, f, NULL), "%s", why);
	cr_expect(zero(int, mg_recfile_write(f, HEAD, strlen(HEAD))));
	cr_expect(eq(int, mg_recfile_flush(f), -ENOSPC));
	mg_recfile_close(f);
	f = mg_recfile_append("/dev/full", why);
	cr_assert(ne(ptr, f, NULL), "%s", why);
	cr_expect(zero(int, mg_recfile_write(f, HEAD, strlen(HEAD))));
	cr_expect(eq(int, mg_recfile_close(f), -ENOSPC));
}
