/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "tools/cli/completion.h"

/* Words of a command line, a line each; one that begins with a tab is the name of a process. */
static void
fuzz_text(char *text, size_t len)
{
	struct mg_completion_process processes[4] = { { 7, "" }, { 71, "" }, { 12, "" },
		{ 9, "" } };
	char *words[32], *reply = NULL;
	struct mg_completion c = { .words = words, .processes = processes };
	size_t size;
	FILE *f;

	(void)len;
	for (char *line = text, *next; line != NULL && c.n < 32; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (line[0] != '\t')
			words[c.n++] = line;
		else if (c.n_processes < 4)
			snprintf(processes[c.n_processes++].name, sizeof processes[0].name, "%s",
			    line + 1);
	}
	f = open_memstream(&reply, &size);
	if (f == NULL)
		return;
	mg_completion_write(&c, f);
	fclose(f);
	/* Whole lines, and in each a tab: so a shell can take them apart. */
	FUZZ_CHECK(size == 0 || reply[size - 1] == '\n');
	for (char *p = reply; p < reply + size; p = strchr(p, '\n') + 1)
		FUZZ_CHECK(strcspn(p, "\t") < strcspn(p, "\n"));
	free(reply);
}
