/* SPDX-License-Identifier: MIT */
/*
 * Log lines. The governor has no stderr of its own (its descriptor table is private), and a line
 * may be written inside malloc; so a line first goes to a bounded ring, and mg_log_drain() writes
 * the ring out with one write(2), from a program thread or from the governor. At most 50 lines a
 * second; what is suppressed is counted and said. Any thread; nothing allocates; errno is kept.
 */
#ifndef MG_LOG_H
#define MG_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum mg_log_level { MG_LOG_ERROR, MG_LOG_WARN, MG_LOG_INFO, MG_LOG_DEBUG };

/* `path`: "stderr", "off", or a file that lines are appended to, relative to the folder of now.
 * Kept by pointer: must outlive the process. */
void mg_log_configure(const char *path, enum mg_log_level level);

/* At start: remembers what stderr is, so that lines are not written into what may stand there
 * later. */
void mg_log_note_stderr(void);

/* One line, without newline: "memgov[PID]: text". */
__attribute__((format(printf, 2, 3))) void mg_log(enum mg_log_level level, const char *fmt, ...);

/* True when lines wait; one relaxed load. */
bool mg_log_is_pending(void);

/*
 * Writes what waits, without ever waiting itself: to the log file, or to stderr_fd. With stderr_fd
 * -1, or a full pipe, lines stay; on a descriptor that is no place for messages (a data file, a
 * network connection) they are dropped.
 */
void mg_log_drain(int stderr_fd);

/* Lines that the ring had no room for, since the start. */
uint64_t mg_log_lost(void);

/* Writes now, past the ring and every option; for the last words of a process. */
void mg_log_last_words(int fd, const char *text, uint64_t len);

/* In a fork child: the lock starts afresh, and the parent's lines stay the parent's. */
void mg_log_after_fork(void);

#endif
