/* SPDX-License-Identifier: MIT */
#include "tools/cli/usage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shim/tables/config.h"
#include "shim/tables/suggest.h"
#include "shim/tables/version.h"
#include "tools/cli/change.h"
#include "tools/cli/doctor.h"
#include "tools/cli/leak_test.h"
#include "tools/cli/profile.h"
#include "tools/cli/run.h"
#include "tools/cli/show.h"
#include "tools/cli/sites.h"

const struct mg_usage_subcommand mg_usage_subcommands[] = {
#define SUBCOMMAND(word, args, handler, help) { #word, args, handler, help },
#include "tools/cli/subcommands.def"
};
const size_t mg_usage_subcommand_count =
    sizeof mg_usage_subcommands / sizeof mg_usage_subcommands[0];

/* Behind this column the options of `run` are wrapped. */
#define WRAP 78

const struct mg_usage_subcommand *
mg_usage_find(const char *word)
{
	for (size_t i = 0; i < mg_usage_subcommand_count; i++)
		if (strcmp(mg_usage_subcommands[i].word, word) == 0)
			return &mg_usage_subcommands[i];
	return NULL;
}

static void
print_usage(FILE *f, const struct mg_usage_subcommand *s)
{
	fprintf(f, "Usage: memgov %s%s%s\n", s->word, s->args[0] != '\0' ? " " : "", s->args);
}

