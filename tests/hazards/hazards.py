# SPDX-License-Identifier: MIT
"""
The hazards that an allocator meets which is preloaded into somebody else's program, one row each, and how it is shown that
memgov survives it. The suite runs the checks; the README's table is made of the same rows (`make docs`).

Hazard(number, name, title, shown, *checks)
  title   what goes wrong with other allocators, or would
  shown   what the checks do; without checks: the reason why it does not apply
"""

import os

import accounting
import processes
import stacks
import startup
import strangers
from alike import alike, row, scene
from governed import BUILD
from stacks import sampled

WRAPPER = os.path.join(BUILD, "tests", "hazards", "lib_wraps_malloc.so")
TRACER = os.path.join(BUILD, "tests", "hazards", "lib_hooks_system.so")


class Hazard:
    def __init__(self, number, name, title, shown, *checks):
        self.number = number
        self.id = f"h{number:02}_{name}"
        self.title = title
        self.shown = shown
        self.checks = checks

    def __call__(self):
        for check in self.checks:
            check()


START = [
    Hazard(1, "dlsym_allocates", "`dlsym` allocates while malloc is being looked up",
           "`dlsym` and `dlerror` from a constructor and four threads", alike("asks_for_symbols")),
    Hazard(2, "several_preloads", "with several preloads the wrong malloc is next",
           "a wrapper of malloc, and jemalloc, before and behind memgov", *startup.both_orders(WRAPPER), startup.with_jemalloc),
    Hazard(3, "before_constructors", "a program allocates before any constructor ran", "the first call comes from `.preinit_array`",
           *(alike("first_calls", f) for f in ("malloc", "calloc", "memalign"))),
    Hazard(4, "free_before_malloc", "the first call of all is `free(NULL)`, or asks for figures", "each such call as the first one",
           *(alike("first_calls", f) for f in ("free", "usable", "realloc", "trim", "info"))),
    Hazard(5, "hooked_system_calls", "another preload wraps `open`, `mmap`, `getenv`, `pthread_create`, and allocates in there",
           "such a tracer, with a lock, before and behind memgov", *startup.both_orders(TRACER), *startup.starts_beside(TRACER)),
    Hazard(6, "privileged_program", "a privileged program obeys its caller's environment", "a setuid program, started by nobody",
           scene("secure_program_ignores_the_environment", "secure_program_has_no_samples")),
    Hazard(7, "static_tls", "thread-local storage runs out, or the library comes by `dlopen`",
           "large storage, late libraries; `dlopen` and `LD_AUDIT` are refused", row("large_tls"), startup.late_libraries, startup.dlopen_is_refused),
    Hazard(8, "constructor_order", "other constructors run first, destructors last", "a library before memgov, and one behind",
           row("constructors", "preloaded_after_another_library", "preloaded_before_another_library")),
    Hazard(9, "thread_in_a_constructor", "a helper thread is started under the loader's lock",
           "a constructor in `dlopen` grows by 64 MB, joins a thread, forks", startup.busy_constructor),
    Hazard(10, "wrong_library", "the preload path is wrong, and nobody notices", "`memgov run` proves it, or says why not",
           scene("run_proves_that_the_library_took")),
    Hazard(11, "static_program", "static programs, and those of another C library, cannot be governed", "as without, and `memgov run` says so", startup.static_program),
    Hazard(12, "children_inherit", "children inherit the governor, wanted or not", "`MEMGOV_CHILDREN`, through three shells",
           startup.children_of_children, row("children_drop_keeps_other_libraries")),
    Hazard(13, "old_processors", "code for newer processors than this one", "no instruction that not every x86-64 has", startup.code_is_baseline),
    Hazard(14, "options_of_mimalloc", "`MIMALLOC_` variables meant for somebody else's mimalloc", "seven of them, set to what would hurt",
           alike("seeded", "4", env=startup.MIMALLOCS_OWN), alike("seeded", "4", env={"MIMALLOC_LARGE_OS_PAGES": "1"})),
]

