# SPDX-License-Identifier: MIT
"""
The rows of the preload suite. Each runs one program of victims/ (or any command) under memgov and says everything that
must come out: status, stdout and stderr to the byte, with the process id written PID. What a row does not say is
as it is for a program that behaves: status 0, stdout "ok", nothing on stderr.

Row(name, args, env, status, out, err, start, look, preload, threads)
  status   exit status, or "SIGABRT" and the like
  out, err exact text; a compiled pattern must match all of it
  look     functions called with the Program after it printed "ready"; the row then also checks that the program sees no
           descriptor and only one thread (of `threads` + 1) more than it has by itself
"""

import os
import re
import signal

import looks
from governed import LIB, Failure, Program, expect, signal_name, victim


class Row:
    def __init__(self, name, args=None, env=None, status=0, out=None, err="", start="now", look=(), preload=(LIB,),
                 threads=1, fds=(0, 1, 2)):
        self.name = name
        args = args if args is not None else [name]
        self.args = [victim(args[0]) if "/" not in args[0] else args[0]] + list(args[1:])
        self.env = env or {}
        self.status = -getattr(signal, status) if isinstance(status, str) else status
        self.out = out if out is not None else ("ready\nok\n" if look else "ok\n")
        self.err = err
        self.start = start
        self.look = look
        self.preload = preload
        self.threads = threads
        self.fds = fds and list(fds)


def bad(name, env, line):
    return Row(name, ["/bin/echo", "runs on"], env, out="runs on\n", err=line and "memgov[PID]: " + line + "\n")


HANDLED = re.compile(r"\d+ handled\nok\n")


def refused(limit):
    return re.compile(rf"(memgov\[PID\]: request of \S+ refused: live \S+ in \d+ blocks, {limit}, pinned [^\n]+\n)+")


def ceiling(name, args=None, limit="64M", steps=None, **more):
    """A row that is refused something at its ceiling, which costs one line, unless it says otherwise."""
    more.setdefault("err", refused(f"ceiling {limit}"))
    env = {"MEMGOV_HEAP_MAX": limit, **({"MEMGOV_AT_LIMIT": steps} if steps else {}), **more.pop("env", {})}
    return Row(name, args, env, **more)


