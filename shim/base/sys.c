/* SPDX-License-Identifier: MIT */
#include "shim/base/sys.h"

#include "shim/base/page.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * Straight into the kernel: no errno to keep, and a fork child that ends soon does not fault in the
 * C library's page for it. Result or -errno, as the kernel gives it.
 */
static long
raw(long nr, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
#else
	int saved = errno;
	long r = syscall(nr, a, b, c, d, e, f);

	if (r == -1)
		r = -errno;
	errno = saved;
	return r;
#endif
}

long
mg_sys_call(long nr, long a, long b, long c, long d, long e, long f)
{
	return raw(nr, a, b, c, d, e, f);
}

int
mg_sys_open(const char *path, int flags, unsigned mode)
{
	return (int)raw(SYS_openat, AT_FDCWD, (long)path, flags | O_CLOEXEC, mode, 0, 0);
}

int
mg_sys_close(int fd)
{
	return (int)raw(SYS_close, fd, 0, 0, 0, 0, 0);
}

ssize_t
mg_sys_read(int fd, void *buf, size_t n)
{
	return raw(SYS_read, fd, (long)buf, (long)n, 0, 0, 0);
}

ssize_t
mg_sys_pread(int fd, void *buf, size_t n, uint64_t offset)
{
	return raw(SYS_pread64, fd, (long)buf, (long)n, (long)offset, 0, 0);
}

bool
mg_sys_is_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	struct timespec none = { 0 };

	return raw(SYS_ppoll, (long)&p, 1, (long)&none, 0, 0, 0) == 1 && p.revents == POLLOUT;
}

#define SIGNAL_BIT(sig) ((uint64_t)1 << ((sig)-1))

static uint64_t
pending_signals(void)
{
	uint64_t set = 0;

	raw(SYS_rt_sigpending, (long)&set, sizeof set, 0, 0, 0, 0);
	return set;
}

ssize_t
mg_sys_write_quietly(int fd, const void *buf, size_t n)
{
	uint64_t ours = SIGNAL_BIT(SIGPIPE) | SIGNAL_BIT(SIGXFSZ) | SIGNAL_BIT(SIGTTOU), old = 0,
		 brought;
	struct timespec none = { 0 };
	ssize_t written;

	raw(SYS_rt_sigprocmask, SIG_BLOCK, (long)&ours, (long)&old, sizeof ours, 0, 0);
	brought = ours & ~pending_signals();
	written = raw(SYS_write, fd, (long)buf, (long)n, 0, 0, 0);
	brought &= pending_signals();
	if (brought != 0)
		raw(SYS_rt_sigtimedwait, (long)&brought, 0, (long)&none, sizeof brought, 0, 0);
	raw(SYS_rt_sigprocmask, SIG_SETMASK, (long)&old, 0, sizeof old, 0, 0);
	return written;
}

int
mg_sys_unlink(const char *path)
{
	return mg_sys_unlinkat(AT_FDCWD, path);
}

int
mg_sys_unlinkat(int dirfd, const char *name)
{
	return (int)raw(SYS_unlinkat, dirfd, (long)name, 0, 0, 0, 0);
}

/* Only the kernel knows that memory which one thread has unmapped, or moved away, is not what
 * another maps in its place; ThreadSanitizer must be told. */
#ifdef __SANITIZE_THREAD__
static _Atomic uint32_t mappings;
#define MAPPING_BEGINS() atomic_load_explicit(&mappings, memory_order_acquire)
#define MAPPING_ENDS() atomic_fetch_add_explicit(&mappings, 1, memory_order_release)
#else
#define MAPPING_BEGINS() (void)0
#define MAPPING_ENDS() (void)0
#endif

