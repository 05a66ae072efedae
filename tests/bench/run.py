#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py BUILD: what memgov costs, against plain mimalloc preloaded and the C library, in turns on this machine. Ratios count."""

import os
import statistics
import subprocess
import sys
import tempfile

BUILD = os.path.abspath(sys.argv[1])
MEMGOV = BUILD + "/libmemgov.so"
MIMALLOC = "/usr/lib/x86_64-linux-gnu/libmimalloc.so.2"
PEERS = {"glibc": "", "mimalloc": MIMALLOC, "memgov": MEMGOV}

PYTHON = """
import json
d = {"k%d" % i: [i, str(i) * 3, {"a": i}] for i in range(60000)}
for _ in range(4):
    json.loads(json.dumps(d))
"""
SQL = ("create table t(a, b); insert into t with recursive n(i) as (select 1 union all select i + 1 from n limit 400000) "
       "select i, hex(i * 7919) from n; create index x on t(b); select count(*), max(b) from t where b > '4'; vacuum;")


def figures(args, library, env=None):
    """The numbers that a program prints, a line each."""
    e = {"PATH": "/usr/bin:/bin", **(env or {}), **({"LD_PRELOAD": library} if library else {})}
    out = subprocess.run(args, env=e, stdout=subprocess.PIPE, check=True, text=True).stdout
    return [float(x) for x in out.split()]


def seconds(args, library, env=None):
    e = {"PATH": "/usr/bin:/bin", **(env or {}), **({"LD_PRELOAD": library} if library else {})}
    before = os.times()
    subprocess.run(args, env=e, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return [after.children_user + after.children_system - before.children_user - before.children_system]


def in_turns(rounds, measure):
    """Median of each figure for every peer, the peers taking turns."""
    seen = {name: [] for name in PEERS}
    for _ in range(rounds):
        for name, library in PEERS.items():
            seen[name].append(measure(library))
    return {name: [statistics.median(column) for column in zip(*runs)] for name, runs in seen.items()}


def row(what, unit, values):
    ratio = values["memgov"] / values["mimalloc"]
    cells = "".join(f"{values[name]:10.1f}" for name in PEERS)
    print(f"{what:34}{unit:>4}{cells}{ratio:12.2f}{values['memgov'] / values['glibc']:10.2f}", flush=True)


def main():
    print(f"{'':34}{'':4}{'glibc':>10}{'mimalloc':>10}{'memgov':>10}{'/ mimalloc':>12}{'/ glibc':>10}")
    start = figures([BUILD + "/bench/start", "2000", "/bin/true", *PEERS.values()], "")
    row("start and exit of /bin/true", "us", dict(zip(PEERS, start)))
    forks = in_turns(9, lambda library: figures([BUILD + "/bench/forks", "2000"], library))
    row("fork and exit of a child", "us", {name: v[0] for name, v in forks.items()})
    pairs = in_turns(3, lambda library: figures([BUILD + "/bench/pairs"], library))
    row("malloc and free, 64 bytes", "ns", {name: v[0] for name, v in pairs.items()})
    row("random to 256 bytes, 4096 live", "ns", {name: v[1] for name, v in pairs.items()})
    with tempfile.TemporaryDirectory() as d:
        script, source = d + "/work.py", d + "/large.c"
        with open(script, "w") as f:
            f.write(PYTHON)
        with open(source, "w") as f:
            f.write("#include <string.h>\n" + "".join(
                f"int f{i}(int n, char *b) {{ int s = 0; for (int k = 0; k < n; k++) s += b[k] * {i}; return s + strlen(b); }}\n"
                for i in range(1500)))
        programs = {
            "python3, JSON (PYTHONMALLOC=malloc)": (["/usr/bin/python3", script], {"PYTHONMALLOC": "malloc"}),
            "gcc -O1, 1500 functions": (["/usr/bin/gcc", "-O1", "-c", "-o", d + "/large.o", source], {}),
            "sqlite3, insert, index, vacuum": (["/usr/bin/sqlite3", ":memory:", SQL], {}),
        }
        for name, (args, env) in programs.items():
            times = in_turns(5, lambda library: seconds(args, library, env))
            row(name, "ms", {peer: v[0] * 1000 for peer, v in times.items()})


if __name__ == "__main__":
    main()
