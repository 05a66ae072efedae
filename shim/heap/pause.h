/* SPDX-License-Identifier: MIT */
/*
 * Pausing the owner of a record, so that its magazines can be emptied by another thread while it
 * sleeps, or runs. See thread.h for the handshake; tests/lint/handshake.pml is a model of it. The
 * memory barrier that malloc and free would need is made by membarrier(2) on the pausing side.
 * A pause lasts microseconds, and the paused thread does not wait for its end.
 */
#ifndef MG_PAUSE_H
#define MG_PAUSE_H

#include "shim/heap/thread.h"

enum {
	MG_PAUSE_NO,
	MG_PAUSE_YES,
	MG_PAUSE_ASK, /* without membarrier: the owner empties its magazines in its next operation
		       */
};

/* At start, while there is one thread: later it costs milliseconds. */
void mg_pause_start(void);

/*
 * True: the owner of `t` is outside its magazines and stays there until mg_pause_end(). False when
 * somebody else holds it, it did not come out in time, or there is no membarrier: then it is asked.
 */
bool mg_pause_begin(struct mg_thread *t);
/* Lets the owner go on, while what was taken is put away: a fork waits for that too, or it would be
 * lost in the child. */
void mg_pause_resume(struct mg_thread *t);
void mg_pause_end(struct mg_thread *t);

/*
 * All records but the caller's, for a fork; nobody pauses anybody meanwhile. An owner that does not
 * come out (a handler left it by siglongjmp, or waits for this fork) is LOST in the child.
 */
void mg_pause_all(void);
void mg_pause_end_all(void);
/* In the child: nobody is paused, and nobody pauses. `none_paused`: nobody was for the fork, which
 * a signal handler made, so nobody's magazines can be trusted. */
void mg_pause_after_fork_child(bool none_paused);

/*
 * Copies of the process that were made past the fork handlers (clone, _Fork) have the locks and
 * pauses of threads that they do not have. From the second thread on, an original can be told from
 * a copy, and from one that is in order again. The child of a usual fork is an original.
 */
void mg_pause_mark_original(void);
bool mg_pause_is_original(void);
bool mg_pause_is_copy(void);
void mg_pause_end_copy(void);
void mg_pause_adopt_copy(void); /* in the child of a usual fork */

/* The owner's entry to its own magazines from slow paths; false when paused. */
bool mg_pause_enter(struct mg_thread *t);
void mg_pause_leave(struct mg_thread *t);

#endif
