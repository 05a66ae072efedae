/* SPDX-License-Identifier: MIT */
/*
 * What /proc tells about one process. Parsing is separate from reading, so that it can be tested
 * and fuzzed: the name in /proc/PID/stat is chosen by the process.
 */
#ifndef MG_PROCESS_H
#define MG_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mg_process {
	int pid;
	int parent_pid;
	char state;           /* R S D Z T t X, as in proc(5) */
	uint64_t start_ticks; /* clock ticks from boot to its start; with the pid, this names it for
				 good */
	char name[64];        /* comm: at most 15 bytes, kernel threads more */
};

/* The text of /proc/PID/stat. 0 or -EINVAL. */
int mg_process_parse_stat(const char *text, struct mg_process *out);

/* 0, or -ESRCH when there is no such process. */
int mg_process_read(int pid, struct mg_process *out);

/* Stopped by a signal or by a debugger: it cannot answer, and is not ill. */
bool mg_process_is_stopped(const struct mg_process *p);

/* Start time on the clock of file times (CLOCK_REALTIME), to a few ms. */
uint64_t mg_process_start_wall_ns(const struct mg_process *p);

/* What /proc/PID/status says of its memory; a thread of the kernel has none. */
struct mg_process_memory {
	uint64_t rss_bytes, rss_peak_bytes;
	uint64_t anonymous_bytes, file_bytes, shared_bytes; /* what rss_bytes is made of */
	uint64_t swap_bytes, locked_bytes;
	unsigned threads;
};

/* The text of /proc/PID/status. What it does not have is 0: before Linux 4.5, the parts of RSS. */
void mg_process_parse_status(const char *text, struct mg_process_memory *out);

/* 0, or -ESRCH when there is no such process. */
int mg_process_read_memory(int pid, struct mg_process_memory *out);

/* File name of the program it runs, "python3.11"; where that may not be seen, of its argv[0], or
 * its comm. "?" when there is no such process. */
void mg_process_read_program(int pid, char *buf, size_t cap);

/* Whether one of its arguments has `part` in it. 0 or -errno. */
int mg_process_read_argument(int pid, const char *part, bool *out);

/* Owner of the process. 0 or -errno. */
int mg_process_read_uid(int pid, uid_t *out);

/* Whether a file of this name (without folder) is mapped. 0 or -errno; -EACCES for other users'
 * processes. */
int mg_process_read_mapped(int pid, const char *file, bool *out);

/* A variable of the environment it was started with; empty when it has none. 0 or -errno. */
int mg_process_read_env(int pid, const char *name, char *buf, size_t cap);

/* Whether `name` is its comm or the file name of its argv[0]. */
bool mg_process_is_called(int pid, const char *name);

#endif