def machine(name, figure, kb, command, env=None):
    """On a machine of which /proc/meminfo says this."""
    script = f"sed 's/^{figure}:.*/{figure}: {kb} kB/' /proc/meminfo > $0 && mount --bind $0 /proc/meminfo && exec \"$@\""
    return Row(name, ["/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "{dir}/meminfo", victim(command[0])] + command[1:], env)


# The C and C++ allocation functions.
FAMILY = [
    Row("malloc_errors"),
    Row("alignment"),
    Row("zero_size"),
    Row("calloc_zeroes"),
    Row("realloc_keeps_content"),
    Row("aligned_forms"),
    Row("usable_size"),
    Row("free_forms"),
    Row("free_keeps_errno"),
    Row("new_delete"),
    Row("new_fails"),
    Row("replaces_new"),
    Row("malloc_introspection", err=re.compile(r"(?!.*memgov\[).*\d.*\n", re.S)),
    Row("malloc_trim_returns"),
]
# The same under a ceiling that is far away: the charge is in the path.
FAMILY += [Row(r.name + "_governed", [r.name], {"MEMGOV_HEAP_MAX": "1T"},
               err=r.err) for r in FAMILY]
FAMILY += [Row(r.name + "_threadless", [r.name], {"MEMGOV_THREAD": "0"}, err=r.err)
           for r in FAMILY if "_governed" not in r.name]

def released_twice(kind, lines=1):
    return Row("double_frees_" + kind, ["double_frees", kind], err=re.compile(
        rf"(memgov\[PID\]: block 0x[0-9a-f]+ was freed twice, or is none; the second release is left out\n){{{lines},}}"))


NUMBERS = """/usr/bin/python3 -c 'x = [i for i in range(2000000)]; y = [bytearray(100000) for _ in range(1000)]; print(len(x))'"""
TO_THE_END = """/usr/bin/python3 -c '
x = []
try:
    while True: x.append(bytearray(100000))
except MemoryError: n = len(x); del x; print("refused", n > 100)'"""


def limited(name, limit, command, out, err="", **more):
    """A program whose address space or data the shell has limited; the heap falls back, or refuses, and lives."""
    return Row(name, ["/bin/sh", "-c", f"ulimit {limit}; exec {command}"], out=out, err=err, **more)


# Heap: what no engine of another kind does, and what breaks heaps.
HEAP = [
    Row("aligned_all"),
    Row("calloc_after_compaction"),
    Row("realloc_grows", ["realloc_grows", "600"]),
    Row("realloc_grows_below_a_ceiling", ["realloc_grows", "650"], {"MEMGOV_HEAP_MAX": "1G"}),
    Row("no_huge_pages"),
    Row("locks_memory"),
    Row("locks_memory_late", ["locks_memory", "late"]),
    Row("fork_again"),
    Row("locked_page"),
    Row("pinned_ceiling", err=looks.ANY_MEMGOV_LINES),
    *(released_twice(kind) for kind in ("small", "written", "cold", "compacted", "medium", "large", "inner")),
    Row("sleeping_worker", ["sleeping_worker", "0", "compact"]),
    Row("sleeping_worker_keeps_some", ["sleeping_worker", "10", "compact"]),
    Row("sleeping_worker_idle", ["sleeping_worker", "0", "wait"], {
        "MEMGOV_RELEASED": "0", "MEMGOV_FRAGMENTATION": "0", "MEMGOV_IDLE_TIMEOUT": "500ms", "MEMGOV_IDLE_CHECK": "100ms",
        "MEMGOV_IDLE_COMPACT": "500ms", "MEMGOV_COMPACT_DELAY": "0", "MEMGOV_COMPACT_GAP": "0"}),
    Row("sleeping_worker_released", ["sleeping_worker", "0", "wait"], {
        "MEMGOV_RELEASED": "32M", "MEMGOV_FRAGMENTATION": "0", "MEMGOV_IDLE_COMPACT": "0", "MEMGOV_COMPACT_DELAY": "100ms",
        "MEMGOV_COMPACT_GAP": "0", "MEMGOV_MONITOR_INTERVAL": "100ms"}),
    Row("sleeping_threads", out=re.compile(r"\d+ KB, \d+ KB after a compaction\nok\n")),
    Row("late_frees"),
    limited("address_space_1g", "-v 1000000", NUMBERS, "2000000\n"),
    limited("address_space_8g", "-v 8000000", NUMBERS, "2000000\n"),
    limited("address_space_to_the_end", "-v 400000", TO_THE_END, "refused True\n"),
    limited("address_space_tiny", "-v 60000", "/bin/bash -c 'x=$(seq 1 100000); echo ${#x}'", "588894\n",
            err=looks.ANY_MEMGOV_LINES),
    limited("data_small", "-d 80000", "/bin/bash -c 'x=$(seq 1 100000); echo ${#x}'", "588894\n", err=looks.ANY_MEMGOV_LINES),
    limited("data_to_the_end", "-d 300000", TO_THE_END, "refused True\n", err=looks.ANY_MEMGOV_LINES),
    Row("waits_for_signals"),
    Row("signal_storm", ["signal_storm", "1", "2000", "storm"], out=HANDLED),
    Row("signal_storm_threads", ["signal_storm", "4", "2000", "storm"], out=HANDLED),
    Row("signal_storm_forks", ["signal_storm", "1", "1000", "fork"], out=HANDLED),
    Row("signal_storm_forks_threads", ["signal_storm", "4", "1000", "fork"], out=HANDLED),
    Row("forks_inherit"),
    Row("forks_inherit_threadless", ["forks_inherit"], {"MEMGOV_THREAD": "0"}),
    Row("children"),
    Row("children_of_threads", ["children", "3"]),
    Row("fork_handlers_with_threads", ["forks", "50", "2"], look=[looks.answers], threads=3,
        preload=(victim("lib_forks_with_threads.so"), LIB)),
    Row("fork_handlers_with_threads_last", ["forks", "50", "2"], look=[looks.answers], threads=3,
        preload=(LIB, victim("lib_forks_with_threads.so"))),
]

# Samples are taken unless they are switched off, and wherever a program is.
SAMPLES = [
    Row("seen_samples", out="sampled\n", start=None),
    Row("seen_samples_off", ["seen_samples"], {"MEMGOV_SAMPLE": "0"}, out="never sampled\n"),
    Row("seen_samples_threadless", ["seen_samples"], {"MEMGOV_THREAD": "0"}, out="sampled\n"),
    *(Row(name, env={"MEMGOV_SAMPLE": "1K"}) for name in ("coroutines", "signal_stacks", "without_tables")),
    *(Row(name + "_samples", [name], {"MEMGOV_SAMPLE": "1K"}) for name in (
        "key_destructors", "new_fails", "late_frees")),
    Row("chroots_samples", ["chroots", "{dir}"], {"MEMGOV_SAMPLE": "1K"}, look=[looks.answers]),
    Row("vfork_exec_samples", ["vfork_exec"], {"MEMGOV_SAMPLE": "1K"}, look=[looks.answers]),
    Row("constructors_samples", ["constructors"], {"MEMGOV_SAMPLE": "1K"}, out="ok\natexit\ndestructor\n"),
    Row("signal_storm_samples", ["signal_storm", "4", "2000", "storm"], {"MEMGOV_SAMPLE": "1K"}, out=HANDLED),
    Row("strict_sandbox"),
    Row("strict_sandbox_by_syscall", ["strict_sandbox", "syscall"]),
    Row("forks_and_returns", env={"MEMGOV_SAMPLE": "1K"}),
    Row("real_time", env={"MEMGOV_SAMPLE": "1K"}),
    Row("signal_storm_forks_samples", ["signal_storm", "4", "1000", "fork"], {"MEMGOV_SAMPLE": "1K"}, out=HANDLED),
]

LIFE = [
    Row("constructors", out="ok\natexit\ndestructor\n"),
    Row("constructors_lazy", ["constructors"], out="ok\natexit\ndestructor\n", start=None),
    Row("preloaded_after_another_library", ["constructors"], out="ok\natexit\ndestructor\nlibrary ended\n",
        preload=(victim("lib_constructor.so"), LIB)),
    Row("preloaded_before_another_library", ["constructors"], out="ok\natexit\ndestructor\nlibrary ended\n",
        preload=(LIB, victim("lib_constructor.so"))),
    Row("key_destructors"),
    Row("last_thread"),
    Row("last_thread_lazy", ["last_thread"], start=None),
    Row("deepbind", look=[looks.stat("foreign_frees", 0), looks.stat_at_least("allocs", 60)]),
    Row("deepbind_kept", ["deepbind", "keep"], {"MEMGOV_DEEPBIND": "keep"}),
    Row("foreign_dlmopen", look=[looks.stat("foreign_frees", 2)]),
    Row("foreign_libc_malloc"),
    Row("counts_itself", ["counts_itself", "8", "1000000"]),
    Row("counts_itself_under_a_ceiling", ["counts_itself", "3", "300000"], {"MEMGOV_HEAP_MAX": "1G"}),
    Row("c_api"),
    Row("without_memgov", preload=()),
    Row("tiny_program_pays_for_no_thread", ["idle"], start=None, look=[looks.no_governor_yet]),
    Row("grown_program_has_a_governor", ["idle", "40"], start=None, look=[looks.stat_at_least("live_bytes", 40 << 20)],
        out="ready\nok\n"),
]

CEILING = [
    ceiling("fill_small", ["fill", "48"], "256M"),
    ceiling("fill_medium", ["fill", "20000"], "256M"),
    ceiling("fill_large", ["fill", "1000000"], "256M"),
    ceiling("fill_huge", ["fill", "4190000"], "256M"),
    ceiling("fill_mixed", ["fill", "0"], "256M"),
    ceiling("fill_compact_only", ["fill", "3000"], "256M", "compact,fail"),
    ceiling("fill_without_reserve", ["fill", "3000"], "256M", env={"MEMGOV_RESERVE": "0"}),
    *(ceiling(f"fill_{size}_samples", ["fill", str(size)], "256M", env={"MEMGOV_SAMPLE": "1K"}) for size in (48, 20000, 0)),
    ceiling("fill_threads"),
    ceiling("fill_threads_samples", ["fill_threads"], env={"MEMGOV_SAMPLE": "1K"}),
    ceiling("bad_alloc_at_ceiling"),
    ceiling("new_fails_at_ceiling", ["new_fails"], err=""),
    ceiling("limit_fail", steps="fail"),
    ceiling("limit_wait", steps="wait=60s,fail", err=""),
    ceiling("limit_wait_in_vain", steps="wait=300ms,fail"),
    ceiling("limit_gc", steps="gc=SIGUSR2,wait=60s,fail", err=""),
    ceiling("limit_gc_without_handler", ["limit_grow"], steps="gc=SIGUSR2,fail", out="refused\n"),
    ceiling("limit_gc_ignored", ["/bin/sh", "-c", f"trap '' USR2; exec {victim('limit_grow')}"],
            steps="gc=SIGUSR2,fail", out="refused\n"),
    ceiling("limit_notify", steps="notify,fail", err=""),
    ceiling("limit_forms", steps="notify,fail", err=""),
    ceiling("limit_notify_by_default", ["limit_notify"], err=""),
    ceiling("limit_raised", err=re.compile(r"(memgov\[PID\]: request of \S+ refused: live [^\n]+, ceiling (64|80)M, [^\n]+\n)+")),
    ceiling("limit_default", ["limit_grow"], out="refused\n"),
    ceiling("limit_threadless", ["limit_grow"], out="refused\n", env={"MEMGOV_THREAD": "0"}),
    ceiling("limit_abort", ["limit_grow"], steps="compact,abort", out="", status="SIGABRT", err=looks.HEAP_ABORT),
    ceiling("limit_abort_wins_over_the_log", ["limit_grow"], steps="abort", out="", status="SIGABRT",
            err=looks.HEAP_ABORT, env={"MEMGOV_LOG": "off"}),
    ceiling("limit_abort_threadless", ["limit_grow"], steps="abort", out="", status="SIGABRT",
            err=re.compile(".*FATAL ERROR: heap ceiling reached[^\n]+\n", re.S), env={"MEMGOV_THREAD": "0"}),
    ceiling("limit_term", ["limit_grow"], steps="term", out="", status="SIGTERM", err=looks.ANY_MEMGOV_LINES),
    ceiling("limit_term_handled", ["limit_grow", "handle"], steps="term", out="told and refused\n",
            err=re.compile(looks.TERM_LINE + refused("ceiling 64M").pattern)),
    Row("preset_low", ["idle"], {"MEMGOV_PRESET": "low"}, look=[looks.stat("heap_limit_bytes", 256 << 20)]),
    Row("preset_standard", ["idle"], {"MEMGOV_PRESET": "standard"}, look=[looks.stat("heap_limit_bytes", 512 << 20)]),
    Row("preset_high", ["idle"], {"MEMGOV_PRESET": "high"}, look=[looks.stat("heap_limit_bytes", 1 << 30)]),
    Row("preset_auto", ["idle"], {"MEMGOV_PRESET": "auto"}, look=[looks.limit_is_half_of_the_machine]),
    Row("preset_yields_to_the_user", ["idle"], {"MEMGOV_PRESET": "low", "MEMGOV_HEAP_MAX": "100M"},
        look=[looks.stat("heap_limit_bytes", 100 << 20)]),
    Row("rss_max_fail", ["limit_grow", "slowly"], {"MEMGOV_RSS_MAX": "100M"}, out="refused\n",
        err=re.compile(looks.RSS_LINE + refused("RSS at its ceiling").pattern)),
    Row("rss_max_abort", ["idle", "200"], {"MEMGOV_RSS_MAX": "100M", "MEMGOV_AT_LIMIT": "abort"}, status="SIGABRT",
        out=re.compile("|ready\n"), err=looks.RSS_ABORT, look=[looks.wait_for_the_end]),
    Row("rss_max_term", ["idle", "200"], {"MEMGOV_RSS_MAX": "100M", "MEMGOV_AT_LIMIT": "term"}, status="SIGTERM",
        out=re.compile("|ready\n"), err=looks.ANY_MEMGOV_LINES, look=[looks.wait_for_the_end]),
    Row("rss_max_out_of_reach", ["idle", "50"], {"MEMGOV_RSS_MAX": "300M", "MEMGOV_AT_LIMIT": "abort"},
        look=[looks.stat("rss_limit_bytes", 300 << 20)]),
]

OPTIONS = [
    bad("banana", {"MEMGOV_HEAP_MAX": "banana"},
        "MEMGOV_HEAP_MAX='banana' is not a size (accepted: 0 or 1M..64T); keeping 0"),
    bad("too_small", {"MEMGOV_HEAP_MAX": "1000"},
        "MEMGOV_HEAP_MAX='1000' is out of range (accepted: 0 or 1M..64T); keeping 0"),
    bad("empty_value", {"MEMGOV_HEAP_MAX": ""},
        "MEMGOV_HEAP_MAX='' is not a size (accepted: 0 or 1M..64T); keeping 0"),
    bad("bad_choice", {"MEMGOV_SOCKET": "maybe"},
        "MEMGOV_SOCKET='maybe' is not a known word (accepted: rw|ro|off); keeping rw"),
    bad("unknown_variable", {"MEMGOV_HAEP_MAX": "1G"},
        "MEMGOV_HAEP_MAX is not an option of memgov; ignored (did you mean MEMGOV_HEAP_MAX?)"),
    bad("good_values", {"MEMGOV_HEAP_MAX": "1.5G", "MEMGOV_HEAP_LEVEL": "70", "MEMGOV_COMPACT_GAP": "1500ms"}, ""),
    Row("strict", ["/bin/echo", "never"], {"MEMGOV_HEAP_MAX": "banana", "MEMGOV_STRICT": "1"}, status=78, out="",
        err="memgov[PID]: MEMGOV_HEAP_MAX='banana' is not a size (accepted: 0 or 1M..64T); keeping 0\n"),
    Row("strict_with_good_values", ["/bin/echo", "runs"], {"MEMGOV_HEAP_MAX": "100M", "MEMGOV_STRICT": "1"},
        out="runs\n"),
    Row("thread_off", ["idle", "40"], {"MEMGOV_THREAD": "0"}, look=[looks.no_governor_yet]),
    Row("socket_off", ["idle", "40"], {"MEMGOV_SOCKET": "off"}, look=[looks.no_socket]),
    Row("children_keep", ["environment"], start=None, env={"MEMGOV_HEAP_MAX": "1G", "MEMGOV_HINTS": "off"},
        out=f"LD_PRELOAD={LIB}\nMEMGOV_HEAP_MAX=1G\n"),
    Row("children_drop", ["environment"], start=None, env={"MEMGOV_HEAP_MAX": "1G", "MEMGOV_CHILDREN": "drop", "MEMGOV_HINTS": "off"},
        out=""),
    Row("children_drop_keeps_other_libraries", ["environment"], start=None, env={"MEMGOV_CHILDREN": "drop"},
        preload=(victim("lib_quiet.so"), LIB), out=f"LD_PRELOAD={victim('lib_quiet.so')}\n"),
    Row("log_off", ["/bin/echo", "x"], {"MEMGOV_HEAP_MAX": "banana", "MEMGOV_LOG": "off"}, out="x\n"),
    Row("log_level_error", ["/bin/echo", "x"], {"MEMGOV_HEAP_MAX": "banana", "MEMGOV_LOG_LEVEL": "error"}, out="x\n"),
]

# Things that programs do to the world around them.
WORLD = [
    Row("closes_everything", look=[looks.answers]),
    Row("closes_everything_lazy", ["closes_everything"], start=None, look=[looks.answers]),
    Row("full_table", look=[looks.answers], fds=range(24)),
    Row("full_table_lazy", ["full_table"], start=None, look=[looks.answers], fds=range(24)),
    Row("forks_1000", ["forks", "1000", "0"], look=[looks.answers]),
    Row("forks_with_threads", ["forks", "300", "4"], look=[looks.answers]),
    Row("forks_lazy", ["forks", "300", "2"], start=None, look=[looks.answers_if_asked]),
    Row("forks_threadless", ["forks", "300", "2"], {"MEMGOV_THREAD": "0"}, out="ready\nok\n"),
    ceiling("fork_child_governed", err=re.compile(refused("ceiling 64M").pattern.replace("PID", r"\d+"))),
    Row("many_threads", look=[looks.answers]),
    Row("unshares_user"),
    Row("unshares_user_in_the_past", ["unshares_user"], preload=(LIB, victim("lib_old_clock.so"))),
    Row("unshares_pids", ["/bin/sh", "-c", "unshare -Ur true 2> /dev/null || { echo 1; exit; }; exec unshare -Upfr sh -c 'echo $$'"],
        out="1\n"),
    Row("changes_user", look=[looks.runs],  # whose folder is root's, which it cannot enter any more
        err=re.compile(r"(memgov\[PID\]: no stats socket: cannot \w+ /\S+ \(Permission denied\)\n)?")),
    Row("changes_user_and_program", ["/usr/bin/setpriv", "--reuid", "65534", "--clear-groups", "/usr/bin/id", "-u"],
        {"MEMGOV_SOCKET": "off"}, out="65534\n",  # which may not be able to read where we are
        err=re.compile(r"(ERROR: ld.so: object '\S+' from LD_PRELOAD cannot be preloaded \(.*\): ignored.\n)?")),
    Row("setns_itself", look=[looks.answers]),
    Row("joins_many", start=None),
    Row("large_tls", look=[looks.answers]),
    Row("few_descriptors"),
    Row("fork_handlers_that_allocate", ["forks", "100", "2"], look=[looks.answers],
        preload=(victim("lib_forks_with_memory.so"), LIB)),
    Row("fork_handlers_that_allocate_last", ["forks", "100", "2"], look=[looks.answers],
        preload=(LIB, victim("lib_forks_with_memory.so"))),
    Row("realloc_shrinks", ["realloc_shrinks"], {"MEMGOV_HEAP_MAX": "64M"}),
    Row("stderr_full", ["stderr_elsewhere", "full"], {"MEMGOV_HEAP_MAX": "64M"}),
    Row("stderr_broken", ["stderr_elsewhere", "broken"], {"MEMGOV_HEAP_MAX": "64M"}),
    Row("stderr_is_data", ["stderr_elsewhere", "data"], {"MEMGOV_HEAP_MAX": "64M"}),
    Row("chroots", ["chroots", "{dir}"], look=[looks.answers]),
    Row("vfork_exec", look=[looks.answers]),
    Row("seccomp_table", ["seccomp", "table"], start=None, look=[looks.answers], fds=None,
        err=looks.ANY_MEMGOV_LINES),
    Row("seccomp_all", ["seccomp", "all"], start=None, look=[looks.runs], fds=None, err=looks.ANY_MEMGOV_LINES),
    Row("enters_a_sandbox", ["seccomp", "sandbox"], look=[looks.governor_is_gone], threads=0),
    Row("enters_a_sandbox_with_a_report", ["seccomp", "sandbox"], {"MEMGOV_REPORT": "{dir}/report"}, threads=0,
        look=[looks.governor_is_gone, looks.report_was_written_before]),
    Row("enters_a_sandbox_with_all_threads", ["seccomp", "threads"], look=[looks.governor_is_gone], threads=0),
    Row("vfork_sandbox", env={"MEMGOV_SAMPLE": "1K"}, look=[looks.answers]),
    Row("system_calls"),
    Row("system_calls_without_memgov", ["system_calls"], preload=()),
    Row("small_address_space", ["/bin/sh", "-c", f"ulimit -v 600000; exec {victim('idle')} 40"], look=[looks.answers]),
    Row("without_proc", ["/usr/bin/unshare", "-m", "/bin/sh", "-c",
        f"mount -t tmpfs none /proc && exec {victim('idle')} 40"], look=[looks.answers], fds=None),
    Row("without_proc_threadless", ["/usr/bin/unshare", "-m", "/bin/sh", "-c",
        f"mount -t tmpfs none /proc && exec {victim('realloc_keeps_content')}"], {"MEMGOV_THREAD": "0"}),
    machine("pages_out_to_swap", "SwapFree", 4000000, ["pages_out", "swap"], {"MEMGOV_AGGRESSIVE": "1", "MEMGOV_THREAD": "0"}),
    machine("pages_out_without_swap", "SwapFree", 0, ["pages_out", "none"], {"MEMGOV_AGGRESSIVE": "1", "MEMGOV_THREAD": "0"}),
    machine("pressure_told", "MemAvailable", 4000, ["pressure_told"]),
]

ROWS = FAMILY + HEAP + SAMPLES + LIFE + CEILING + OPTIONS + WORLD


def check_text(what, got, want):
    if isinstance(want, str):
        expect(what, got, want)
    elif not want.fullmatch(got):
        raise Failure(f"{what}\n    expected to match: {want.pattern}\n    got: {got!r}")


def run_row(row):
    with Program(row.args, row.env, row.preload, row.start) as p:
        if row.look and looks.wait_for_the_end not in row.look:
            p.wait_ready()
        for look in row.look:
            look(p)
        if row.look and p.p.poll() is None:
            looks.check_overhead(p, row)
        status = p.finish()
        pid = str(p.pid)
        if status != row.status and row.status is not looks.ANY_STATUS:
            raise Failure(f"status {signal_name(status)}, expected {signal_name(row.status)}\n"
                          f"    stdout: {p.out()!r}\n    stderr: {p.err()!r}")
        check_text("stdout", p.out(), row.out)
        check_text("stderr", p.err().replace(f"[{pid}]", "[PID]"), row.err)
        if os.path.exists(p.path()) and status >= 0:
            raise Failure("the socket is still there after the end")
