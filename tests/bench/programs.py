# SPDX-License-Identifier: MIT
"""Section of real programs: CPU time and peak RSS of each, under each peer."""

import os
import random
import subprocess
import time

import peers
from table import cell

LOADS = os.path.dirname(os.path.abspath(__file__)) + "/loads/"
SQL = ("create table t(a, b, c); insert into t with recursive n(i) as (select 1 union all select i + 1 from n limit 500000) "
       "select i, hex(i * 7919), i % 1000 from n; create index x on t(b); create index y on t(c, a); "
       "select count(*), max(b) from t where b > '4'; select c, group_concat(b) from t group by c limit 5; "
       "delete from t where a % 3 = 0; vacuum;")
MALLOC = {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "1"}


def write(path, text):
    with open(path, "w") as f:
        f.write(text)
    return path


def plain(args, env=None):
    """A program that runs to its end."""
    def measure(bench, peer):
        return bench.finish_counted(bench.start_counted(peer, args, env), f"{args[0]} under {peer}")
    return measure


def served(args, sock, loads, library=None):
    """A server, from its start through every load to its end, which the last load brings about."""
    def measure(bench, peer):
        server = bench.start_counted(peer, args, library=library)
        deadline = time.monotonic() + 20
        while not os.path.exists(sock) and server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        for load in loads:
            subprocess.run(load, env=bench.environment({}), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=120, check=False)
        figures = bench.finish_counted(server, f"{args[0]} under {peer}")
        if os.path.exists(sock):
            os.unlink(sock)
        return figures
    return measure


def python(bench):
    return plain(["/usr/bin/python3", LOADS + "documents.py"], MALLOC)


def collector(bench):
    return plain(["/usr/bin/python3", LOADS + "linked.py"], MALLOC)


def redis(bench):
    # Debian's server is linked with jemalloc: the C library's malloc must come first to be measured.
    sock = bench.tmp + "/redis.sock"
    args = ["/usr/bin/redis-server", "--port", "0", "--unixsocket", sock, "--save", "", "--appendonly", "no", "--dir", bench.tmp]
    load = ["/usr/bin/redis-benchmark", "-s", sock, "-q", "-c", "20", "-P", "16", "-r", "60000"]
    loads = [load + ["-n", "150000", "-d", str(size), "-t", "set,get,lpush,lpop,sadd,hset,zadd"] for size in (30, 200)]
    stop = ["/usr/bin/redis-cli", "-s", sock, "shutdown", "nosave"]
    return served(args, sock, loads + [stop], peers.find_library("libc.so.6"))


def node(bench):
    sock = bench.tmp + "/node.sock"
    binary = next((p for p in ("/usr/bin/node", "/usr/local/bin/node") if os.path.exists(p)), "node")
    return served([binary, LOADS + "server.js", sock], sock, [[binary, LOADS + "load.js", sock, "3000"]])


def gcc(bench):
    source = write(bench.tmp + "/large.c", "#include <string.h>\n" + "".join(
        f"struct s{i} {{ int a, b[{i % 7 + 1}]; const char *c; }};\n"
        f"int f{i}(int n, struct s{i} *p) {{ int s = 0; for (int k = 0; k < n; k++) "
        f"{{ s += p[k].b[0] * {i}; if (s % 3) s -= p[k].a; }} return s + (int)strlen(p->c); }}\n" for i in range(700)))
    return plain(["/usr/bin/gcc", "-O1", "-c", "-o", bench.tmp + "/large.o", source])


def sqlite(bench):
    return plain(["/usr/bin/sqlite3", ":memory:", SQL])


def git(bench):
    repository = bench.tmp + "/repository"
    env = {"GIT_CONFIG_NOSYSTEM": "1"}
    run = {"env": bench.environment(env), "check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["/usr/bin/git", "init", "--bare", repository], **run)
    dice = random.Random(1)
    files = [[f"line {i} {dice.random()}" for i in range(900)] for _ in range(80)]
    stream = []
    for commit in range(220):
        stream.append(f"commit refs/heads/main\ncommitter a <a@b> {1600000000 + commit} +0000\ndata 1\nc")
        for n in dice.sample(range(80), 20):
            for _ in range(10):
                files[n][dice.randrange(900)] = f"change {commit} {dice.random()}"
            text = "\n".join(files[n])
            stream.append(f"M 644 inline d{n % 6}/f{n}\ndata {len(text)}\n{text}")
    subprocess.run(["/usr/bin/git", "-C", repository, "fast-import"], input="\n".join(stream).encode() + b"\n", **run)
    return plain(["/usr/bin/git", "-C", repository, "-c", "pack.threads=2", "repack", "-adfq"], env)


PROGRAMS = {
    "python": ("python3, JSON and dictionaries", python), "collector": ("python3, linked objects, collector", collector),
    "redis": ("redis-server under redis-benchmark", redis), "node": ("node, HTTP and gzip", node),
    "gcc": ("gcc -O1, 700 functions", gcc), "sqlite": ("sqlite3, insert, index, vacuum", sqlite),
    "git": ("git repack -adf", git),
}


def programs(bench, table, names):
    table.heading("programs: CPU time and peak RSS")
    for name in names:
        what, prepare = PROGRAMS[name]
        measure = prepare(bench)
        values = bench.in_turns(bench.rounds(5), lambda peer: measure(bench, peer))
        table.row(f"time {name}", what, "ms", values["ms"])
        table.row(f"peak {name}", "  peak RSS", "MB", values["mb"])
    table.row("mean time", "time / mimalloc, geometric mean", "", table.means("time "), ratios=False)
    table.row("mean peak", "peak RSS / mimalloc, geometric mean", "", table.means("peak "), ratios=False)
    worst = table.to_mimalloc("time ")
    if worst:
        name = max(worst, key=worst.get)
        print(f"  memgov / mimalloc, worst program: {cell(worst[name])} ({name.split()[1]})")
