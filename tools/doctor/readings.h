/* SPDX-License-Identifier: MIT */
/* All that is measured before anything is judged. What could not be read is 0, empty, or marked. */
#ifndef MG_READINGS_H
#define MG_READINGS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/common/machine.h"
#include "tools/common/process.h"
#include "tools/common/reply.h"
#include "tools/common/sockets.h"
#include "tools/doctor/census.h"
#include "tools/doctor/group.h"
#include "tools/doctor/holders.h"
#include "tools/doctor/mappings.h"
#include "tools/doctor/settings.h"

struct mg_readings_machine {
	struct mg_machine memory;
	struct mg_settings settings;
	struct mg_group group; /* of the doctor itself */
	struct mg_census census;
};

enum mg_readings_program { MG_READINGS_OTHER, MG_READINGS_PYTHON, MG_READINGS_NODE };

struct mg_readings_process {
	struct mg_process process;
	char program[64]; /* file name */
	enum mg_readings_program is;
	char owner[64];
	bool is_root; /* we are */
	struct mg_process_memory memory;
	int mappings_error; /* 0, or -errno: there are none */
	struct mg_mappings mappings;
	enum mg_governed governed;
	int silence; /* MG_GOVERNED_YES: 0 when it answered, else -errno */
	struct mg_reply_stats stats;
	bool has_sample;
	uint64_t sample_bytes; /* mean between samples; 0: sampling is off */
	struct mg_holders holders;
	bool has_environment;
	bool has_arenas_in_malloc; /* python was told PYTHONMALLOC=malloc, by the user or by memgov
				    */
	bool has_old_space_limit;  /* the same of node's --max-old-space-size */
	struct mg_machine memory_of_machine;
	struct mg_settings settings;
	struct mg_group group;
	char why_not[256];      /* it cannot be governed; empty when nothing speaks against it */
	char library[PATH_MAX]; /* path for LD_PRELOAD; empty: unknown */
};

void mg_readings_machine(struct mg_readings_machine *out);

/* `s` is its socket, or NULL. Leaves `holders` empty. 0, or -ESRCH when there is no such process.
 */
int mg_readings_process(int pid, const struct mg_socket *s, struct mg_readings_process *out);

#endif
