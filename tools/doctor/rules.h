/* SPDX-License-Identifier: MIT */
/*
 * From readings to findings. What is unknown is said to be unknown where it matters, and gives no
 * finding where it does not. Pure.
 */
#ifndef MG_RULES_H
#define MG_RULES_H

#include "tools/doctor/breakdown.h"
#include "tools/doctor/findings.h"
#include "tools/doctor/readings.h"

void mg_rules_machine(
    const struct mg_readings_machine *m, const struct mg_marks *marks, struct mg_findings *out);
void mg_rules_process(
    const struct mg_readings_process *p, const struct mg_marks *marks, struct mg_findings *out);

/* Part of both: does anything wait for memory? */
void mg_rules_stall(const struct mg_machine *m, struct mg_findings *out);
/* The cgroup against its limit; `whose` is "this shell's" or "its". */
void mg_rules_group(const struct mg_group *g, const char *whose, const struct mg_marks *marks,
    struct mg_findings *out);

/* Part of a process's: its heap against its ceiling (rules_heap.c), and what is beyond the heap
 * (rules_beyond.c). */
void mg_rules_heap(const struct mg_readings_process *p, const struct mg_breakdown *b,
    const struct mg_marks *marks, struct mg_findings *out);
void mg_rules_beyond(
    const struct mg_readings_process *p, const struct mg_breakdown *b, struct mg_findings *out);

/*
 * `--check`: one sentence, and how bad it is: memory of the machine and the cgroup, and of the
 * process (NULL: none) against its ceiling. False when the machine's memory is unknown.
 */
struct mg_rules_check {
	enum mg_finding_level level;
	char text[400];
};
bool mg_rules_check(const struct mg_machine *m, const struct mg_group *g,
    const struct mg_readings_process *p, const struct mg_marks *marks, struct mg_rules_check *out);

/* Bytes that anybody would type, at least so many: a multiple of 64M, of 512M, or of 4G. */
uint64_t mg_rules_round(uint64_t bytes);

/* Below this nothing is worth a sentence. */
#define MG_RULES_LEAST_BYTES ((uint64_t)32 << 20)

#endif
