# SPDX-License-Identifier: MIT
"""H20 to H30: fork, exec, threads, signals, and the end."""

import os
import re
import subprocess

from alike import alike, ending, victim
from governed import BUILD, LIB, Program, expect, expect_true, until

PYTHON = "/usr/bin/python3"
FORKS = """
import os, threading, warnings
warnings.simplefilter("error")
x = [bytes(3000) for _ in range(20000)]
for i in range(10):
    pid = os.fork()
    if pid == 0: os._exit(len(os.listdir("/proc/self/task")))
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print(len(os.listdir("/proc/self/task")), "thread")
"""


def forks_while_asked():
    """All locks of memgov's are busy meanwhile: samples at a high rate, clients, logging, compactions."""
    env = {"MEMGOV_SAMPLE": "1K", "MEMGOV_LOG": "{dir}/log", "MEMGOV_LOG_LEVEL": "debug", "MEMGOV_LARGE_ALLOC": "64K"}
    with Program([victim("forks"), "60", "3"], env, start="now") as p:
        def asked():
            for request in ("sites", "profile", "events", "compact", "history"):
                expect_true(request, p.ask(request).startswith("ok\n"))
            return "ready\n" in p.out()
        until("the last child ended", asked, 300)
        expect("status, stdout, stderr", (p.finish(), p.out(), p.err()), (0, "ready\nok\n", ""))


python_forks_without_a_thread = alike(PYTHON, "-c", FORKS, env={"MEMGOV_THREAD": "0"},
                                      result=(0, "1\n" * 10 + "1 thread\n", ""))


def signals_pass_by_the_governor():
    with Program([victim("signals_to_all")], start="now") as p:
        p.wait_ready()
        expect("pid", p.stat("pid"), p.pid)
        expect("threads", p.threads(), 2)
        expect("status, stdout, stderr", (p.finish(), p.out(), p.err()), (0, "ready\nok\n", ""))
    expect("without memgov", ending([victim("signals_to_all")], {}, ())[0], (0, "ready\nok\n", ""))


def no_object_with_a_destructor():
    """Nothing of memgov's is registered to be destroyed with a thread by the C++ runtime."""
    out = subprocess.run(["nm", "-D", "--undefined-only", LIB], capture_output=True, text=True, check=True).stdout
    expect("asked for", re.findall(r"\S*cxa_thread_atexit\S*", out), [])


def child_copies_little():
    """What a child of a large parent copies that does little: at most 1 MB more than without memgov."""
    kb = []
    for preload in ((), (LIB,)):
        (status, out, err), _ = ending([victim("forks_when_large")], {"MEMGOV_START": "now"} if preload else {}, preload)
        expect("status, stderr", (status, err), (0, ""))
        kb.append(int(out.split()[0]))
    expect_true("a child copies little more", kb[1] <= kb[0] + 1024, f"{kb[1]} KB, {kb[0]} without memgov")


def ends_with_an_order():
    """A shell pipeline of a hundred programs, in each of which all starts and ends."""
    with Program(["/bin/sh", "-c", "for i in $(seq 100); do echo $i; done | while read -r i; do expr $i + 1; done | sort -n"],
                 start="now") as p:
        expect("status", p.finish(), 0)
        expect("stdout", p.out(), "".join(f"{i}\n" for i in range(2, 102)))
        expect("stderr", p.err(), "")


def ends_leave_nothing():
    """Ends while threads allocate, with a governor that is there: it is gone before, and does not come back."""
    late = os.path.join(BUILD, "tests", "hazards", "lib_ends_late.so")
    for preload in ((LIB,), (LIB, late)) * 5:
        with Program([victim("exits_meanwhile"), "once"], preload=preload, start="now") as p:
            expect("status, stdout, stderr", (p.finish(), p.out(), p.err()), (0, "ok\n", ""))
            expect("left in the folder of the sockets", os.listdir(p.sockets), [])