STRANGERS = [
    Hazard(15, "blocks_of_others", "a block of another allocator comes to `free` or `realloc`",
           "`RTLD_DEEPBIND`, `dlmopen`, `__libc_malloc`, Python's ctypes, a program's own malloc, `mi_malloc`; libc's own `free` aborts, as with any other allocator",
           row("deepbind", "deepbind_kept", "foreign_dlmopen", "foreign_libc_malloc"), strangers.blocks_of_libc, strangers.own_allocator,
           alike("calls_mimalloc"), alike("calls_mimalloc", env={"MEMGOV_ENGINE": "mimalloc"}), strangers.block_to_libc),
    Hazard(16, "trim_of_libc", "`malloc_trim`, `mallinfo` and the like speak of glibc's empty heap", "they answer for memgov's; libc's own do no harm",
           row("malloc_introspection", "malloc_trim_returns"), strangers.asks_libc),
    Hazard(17, "partial_family", "one function of the family is not replaced, and heaps mix", "every name; forms of alignment, size and release",
           strangers.whole_family, *(alike(v) for v in ("alignment", "zero_size", "aligned_forms", "realloc_keeps_content")), row("free_forms")),
    Hazard(18, "errno", "`free` changes errno, malloc does not set it", "both, at every size, also where the kernel refuses", alike("free_keeps_errno"), alike("malloc_errors"),
           strangers.errno_where_calls_fail),
    Hazard(19, "static_libstdcxx", "`new` and `delete` of a C++ library that is linked in", "the C++ victims, linked both ways",
           strangers.is_linked_statically, alike("new_delete_static"), alike("new_delete"), alike("new_fails"), alike("replaces_new")),
]

PROCESSES = [
    Hazard(20, "fork_in_threads", "fork while a thread is in malloc: the child hangs", "threads in malloc, a thousand forks, also of children and in signal handlers",
           alike("forks", "60", "3"), row("signal_storm_forks_threads")),
    Hazard(21, "fork_under_our_locks", "fork while the profiler, not malloc, holds a lock", "the same while clients ask for sites, events, compactions",
           processes.forks_while_asked),
    Hazard(22, "child_without_helper", "a child has no helper thread, and shares its parent's files", "children of every kind; each has a socket, report, profile of its own",
           row("fork_child_governed", "children"), scene("fork_child_has_a_profile", "report_of_a_fork_child")),
    Hazard(23, "fork_warning", "Python warns about fork in a process with threads", "`MEMGOV_THREAD=0`: one thread, whatever is asked",
           processes.python_forks_without_a_thread),
    Hazard(24, "signals", "the helper thread takes the program's signals", "eight that all its threads block stay pending", processes.signals_pass_by_the_governor),
    Hazard(25, "vfork", "vfork, posix_spawn and clone share memory with the parent", "all of them, with malloc in the child",
           row("vfork_exec", "vfork_exec_samples", "children_of_threads")),
    Hazard(26, "late_destructors", "destructors of threads allocate after the allocator said good-bye", "keys in each of glibc's rounds",
           alike("key_destructors"), row("late_frees")),
    Hazard(27, "thread_local_objects", "thread-local objects of C++, ours or theirs", "a thousand threads with allocating ones; memgov has none",
           processes.no_object_with_a_destructor, alike("thread_locals", result=(0, "0 alive\nok\n", ""))),
    Hazard(28, "signal_handlers", "malloc in a signal handler that interrupted malloc", "storms of signals in four threads",
           row("signal_storm", "signal_storm_threads", "signal_storm_samples")),
    Hazard(29, "exit_meanwhile", "threads allocate while the process ends", "a hundred such ends; a pipeline of 100 programs",
           alike("exits_meanwhile"), processes.ends_leave_nothing, row("constructors_lazy"), processes.ends_with_an_order),
    Hazard(30, "fork_of_a_large_process", "bookkeeping makes a child copy its large parent", "a child of 200 MB copies at most 1 MB more",
           processes.child_copies_little),
]

STACKS = [
    Hazard(31, "loader_lock", "the unwinder waits for the loader's lock", "a thread keeps it until another has allocated 64 MB", sampled("holds_loader_lock")),
    Hazard(32, "lock_order", "stacks are read under a lock that others take first", "600 threads cancelled while they allocate", sampled("cancels_threads")),
    Hazard(33, "unwinder_in_process", "a general unwinder is slow, and writes to pipes of its own", "memgov needs libc and mimalloc, nothing else", stacks.leans_on_libc_alone),
    Hazard(34, "first_stack_of_a_thread", "the first stack in each thread is dear", "3000 short threads, samples a thousand bytes apart",
           sampled("short_threads")),
    Hazard(35, "garbage_on_the_stack", "a walk along frame pointers ends in garbage", "coroutines, signal stacks, code without tables, frames in a hole",
           sampled("coroutines"), sampled("without_tables"), sampled("stack_at_a_hole"), row("signal_stacks")),
    Hazard(36, "reading_allocates", "reading a stack allocates", "all is counted the same with 1,000s of samples and none", stacks.samples_ask_for_nothing),
    Hazard(37, "samples_in_handlers", "a sample is taken in a signal handler", "storms of signals at a high rate", row("signal_storm_samples")),
    Hazard(38, "origin_of_a_library", "a wrapped `dlopen` looks up `$ORIGIN` for the wrong caller", "a library that opens another by its own path", stacks.origin_is_the_callers),
    Hazard(39, "names_in_process", "looking up names maps files and allocates in the program", "`memgov sites`: no new file in the process", stacks.opens_no_files_for_names),
]