int
mg_usage_wrong(const char *word, const char *fmt, ...)
{
	va_list ap;

	fputs("memgov: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	print_usage(stderr, mg_usage_find(word));
	return MG_USAGE_WRONG;
}

int
mg_usage_unknown(const char *word)
{
	fprintf(stderr, "memgov: there is no subcommand '%s'", word);
	for (size_t i = 0; i < mg_usage_subcommand_count; i++) {
		if (!mg_suggest_is_close(word, mg_usage_subcommands[i].word))
			continue;
		fprintf(stderr, "; did you mean '%s'?", mg_usage_subcommands[i].word);
		break;
	}
	fputs("\nmemgov: `memgov help` lists what there is\n", stderr);
	return MG_USAGE_WRONG;
}

static void
print_all(void)
{
	puts("Usage: memgov SUBCOMMAND ...");
	puts("Govern the memory of programs, and look at and change those that are governed.\n");
	for (size_t i = 0; i < mg_usage_subcommand_count; i++) {
		const struct mg_usage_subcommand *s = &mg_usage_subcommands[i];

		printf("  %-9s %s\n", s->word, s->help);
	}
	puts("\nPID is a process id, or the name of a command that one governed process has.");
	puts("`memgov help SUBCOMMAND` and `memgov help OPTION` say more; memgov-top is live.\n");
	puts("Exit status: 0; 1 no such process, or it refused; 2 wrong usage or a bad value.");
	puts("`run` has the status of its command, 128+N when signal N killed it, 126 when it");
	puts("cannot be executed, 127 when it is not there, 125 when memgov itself failed, 124");
	puts("when --restart-above has started it again as often as it may.");
	puts("`doctor --check` prints one line: 0 fine, 1 warning, 2 critical, 3 unknown.");
}

static void
print_option_name(const char *name)
{
	fputs("--", stdout);
	for (; *name != '\0'; name++)
		putchar(*name == '_' ? '-' : *name);
}

/* All options in a few lines; each has a page of its own. */
static void
print_run(void)
{
	size_t col = 2;

	puts("Start a program with memgov preloaded, check that it took, pass signals on, and");
	puts("wait for its end. A program that cannot be governed is started all the same, and");
	puts("memgov says why it is not. Exit status: see `memgov help`.\n");
	puts("  memgov run --heap-max 512M -- node server.js\n");
	puts("  --lib PATH     preload this libmemgov.so");
	puts("  --restart-above SIZE [--grace TIME] [--max-restarts N]");
	puts("                 when the program's RSS (not that of its children) passes SIZE: "
	     "SIGTERM,");
	puts("                 SIGKILL after the grace (10s), and a new start after 100ms, twice "
	     "as");
	puts("                 long each time up to 30s, anew after a minute that went well; "
	     "status");
	puts("                 124 after N restarts. What ends by itself is not started again.");
	puts("  --OPTION VALUE any option of memgov; `memgov help OPTION` explains one:");
	fputs("    ", stdout);
	for (size_t i = 0; i < mg_config_option_count; i++) {
		const struct mg_option *o = &mg_config_options[i];

		if (col + strlen(o->name) + 3 > WRAP) {
			fputs("\n    ", stdout);
			col = 2;
		}
		fputs(col > 2 ? " " : "", stdout);
		print_option_name(o->name);
		col += strlen(o->name) + 3;
	}
	putchar('\n');
}

static void
print_leak_test(void)
{
	puts(
	    "Repeat a command that makes a process work, and judge whether the process holds more");
	puts("after every run: the robust slope of what it holds, and who grew. What only");
	puts("jumps, falls back or slows down is not called a leak.\n");
	puts("  memgov leak-test 1234 -- curl -sf http://127.0.0.1:8000/page\n");
	puts("  --repeat N        runs that are measured (20; 8 are the least)");
	puts("  --warm-up N       runs before them (3)");
	puts("  --settle TIME     pause after each run (1s)");
	puts("  --threshold SIZE  growth per run that is a leak (1K)");
	puts("  --json            everything, for programs");
	puts("\nSamples are taken every 4K meanwhile (`memgov help sample`), and as before after "
	     "it.");
	puts("Exit status: 0 it does not leak, 1 it leaks, 2 it cannot be told: the growth is too");
	puts(
	    "uneven, the command failed, the process ended, or wrong usage; 128+N after signal N.");
}

static void
print_sites(void)
{
	puts("Who holds the memory: the functions that sampled stacks name, suspects of leaks");
	puts("first. What allocates for its caller (malloc, operator new, std::vector, xmalloc),");
	puts("and an interpreter that runs a script, are not the one to blame.\n");
	puts("  memgov sites 1234");
	puts("  memgov sites 1234 --diff=30s\n");
	puts("  --top N       so many rows (20)");
	puts("  --full        whole stacks, each a row of its own; \">\" is the line to blame");
	puts("  --watch=TIME  again and again (2s)");
	puts("  --diff=TIME   what came and went in that time (10s)");
	puts("  --diff=FILE   what came and went since `memgov profile 1234 --raw > FILE`");
	puts("  --json        everything, for programs\n");
	puts("VERDICT  suspect: it grew all along; growing: it grew, but perhaps by chance or at");
	puts("         the start; steady: neither");
	puts(
	    "LIVE     bytes that it holds, and BLOCKS, estimated from samples; the first line has");
	puts("         the exact sum, and how far the estimate of it may be off");
	puts("/MIN     growth; AGE how old half of what it holds is");
	puts("\n`memgov set 1234 sample 64K` takes more samples, 0 none.");
}

static void
print_profile(void)
{
	puts("Who holds the memory, as a file for other programs, with the names of functions.\n");
	puts("  memgov profile 1234 -o heap.pb.gz && go tool pprof heap.pb.gz");
	puts("  memgov profile 1234 --svg -o heap.svg\n");
	puts("  --format pprof   gzipped, with files, lines and inlined functions; what");
	puts("                   a file gets (-o, or output that is no terminal)");
	puts("  --format folded  \"main;load;parse 5242880\", for flame graphs; for terminals");
	puts("  --format svg     a flame graph in one file");
	puts("  --format google  text for gperftools: google-pprof --text PROGRAM FILE");
	puts("  --format raw     what the process said, for `memgov sites --diff=FILE`");
	puts("  --alloc          all that was ever allocated, not what is live; pprof has");
	puts("                   both, and begins with this one");
	puts("  -o FILE          not to standard output");
}

static int
print_option(const struct mg_option *o)
{
	printf("%s\n%s\n\n", o->env, o->doc);
	printf("  default    %s\n", o->def[0] != '\0' ? o->def : "empty");
	printf("  accepted   %s\n", o->accepts);
	fputs("  at start   memgov run ", stdout);
	print_option_name(o->name);
	printf(" VALUE -- COMMAND\n");
	if ((o->flags & MG_OPT_RUNTIME) != 0)
		printf("  later      memgov set PID %s VALUE\n", o->name);
	return MG_USAGE_OK;
}

/* Those that one sentence is not enough for have a page. */
static void
print_page(const struct mg_usage_subcommand *s)
{
	static const struct {
		int (*handler)(int argc, char **argv);
		void (*print)(void);
	} pages[] = {
		{ mg_run_command, print_run },
		{ mg_leak_test_command, print_leak_test },
		{ mg_sites_command, print_sites },
		{ mg_profile_command, print_profile },
	};

	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		if (pages[i].handler == s->handler) {
			pages[i].print();
			return;
		}
	}
	puts(s->help);
}

/* heap-max, --heap-max, heap_max and MEMGOV_HEAP_MAX are the same. */
static const struct mg_option *
find_option(const char *word)
{
	char name[64];
	size_t n = 0;

	word += strspn(word, "-");
	for (; word[n] != '\0' && n < sizeof name - 1; n++)
		name[n] = word[n] == '-' ? '_' : word[n];
	name[n] = '\0';
	return mg_config_find(name);
}

int
mg_usage_command(int argc, char **argv)
{
	const struct mg_usage_subcommand *s = argc > 1 ? mg_usage_find(argv[1]) : NULL;
	const struct mg_option *o = argc > 1 ? find_option(argv[1]) : NULL;

	if (argc < 2) {
		print_all();
		return MG_USAGE_OK;
	}
	if (s == NULL && o == NULL) {
		fprintf(stderr,
		    "memgov: '%s' is neither a subcommand nor an option; `memgov help` and `memgov "
		    "help run`\n"
		    "memgov: list them\n",
		    argv[1]);
		return MG_USAGE_WRONG;
	}
	if (s == NULL)
		return print_option(o);
	print_usage(stdout, s);
	print_page(s);
	return MG_USAGE_OK;
}

int
mg_usage_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("memgov " MG_VERSION);
	return MG_USAGE_OK;
}
