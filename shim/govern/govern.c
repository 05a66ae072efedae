/* SPDX-License-Identifier: MIT */
#include "shim/govern/govern.h"

#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/govern/descriptors.h"
#include "shim/govern/limit.h"
#include "shim/govern/live.h"
#include "shim/govern/report.h"
#include "shim/govern/serve.h"
#include "shim/govern/socket.h"
#include "shim/govern/spawn.h"
#include "shim/govern/survey.h"
#include "shim/govern/tick.h"
#include "shim/heap/heap.h"
#include "shim/heap/pause.h"
#include "shim/observe/events.h"
#include "shim/observe/sites.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#define START_BYTES ((uint64_t)16 << 20)
#define START_NS MG_NS_PER_S
/* Without a wake-up descriptor the governor looks up this often. */
#define BLIND_NS (100 * MG_NS_PER_MS)
/* Longest wait for a governor that starts. */
#define UP_NS (200 * MG_NS_PER_MS)
/* After so many stops it is started again lazily only. */
#define MANY_STOPS 16
/* Longest wait for one that ends. */
#define END_NS MG_NS_PER_S
#define WAKE_GAP_NS (50 * MG_NS_PER_MS)
/* Sent to the governor's thread alone, where it is blocked and read from a descriptor. Such a
 * descriptor also takes what was sent to the whole process, so it is a signal that nobody sends:
 * PostgreSQL waits for SIGURG, and for ever when somebody else reads it. */
#define WAKE_SIGNAL SIGSTKFLT

enum life { NOT_STARTED, STARTING, RUNNING, THREADLESS, OVER, SEALED };

static MG_SYS_TOGETHER struct {
	_Atomic int life;
	_Atomic bool stop;
	_Atomic int tid; /* 0: no thread that takes the signal, which would end another one */
	_Atomic uint32_t is_up; /* futex word: the thread has passed its set-up */
	int pid;
	uint64_t start_ns;
	pthread_t thread;
	unsigned stops;
	struct mg_lock ticking; /* serialises ticks where there is no thread */
	_Atomic uint64_t next_tick_ns;
	_Atomic uint64_t next_wake_ns;
} state;

/* What the governor owns; lives on its stack, so a fork child has nothing to clean up. */
struct governor {
	int wake_fd; /* -1: none */
	struct mg_serve serve;
	struct pollfd polled[MG_SERVE_CLIENTS + 2];
};

