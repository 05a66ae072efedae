/* SPDX-License-Identifier: MIT */
/* Apart from completion.c, which knows nothing of this machine. */
#include <stdlib.h>
#include <string.h>

#include "tools/cli/completion.h"
#include "tools/common/process.h"
#include "tools/common/sockets.h"

/* Returns how many; who has ended is left out. */
static size_t
name_processes(const struct mg_sockets *all, struct mg_completion_process *out)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct mg_process p;

		if (mg_process_read(all->list[i].pid, &p) != 0)
			continue;
		out[n].pid = p.pid;
		memcpy(out[n].name, p.name, sizeof out[n].name);
		n++;
	}
	return n;
}

int
mg_completion_command(int argc, char **argv)
{
	struct mg_sockets all = { 0 };
	struct mg_completion c = { .words = argv + 1, .n = (size_t)argc - 1 };
	struct mg_completion_process *list;

	mg_sockets_list(&all);
	list = calloc(all.n + 1, sizeof *list);
	if (list != NULL)
		c.n_processes = name_processes(&all, list);
	c.processes = list;
	mg_completion_write(&c, stdout);
	free(list);
	mg_sockets_free(&all);
	return 0;
}
