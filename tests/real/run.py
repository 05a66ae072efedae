#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
The real suite: programs of Debian, under memgov and without it, with the same output. run.py [-v] [PART OF A NAME]...
Servers listen on the loopback or on unix sockets in a folder of their own; only what was started here is ended.
"""

import hashlib
import http.client
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "matrix"))
sys.dont_write_bytecode = True

import churn  # noqa: E402
import completion  # noqa: E402
import doctor  # noqa: E402
import installed  # noqa: E402
import leaks  # noqa: E402
import package  # noqa: E402
import pressure  # noqa: E402
import programs  # noqa: E402
import prometheus  # noqa: E402
import serve  # noqa: E402
import shown  # noqa: E402
import sites  # noqa: E402
from governed import Failure, Program, expect, expect_match, expect_true, free_port, run_cases, until  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"
MB = 1 << 20


def find(program):
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    expect_true(f"{program} is installed (make deps)", path)
    return path


def report_of(p):
    """The final report, as the figures that it holds."""
    with open(p.dir + "/report", encoding="utf-8") as f:
        text = f.read()
    return {k: int(v) for k, v in re.findall(r"^\s*([a-z_]+)\W+(\d+)$", text, re.M)}, text


def run(args, env=None, preload=True, status=0, results=(), **more):
    """Runs to the end in a folder of its own. (stdout, figures of the report, digests of the files in `results`)."""
    env = {"MEMGOV_REPORT": "{dir}/report", **(env or {})}
    with Program(args, env, cwd=more.pop("cwd", None), **({} if preload else {"preload": ()}), **more) as p:
        expect(f"status of {args[0]} ({p.dir}); stderr {p.err()!r}", p.finish(300), status)
        digests = [hashlib.sha256(open(r.replace("{dir}", p.dir), "rb").read()).hexdigest() for r in results]
        figures = report_of(p)[0] if preload else {}
        if preload:
            expect_true("it was governed", figures.get("allocs", 0) > 0, repr(figures))
        return p.out().replace(p.dir, "DIR"), p.err().replace(p.dir, "DIR"), figures, digests


def same(args, env=None, results=(), **more):
    """As without memgov: the same status, output and files. The figures of the governed run."""
    out, err, figures, digests = run(args, env, results=results, **more)
    plain_out, plain_err, _, plain_digests = run(args, env, preload=False, results=results, **more)
    expect("stdout", out, plain_out)
    expect("stderr", err, plain_err)
    expect("files", digests, plain_digests)
    expect_true("there is a result at all", out or digests)
    return figures


# ---- python

def python_builds_and_drops_300_mb():
    """Live bytes rise by 300 MB and fall again, and RSS with them, seen from outside."""
    with Program([PYTHON, HERE + "/drop.py"], start="now") as p:
        p.wait_ready("built\n")
        full = p.stats()
        expect_true("300 MB live", full["live_bytes"] >= 300 * MB and full["rss_bytes"] >= 300 * MB, repr(full))
        p.p.stdin.write(b"drop\n")
        p.p.stdin.flush()
        p.wait_ready("dropped\n")
        p.ask("compact")
        empty = p.stats()
        expect_true("dropped", empty["live_bytes"] < 50 * MB, repr(empty))
        expect_true("RSS fell", empty["rss_bytes"] < 100 * MB, str(empty["rss_bytes"]))
        expect("blocks", empty["live_blocks"], empty["allocs"] - empty["frees"])
        expect("status", p.finish(), 0)
        expect("stderr", p.err(), "")


def python_memory_error():
    """The issue's line: MemoryError, never above the ceiling, and python ends in order."""
    script = "x=[bytearray(1<<20) for _ in range(1000)]"
    with Program([PYTHON, "-c", script], {"MEMGOV_HEAP_MAX": "256M", "MEMGOV_REPORT": "{dir}/report"}) as p:
        expect("status", p.finish(), 1)
        expect_match("stderr", re.sub(r"memgov\[\d+\]: [^\n]*\n", "", p.err()),
                     r"Traceback \(most recent call last\):\n.*MemoryError\n")
        figures, text = report_of(p)
        expect_true("peak", 250 * MB < figures["heap_peak_bytes"] <= 256 * MB, text)
        expect_true("refused", figures["refused_allocs"] >= 1, text)


def python_lives_on_after_memory_error():
    """It catches it, prints, frees, builds again; small objects count as well (PYTHONMALLOC by the hint)."""
    env = {"MEMGOV_HEAP_MAX": "256M", "MEMGOV_REPORT": "{dir}/report"}
    with Program([PYTHON, HERE + "/lives_on.py"], env) as p:
        expect("status", p.finish(), 0)
        expect("stdout", p.out(), "caught 1\ncaught 2\ncaught 3\nsmall objects: caught\nall is well\n")
        figures, text = report_of(p)
        expect_true("peak", 250 * MB < figures["heap_peak_bytes"] <= 256 * MB, text)