static int
open_wake(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, WAKE_SIGNAL);
	return mg_descriptors_keep(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

static void
write_log(void)
{
	int fd;

	if (!mg_log_is_pending())
		return;
	fd = mg_descriptors_borrow_stderr();
	mg_log_drain(fd);
	mg_descriptors_return(fd);
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
wait_for_work(struct governor *g, uint64_t tick_ns)
{
	uint64_t wait_ns = least(tick_ns, mg_serve_wait_ns(&g->serve, mg_sys_now_ns()));
	struct timespec ts;
	size_t n = mg_serve_poll_set(&g->serve, g->polled);

	if (g->wake_fd == -1 || !mg_descriptors_is_ours(g->wake_fd))
		wait_ns = least(wait_ns, BLIND_NS);
	wait_ns = least(wait_ns, 3600 * MG_NS_PER_S);
	ts = (struct timespec){ .tv_sec = (time_t)(wait_ns / MG_NS_PER_S),
		.tv_nsec = (long)(wait_ns % MG_NS_PER_S) };
	g->polled[n] = (struct pollfd){ .fd = g->wake_fd, .events = POLLIN };
	if (ppoll(g->polled, n + 1, &ts, NULL) == -1) {
		/* RLIMIT_NOFILE may be too low for even these. */
		mg_sys_sleep_ns(BLIND_NS);
		n = 0;
	} else if (g->polled[n].revents != 0) {
		struct signalfd_siginfo waste;

		mg_sys_read(g->wake_fd, &waste, sizeof waste);
	}
	mg_serve_handle(&g->serve, g->polled, n);
}

/* Where the table is shared, the program may have closed our socket under us. */
static void
reopen_lost(struct governor *g)
{
	if (g->serve.listen_fd != -1 && !mg_descriptors_is_ours(g->serve.listen_fd)) {
		mg_log(MG_LOG_INFO, "the program closed the stats socket; opening it again");
		mg_serve_open(&g->serve);
	}
	if (g->wake_fd != -1 && !mg_descriptors_is_ours(g->wake_fd))
		g->wake_fd = open_wake();
}

static void *
run(void *unused)
{
	struct governor g;

	mg_heap_enter_internal();
	prctl(PR_SET_NAME, "memgov");
	atomic_store(&state.tid, mg_sys_tid());
	if (!mg_descriptors_unshare())
		mg_log(MG_LOG_INFO, "no private descriptor table here; using high descriptors");
	g.wake_fd = open_wake();
	mg_serve_open(&g.serve);
	atomic_store(&state.is_up, 1);
	mg_sys_wake_word(&state.is_up);
	while (!atomic_load(&state.stop)) {
		uint64_t wait_ns = mg_tick_run();

		reopen_lost(&g);
		write_log();
		wait_for_work(&g, wait_ns);
	}
	atomic_store(&state.tid, 0);
	mg_serve_close(&g.serve);
	mg_sys_close(g.wake_fd);
	mg_heap_leave_internal();
	return unused;
}

static bool
create_thread(void)
{
	int err = mg_spawn_thread(&state.thread, run);

	/* After unshare or setns of a namespace of pids or time no thread can be started, only
	 * children. */
	if (err != 0)
		mg_log(err == EINVAL ? MG_LOG_INFO : MG_LOG_WARN,
		    "no governor thread (%s): no socket, policies act when the program "
		    "allocates",
		    mg_sys_error(err));
	return err == 0;
}

void
mg_govern_resume(void)
{
	int expected = NOT_STARTED;

	/* Not in a vfork child, whose parent's memory this is. */
	if (state.pid != mg_sys_pid() ||
	    !atomic_compare_exchange_strong(&state.life, &expected, STARTING))
		return;
	mg_heap_enter_internal();
	mg_pause_mark_original();
	mg_tick_start();
	mg_events_add("start", "governor of %d", state.pid);
	atomic_store(&state.stop, false);
	atomic_store(&state.is_up, 0);
	atomic_store(&state.tid, 0);
	atomic_store(&state.life, create_thread() ? RUNNING : THREADLESS);
	mg_heap_leave_internal();
}

/* Who asks for `now` wants the socket to be there when main begins; a program may chroot at once.
 */
static void
wait_until_up(void)
{
	uint64_t end_ns = mg_sys_now_ns() + UP_NS;

	while (atomic_load(&state.life) == RUNNING && atomic_load(&state.is_up) == 0 &&
	       mg_sys_now_ns() < end_ns)
		mg_sys_wait_word(&state.is_up, 0, UP_NS);
}

void
mg_govern_start(void)
{
	state.pid = mg_sys_pid();
	state.start_ns = mg_sys_now_ns();
	mg_spawn_prepare();
	mg_survey_start();
}

void
mg_govern_obey(void)
{
	const struct mg_config *c = mg_live_config();

	mg_report_start();
	if (c->thread == 0) {
		mg_tick_start();
		atomic_store(&state.life, THREADLESS);
	} else if (c->start == MG_START_NOW) {
		mg_govern_resume();
		wait_until_up();
	}
}

static bool
is_time_to_start(void)
{
	/* A fork child that ends soon does not even look at the clock. */
	if (state.start_ns == 0) {
		state.start_ns = mg_sys_now_ns();
		mg_survey_start();
	}
	return (mg_heap_charged() >= START_BYTES && state.stops < MANY_STOPS) ||
	       mg_sys_now_ns() - state.start_ns >= START_NS;
}

static void
wake_thread(int tid)
{
	if (tid != 0)
		mg_sys_tgkill(state.pid, tid, WAKE_SIGNAL);
}

/* The mark moves with the governor's next look; until then one call in WAKE_GAP_NS is enough. */
static void
wake_if_urgent(void)
{
	uint64_t now_ns, next_ns = atomic_load_explicit(&state.next_wake_ns, memory_order_relaxed);

	if (!mg_tick_is_urgent() || (now_ns = mg_sys_now_ns()) < next_ns ||
	    !atomic_compare_exchange_strong(&state.next_wake_ns, &next_ns, now_ns + WAKE_GAP_NS))
		return;
	wake_thread(atomic_load(&state.tid));
}

void
mg_govern_wake(void)
{
	mg_tick_soon();
	atomic_store_explicit(&state.next_tick_ns, 0, memory_order_relaxed);
	if (atomic_load(&state.life) == RUNNING)
		wake_thread(atomic_load(&state.tid));
}

static void
tick_here(void)
{
	uint64_t now_ns = mg_sys_now_ns();

	if ((now_ns < atomic_load_explicit(&state.next_tick_ns, memory_order_relaxed) &&
		!mg_tick_is_urgent()) ||
	    !mg_sys_trylock(&state.ticking))
		return;
	atomic_store_explicit(&state.next_tick_ns, now_ns + mg_tick_run(), memory_order_relaxed);
	mg_sys_unlock(&state.ticking);
}

void
mg_govern_pass_by(bool in_free)
{
	if (mg_log_is_pending())
		mg_log_drain(2);
	if (!in_free)
		mg_limit_run_pending();
	switch (atomic_load_explicit(&state.life, memory_order_relaxed)) {
	case RUNNING: wake_if_urgent(); break;
	case THREADLESS: tick_here(); break;
	case NOT_STARTED:
		if (!in_free && state.pid != 0 && is_time_to_start())
			mg_govern_resume();
		break;
	}
}

/* False when it is stuck, in a write to a dead file system for example; then it stays what it was.
 */
static bool
end_thread(void)
{
	int tid = atomic_load(&state.tid);

	atomic_store(&state.stop, true);
	wake_thread(tid);
	return mg_spawn_join(state.thread, tid, END_NS);
}

bool
mg_govern_stop(void)
{
	int running = RUNNING;

	if (state.pid != mg_sys_pid() || atomic_load(&state.life) != RUNNING)
		return false;
	wait_until_up();
	if (!atomic_compare_exchange_strong(&state.life, &running, STARTING))
		return false;
	if (!end_thread())
		return false;
	mg_descriptors_after_fork_child();
	atomic_store(&state.life, NOT_STARTED);
	/* A server that changes its identity with every request gets its governor back when it
	 * rests. */
	state.start_ns = mg_sys_now_ns();
	return ++state.stops < MANY_STOPS;
}

/* A vfork child's memory is its parent's, which enters nothing. */
static bool
is_vfork_child(void)
{
	return state.pid != mg_sys_pid() && mg_pause_is_original();
}

void
mg_govern_seal(void)
{
	if (is_vfork_child())
		return;
	mg_sites_seal();
	if (state.pid != mg_sys_pid() || atomic_load(&state.life) == SEALED)
		return;
	mg_govern_stop();
	mg_socket_remove();
	mg_report_write();
	mg_report_end();
	atomic_store(&state.life, SEALED);
	mg_log(MG_LOG_INFO, "the program enters a sandbox: the governor ends here");
}

/* What runs after this (other destructors, threads that do not know yet) must not start another
 * governor. */
void
mg_govern_exit(void)
{
	if (state.pid != mg_sys_pid())
		return;
	mg_govern_stop();
	mg_socket_remove();
	atomic_store(&state.life, OVER);
	mg_report_write();
	if (mg_log_is_pending())
		mg_log_drain(2);
}

void
mg_govern_after_fork_child(void)
{
	state.pid = mg_sys_pid();
	state.start_ns = 0;
	mg_limit_after_fork_child();
	mg_compact_after_fork_child();
	if (atomic_load(&state.life) == NOT_STARTED)
		return;
	mg_survey_start();
	mg_sys_reset_lock(&state.ticking);
	atomic_store(&state.next_tick_ns, 0);
	mg_descriptors_after_fork_child();
	mg_socket_after_fork_child();
	if (atomic_load(&state.life) == THREADLESS)
		mg_tick_start();
	else if (atomic_load(&state.life) != SEALED)
		atomic_store(&state.life, NOT_STARTED);
}
