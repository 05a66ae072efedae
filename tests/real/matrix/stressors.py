# SPDX-License-Identifier: MIT
"""stress-ng: two of each stressor, a fixed number of operations, with its own verification."""

import re

from world import Row

# Operations, so that each takes about a second on an idle core.
STRESSORS = {"malloc": 100000, "fork": 2000, "vfork": 2000, "vm": 20000, "pthread": 2000, "mmap": 100, "mremap": 200, "brk": 100000,
             "clone": 500, "exec": 300, "daemon": 300, "dynlib": 200, "stack": 20, "sigsegv": 5000, "close": 20, "rlimit": 2000,
             "seccomp": 200, "madvise": 50, "mlock": 200, "memfd": 10, "tsearch": 20, "hsearch": 50, "qsort": 10, "dup": 200,
             "sigfd": 5000, "sigq": 5000, "timer": 2000, "zombie": 500, "context": 5000, "membarrier": 200, "mprotect": 2000,
             "pipe": 20000, "env": 20, "bad-altstack": 500}


def stress(w, name, operations):
    out = w.run("stress-ng", "--" + name, "2", f"--{name}-ops", str(operations), "--verify", "--metrics-brief",
                "--timeout", "300", "--temp-path", w.dir, "--oom-avoid")
    lines = (re.sub(r"^stress-ng: (\w+): +\[\d+\] |in [\d.]+s$", "", line) for line in out.splitlines())
    return "\n".join(line for line in lines if re.search(r"success|fail|error|warn|killed|skipped|aborted", line, re.I))


def all_of(w):
    return "\n".join(f"{name}: {stress(w, name, operations)}" for name, operations in STRESSORS.items())


ROWS = [Row("stress-ng", all_of)]