def python_standard_library():
    """Threads, processes, sqlite, json, re, zlib, subprocess: one line of results, the same as without memgov."""
    same([PYTHON, HERE + "/library.py"])
    same([PYTHON, HERE + "/library.py"], {"MEMGOV_HEAP_MAX": "2G", "PYTHONMALLOC": "malloc"}, start="now")


# ---- node

def http_get(port, path):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        c.request("GET", path)
        r = c.getresponse()
        return r.status, r.read()
    finally:
        c.close()


def node_server_with_buffers():
    """Buffers grow into the ceiling: the request is answered 503, the server lives, frees and serves again."""
    env = {"MEMGOV_HEAP_MAX": "400M", "MEMGOV_REPORT": "{dir}/report"}
    with Program([find("node"), "--expose-gc", HERE + "/server.js"], env, start="now") as p:
        port = int(until("its port", lambda: re.findall(r"port (\d+)\n", p.out()) or p.p.poll() is not None)[0])
        for _ in range(2):
            answers = [http_get(port, "/grow")[0] for _ in range(60)]
            expect("answers", sorted(set(answers)), [200, 503])
            expect_true("most of the ceiling was usable", answers.count(200) > 20, str(answers))
            expect("after the refusal", http_get(port, "/hello"), (200, b"hello\n"))
            s = p.stats()
            expect_true("peak", 300 * MB < s["heap_peak_bytes"] <= 400 * MB, str(s["heap_peak_bytes"]))
            expect_true("refusals", s["refused_allocs"] > 0)
            expect("drop", http_get(port, "/drop")[0], 200)
            until("the buffers are gone", lambda: http_get(port, "/gc")[0] == 200
                  and p.stat("live_bytes") < 150 * MB)
        expect("stop", http_get(port, "/stop")[0], 200)
        expect("status", p.finish(), 0)


def node_same_output():
    script = ("const c=require('crypto');const z=require('zlib');let a=[];for(let i=0;i<2e5;i++)a.push({i,s:'x'+i});"
              "const h=c.createHash('sha256').update(JSON.stringify(a)).digest('hex');"
              "console.log(h,z.gunzipSync(z.gzipSync(Buffer.alloc(5e6,7))).length,Buffer.alloc(1e8).length)")
    same([find("node"), "-e", script])


# ---- servers

def redis_with_its_benchmark():
    with Program([find("redis-server"), "--port", "0", "--unixsocket", "{dir}/redis.sock", "--dir", "{dir}", "--save", "",
                  "--enable-debug-command", "yes"], {"MEMGOV_HEAP_MAX": "1G"}, start="now") as p:
        sock = p.dir + "/redis.sock"

        def cli(*args):
            r = subprocess.run([find("redis-cli"), "-s", sock, *args], capture_output=True, text=True, timeout=120)
            return r.stdout.strip()
        until("redis answers", lambda: os.path.exists(sock) and cli("ping") == "PONG")
        bench = subprocess.run([find("redis-benchmark"), "-s", sock, "-n", "20000", "-c", "20", "-q", "-t",
                                "set,get,incr,lpush,rpop,sadd,hset,zadd,lrange_100"], capture_output=True, text=True,
                               timeout=300)
        expect("status of redis-benchmark", bench.returncode, 0)
        expect_true("rates", len(re.findall(r"requests per second", bench.stdout.replace("\r", "\n"))) >= 9,
                    bench.stdout[-500:])
        expect("populate", cli("debug", "populate", "200000", "key", "100"), "OK")
        expect_true("live", p.stat("live_bytes") > 20 * MB)
        expect("get", cli("get", "key:199999")[:12], "value:199999")
        cli("bgsave")
        until("a snapshot by a fork child", lambda: "rdb_bgsave_in_progress:0" in cli("info", "persistence")
              and os.path.exists(p.dir + "/dump.rdb"))
        expect("flush", cli("flushall"), "OK")
        expect_true("blocks", p.stat("live_bytes") < 20 * MB, str(p.stat("live_bytes")))
        cli("shutdown", "nosave")
        expect("status", p.finish(), 0)


NGINX = """daemon off; pid {dir}/pid; error_log {dir}/error.log; worker_processes 2; {user}
events {{ worker_connections 200; }}
http {{ access_log off; client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5; gzip on; gzip_min_length 1; gzip_types *;
server {{ listen 127.0.0.1:{port}; root {dir}/www; }} }}
"""


