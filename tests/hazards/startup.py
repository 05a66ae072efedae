# SPDX-License-Identifier: MIT
"""H1 to H14: how a program starts, and which symbols it finds."""

import os
import re
import subprocess
import tempfile

from alike import alike, ending, victim
from governed import BUILD, LIB, expect, expect_match, expect_true

MEMGOV = os.path.join(BUILD, "memgov")
PYTHON = "/usr/bin/python3"
COUNTS = "import json; print(sum(len(json.dumps([i] * 1000)) for i in range(300)))"


def both_orders(library):
    """A library that is preloaded in front of memgov, and behind it: a program of each kind."""
    return [alike(*program, preload=order, others=(library,), env=env) for order in ((library, LIB), (LIB, library))
            for program, env in ((("seeded", "5"), None), ((PYTHON, "-c", COUNTS), {"MEMGOV_SAMPLE": "4K"}))]


def with_jemalloc():
    """Whoever is first governs the program; nobody crashes."""
    jemalloc = "libjemalloc.so.2"
    alike("seeded", "6", preload=(LIB, jemalloc), others=(jemalloc,))()
    plain, governed = (ending([victim("seeded"), "6"], {}, preload)[0] for preload in ((), (jemalloc, LIB)))
    expect("status, stdout", governed[:2], plain[:2])
    expect_match("stderr", governed[2], r"memgov\[\d+\]: the program's malloc is that of \S+jemalloc\S+ nothing is counted [^\n]+\n")


def dlopen_is_refused():
    """libmemgov.so cannot be loaded late, when it could no longer have all blocks: the loader says so, and both live."""
    for how in (("opens_library", LIB),):
        expect("status, stdout, stderr", ending([victim(how[0]), *how[1:]], {}, ())[0], (0, "refused\nok\n", ""))
    status, out, err = ending(["/bin/echo", "runs"], {"LD_AUDIT": LIB}, ())[0]
    expect("as an audit library", (status, out), (0, "runs\n"))
    expect_match("what the loader says", err, r"ERROR: ld\.so: [^\n]+ ignored\.\n")


def static_program():
    """Nothing can be preloaded into it, and `memgov run` says that instead of pretending; into one of another C library
    nothing may be."""
    with tempfile.TemporaryDirectory() as d:
        exe = d + "/hello"
        for compiler, why in ((("gcc", "-static"), "is statically linked"), (("musl-gcc",), "is linked with musl")):
            subprocess.run([*compiler, "-x", "c", "-o", exe, "-"], check=True,
                           input=b'#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n')
            plain = ending([exe], {}, ())[0]
            if "-static" in compiler:
                expect("by LD_PRELOAD", ending([exe], {}, (LIB,))[0], plain)
            status, out, err = ending([MEMGOV, "run", "--", exe], {}, ())[0]
            expect("by memgov run", (status, out), plain[:2])
            expect_match("what it says", err, rf"memgov: not governed: \S+ {why}[^\n]*\n")


def code_is_baseline():
    """Neither memgov nor the mimalloc it was linked with needs more than any x86-64 has."""
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", LIB], capture_output=True, text=True, check=True).stdout
    words = set(re.findall(r"^\s+[0-9a-f]+:\s+(\w+)", text, re.M))
    if os.uname().machine == "x86_64":
        expect_true("it was disassembled", {"mov", "ret", "call"} <= words, str(len(words)))
        newer = {w for w in words if re.match(r"v[a-z]{3}|andn$|bextr|bls[ir]|bzhi|mulx|pdep|pext|rorx|s[ah][lr]x|lzcnt|movbe|popcnt", w)}
        expect("instructions that not every x86-64 has", {w for w in newer if not w.startswith("ver")}, set())


MIMALLOCS_OWN = {"MIMALLOC_RESERVE_OS_MEMORY": "100M", "MIMALLOC_EAGER_COMMIT": "0", "MIMALLOC_PAGE_RESET": "1",
                 "MIMALLOC_LIMIT_OS_ALLOC": "1", "MIMALLOC_USE_NUMA_NODES": "8", "MIMALLOC_DECOMMIT_DELAY": "-1"}


def children_of_children():
    """Inherited through shells, or kept to the first program: what a grandchild sees."""
    chain = ["/bin/sh", "-c", "/bin/sh -c \"/bin/sh -c 'echo preload=${LD_PRELOAD##*/}'\""]
    for children, want in (("keep", "preload=libmemgov.so\n"), ("drop", "preload=\n")):
        got = ending(chain, {"MEMGOV_CHILDREN": children}, (LIB,))[0]
        expect(f"with MEMGOV_CHILDREN={children}", got, (0, want, ""))


def late_libraries():
    """What is opened when the program runs already finds room for its static thread-local storage."""
    library = os.path.join(BUILD, "tests", "hazards", "lib_static_tls.so")
    alike("opens_library", library, result=(0, "opened\nok\n", ""))()


def busy_constructor():
    """The governor's start, by size, under the loader's lock: with and without a governor that is there from the start."""
    library = os.path.join(BUILD, "tests", "hazards", "lib_busy_constructor.so")
    for start in ("auto", "now"):
        alike("opens_library", library, env={"MEMGOV_START": start}, result=(0, "opened\nok\n", ""))()


def starts_beside(library):
    """Where pthread_create is wrapped, and the wrapper allocates with its lock held: that is when the governor starts."""
    return [alike("asks_for_symbols", preload=order, others=(library,), env={"MEMGOV_START": "auto"})
            for order in ((library, LIB), (LIB, library))]
