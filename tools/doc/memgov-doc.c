/* SPDX-License-Identifier: MIT */
/* memgov-doc: tables as Markdown or mdoc, and the generated parts of the README. Not installed. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/manual.h"
#include "tools/doc/readme.h"
#include "tools/doc/tables.h"

#define PAGE_BYTES (1u << 20)

static int
usage(void)
{
	fprintf(stderr,
	    "Usage: memgov-doc markdown|mdoc TABLE\n"
	    "       memgov-doc readme FILE [--check]\n"
	    "       memgov-doc man FILE\n"
	    "Prints a table, or renews what FILE has between <!-- memgov-doc TABLE --> and <!-- "
	    "/memgov-doc -->.\n"
	    "man prints FILE, a manual page, with the table in place of each line .\\\" "
	    "memgov-doc TABLE.\n"
	    "With --check nothing is written, and the exit status is 1 when something would be.\n"
	    "Tables: %s\n",
	    mg_tables_names);
	return 2;
}

static int
fail(const char *file, const char *what)
{
	fprintf(stderr, "memgov-doc: %s: %s\n", file, what);
	return 2;
}

static char *
read_page(const char *file)
{
	FILE *f = fopen(file, "re");
	char *page = malloc(PAGE_BYTES);
	size_t n;

	if (f == NULL || page == NULL) {
		free(page);
		if (f != NULL)
			fclose(f);
		return NULL;
	}
	n = fread(page, 1, PAGE_BYTES - 1, f);
	page[n] = '\0';
	if (ferror(f) || n == PAGE_BYTES - 1) {
		errno = ferror(f) ? EIO : EFBIG;
		free(page);
		page = NULL;
	}
	fclose(f);
	return page;
}

static int
write_page(const char *file, const struct mg_text *t)
{
	FILE *f = fopen(file, "we");
	bool ok;

	if (f == NULL)
		return fail(file, strerror(errno));
	ok = fwrite(t->buf, 1, t->len, f) == t->len;
	ok = fclose(f) == 0 && ok;
	return ok ? 0 : fail(file, strerror(errno));
}

static int
renew(const char *file, const char *page, struct mg_text *out, bool check)
{
	struct mg_readme_report r;

	if (mg_readme_rewrite(page, out, &r) != 0) {
		fprintf(stderr, "memgov-doc: %s:%zu: %s; tables: %s\n", file, r.bad_line,
		    r.error != NULL ? r.error : "too long", mg_tables_names);
		return 2;
	}
	if (r.stale == 0)
		return 0;
	if (!check)
		return write_page(file, out);
	fprintf(stderr,
	    "memgov-doc: %s: the table '%s' is not what the sources say; run: memgov-doc readme "
	    "%s\n",
	    file, r.first_stale, file);
	return 1;
}

static int
renew_file(const char *file, bool check)
{
	char *page = read_page(file), *buf = malloc(PAGE_BYTES);
	struct mg_text out;
	int status;

	if (page == NULL || buf == NULL) {
		status = fail(file, strerror(errno));
	} else {
		mg_text_init(&out, buf, PAGE_BYTES);
		status = renew(file, page, &out, check);
	}
	free(page);
	free(buf);
	return status;
}

static int
print_manual(const char *file)
{
	char *page = read_page(file), *buf = malloc(PAGE_BYTES);
	struct mg_text out;
	size_t bad_line = 0;
	int status;

	if (page == NULL || buf == NULL) {
		status = fail(file, strerror(errno));
	} else {
		mg_text_init(&out, buf, PAGE_BYTES);
		status = mg_manual_expand(page, &out, &bad_line) == 0 ? 0 : 2;
		if (status == 0)
			fputs(buf, stdout);
		else
			fprintf(stderr,
			    "memgov-doc: %s:%zu: there is no such table, or the page is too long; "
			    "tables: %s pages\n",
			    file, bad_line, mg_tables_names);
	}
	free(page);
	free(buf);
	return status;
}

static int
print_table(const char *format, const char *table)
{
	static char buf[PAGE_BYTES];
	struct mg_text t;

	mg_text_init(&t, buf, sizeof buf);
	if (!mg_tables_emit(&t, format, table))
		return usage();
	fputs(buf, stdout);
	return 0;
}

int
main(int argc, char **argv)
{
	bool check = argc == 4 && strcmp(argv[3], "--check") == 0;

	if (argc == 3 && strcmp(argv[1], "man") == 0)
		return print_manual(argv[2]);
	if (argc == 3 && strcmp(argv[1], "readme") != 0)
		return print_table(argv[1], argv[2]);
	if ((argc == 3 || check) && strcmp(argv[1], "readme") == 0)
		return renew_file(argv[2], check);
	return usage();
}