WORLD = [
    Hazard(40, "past_malloc", "memory that is mapped past malloc", "shown as beyond the heap; `MEMGOV_RSS_MAX` sees it", accounting.sees_what_is_mapped_past_it, row("rss_max_abort")),
    Hazard(41, "rlimits", "limits of the address space break runtimes, or the heap", "memgov sets none, and lives below small ones",
           accounting.limits_are_the_users, row("address_space_1g", "address_space_tiny", "data_small", "data_to_the_end")),
    Hazard(42, "lazy_free", "freed pages stay in RSS until the kernel needs them", "none is left lazily; RSS falls", accounting.given_back_is_gone, row("malloc_trim_returns")),
    Hazard(43, "huge_pages", "huge pages fill up again what was given back", "RSS stays down with huge pages always on", row("no_huge_pages")),
    Hazard(44, "cgroup_high", "a cgroup's `memory.high` without swap stalls for minutes", "not applicable: memgov sets no limit of a cgroup; its ceilings act in the process"),
    Hazard(45, "no_pressure_files", "no pressure files, no cgroups, no /proc", "all three, hidden in a namespace", accounting.without_pressure_files, row("without_proc", "without_proc_threadless")),
    Hazard(46, "thrashing", "giving back again and again costs more than it brings", "no more than one compaction in a gap, whatever is released", accounting.compacts_no_more_than_its_gap),
    Hazard(47, "never_idle", "a busy program is never idle enough to be compacted", "compacted by what it releases, while it works", scene("released_compacts", "set_released_takes_effect")),
    Hazard(48, "half_a_purge", "a purge is dropped, or done by halves", "asked for, it comes at once, also for threads that sleep", scene("compact_answers_at_once"), row("sleeping_worker", "sleeping_worker_keeps_some")),
    Hazard(49, "mappings", "torn mappings reach `vm.max_map_count`", "140,000 large blocks, every second released; a torn heap has few mappings",
           alike("many_mappings"), accounting.small_heap_is_few_mappings),
    Hazard(50, "null_at_the_ceiling", "programs do not check for NULL", "callbacks, the program's own collector, waiting, a report in V8's manner",
           row("limit_notify", "limit_gc", "limit_wait", "limit_abort")),
    Hazard(51, "last_words", "at the ceiling there is no memory to throw or to write", "`bad_alloc` and `MemoryError` are raised, from the reserve", row("bad_alloc_at_ceiling", "new_fails_at_ceiling", "address_space_to_the_end"),
           accounting.reserve_is_for_last_words),
    Hazard(52, "polling", "a limit that is polled comes too late", "filled by blocks of all sizes, by threads: never above, by a byte", row("fill_mixed", "fill_small", "fill_threads")),
    Hazard(53, "believed_figures", "the allocator's figures differ from the kernel's", "RSS agrees with /proc within 1 MB", accounting.rss_is_the_kernels),
    Hazard(54, "drift", "counting what was asked for drifts", "a program counts itself, and agrees to the byte", row("counts_itself", "counts_itself_under_a_ceiling")),
    Hazard(55, "atomics", "atomic counters double the cost of small blocks", "no locked instruction in malloc and free", accounting.fast_path_takes_no_lock),
    Hazard(56, "seccomp", "a filter of system calls kills the process", "filters that refuse, a sandbox entered, man-db's own", row("seccomp_table", "seccomp_all", "enters_a_sandbox", "enters_a_sandbox_with_all_threads", "strict_sandbox_by_syscall", "vfork_sandbox"), accounting.man_in_its_sandbox),
    Hazard(57, "socket_in_tmp", "anybody can read, or plant, a socket in a known place", "modes, links, other users' folders, strangers as clients",
           scene("socket_modes", "folder_is_a_link", "folder_of_another_user", "folder_open_to_others", "stale_socket_replaced", "peer_of_another_user")),
    Hazard(58, "own_memory", "the helper itself needs memory", "less than 3 MB in a tiny program; tables are bounded", accounting.own_memory_is_small, accounting.own_memory_is_bounded),
    Hazard(59, "named_mappings", "names of mappings confuse who reads /proc/PID/maps", "memgov names none", accounting.maps_read_as_usual, accounting.asks_for_no_name),
    Hazard(60, "binaries_in_the_tree", "sources that come with binaries cannot be rebuilt", "there is none in the tree", accounting.nothing_binary_in_the_tree),
]

HAZARDS = START + STRANGERS + PROCESSES + STACKS + WORLD
assert [h.number for h in HAZARDS] == list(range(1, 61)), "each hazard has one row"
