/* SPDX-License-Identifier: MIT */
/*
 * Boot, fork and exit. Every hook works before any of this has run: another library's constructor
 * may be first (H8). Order:
 *
 *   1 the heap, unless somebody has allocated already, waits for the first request
 *   2 the environment into a config; a privileged program (AT_SECURE) gets the defaults
 *   3 where log lines go; what was wrong with the environment is said; MEMGOV_STRICT ends here
 *   4 the config is published: the ceiling holds from now on
 *   5 the environment for children, and hints to runtimes
 *   6 fork handlers
 *   7 the governor, which starts later by itself
 *
 * Without a MEMGOV_ variable 2 to 5 are left out: /bin/true shall not pay for options that nobody
 * set.
 */
#include "shim/init.h"

#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "shim/govern/govern.h"
#include "shim/govern/hints.h"
#include "shim/govern/live.h"
#include "shim/govern/socket.h"
#include "shim/heap/heap.h"
#include "shim/heap/thread.h"
#include "shim/hooks/sandbox.h"
#include "shim/observe/events.h"
#include "shim/observe/modules.h"
#include "shim/observe/proc.h"
#include "shim/observe/sites.h"
#include "shim/tables/version.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define EXIT_CONFIG 78

static MG_SYS_APART struct mg_config boot_config; /* log keeps a pointer to its path */

static void
stay_silent(const char *line)
{
	(void)line;
}

static void
complain(const char *line)
{
	mg_log(MG_LOG_WARN, "%s", line);
}

static bool
is_preset_auto(void)
{
	const char *preset = getenv("MEMGOV_PRESET");

	return preset != NULL && strcmp(preset, "auto") == 0;
}

/* Returns how many variables were bad. Complaints go where the variables say, so they come in a
 * second pass. */
static unsigned
read_environment(void)
{
	uint64_t machine_bytes = is_preset_auto() ? mg_proc_machine_bytes() : 0;
	unsigned bad = mg_config_from_env(&boot_config, environ, machine_bytes, stay_silent);

	mg_log_configure(boot_config.log, (enum mg_log_level)boot_config.log_level);
	if (bad > 0) {
		mg_config_from_env(&boot_config, environ, machine_bytes, complain);
		mg_log_drain(2);
	}
	return bad;
}

/* A privileged program takes no orders from its environment, and opens nothing (H6). */
static unsigned
configure(void)
{
	if (getauxval(AT_SECURE) == 0)
		return read_environment();
	mg_config_defaults(&boot_config);
	boot_config.socket = MG_SOCKET_OFF;
	boot_config.sample = boot_config.large_alloc = 0;
	return 0;
}

/*
 * Only the heap and the sites are locked across a fork, where there is a second thread: what stands
 * under the other locks is whole at every moment, or starts afresh in the child. A child that never
 * comes here again should not copy pages for us, so nothing is written twice.
 */
static void
before_fork(void)
{
	mg_heap_before_fork();
	if (!mg_heap_forks_alone())
		mg_sites_before_fork();
}

static void
after_fork_parent(void)
{
	if (!mg_heap_forks_alone())
		mg_sites_after_fork_parent();
	mg_heap_after_fork_parent();
}

static void
after_fork_child(void)
{
	if (!mg_heap_forks_alone())
		mg_sites_after_fork_child();
	mg_log_after_fork();
	mg_events_after_fork_child();
	mg_modules_after_fork_child();
	mg_live_after_fork_child();
	mg_proc_after_fork_child();
	mg_govern_after_fork_child();
	mg_heap_after_fork_child();
}

void
mg_init_handle_forks(void)
{
	static MG_SYS_TOGETHER _Atomic bool is_done;

	if (atomic_exchange(&is_done, true))
		return;
	pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

static bool
has_options(void)
{
	for (char **e = environ; e != NULL && *e != NULL; e++)
		if (strncmp(*e, "MEMGOV_", 7) == 0)
			return true;
	return false;
}

/* Steps 2 to 5. */
static void
obey_environment(void)
{
	unsigned bad = configure();

	if (bad > 0 && boot_config.strict != 0)
		_exit(EXIT_CONFIG);
	mg_live_start(&boot_config);
	mg_hints_check_malloc();
	if (boot_config.children == MG_CHILDREN_DROP)
		mg_hints_drop_children();
	mg_hints_give(&boot_config);
}

/* The C library ends a process with its last thread, and counts the governor as one. */
static void
let_end(void)
{
	mg_govern_stop();
}

__attribute__((constructor(101))) static void
boot(void)
{
	bool is_secure = getauxval(AT_SECURE) != 0;
	bool is_told = is_secure || has_options();

	mg_sandbox_start();
	mg_log_note_stderr();
	mg_sites_start();
	if (is_told)
		obey_environment();
	else
		mg_sites_configure(MG_SITES_SAMPLE_BYTES, MG_SITES_LARGE_BYTES);
	mg_socket_start(is_secure ? NULL : getenv("XDG_RUNTIME_DIR"));
	mg_init_handle_forks();
	mg_heap_set_slow_work(mg_govern_pass_by);
	mg_thread_set_at_last(let_end);
	mg_govern_start();
	if (is_told)
		mg_govern_obey();
}

__attribute__((destructor(101))) static void
finish(void)
{
#ifndef NDEBUG
	mg_heap_check();
#endif
	mg_govern_exit();
}
