/* SPDX-License-Identifier: MIT */
/*
 * The operating system, as raw system calls: other preloaded libraries wrap open, mmap or write and
 * allocate in them, and some of these calls are made inside malloc (H5). Returns are the kernel's:
 * the result, or -errno; errno itself is never touched. Any thread.
 */
#ifndef MG_SYS_H
#define MG_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MG_NS_PER_MS UINT64_C(1000000)
#define MG_NS_PER_S UINT64_C(1000000000)

/* For large storage that most processes never touch: on pages of its own, so that it costs them
 * none. */
#define MG_SYS_APART __attribute__((aligned(4096)))
/* For small storage that every process writes at its start, or around a fork: on one page. */
#define MG_SYS_TOGETHER __attribute__((section(".together")))

/* Any call, with a signal handler's or a vfork child's needs: nothing but the instruction. */
long mg_sys_call(long nr, long a, long b, long c, long d, long e, long f);
int mg_sys_open(const char *path, int flags, unsigned mode);
int mg_sys_close(int fd);
ssize_t mg_sys_read(int fd, void *buf, size_t n);
ssize_t mg_sys_pread(int fd, void *buf, size_t n, uint64_t offset);
/* As write, but none of the signals it may bring (SIGPIPE, SIGXFSZ, SIGTTOU) reaches the program.
 */
ssize_t mg_sys_write_quietly(int fd, const void *buf, size_t n);
/* Takes some bytes now, without waiting and without SIGPIPE. */
bool mg_sys_is_writable(int fd);
int mg_sys_unlink(const char *path);
int mg_sys_unlinkat(int dirfd, const char *name);

/* Zero-filled private memory that never counts as the program's heap; NULL when there is none. */
void *mg_sys_map(size_t bytes);
/* The same for what may never be used to its end: no huge pages, of which all would exist at once.
 */
void *mg_sys_map_sparse(size_t bytes);
/* Address space without memory, until mg_sys_make_writable() of a range; NULL when there is none.
 */
void *mg_sys_reserve(size_t bytes);
bool mg_sys_make_writable(void *p, size_t bytes); /* of whole pages, outwards */
int mg_sys_unmap(void *p, size_t bytes);
/* Grows or shrinks a mapping by moving its pages, if need be; NULL, and nothing changed, when the
 * kernel refuses. */
void *mg_sys_remap(void *p, size_t before, size_t bytes);
int mg_sys_madvise(void *p, size_t bytes, int advice);
/* The 8 bytes at p can be read now. */
bool mg_sys_is_readable(const void *p);

uint64_t mg_sys_now_ns(void);  /* CLOCK_MONOTONIC */
uint64_t mg_sys_wall_ns(void); /* CLOCK_REALTIME */
uint64_t mg_sys_thread_cpu_ns(void);
void mg_sys_sleep_ns(uint64_t ns);
void mg_sys_yield(void);
/*
 * Once it is registered, mg_sys_barrier() makes every thread of the process pass a full memory
 * barrier before it returns: microseconds, whatever the number of threads. False: the kernel, or a
 * sandbox, refuses.
 */
bool mg_sys_register_barrier(void);
bool mg_sys_barrier(void);
int mg_sys_pid(void);
int mg_sys_tid(void);
int mg_sys_kill(int pid, int sig);
int mg_sys_tgkill(int pid, int tid, int sig);

/*
 * A lock of one word; 0 is unlocked. Not recursive. Who waits sleeps in the kernel, so a section
 * may last: most are short and make no system call, but a sweep, a new span, a pause of another
 * thread and a fork hold theirs across some.
 */
struct mg_lock {
	_Atomic uint32_t word;
};
/* In a fork child: whoever held it is not here. Writes only when it must: an untouched page stays
 * shared. */
void mg_sys_reset_lock(struct mg_lock *l);
void mg_sys_lock(struct mg_lock *l);
/* Called by whoever is about to wait for any lock. */
void mg_sys_set_before_wait(void (*call)(void));
bool mg_sys_trylock(struct mg_lock *l);
/* False when it was not to be had in time: the caller itself may hold it. The first one waits about
 * a millisecond. */
bool mg_sys_lock_soon(struct mg_lock *l);
bool mg_sys_lock_within(struct mg_lock *l, uint64_t ns);
void mg_sys_unlock(struct mg_lock *l);

/* Waits while *word == seen, at most ns; may return early. */
void mg_sys_wait_word(_Atomic uint32_t *word, uint32_t seen, uint64_t ns);
void mg_sys_wake_word(_Atomic uint32_t *word);

/* Reads a whole small file, NUL-terminated. Returns its length (cut at cap - 1), or -errno. */
ssize_t mg_sys_read_file(const char *path, char *buf, size_t cap);

/* "Permission denied" for EACCES; never NULL: a filter of system calls may answer any number. */
const char *mg_sys_error(int error);

#endif