void *
mg_sys_map(size_t bytes)
{
	long r = raw(
	    SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MAPPING_BEGINS();
	return r < 0 && r > -4096 ? NULL : (void *)r;
}

void *
mg_sys_map_sparse(size_t bytes)
{
	void *p = mg_sys_map(bytes);

	if (p != NULL)
		mg_sys_madvise(p, bytes, MADV_NOHUGEPAGE);
	return p;
}

void *
mg_sys_reserve(size_t bytes)
{
	long r = raw(SYS_mmap, 0, (long)bytes, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return r < 0 && r > -4096 ? NULL : (void *)r;
}

bool
mg_sys_make_writable(void *p, size_t bytes)
{
	uintptr_t from = (uintptr_t)p & ~(uintptr_t)(MG_PAGE_BYTES - 1);
	uintptr_t to = mg_page_round_up((uintptr_t)p + bytes);

	return raw(SYS_mprotect, (long)from, (long)(to - from), PROT_READ | PROT_WRITE, 0, 0, 0) ==
	       0;
}

int
mg_sys_unmap(void *p, size_t bytes)
{
	MAPPING_ENDS();
	return (int)raw(SYS_munmap, (long)p, (long)bytes, 0, 0, 0, 0);
}

void *
mg_sys_remap(void *p, size_t before, size_t bytes)
{
	long r;

	MAPPING_ENDS();
	r = raw(SYS_mremap, (long)p, (long)before, (long)bytes, MREMAP_MAYMOVE, 0, 0);
	MAPPING_BEGINS();
	return r < 0 && r > -4096 ? NULL : (void *)r;
}

int
mg_sys_madvise(void *p, size_t bytes, int advice)
{
	return (int)raw(SYS_madvise, (long)p, (long)bytes, advice, 0, 0, 0);
}

/* Through the vDSO: no system call, and errno is untouched because these clocks always exist. */
static uint64_t
read_clock(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * MG_NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* The kernel copies the new signal mask in before it looks at what is to be done with it, and then
 * refuses, because it is nothing. */
bool
mg_sys_is_readable(const void *p)
{
	return raw(SYS_rt_sigprocmask, -1, (long)p, 0, sizeof(uint64_t), 0, 0) != -EFAULT;
}

uint64_t
mg_sys_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t
mg_sys_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

uint64_t
mg_sys_thread_cpu_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void
mg_sys_sleep_ns(uint64_t ns)
{
	struct timespec ts = { .tv_sec = (time_t)(ns / MG_NS_PER_S),
		.tv_nsec = (long)(ns % MG_NS_PER_S) };

	raw(SYS_nanosleep, (long)&ts, 0, 0, 0, 0, 0);
}

void
mg_sys_yield(void)
{
	raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

bool
mg_sys_register_barrier(void)
{
	return raw(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0) == 0;
}

bool
mg_sys_barrier(void)
{
	return raw(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0) == 0;
}

int
mg_sys_pid(void)
{
	return (int)raw(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

int
mg_sys_tid(void)
{
	return (int)raw(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

int
mg_sys_kill(int pid, int sig)
{
	return (int)raw(SYS_kill, pid, sig, 0, 0, 0, 0);
}

int
mg_sys_tgkill(int pid, int tid, int sig)
{
	return (int)raw(SYS_tgkill, pid, tid, sig, 0, 0, 0);
}

void
mg_sys_wait_word(_Atomic uint32_t *word, uint32_t seen, uint64_t ns)
{
	struct timespec ts = { .tv_sec = (time_t)(ns / MG_NS_PER_S),
		.tv_nsec = (long)(ns % MG_NS_PER_S) };

	raw(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, seen, (long)&ts, 0, 0);
}

void
mg_sys_wake_word(_Atomic uint32_t *word)
{
	raw(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, INT32_MAX, 0, 0, 0);
}

#define SPINS 50

/* 0 free, 1 held, 2 held and somebody waits. */
static void (*_Atomic before_wait)(void);

void
mg_sys_set_before_wait(void (*call)(void))
{
	atomic_store_explicit(&before_wait, call, memory_order_relaxed);
}

void
mg_sys_lock(struct mg_lock *l)
{
	void (*call)(void);
	uint32_t seen = 0;

	if (atomic_compare_exchange_strong_explicit(
		&l->word, &seen, 1, memory_order_acquire, memory_order_relaxed))
		return;
	call = atomic_load_explicit(&before_wait, memory_order_relaxed);
	if (call != NULL)
		call();
	while (atomic_exchange_explicit(&l->word, 2, memory_order_acquire) != 0)
		mg_sys_wait_word(&l->word, 2, MG_NS_PER_S);
}

bool
mg_sys_trylock(struct mg_lock *l)
{
	uint32_t seen = 0;

	return atomic_compare_exchange_strong_explicit(
	    &l->word, &seen, 1, memory_order_acquire, memory_order_relaxed);
}

bool
mg_sys_lock_soon(struct mg_lock *l)
{
	return mg_sys_lock_within(l, MG_NS_PER_MS);
}

/* Asleep, and not in a loop: a thread with the priority of real time would keep its holder from
 * running. */
bool
mg_sys_lock_within(struct mg_lock *l, uint64_t ns)
{
	uint64_t now_ns, until_ns;

	for (unsigned i = 0; i < SPINS; i++) {
		if (mg_sys_trylock(l))
			return true;
		__builtin_ia32_pause();
	}
	if (ns == 0)
		return false;
	now_ns = mg_sys_now_ns();
	until_ns = now_ns + ns;
	while (atomic_exchange_explicit(&l->word, 2, memory_order_acquire) != 0) {
		if (now_ns >= until_ns)
			return false;
		mg_sys_wait_word(&l->word, 2, until_ns - now_ns);
		now_ns = mg_sys_now_ns();
	}
	return true;
}

void
mg_sys_unlock(struct mg_lock *l)
{
	if (atomic_exchange_explicit(&l->word, 0, memory_order_release) == 2)
		raw(SYS_futex, (long)&l->word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

void
mg_sys_reset_lock(struct mg_lock *l)
{
	if (atomic_load_explicit(&l->word, memory_order_relaxed) != 0)
		atomic_store_explicit(&l->word, 0, memory_order_relaxed);
}

ssize_t
mg_sys_read_file(const char *path, char *buf, size_t cap)
{
	size_t len = 0;
	ssize_t n = 0;
	int fd = mg_sys_open(path, O_RDONLY, 0);

	if (fd < 0)
		return fd;
	while (len + 1 < cap && (n = mg_sys_read(fd, buf + len, cap - 1 - len)) > 0)
		len += (size_t)n;
	mg_sys_close(fd);
	buf[len] = '\0';
	return n < 0 ? n : (ssize_t)len;
}

const char *
mg_sys_error(int error)
{
	const char *text = strerrordesc_np(error);

	return text != NULL ? text : "error without a name";
}
