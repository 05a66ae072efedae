# SPDX-License-Identifier: MIT
"""What a row's program must look like from outside while it waits, and the longer expected texts."""

import os
import re

from governed import Failure, expect, expect_true, until

ANY_STATUS = None
ANY_MEMGOV_LINES = re.compile(r"(memgov\[PID\]: [^\n]+\n)*")
# The report of `abort`, in the manner of V8's: last events, figures, headline.
FIGURE = r" +\S+  \(\d+ bytes\)\n"


def abort_report(reason, request=False, lines=""):
    return re.compile(
        lines + r"\n<--- Last few events \(age in ms\) --->\n\n(\d+ \w+ [^\n]+\n)+"
        r"\n<--- Heap of \w+ \[PID\] after \d+ ms --->\n\n" + ("  request" + FIGURE if request else "") + "".join(
            f"  {name}" + FIGURE for name in ("ceiling", "footprint", "peak", "live", "RSS"))
        + r"  live blocks +\d+\n  compactions +\d+\n  refused before +\d+\n\n"
        rf"FATAL ERROR: {reason} Allocation failed - process out of memory\n")


HEAP_ABORT = abort_report("heap ceiling reached", request=True)
RSS_LINE = r"memgov\[PID\]: RSS of \S+ is above MEMGOV_RSS_MAX=100M\n"
RSS_ABORT = abort_report("RSS ceiling reached", lines=RSS_LINE)
TERM_LINE = r"memgov\[PID\]: heap ceiling reached: sending SIGTERM to this process\n"

def has_no_proc(p):
    with open(f"/proc/{p.pid}/mounts", encoding="ascii") as f:
        on_proc = [line.split() for line in f if line.split()[1] == "/proc"]
    return not on_proc or on_proc[-1][2] != "proc"


def answers(p):
    s = p.stats()
    expect("pid in stats", s["pid"], p.pid)
    expect_true("rss is known", s["rss_bytes"] > 0 or has_no_proc(p))


def answers_if_asked(p):
    if os.path.exists(p.path()):
        answers(p)


def runs(p):
    expect("still running", p.p.poll(), None)


def stat(name, want):
    def look(p):
        expect(name, p.stat(name), want)
    return look


def stat_at_least(name, want):
    def look(p):
        got = p.stat(name)
        expect_true(f"{name} >= {want}", got >= want, f"(it is {got})")
    return look


def no_governor_yet(p):
    expect("threads", p.threads(), 1)
    expect("socket exists", os.path.exists(p.path()), False)


def no_socket(p):
    until("the governor thread", lambda: p.threads() == 2)
    expect("socket exists", os.path.exists(p.path()), False)


def governor_is_gone(p):
    """As without memgov: one thread, no socket."""
    expect("threads", p.threads(), 1)
    expect("socket exists", os.path.exists(p.path()), False)


def report_was_written_before(p):
    """A folder in its place: who tries again at exit, inside the sandbox, says that it cannot."""
    path = os.path.join(p.dir, "report")
    with open(path, encoding="utf-8") as f:
        expect_true("the report has figures", re.search(r"^allocs\W+[1-9]", f.read(), re.M))
    os.remove(path)
    os.mkdir(path)


def wait_for_the_end(p):
    until("the end of the program", lambda: p.p.poll() is not None)


def limit_is_half_of_the_machine(p):
    s = p.stats()
    tight = min(s["system_total_bytes"], s["cgroup_limit_bytes"] or s["system_total_bytes"])
    got = s["heap_limit_bytes"]
    expect_true("half of the memory", abs(got - tight / 2) <= 1 << 20, f"(limit {got}, memory {tight})")


def check_overhead(p, row):
    """memgov costs the program no descriptor that it can see, and one thread."""
    if row.fds is not None:
        expect("descriptors that the program sees", p.fds(), row.fds)
    governed = os.path.exists(p.path())
    expect("threads", p.threads(), row.threads + 1 if governed else p.threads())
    if p.threads() > row.threads + 1:
        raise Failure(f"{p.threads()} threads")
