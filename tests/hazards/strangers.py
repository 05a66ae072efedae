# SPDX-License-Identifier: MIT
"""H15 to H19: two allocators in one process, and all the ways to ask for memory."""

import os
import signal
import subprocess

from alike import alike, ending, victim
from governed import BUILD, LIB, expect, expect_match, expect_true

PYTHON = "/usr/bin/python3"
BLOCKS_OF_LIBC = """
import ctypes
program, libc = ctypes.CDLL(None), ctypes.CDLL("libc.so.6")
for f in (libc.malloc, libc.calloc, libc.realloc, program.realloc):
    f.restype = ctypes.c_void_p
program.free.argtypes = libc.free.argtypes = [ctypes.c_void_p]
program.realloc.argtypes = libc.realloc.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
for n in (1, 100, 5000, 300000, 5000000):
    program.free(libc.malloc(n))
    program.free(libc.calloc(n, 1))
    program.free(program.realloc(libc.malloc(n), 2 * n))
    libc.free(libc.realloc(libc.malloc(n), 3 * n))
print("done")
"""
ASKS_LIBC = """
import ctypes
libc, x = ctypes.CDLL("libc.so.6"), [bytes(5000) for _ in range(5000)]
del x
print(libc.malloc_trim(0) in (0, 1), libc.mallopt(-1, 131072), ctypes.CDLL(None).malloc_trim(0) in (0, 1))
"""


def own_allocator():
    """The program's own is the one that is used, and memgov says once that it has no say."""
    plain = ending([victim("own_malloc")], {}, ())[0]
    status, out, err = ending([victim("own_malloc")], {"MEMGOV_START": "now"}, (LIB,))[0]
    expect("status and stdout", (status, out), plain[:2])
    expect_match("what memgov says", err, r"memgov\[\d+\]: \S*/own_malloc has a malloc of its own, which memgov does not see: [^\n]+\n")


def whole_family():
    """Every name by which glibc's headers let a program ask for memory or give it back is memgov's."""
    out = subprocess.run(["nm", "-D", "--defined-only", LIB], capture_output=True, text=True, check=True).stdout
    have = {line.split()[-1] for line in out.splitlines()}
    want = set("malloc calloc realloc reallocarray free cfree posix_memalign aligned_alloc memalign valloc pvalloc free_sized "
               "free_aligned_sized malloc_usable_size _Znwm _Znam _ZdlPv _ZdaPv".split())
    expect("missing", want - have, set())


BLOCK_TO_LIBC = """
import ctypes
program, libc = ctypes.CDLL(None), ctypes.CDLL("libc.so.6")
program.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
libc.free(program.malloc(100))
"""


def block_to_libc():
    """The other way round there is no help: libc's own free ends the process, whoever the preloaded allocator is."""
    for preload in (LIB, "libjemalloc.so.2"):
        status = ending([PYTHON, "-c", BLOCK_TO_LIBC], {}, (preload,))[0][0]
        expect_true("SIGABRT or SIGSEGV", status in (-signal.SIGABRT, -signal.SIGSEGV), str(status))


blocks_of_libc = alike(PYTHON, "-c", BLOCKS_OF_LIBC, result=(0, "done\n", ""))
asks_libc = alike(PYTHON, "-c", ASKS_LIBC)


def is_linked_statically():
    """The victim has a C++ library of its own in it."""
    out = subprocess.run(["ldd", victim("new_delete_static")], capture_output=True, text=True, check=True).stdout
    expect_true("no libstdc++.so", "libstdc++" not in out, out)


def errno_where_calls_fail():
    """What free keeps counts where the kernel refuses its calls: glibc's own free loses errno there."""
    refuses = os.path.join(BUILD, "tests", "hazards", "lib_refuses.so")
    for calls, engine in (("madvise=12", "park"), ("madvise=22,munmap=12", "park"), ("madvise=12", "mimalloc")):
        env = {"REFUSE": calls, "MEMGOV_START": "now", "MEMGOV_ENGINE": engine}
        got = ending([victim("free_keeps_errno")], env, (LIB, refuses))[0]
        expect(f"with {calls}, {engine}: status, stdout, stderr", got, (0, "ok\n", ""))