def nginx_serving_files():
    """A master as root and two workers as nobody, each governed; 600 requests, some of them gzipped."""
    port = free_port()
    with Program(["/bin/sh", "-c", "while [ ! -e {dir}/conf ]; do :; done; exec " + find("nginx") + " -c {dir}/conf"],
                 {"MEMGOV_HEAP_MAX": "256M", "MEMGOV_LOG_LEVEL": "error"}, start="now") as p:
        os.chmod(p.dir, 0o755)
        os.mkdir(p.dir + "/www")
        files = {f"f{i}": random.Random(i).randbytes(i * i * 300 + 1) for i in range(60)}
        for name, data in files.items():
            with open(f"{p.dir}/www/{name}", "wb") as f:
                f.write(data)
        with open(p.dir + "/conf.new", "w", encoding="ascii") as f:
            f.write(NGINX.format(dir=p.dir, port=port, user="user nobody nogroup;" if os.getuid() == 0 else ""))
        os.rename(p.dir + "/conf.new", p.dir + "/conf")

        def is_up():
            try:
                return http_get(port, "/f1")[0] == 200
            except OSError:
                expect("nginx runs; " + p.err(), p.p.poll(), None)
                return False
        until("nginx answers", is_up)
        bad = []

        def client(n):
            for i in range(60):
                name = f"f{(i * 7 + n) % 60}"
                if http_get(port, "/" + name) != (200, files[name]):
                    bad.append(name)
        clients = [threading.Thread(target=client, args=(n,)) for n in range(10)]
        for t in clients:
            t.start()
        for t in clients:
            t.join()
        expect("files that came wrong", bad[:3], [])
        expect("pid", p.stat("pid"), p.pid)
        p.p.send_signal(3)  # SIGQUIT: nginx's orderly end
        expect("status", p.finish(), 0)


# ---- the shell and the tools

def bash_script():
    same([find("bash"), HERE + "/script.sh"])
    same([find("bash"), HERE + "/script.sh"], {"MEMGOV_HEAP_MAX": "64M"}, start="now")


def git_repository():
    """init, 300 files, commits, a branch, merge, repack, fsck, clone: the same commit ids."""
    same([find("bash"), HERE + "/repository.sh", "{dir}/repo"])


def generate_c(path, functions=1500):
    with open(path, "w", encoding="ascii") as f:
        f.write("#include <stdio.h>\n#include <string.h>\n")
        for i in range(functions):
            f.write(f"static int f{i}(int a, const char *s) {{ int r = a * {i} + (int)strlen(s);\n"
                    f"  for (int k = 0; k < {i % 17 + 1}; k++) r += (a >> k) ^ s[k % 3] ^ {i % 256};\n"
                    f"  if (r % {i % 13 + 2} == 0) printf(\"%d %s\\n\", r, s); return r; }}\n")
        f.write("int main(void) { int s = 0;\n" + "".join(f"s += f{i}(s, \"str{i}\");\n" for i in range(functions))
                + "return s & 1; }\n")


CPP = """#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <regex>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>
template <int N> struct chain { static int run(int x) { std::map<int, std::string> m; m[x] = std::to_string(N);
 std::vector<std::variant<int, std::string>> v{ x, m[x] }; return chain<N - 1>::run(x + int(v.size())); } };
template <> struct chain<0> { static int run(int x) { return x; } };
int main() { std::regex r("a+(b|c)*"); std::cout << chain<120>::run(1) << std::regex_match("aab", r) << std::endl; }
"""


def gcc_compiles_something_large():
    path = "/tmp/memgov-test-big-%d.c" % os.getpid()
    generate_c(path)
    try:
        same([find("gcc"), "-O1", "-c", "-o", "{dir}/out.o", path], results=["{dir}/out.o"])
    finally:
        os.unlink(path)


def gxx_compiles_templates():
    path = "/tmp/memgov-test-big-%d.cc" % os.getpid()
    with open(path, "w", encoding="ascii") as f:
        f.write(CPP)
    try:
        same([find("g++"), "-O1", "-std=c++17", "-c", "-o", "{dir}/out.o", path], {"MEMGOV_HEAP_MAX": "2G"},
             results=["{dir}/out.o"])
    finally:
        os.unlink(path)


def gcc_says_that_memory_is_out():
    """The compiler at its ceiling says so and ends with an error, like at a real shortage."""
    path = "/tmp/memgov-test-big-%d.c" % os.getpid()
    generate_c(path)
    try:
        with Program([find("gcc"), "-O1", "-c", "-o", "{dir}/out.o", path], {"MEMGOV_HEAP_MAX": "24M"}) as p:
            expect("status", p.finish(300), 1)
            expect_match("stderr", p.err(), r".*out of memory.*|.*[Vv]irtual memory exhausted.*")
            expect("output", os.path.exists(p.dir + "/out.o"), False)
    finally:
        os.unlink(path)


def sqlite_import_index_vacuum():
    same([find("bash"), HERE + "/database.sh", "{dir}"], {"MEMGOV_HEAP_MAX": "512M"})


CASES = [(f.__name__, f) for f in (
    python_builds_and_drops_300_mb, python_memory_error, python_lives_on_after_memory_error, python_standard_library,
    node_server_with_buffers, node_same_output, redis_with_its_benchmark, nginx_serving_files, bash_script,
    git_repository, gcc_compiles_something_large, gxx_compiles_templates, gcc_says_that_memory_is_out,
    sqlite_import_index_vacuum)] + doctor.CASES + leaks.CASES + churn.CASES + sites.CASES + prometheus.CASES + serve.CASES \
    + shown.CASES + pressure.CASES + installed.CASES + completion.CASES + package.CASES \
    + programs.CASES

if __name__ == "__main__":
    sys.exit(run_cases("real", CASES))
