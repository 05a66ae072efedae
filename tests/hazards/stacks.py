# SPDX-License-Identifier: MIT
"""H31 to H39: stacks are read in somebody else's process."""

import os
import re
import subprocess
import tempfile

from alike import alike, ending, victim
from governed import BUILD, LIB, Program, expect, expect_true

OFTEN = {"MEMGOV_SAMPLE": "1K"}
SAMPLED = r"^\s*samples\W+[1-9]\d\d"  # at least a hundred, says the report


def sampled(*args, **more):
    return alike(*args, env=OFTEN, proof=SAMPLED, **more)


def leans_on_libc_alone():
    """No unwinder, no reader of debug information, nothing but the C library and mimalloc is brought into the process."""
    out = subprocess.run(["readelf", "-d", LIB], capture_output=True, text=True, check=True).stdout
    needed = sorted(re.findall(r"NEEDED.*\[(.*)\]", out))
    expect("libraries", [n.split(".so")[0] for n in needed], ["libc", "libmimalloc"])
    out = subprocess.run(["nm", "-D", "--undefined-only", LIB], capture_output=True, text=True, check=True).stdout
    expect("unwinders", re.findall(r"\b(?:unw_\w+|_Unwind_\w+|backtrace\w*)", out), [])


def opens_no_files_for_names():
    """Names are looked up by the tool: the program maps and opens nothing for them."""
    with Program([victim("short_threads")], OFTEN, start="now") as p:
        p.wait_ready()
        before = maps_of(p)
        r = subprocess.run([os.path.join(BUILD, "memgov"), "sites", str(p.pid), "--full"], capture_output=True, text=True,
                           timeout=60, env={"PATH": "/usr/bin:/bin", "MEMGOV_SOCKET_DIR": p.sockets})
        expect("status of memgov sites", (r.returncode, r.stderr), (0, ""))
        expect("files in the process", maps_of(p), before)
        expect("status, stdout, stderr", (p.finish(), p.out(), p.err()), (0, "ready\nok\n", ""))


def maps_of(p):
    with open(f"/proc/{p.pid}/maps", encoding="ascii") as f:
        return sorted({line.split()[5] for line in f if len(line.split()) > 5 and line.split()[5].startswith("/")})


def samples_ask_for_nothing():
    """What a program asks of the heap is the same whether all, or nothing, is sampled: reading stacks allocates nothing."""
    counts = []
    for rate in ("0", "1K"):
        got, report = ending([victim("seeded"), "8"], {"MEMGOV_SAMPLE": rate, "MEMGOV_THREAD": "0", "MEMGOV_REPORT": "{dir}/report"},
                             (LIB,))
        figures = dict(re.findall(r"^\s*(allocs|frees|reallocs|live_blocks|samples)\W+(\d+)$", report, re.M))
        expect_true("samples", (int(figures.pop("samples")) > 1000) == (rate != "0"), report)
        counts.append((got, figures))
    expect("output and counts", counts[1], counts[0])


def compile_library(path, source, *flags):
    subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-o", path, "-", *flags], input=source, check=True)


def origin_is_the_callers():
    """A library that opens another by its own $ORIGIN finds it: nobody stands between it and dlopen."""
    with tempfile.TemporaryDirectory() as d:
        os.mkdir(d + "/inner")
        compile_library(d + "/inner/libwanted.so", b'#include <unistd.h>\n__attribute__((constructor)) static void f(void)'
                        b'{ if (write(1, "found\\n", 6) < 0) _exit(9); }')
        compile_library(d + "/outer.so", b'#include <dlfcn.h>\n#include <unistd.h>\n__attribute__((constructor)) static void f(void)'
                        b'{ if (!dlopen("libwanted.so", 2)) _exit(8); }', "-Wl,-rpath,$ORIGIN/inner")
        alike("opens_library", d + "/outer.so", env=OFTEN, result=(0, "found\nopened\nok\n", ""))()
