# SPDX-License-Identifier: MIT
"""
Memory that runs out for real: a memory cgroup that is smaller than what the program wants in a burst. Without memgov the
kernel kills it; with MEMGOV_PRESET=auto it lives. Cgroups of version 1 or 2; needs root.
"""

import os
import re
import signal
import time

from governed import LIB, Failure, Program, expect, expect_match, expect_true

MB = 1 << 20
AUTO = {"MEMGOV_PRESET": "auto"}

# Takes what it is given, and can do without.
GREEDY = """
held = []
try:
    for i in range(600):
        held.append(bytearray(1 << 20))
except MemoryError:
    got, held = len(held), None
    print("MemoryError after", got)
print("still here", sum(bytearray(1 << 20)))
"""

# A master hands jobs to eight workers in turn; a job makes 70 MB, and keeps a little of it here and there.
WORKERS = """
import os, random, time
def worker(jobs, done):
    dice, kept = random.Random(os.getpid()), []
    while os.read(jobs, 1):
        made = [bytes(dice.randrange(100, 2000)) for _ in range(60000)]
        kept += made[::400]
        del made
        os.write(done, b".")
    os._exit(0)
done, done_w = os.pipe()
workers = []
for _ in range(8):
    jobs, jobs_w = os.pipe()
    pid = os.fork()
    if pid == 0:
        for other in [jobs_w] + [w for _, w in workers]:
            os.close(other)
        worker(jobs, done_w)
    os.close(jobs)
    workers.append((pid, jobs_w))
os.close(done_w)
try:
    for turn in range(16):
        os.write(workers[turn % 8][1], b"x")
        os.read(done, 1)
        time.sleep(2.5)
except BrokenPipeError:
    pass
for _, jobs_w in workers:
    os.close(jobs_w)
print("workers", [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid, _ in workers])
"""


class Group:
    """A memory cgroup; what prepare() is called in is in it."""

    def __init__(self, name, limit):
        old = "/sys/fs/cgroup/memory"
        self.is_old = os.path.isdir(old)
        self.path = f"{old if self.is_old else '/sys/fs/cgroup'}/memgov-test-{os.getpid()}-{name}"
        os.mkdir(self.path)
        self.write("memory.limit_in_bytes" if self.is_old else "memory.max", limit)
        swap = "memory.memsw.limit_in_bytes" if self.is_old else "memory.swap.max"
        if os.path.exists(os.path.join(self.path, swap)):
            self.write(swap, limit if self.is_old else 0)

    def write(self, name, value):
        with open(os.path.join(self.path, name), "w", encoding="ascii") as f:
            f.write(str(value))

    def read(self, name):
        with open(os.path.join(self.path, name), encoding="ascii") as f:
            return f.read()

    def peak_bytes(self):
        return int(self.read("memory.max_usage_in_bytes" if self.is_old else "memory.peak"))

    def kills(self):
        """Processes in it that the kernel has killed."""
        return int(re.search(r"^oom_kill (\d+)", self.read("memory.oom_control" if self.is_old else "memory.events"), re.M)[1])

    def prepare(self):
        self.write("cgroup.procs", os.getpid())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for _ in range(100):
            try:
                os.rmdir(self.path)
                return
            except OSError:  # the last process is still going
                time.sleep(0.05)
        raise Failure(f"{self.path} cannot be removed")


def run(name, limit, script, env, preload):
    """(status, stdout, stderr) of a Python program in a group with that limit."""
    with Group(name, limit) as group:
        with Program(["/usr/bin/python3", "-c", script], env, preload=preload, prepare=group.prepare) as p:
            p.p.stdin.close()
            status = p.p.wait(120)
            return status, p.out(), p.err()


def burst_above_the_limit():
    killed, out, _ = run("burst", 200 * MB, GREEDY, {}, ())
    expect("without memgov", (killed, out), (-signal.SIGKILL, ""))
    status, out, err = run("burst", 200 * MB, GREEDY, AUTO, (LIB,))
    expect("status with memgov", status, 0)
    expect_match("output with memgov", out, r"MemoryError after \d+\nstill here 0\n")
    got = int(re.search(r"after (\d+)", out)[1])
    expect_true("about half of the group's limit was had", 90 <= got <= 100, f"{got} MB")
    expect("lines on stderr", len(err.splitlines()), 1)


def bursts_of_eight_workers():
    """Each could have what it wants; what they leave behind is too much for all."""
    status, out, _ = run("workers", 300 * MB, WORKERS, {}, ())
    expect_true("without memgov a worker is killed", status != 0 or "-9" in out, f"status {status}, {out!r}")
    status, out, err = run("workers", 300 * MB, WORKERS, AUTO, (LIB,))
    expect("with memgov", (status, out, err), (0, f"workers {[0] * 8}\n", ""))


CASES = [(f.__name__, f) for f in (burst_above_the_limit, bursts_of_eight_workers)]
