/* SPDX-License-Identifier: MIT */
#include "tools/cli/completion.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

static const struct mg_completion_process processes[] = {
	{ 812, "worker" },
	{ 81, "node" },
	{ 9, "worker" },
	{ 4000, "a b" },
	{ 4001, "tab\tline\n\x1b[31m" },
};

/* The lines for a command line with blanks between its words; "" at its end is an empty word. To be
 * freed. */
static char *
lines(const char *line)
{
	char *copy = strdup(line), *words[16], *text = NULL, *save = NULL;
	struct mg_completion c = { words, 0, processes, ROWS(processes) };
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		words[c.n++] = strcmp(w, "\"\"") == 0 ? strchr(w, '\0') : w;
	mg_completion_write(&c, f);
	fclose(f);
	free(copy);
	return text;
}

/* The same without what words mean: "stats sites"; a line for the shell as it is. To be freed. */
static char *
words_for(const char *line)
{
	char *text = lines(line), *save = NULL, *out = calloc(1, strlen(text) + 1);

	for (char *l = strtok_r(text, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save)) {
		size_t n = l[0] == '\t' ? strlen(l) : strcspn(l, "\t");

		strcat(out, out[0] != '\0' ? " " : "");
		strncat(out, l[0] == '\t' ? l + 1 : l, n);
	}
	free(text);
	return out;
}

struct row {
	const char *line;
	const char *words;
};

static void
expect_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *got = words_for(rows[i].line);

		cr_expect(SAME(got, rows[i].words), "%s", rows[i].line);
		free(got);
	}
}

Test(client_completion, subcommands_and_their_flags)
{
	static const struct row rows[] = {
		{ "memgov s", "stats set sites serve" },
		{ "/usr/bin/memgov prof", "profile" },
		{ "memgov nonsense \"\"", "" },
		{ "memgov", "" },
		{ "memgov stats 9 \"\"", "--json --prometheus --watch --help" },
		{ "memgov stats --", "--json --prometheus --watch --help" },
		{ "memgov ps \"\"", "--help" },
		{ "memgov sites 9 --t", "--top" },
		{ "memgov profile 9 --", "--format --alloc --help" },
		{ "memgov profile 9 -", "--format --alloc -o --help" },
		{ "memgov help se", "set serve" },
		{ "memgov help heap-", "heap-max heap-level" },
		{ "memgov help stats \"\"", "--help" },
	};

	expect_rows(rows, ROWS(rows));
}

Test(client_completion, processes_by_id_and_by_a_name_that_only_one_has)
{
	static const struct row rows[] = {
		{ "memgov stats \"\"", "812 81 9 4000 4001" },
		{ "memgov stats 81", "812 81" },
		{ "memgov doctor 40", "4000 4001" },
		{ "memgov stats n", "node" },
		{ "memgov stats w", "" },
		{ "memgov stats a", "" },
		{ "memgov stats t", "" },
		{ "memgov-top --pid 9,8", "9,812 9,81" },
		{ "memgov-top -p \"\"", "812 81 9 4000 4001" },
		{ "memgov-top --pid=81,9,40", "--pid=81,9,4000 --pid=81,9,4001" },
	};
	char *text = lines("memgov stats 400");

	cr_expect(SAME(text, "4000\ta b\n4001\ttab?line??[31m\n"));
	free(text);
	expect_rows(rows, ROWS(rows));
}

Test(client_completion, options_and_what_they_accept)
{
	static const struct row rows[] = {
		{ "memgov set 9 comp", "compact_interval compact_gap compact_delay compact_cpu" },
		{ "memgov set 9 sock", "" },
		{ "memgov set 9 aggressive \"\"", "0 1" },
		{ "memgov set 9 heap_max \"\"", "" },
		{ "memgov set 9 log \"\"", "" },
		{ "memgov set 9 at-limit co", "compact" },
		{ "memgov set 9 at_limit \"\"", "compact notify wait= gc= fail abort term" },
		{ "memgov set 9 at_limit compact,gc=SIGUSR2,f", "compact,gc=SIGUSR2,fail" },
		{ "memgov set 9 aggressive 1 \"\"", "--help" },
		{ "memgov run --heap", "--heap-max --heap-level" },
		{ "memgov run --heap-max 1M --engine \"\"", "park mimalloc" },
		{ "memgov run --engine=m", "--engine=mimalloc" },
		{ "memgov run --at-limit=compact,t", "--at-limit=compact,term" },
		{ "memgov run --log o", "off FILE" },
		{ "memgov run --report \"\"", "FILE" },
		{ "memgov run --max", "--max-restarts" },
		{ "memgov run --nonsense \"\"", "" },
	};

	expect_rows(rows, ROWS(rows));
}

Test(client_completion, values_of_flags)
{
	static const struct row rows[] = {
		{ "memgov profile 9 --format \"\"", "pprof folded svg google raw" },
		{ "memgov profile 9 --format=s", "--format=svg" },
		{ "memgov profile 9 -o x", "FILE" },
		{ "memgov profile 9 --alloc -o x", "FILE" },
		{ "memgov sites 9 --diff=x", "FILE" },
		{ "memgov sites 9 --diff \"\"", "--top --full --watch --diff --json --help" },
		{ "memgov sites --top 9 \"\"", "812 81 9 4000 4001" },
		{ "memgov sites 9 --top \"\"", "" },
		{ "memgov run --lib x", "FILE" },
		{ "memgov-top --sort rss", "rss rss_peak rss_limit" },
		{ "memgov-top --once --so", "--sort" },
		{ "memgov-top --o", "--once" },
		{ "memgov-top --once --j", "--json" },
	};

	expect_rows(rows, ROWS(rows));
}

Test(client_completion, a_command_line_within_is_left_to_the_shell)
{
	static const struct row rows[] = {
		{ "memgov run no", "COMMAND 2" },
		{ "memgov run -- no", "COMMAND 3" },
		{ "memgov run --heap-max 1M node --", "COMMAND 4" },
		{ "memgov run --heap-max=1M node --", "COMMAND 3" },
		{ "memgov run --heap-max node", "" },
		{ "memgov leak-test 9 \"\"", "--" },
		{ "memgov leak-test 9 -- curl -", "COMMAND 4" },
		{ "memgov leak-test 9 --repeat 5 -- curl", "COMMAND 6" },
		{ "memgov leak-test 9 --repeat 5 --wa", "--warm-up" },
	};

	expect_rows(rows, ROWS(rows));
}

/* What stands in a usage line can be completed. */
Test(client_completion, every_flag_of_the_tables)
{
	static const char *const flags[][2] = {
#define FLAG(command, flag, help) { #command, flag },
#include "tools/cli/flags.def"
	};

	for (size_t i = 0; i < ROWS(flags); i++) {
		size_t n = strcspn(flags[i][1], " [");
		char line[128], *got;

		if (flags[i][1][0] != '-' || strncmp(flags[i][1], "--OPTION", n) == 0)
			continue;
		snprintf(line, sizeof line, "memgov %s %.*s", flags[i][0], (int)n, flags[i][1]);
		got = words_for(line);
		cr_expect(strstr(got, line + strlen(line) - n) != NULL, "%s: %s", line, got);
		free(got);
	}
}
