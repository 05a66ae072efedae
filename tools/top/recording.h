/* SPDX-License-Identifier: MIT */
/* A recording that is being made: a fleet's replies go through it into a file. */
#ifndef MG_RECORDING_H
#define MG_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/common/fleet.h"
#include "tools/common/machine.h"
#include "tools/top/recfile.h"
#include "tools/top/recorder.h"

/* How often each process is asked for policies, events and config. */
#define MG_RECORDING_TEXTS_NS 10000000000ull

struct mg_recording {
	struct mg_recorder recorder;
	struct mg_recfile *file; /* NULL when it has ended */
	struct mg_fleet_sink next;
	const char *path;
	uint64_t max_bytes, flush_ms;
	int error;       /* 0, or -errno: why it has ended */
	bool is_full;    /* as it was to be */
	char ended[256]; /* both in words; "" while it goes on */
};

/* Replies are also handed to `next`; its functions may be NULL. 0; or -1, and `why` says what is
 * wrong. */
int mg_recording_open(struct mg_recording *r, const char *path, uint64_t max_bytes,
    struct mg_fleet_sink next, char why[MG_RECFILE_WHY]);
struct mg_fleet_sink mg_recording_sink(struct mg_recording *r);

/* Before a round of the fleet. */
void mg_recording_round(struct mg_recording *r, const struct mg_machine *machine);

void mg_recording_close(struct mg_recording *r);

#endif
