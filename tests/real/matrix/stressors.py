# SPDX-License-Identifier: MIT
"""stress-ng: two of each stressor, a fixed number of operations, with its own verification."""

import re

from world import Row

# Operations: each takes well below a second. Not brk: it writes below the first break, where memory is only while the heap is
# glibc's own; with mimalloc or jemalloc it dies as well.
STRESSORS = {"malloc": 20000, "fork": 300, "vfork": 300, "vm": 200, "pthread": 500, "mmap": 20, "mremap": 30,
             "clone": 50, "exec": 50, "daemon": 100, "dynlib": 100, "sigsegv": 1000, "close": 20, "rlimit": 500, "seccomp": 50,
             "madvise": 10, "mlock": 50, "tsearch": 5, "hsearch": 20, "qsort": 3, "sigfd": 1000, "sigq": 1000, "timer": 500,
             "zombie": 100, "context": 1000, "mprotect": 500, "pipe": 5000, "env": 3, "bad-altstack": 50}
SIZES = ("--vm-bytes", "32M", "--mmap-bytes", "16M", "--mremap-bytes", "8M", "--tsearch-size", "4096")


def stress(w, name, operations):
    out = w.run("stress-ng", "--" + name, "2", f"--{name}-ops", str(operations), "--verify", "--timeout", "120", *SIZES,
                "--temp-path", w.dir)
    lines = (re.sub(r"^stress-ng: (\w+): +\[\d+\] |in [\d.]+s$", "", line) for line in out.splitlines())
    return "\n".join(line for line in lines if re.search(r"success|fail|error|warn|killed|skipped|aborted", line, re.I))


def all_of(w):
    return "\n".join(f"{name}: {stress(w, name, operations)}" for name, operations in STRESSORS.items())


ROWS = [Row("stress-ng", all_of)]
