/* SPDX-License-Identifier: MIT */
#include "tools/cli/completion_offer.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "tools/top/columns.h"

#define WORD 64 /* longer than any word of the tables */

void
mg_offer(const struct mg_offer *r, const char *word, size_t n, const char *help)
{
	const char *rest = r->typed + r->kept;

	if (n >= strlen(rest) && strncmp(word, rest, strlen(rest)) == 0)
		fprintf(r->out, "%.*s%.*s\t%s\n", (int)r->kept, r->typed, (int)n, word, help);
}

/* Nothing in a name may end the line, or do something to the terminal. */
static void
offer_process(const struct mg_offer *r, const struct mg_completion_process *p)
{
	char pid[16], name[sizeof p->name];
	size_t n = 0;

	for (; p->name[n] != '\0' && n < sizeof name - 1; n++)
		name[n] = iscntrl((unsigned char)p->name[n]) ? '?' : p->name[n];
	name[n] = '\0';
	snprintf(pid, sizeof pid, "%d", p->pid);
	mg_offer(r, pid, strlen(pid), name);
}

/* A name is as good as a process id where it can be typed as it is, and only one process has it. */
static bool
is_good_name(const struct mg_completion *c, const struct mg_completion_process *p)
{
	size_t n =
	    strspn(p->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-");

	if (!isalpha((unsigned char)p->name[0]) || p->name[n] != '\0')
		return false;
	for (size_t i = 0; i < c->n_processes; i++)
		if (&c->processes[i] != p && strcmp(c->processes[i].name, p->name) == 0)
			return false;
	return true;
}

static void
offer_processes(const struct mg_offer *r)
{
	for (size_t i = 0; i < r->c->n_processes; i++) {
		const struct mg_completion_process *p = &r->c->processes[i];
		char help[32];

		snprintf(help, sizeof help, "process %d", p->pid);
		if (!isalpha((unsigned char)r->typed[r->kept]))
			offer_process(r, p);
		else if (is_good_name(r->c, p))
			mg_offer(r, p->name, strlen(p->name), help);
	}
}

/* What precedes the last comma of a list stays. */
static void
keep_list(struct mg_offer *r)
{
	const char *comma = strrchr(r->typed + r->kept, ',');

	if (comma != NULL)
		r->kept = (size_t)(comma + 1 - r->typed);
}

/* "heap_max" as "heap-max", where people type dashes. */
static const char *
option_word(const struct mg_option *o, const char *before, char separator, char buf[WORD])
{
	snprintf(buf, WORD, "%s%s", before, o->name);
	for (char *p = buf + strlen(before); *p != '\0'; p++)
		if (*p == '_')
			*p = separator;
	return buf;
}

void
mg_offer_options(const struct mg_offer *r, const char *before, char separator, unsigned flags)
{
	for (size_t i = 0; i < mg_config_option_count; i++) {
		const struct mg_option *o = &mg_config_options[i];
		char word[WORD];

		if ((o->flags & flags) != flags)
			continue;
		option_word(o, before, separator, word);
		mg_offer(r, word, strlen(word), o->doc);
	}
}

const struct mg_option *
mg_offer_find_option(const char *word, size_t n)
{
	char name[WORD];

	snprintf(name, sizeof name, "%.*s", (int)n, word);
	for (char *p = name; *p != '\0'; p++)
		if (*p == '-')
			*p = '_';
	return mg_config_find(name);
}

/* "gc=SIGNAL" stands for "gc=" and something; prose and ranges are no words to offer. */
static void
offer_accepted(const struct mg_offer *r, const char *token, size_t n)
{
	size_t word = strspn(token, "abcdefghijklmnopqrstuvwxyz0123456789");

	if (word > n)
		word = n;
	if (word > 0 && word < n && token[word] == '=')
		mg_offer(r, token, word + 1, "");
	else if (word > 0 && word == n)
		mg_offer(r, token, n, "");
}

/* The words in "a|b|c", in "a|b, then one of c|d", and in "a, b, or a file". */
void
mg_offer_values(struct mg_offer *r, const struct mg_option *o)
{
	const char *p = o->accepts;

	if (o->type == MG_OPT_STEPS)
		keep_list(r);
	while (*p != '\0' && (o->type == MG_OPT_FLAG || o->type == MG_OPT_CHOICE ||
				 o->type == MG_OPT_STEPS || o->type == MG_OPT_PATH)) {
		size_t n = strcspn(p, "|,");

		offer_accepted(r, p, n);
		p += n + (p[n] != '\0');
		if (strncmp(p, " then one of ", 13) == 0)
			p += 13;
		p += strspn(p, " ");
	}
	if (o->type == MG_OPT_PATH)
		fputs("\tFILE\n", r->out);
}

static void
offer_columns(const struct mg_offer *r)
{
	for (enum mg_column_id i = 0; i < MG_COLUMN_IDS; i++)
		mg_offer(r, mg_columns[i].id, strlen(mg_columns[i].id), mg_columns_title(i));
}

/* What stands for a value in a usage line: "PID", "FILE", "pprof". */
void
mg_offer_value(struct mg_offer *r, const char *value, const char *help)
{
	if (islower((unsigned char)value[0])) {
		mg_offer(r, value, strlen(value), help);
	} else if (strncmp(value, "PID", 3) == 0) {
		keep_list(r);
		offer_processes(r);
	} else if (strcmp(value, "COLUMN") == 0) {
		offer_columns(r);
	} else if (strstr(value, "FILE") != NULL || strcmp(value, "PATH") == 0) {
		fputs("\tFILE\n", r->out);
	}
}
