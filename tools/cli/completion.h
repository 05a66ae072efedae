/* SPDX-License-Identifier: MIT */
/*
 * What may come next on a command line of memgov or memgov-top, for shells that complete words. It
 * comes from the tables behind usage and help, so that it knows no word that they do not. Pure.
 */
#ifndef MG_COMPLETION_H
#define MG_COMPLETION_H

#include <stddef.h>
#include <stdio.h>

struct mg_completion_process {
	int pid;
	char name[64]; /* anything: a process chooses it */
};

struct mg_completion {
	char *const *words; /* the program first; last the word that is being typed, perhaps "" */
	size_t n;
	const struct mg_completion_process *processes; /* those that are governed */
	size_t n_processes;
};

/*
 * Writes a line for each word that begins like the one that is typed: the word, a tab, and what it
 * means. A line without a word is for the shell to find words itself: "FILE", or "COMMAND N" when
 * what is typed belongs to the command line that begins with words[N].
 */
void mg_completion_write(const struct mg_completion *c, FILE *out);

/* `memgov --complete PROGRAM WORD...`: the same for the processes of this machine. Returns 0. */
int mg_completion_command(int argc, char **argv);

#endif
