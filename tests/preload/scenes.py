# SPDX-License-Identifier: MIT
"""Scenes of the preload suite: what takes more than a row, above all conversations with the stats socket."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time

import looks
from governed import (BUILD, LIB, Failure, Program, ask_path, expect, expect_match, expect_true, parse_stats,
                      until, victim)

NOBODY = 65534


def governed(env=None, args=("idle",), **more):
    p = Program([victim(args[0]), *args[1:]], env, start="now", **more)
    p.wait_ready()
    p.wait_socket()
    return p


def finish_well(p, out="ready\nok\n", err=""):
    expect("status", p.finish(), 0)
    expect("stdout", p.out(), out)
    expect("stderr", p.err(), err)


def body(reply):
    expect("first line", reply.split("\n", 1)[0], "ok")
    return reply.split("\n", 1)[1]


# ---- the socket's commands

def socket_commands():
    """Every command answers in its shape."""
    with governed() as p:
        expect_match("version", p.ask("version"), r"ok\n\d+\.\d+\.\d+\n")
        words = [line.split()[0] for line in body(p.ask("help")).splitlines()]
        for word in "help version stats config set policies sites profile history events compact watch".split():
            expect_true(f"help lists {word}", word in words, f"(it lists {words})")
        expect_match("sites", p.ask("sites 3"), r"ok\n# site live_bytes live_blocks bytes_per_minute verdict frames\n")
        expect_match("profile", p.ask("profile"), r"ok\nmemgov-profile 1\npid \d+\n(.*\n)*end\n")
        expect_match("compact", p.ask("compact"), r"ok\n.*\d+.*\n")
        expect_match("compact aggressive", p.ask("compact aggressive"), r"ok\n.*\d+.*\n")
        expect("compactions", p.stat("compactions"), 2)
        finish_well(p)


def compact_answers_at_once():
    """In a program that sleeps as well; the second and later requests too. Far below the least pause between ticks."""
    with governed() as p:
        for request in ("compact", "compact aggressive", "compact"):
            begin = time.monotonic()
            expect_match(request, p.ask(request), r"ok\n.*\d+.*\n")
            took = time.monotonic() - begin
            expect_true(f"{request!r} is answered within 3 s", took < 3, f"(it took {took:.1f} s)")
        finish_well(p)


def compact_all():
    """The tool asks each in turn, adds up, and passes by one that is stopped."""
    with tempfile.TemporaryDirectory() as d:
        env = {"MEMGOV_SOCKET_DIR": d}
        with Program([victim("idle")], env, start="now") as a, Program([victim("idle")], env, start="now") as b:
            for p in (a, b):
                p.wait_ready()
                until("its socket", lambda p=p: os.path.exists(f"{d}/{p.pid}.sock"))

            def tool():
                r = subprocess.run([os.path.join(BUILD, "memgov"), "compact", "--all"], capture_output=True, text=True, timeout=300,
                                   env={"PATH": "/usr/bin:/bin", **env}, check=False)
                return r.returncode, r.stdout, r.stderr
            line = r"process \d+: \S+ came back in \S+, RSS \S+ -> \S+\n"
            status, out, err = tool()
            expect("status, stderr", (status, err), (0, ""))
            expect_match("stdout", out, rf"({line}){{2}}2 of 2 processes: \S+ came back\n")
            os.kill(b.pid, signal.SIGSTOP)
            status, out, err = tool()
            os.kill(b.pid, signal.SIGCONT)
            expect("status, stderr", (status, err), (1, f"memgov: process {b.pid} is stopped and cannot compact\n"))
            expect_match("stdout", out, rf"process {a.pid}: [^\n]+\n1 of 2 processes: \S+ came back\n")
            finish_well(a)
            finish_well(b)


def stats_text():
    """`name value` lines, each name once, all the names that the design fixes."""
    with governed() as p:
        lines = body(p.ask("stats")).splitlines()
        names = [line.split(" ")[0] for line in lines]
        expect("names that come twice", sorted({n for n in names if names.count(n) > 1}), [])
        for name in ("pid command uptime_ms state threads heap_limit_bytes heap_footprint_bytes live_bytes live_blocks "
                     "cached_bytes parked_bytes allocs frees alloc_bytes freed_bytes returned_bytes compactions "
                     "last_compact_yield_bytes last_compact_ns limit_hits refused_allocs double_frees foreign_frees "
                     "rss_bytes system_used_pct").split():
            expect_true(f"stats has {name}", name in names)
        s = p.stats()
        expect("command", s["command"], "idle")
        expect_true("state", s["state"] in ("active", "idle", "pressure"), f"(it is {s['state']})")
        expect("blocks", s["live_blocks"], s["allocs"] - s["frees"])
        expect("bytes", s["live_bytes"], s["alloc_bytes"] - s["freed_bytes"])
        expect("stats text", set(parse_stats(p.ask("stats text"))), set(s))
        finish_well(p)


def stats_json():
    with governed() as p:
        j = json.loads(body(p.ask("stats json")))
        s = p.stats()
        expect("names", set(j), set(s))
        expect("pid", j["pid"], p.pid)
        expect("command", j["command"], "idle")
        finish_well(p)


def stats_prometheus():
    """Exposition format 0.0.4: HELP and TYPE before the samples of each name, counters end in _total."""
    with governed() as p:
        typed = {}
        for line in body(p.ask("stats prometheus")).splitlines():
            m = re.fullmatch(r"# (HELP|TYPE) (memgov_[a-z0-9_]+) (.+)", line)
            if m:
                if m[1] == "TYPE":
                    expect_true(f"{m[2]} has a type once", m[2] not in typed)
                    expect_true("type", m[3] in ("counter", "gauge", "untyped"), line)
                    expect("_total", m[2].endswith("_total"), m[3] == "counter")
                    typed[m[2]] = 0
                continue
            m = re.fullmatch(r'(memgov_[a-z0-9_]+)\{([a-z_]+="[^"]*",?)+\} -?[0-9.e+-]+', line)
            expect_true("a sample line", m is not None, repr(line))
            expect_true("TYPE comes first", m[1] in typed, line)
            expect_true("labels", f'pid="{p.pid}"' in line and 'command="idle"' in line, line)
            typed[m[1]] += 1
        expect_true("enough of them", len(typed) > 30, str(len(typed)))
        expect("types without sample", [n for n, k in typed.items() if k != 1], [])
        finish_well(p)


def config_shapes():
    with governed({"MEMGOV_HEAP_MAX": "300M", "MEMGOV_AT_LIMIT": "compact,wait=2s,abort"}) as p:
        lines = dict(line.partition(" ")[::2] for line in body(p.ask("config")).splitlines())
        expect("heap_max", lines["heap_max"], "300M")
        expect("at_limit", lines["at_limit"], "compact,wait=2s,abort")
        expect("socket", lines["socket"], "rw")
        expect("compact_gap", lines["compact_gap"], "1m")
        j = json.loads(body(p.ask("config json")))
        expect("names in json", set(j), set(lines))
        expect("text again", p.ask("config text"), p.ask("config"))
        finish_well(p)


def bad_requests():
    """Each costs one line `error: …`; the next client is served as before."""
    requests = [b"", b" ", b"nonsense", b"stats xml", b"stats text text", b"set", b"set heap_max", b"set a b c",
                b"STATS", b"watch", b"watch banana", b"watch -1", b"compact now please", b"sites banana", b"\0\0\0",
                b"stats\0json", b"\xff\xfe\x00garbage\x80", bytes(range(256)).replace(b"\n", b""), b"help me"]
    with governed() as p:
        before = p.ask("config")
        for r in requests:
            expect_match(repr(r), ask_path(p.path(), r), r"error: [^\n]+\n")
        expect("config", p.ask("config"), before)
        finish_well(p)


def long_lines():
    """A line of 4 KiB is read, a longer one refused, and megabytes without an end do no harm."""
    with governed() as p:
        expect_match("4000 bytes", ask_path(p.path(), b"stats" + b" " * 3990), r"(ok|error: [^\n]+)\n.*")
        expect_match("5000 bytes", ask_path(p.path(), b"x" * 5000), r"error: [^\n]+\n")
        expect_match("1 MB", ask_path(p.path(), b"y" * (1 << 20)), r"(error: [^\n]+\n)?")
        expect_match("1 MB, no newline", ask_path(p.path(), b"z" * (1 << 20), newline=False), r"(error: [^\n]+\n)?")
        expect_match("still answers", p.ask("version"), r"ok\n.+\n")
        finish_well(p)


def crlf_and_pieces():
    """A line may come in pieces, with a carriage return, as netcat and telnet send it."""
    with governed() as p:
        expect_match("CRLF", ask_path(p.path(), b"version\r"), r"ok\n.+\n")
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(p.path())
            for c in b"version\n":
                s.sendall(bytes([c]))
                time.sleep(0.002)
            expect_match("in pieces", s.recv(4096).decode(), r"ok\n.*")
        finish_well(p)


def many_clients():
    with governed() as p:
        failures = []

        def client(i):
            try:
                for _ in range(25):
                    request = ("stats", "stats json", "config", "history", "help")[i % 5]
                    if not ask_path(p.path(), request).startswith("ok\n"):
                        failures.append(request)
            except OSError as e:
                failures.append(repr(e))
        threads = [threading.Thread(target=client, args=(i,)) for i in range(40)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        expect("failures of 1000 requests by 40 clients", failures[:5], [])
        expect("descriptors", p.fds(), [0, 1, 2])
        finish_well(p)


def silent_clients():
    """Clients that connect and say nothing, more than any table holds, keep nobody else out for long."""
    with governed() as p:
        silent = []
        for _ in range(200):
            s = socket.socket(socket.AF_UNIX)
            s.setblocking(False)
            try:
                s.connect(p.path())
            except BlockingIOError:
                s.close()
                continue
            silent.append(s)

        def answered():
            try:
                return ask_path(p.path(), "version", timeout=5).startswith("ok\n")
            except OSError:
                return False
        until("an answer beside 200 silent clients", answered)
        for s in silent:
            s.close()
        until("an answer after them", answered)
        finish_well(p)


def idle_clients_make_room():
    """Beside 90 connections that say nothing an answer takes no more than a few of their turns."""
    with governed() as p:
        silent = [socket.socket(socket.AF_UNIX) for _ in range(90)]
        for s in silent:
            s.connect(p.path())
        start = time.monotonic()
        expect_match("the answer", ask_path(p.path(), "version", timeout=20), r"ok\n.+\n")
        expect_true("it came soon", time.monotonic() - start < 3, f"after {time.monotonic() - start:.1f} s")
        for s in silent:
            s.close()
        finish_well(p)


def stalled_reader():
    """A reader of `watch` that never reads is dropped, and does not hold up the others."""
    with governed() as p:
        s = socket.socket(socket.AF_UNIX)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect(p.path())
        s.sendall(b"watch 10\n")

        def dropped():
            expect_match("the others", ask_path(p.path(), "version"), r"ok\n.+\n")
            try:
                s.send(b"x", socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            except BlockingIOError:
                return False
            except OSError:
                return True
            return False
        until("the stalled reader is dropped", dropped, 60)
        s.close()
        finish_well(p)


def disconnects():
    """Clients that go away in the middle of a request or a reply."""
    with governed() as p:
        for i in range(200):
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(p.path())
                s.sendall((b"sta", b"history\n", b"watch 10\n", b"stats json\n")[i % 4])
                if i % 3 == 0 and i % 4 != 0:
                    s.recv(1)
        expect_match("still answers", p.ask("version"), r"ok\n.+\n")
        finish_well(p)


def watch_streams():
    with governed() as p:
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(p.path())
            s.sendall(b"watch 50\n")
            text = b""
            while text.count(b"\nuptime_ms ") < 5:
                part = s.recv(65536)
                expect_true("the stream goes on", part != b"", repr(text[-200:]))
                text += part
            times = [int(t) for t in re.findall(rb"\nuptime_ms (\d+)", text)]
            expect("uptimes", times, sorted(times))
            expect_true("50 ms apart, at least nearly", times[4] - times[0] >= 4 * 40, str(times))
            expect_match("others meanwhile", p.ask("version"), r"ok\n.+\n")
        finish_well(p)


def set_takes_effect():
    with governed() as p:
        expect_match("set", p.ask("set heap_max 100M"), r"ok\n.*")
        expect("limit", p.stat("heap_limit_bytes"), 100 << 20)
        expect_match("by variable", p.ask("set MEMGOV_HEAP_MAX 200M"), r"ok\n.*")
        expect("limit", p.stat("heap_limit_bytes"), 200 << 20)
        for name, value in (("compact_gap", "5s"), ("released", "10M"), ("at_limit", "wait=1s,fail"),
                            ("heap_level", "50%"), ("idle_timeout", "0"), ("sample", "64K"),
                            ("large_alloc", "0")):
            expect_match(name, p.ask(f"set {name} {value}"), r"ok\n.*")
            expect_true(f"{name} shows", f"\n{name} {value}\n" in p.ask("config"))
        before = p.ask("config")
        for request in ("set heap_max banana", "set heap_max 1", "set nothing 1", "set history 100", "set sample 12",
                        "set system_warn 99%", "set at_limit compact", "set at_limit fail,compact"):
            expect_match(request, p.ask(request), r"error: [^\n]+\n")
        expect("config after bad ones", p.ask("config"), before)
        expect_true("event", "heap_max" in p.ask("events"))
        finish_well(p)


def read_only():
    with governed({"MEMGOV_SOCKET": "ro"}) as p:
        for request in ("set heap_max 100M", "compact"):
            expect_match(request, p.ask(request), r"error: [^\n]*(read|ro)[^\n]*\n")
        expect("limit", p.stat("heap_limit_bytes"), 0)
        expect("compactions", p.stat("compactions"), 0)
        expect_match("stats", p.ask("stats"), r"ok\n.*")
        finish_well(p)


def history_and_events():
    with governed({"MEMGOV_MONITOR_INTERVAL": "100ms", "MEMGOV_HEAP_MAX": "100M"}, ("idle", "20")) as p:
        until("three points of history", lambda: len(body(p.ask("history")).splitlines()) >= 4)
        p.ask("compact")
        events = until("an event of the compaction", lambda: body(p.ask("events")))
        expect_true("event of a compaction", "compact" in events, repr(events))
        points = [line.split() for line in body(p.ask("history")).splitlines()]
        head, points = points[0][1:], points[1:]
        expect_true("a name for each column", "age_ms" in head and "live_bytes" in head, repr(head))
        expect("columns of the points", {len(x) for x in points}, {len(head)})
        ages = [int(x[head.index("age_ms")]) for x in points]
        expect("oldest first", ages, sorted(ages, reverse=True))
        finish_well(p)


def policies_shape():
    with governed() as p:
        names = [line.split()[0] for line in body(p.ask("policies")).splitlines()]
        for name in ("rss", "pressure", "level", "released", "fragmentation", "idle", "interval"):
            expect("times that " + name + " is listed", names.count(name), 1)
        finish_well(p)


# ---- the socket's place in the file system

def socket_modes():
    with governed() as p:
        expect("mode of the folder", stat.S_IMODE(os.lstat(p.sockets).st_mode), 0o700)
        st = os.lstat(p.path())
        expect("mode of the socket", (stat.S_ISSOCK(st.st_mode), stat.S_IMODE(st.st_mode)), (True, 0o600))
        finish_well(p)
        expect("files left", os.listdir(p.sockets), [])


def refused_folder(prepare):
    """A folder that is not ours to trust: one line, no socket, and the program runs."""
    with tempfile.TemporaryDirectory() as d:
        path = prepare(d)
        with Program([victim("idle"), "40"], {"MEMGOV_SOCKET_DIR": path}, start="now") as p:
            p.wait_ready()
            until("the complaint", lambda: p.finish() is not None)
            expect("status", p.p.returncode, 0)
            expect_match("stderr", p.err(), rf"memgov\[{p.pid}\]: [^\n]*{re.escape(path)}[^\n]*\n")
            expect("files", [f for _, _, fs in os.walk(d) for f in fs], [])


def folder_is_a_link():
    def prepare(d):
        os.mkdir(d + "/real", 0o700)
        os.symlink(d + "/real", d + "/link")
        return d + "/link"
    refused_folder(prepare)


def folder_of_another_user():
    def prepare(d):
        os.mkdir(d + "/other", 0o700)
        os.chown(d + "/other", NOBODY, NOBODY)
        return d + "/other"
    if os.getuid() == 0:
        refused_folder(prepare)


def folder_open_to_others():
    def prepare(d):
        os.mkdir(d + "/open")
        os.chmod(d + "/open", 0o777)
        return d + "/open"
    refused_folder(prepare)


def folder_is_a_file():
    def prepare(d):
        with open(d + "/file", "w", encoding="ascii"):
            pass
        return d + "/file"
    try:
        refused_folder(prepare)
    except Failure as e:
        if "\n    got:      ['file']" not in str(e):
            raise


def folder_default():
    """Without MEMGOV_SOCKET_DIR: $XDG_RUNTIME_DIR/memgov, else /tmp/memgov-UID."""
    with Program([victim("idle")], {"MEMGOV_SOCKET_DIR": None, "XDG_RUNTIME_DIR": "{dir}"}, start="now") as p:
        p.wait_ready()
        path = f"{p.dir}/memgov/{p.pid}.sock"
        until("a socket in XDG_RUNTIME_DIR", lambda: os.path.exists(path))
        finish_well(p)
    with Program([victim("idle")], {"MEMGOV_SOCKET_DIR": None}, start="now") as p:
        p.wait_ready()
        path = f"/tmp/memgov-{os.getuid()}/{p.pid}.sock"
        until("a socket in /tmp", lambda: os.path.exists(path))
        finish_well(p)
        expect("socket after the end", os.path.exists(path), False)


def stale_socket_replaced():
    """A file in the socket's place, left by a dead process of the same number."""
    with tempfile.TemporaryDirectory() as d:
        os.chmod(d, 0o700)

        def leave_one():  # runs in the child before exec, so the number is the program's
            with socket.socket(socket.AF_UNIX) as s:
                s.bind(f"{d}/{os.getpid()}.sock")
        with Program([victim("idle")], {"MEMGOV_SOCKET_DIR": d}, start="now", prepare=leave_one) as p:
            p.wait_ready()
            p.sockets = d
            p.wait_socket()
            expect("pid", p.stat("pid"), p.pid)
            finish_well(p)
            expect("files left", os.listdir(d), [])


def peer_of_another_user():
    """Even where the file's mode would let him: who is neither root nor the program's user is not answered."""
    if os.getuid() != 0:
        return
    with governed() as p:
        for path, mode in ((p.dir, 0o755), (p.sockets, 0o755), (p.path(), 0o666)):
            os.chmod(path, mode)
        script = ("import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.settimeout(20)\ns.connect(sys.argv[1])\n"
                  "try:\n s.sendall(b'stats\\n')\n d=s.recv(100)\n print(d.decode().split()[0] if d else 'closed')\n"
                  "except OSError as e: print('closed')\n")
        r = subprocess.run(["setpriv", "--reuid", str(NOBODY), "--clear-groups", "python3", "-c", script, p.path()],
                           capture_output=True, text=True, timeout=60)
        expect_true("what a stranger gets", r.stdout in ("error:\n", "closed\n"), repr(r.stdout + r.stderr))
        expect_match("what root gets", p.ask("version"), r"ok\n.+\n")
        finish_well(p)


def program_of_another_user():
    """A program of nobody's is governed in nobody's folder, and answers root."""
    if os.getuid() != 0:
        return
    with tempfile.TemporaryDirectory() as d:
        os.chmod(d, 0o755)
        shutil.copy(LIB, d)
        shutil.copy(victim("idle"), d)
        os.mkdir(d + "/s", 0o700)
        os.chown(d + "/s", NOBODY, NOBODY)
        with Program([d + "/idle"], {"MEMGOV_SOCKET_DIR": d + "/s"}, preload=(d + "/libmemgov.so",), start="now",
                     prepare=lambda: os.setresuid(NOBODY, NOBODY, NOBODY)) as p:
            p.wait_ready()
            p.sockets = d + "/s"
            expect("command", p.stat("command"), "idle")
            finish_well(p)


def run_secure(source, env, status, out):
    """A set-user-id program that links memgov, started by nobody."""
    with tempfile.TemporaryDirectory() as d:
        os.chmod(d, 0o755)
        shutil.copy(LIB, d)
        exe = d + "/secure"
        subprocess.run(["gcc", "-O1", "-fno-builtin", "-o", exe, os.path.join(os.path.dirname(__file__), "victims", source),
                        "-D_GNU_SOURCE", d + "/libmemgov.so", "-Wl,-rpath," + d, "-Wl,--no-as-needed"], check=True)
        os.chmod(exe, 0o4755)
        env = {name: value.replace("{d}", d) for name, value in env.items()}
        with Program(["/usr/bin/setpriv", "--reuid", str(NOBODY), "--clear-groups", exe], env, preload=()) as p:
            expect("status", p.finish(), status)
            expect("stdout", p.out(), out)
            expect("stderr", p.err(), "")
        expect("files", sorted(os.listdir(d)), ["libmemgov.so", "secure"])


def secure_program_ignores_the_environment():
    """The caller's ceiling, log and report have no say in it (H6)."""
    if os.getuid() == 0:
        run_secure("limit_grow.c", {"MEMGOV_HEAP_MAX": "32M", "MEMGOV_REPORT": "{d}/report", "MEMGOV_SOCKET_DIR": "{d}/s"}, 1,
                   "never refused\n")


def secure_program_has_no_samples():
    if os.getuid() == 0:
        run_secure("seen_samples.c", {"MEMGOV_SAMPLE": "4K"}, 0, "never sampled\n")


# ---- what is written at the end

def report_at_exit():
    with governed({"MEMGOV_REPORT": "{dir}/report", "MEMGOV_HEAP_MAX": "100M"}, ("idle", "20")) as p:
        finish_well(p)
        text = until("the report", lambda: os.path.exists(p.dir + "/report") and open(p.dir + "/report").read())
        for name in ("heap_peak_bytes", "live_bytes", "allocs", "refused_allocs"):
            expect_true(f"the report has {name}", re.search(rf"{name}\W+\d+", text), repr(text[:400]))


def report_at_abort():
    env = {"MEMGOV_REPORT": "{dir}/report", "MEMGOV_HEAP_MAX": "64M", "MEMGOV_AT_LIMIT": "abort"}
    with Program([victim("limit_grow")], env, start="now") as p:
        expect("status", p.finish(), -6)
        expect_true("report on stderr", looks.HEAP_ABORT.fullmatch(p.err().replace(f"[{p.pid}]", "[PID]")),
                    repr(p.err()))
        expect_true("report in the file", re.search(r"heap_peak_bytes\W+\d+", open(p.dir + "/report").read()))


def report_of_a_thousand_exits():
    """A report of a tiny program that never had a governor."""
    with Program(["/bin/true"], {"MEMGOV_REPORT": "{dir}/report"}) as p:
        expect("status", p.finish(), 0)
        expect_true("report", os.path.exists(p.dir + "/report"))


def log_to_a_file():
    with Program(["/bin/echo", "x"], {"MEMGOV_HEAP_MAX": "banana", "MEMGOV_LOG": "{dir}/log"}, start="now") as p:
        expect("status", p.finish(), 0)
        expect("stdout", p.out(), "x\n")
        expect("stderr", p.err(), "")
        expect_match("log", open(p.dir + "/log").read(), rf"memgov\[{p.pid}\]: [^\n]*banana[^\n]*\n")


def relative_paths():
    """They mean the folder that the program started in."""
    env = {"MEMGOV_REPORT": "report", "MEMGOV_LOG": "log", "MEMGOV_LOG_LEVEL": "info", "MEMGOV_HEAP_MAX": "banana"}
    here = tempfile.mkdtemp(prefix="memgov-test-")
    try:
        with Program([sys.executable, "-c", "import os; os.chdir('/'); print('ok')"], env, cwd=here, start="now") as p:
            expect("status, output", (p.finish(), p.out(), p.err()), (0, "ok\n", ""))
        expect("files", sorted(os.listdir(here)), ["log", "report"])
    finally:
        shutil.rmtree(here)


def report_of_a_fork_child():
    """It leaves its parent's alone."""
    for name, parents in (("report", "report"), ("r-%p.txt", "r-{}.txt")):
        with Program([sys.executable, "-c", "import os, sys\npid = os.fork()\nif pid: os.waitpid(pid, 0); print(pid)"],
                     {"MEMGOV_REPORT": "{dir}/" + name}, start="now") as p:
            expect("status, errors", (p.finish(), p.err()), (0, ""))
            child = p.out().strip()
            childs = parents.format(child) if "{" in parents else f"{parents}.{child}"
            for file, pid in ((parents.format(p.pid), p.pid), (childs, child)):
                expect_match(file, open(os.path.join(p.dir, file)).read().split("\n")[0], rf"# memgov report: .*, pid {pid}")


def no_standard_files():
    with Program([victim("no_standard_files"), "{dir}/own"], {"MEMGOV_LOG_LEVEL": "debug"}, start="now") as p:
        until("the program's files", lambda: os.path.exists(p.dir + "/own/done") or p.p.poll() is not None)
        expect("running", p.p.poll(), None)
        expect("pid", p.stat("pid"), p.pid)
        expect("descriptors", p.fds(), [0, 1, 2, 3])
        for name in ("zero", "one", "two", "done"):
            expect(name, open(f"{p.dir}/own/{name}").read(), "")
        p.p.terminate()
        expect("status", p.finish(), -15)


# ---- policies at work

def released_compacts():
    """100 MB released with MEMGOV_RELEASED=50M: a compaction, by itself, with a measured yield."""
    with governed({"MEMGOV_RELEASED": "50M", "MEMGOV_COMPACT_DELAY": "100ms", "MEMGOV_COMPACT_GAP": "1s",
                   "MEMGOV_COMPACT_CPU": "100%", "MEMGOV_MONITOR_INTERVAL": "100ms"}, ("compacts",)) as p:
        until("a compaction", lambda: p.stat("compactions") >= 1)
        expect_true("its reason", "released" in p.ask("events").lower(), repr(p.ask("events")))
        finish_well(p)


def set_released_takes_effect():
    """The same by `set`, in a program that started with it off."""
    with governed({"MEMGOV_RELEASED": "0", "MEMGOV_FRAGMENTATION": "0", "MEMGOV_IDLE_COMPACT": "0",
                   "MEMGOV_COMPACT_DELAY": "0", "MEMGOV_COMPACT_GAP": "0", "MEMGOV_MONITOR_INTERVAL": "100ms"},
                  ("compacts",)) as p:
        ticks = p.stat("ticks")
        until("ten ticks", lambda: p.stat("ticks") >= ticks + 10)
        expect("compactions without a reason", p.stat("compactions"), 0)
        expect_match("set", p.ask("set released 50M"), r"ok\n.*")
        until("a compaction", lambda: p.stat("compactions") >= 1)
        finish_well(p)


def idle_state():
    with governed({"MEMGOV_IDLE_TIMEOUT": "200ms", "MEMGOV_IDLE_CHECK": "100ms"}) as p:
        until("state idle", lambda: p.stat("state") == "idle", 30)
        finish_well(p)


def tiny_program_with_start_now_is_seen():
    """A small governed process answers within a second of its start (the issue's figure; polled, generous deadline)."""
    with Program([victim("idle")], start="now") as p:
        p.wait_socket()
        expect("command", p.stat("command"), "idle")
        finish_well(p)


# ---- hints

def needs_little_stack():
    """The governor's work in a thread of the program, MEMGOV_THREAD=0."""
    with Program([victim("small_stack")], {"MEMGOV_THREAD": "0", "MEMGOV_IDLE_CHECK": "100ms"}) as p:
        expect("status, output", (p.finish(), p.out(), p.err()), (0, "ok\n", ""))


def hint(env, program, script, want):
    with Program([program, *script], env) as p:
        expect("status", p.finish(), 0)
        expect("stdout", p.out(), want)
        expect("stderr", p.err(), "")


PYTHON_SAYS = ("-c", "import os; print(os.environ.get('PYTHONMALLOC'))")
NODE_SAYS = ("-e", "console.log(process.env.NODE_OPTIONS)")


def hints_python():
    py = "/usr/bin/python3"
    hint({"MEMGOV_HEAP_MAX": "256M"}, py, PYTHON_SAYS, "malloc\n")
    hint({}, py, PYTHON_SAYS, "None\n")
    hint({"MEMGOV_HINTS": "on"}, py, PYTHON_SAYS, "malloc\n")
    hint({"MEMGOV_HINTS": "off", "MEMGOV_HEAP_MAX": "256M"}, py, PYTHON_SAYS, "None\n")
    hint({"PYTHONMALLOC": "pymalloc", "MEMGOV_HEAP_MAX": "256M"}, py, PYTHON_SAYS, "pymalloc\n")


def hints_python_is_heeded():
    """Python really allocates its objects from the governed heap then."""
    script = ("-c", "x=[(i,i+1) for i in range(300000)]; print('ready', flush=True); input()")
    for env, low, high in (({"MEMGOV_HEAP_MAX": "1G"}, 300000, 1 << 30), ({"MEMGOV_HINTS": "off"}, 0, 100000)):
        with Program(["/usr/bin/python3", *script], env, start="now") as p:
            p.wait_ready()
            blocks = p.stat("live_blocks")
            expect_true(f"blocks with {env}", low <= blocks <= high, str(blocks))


def hints_node():
    node = shutil.which("node")
    with Program([node, *NODE_SAYS], {"MEMGOV_HEAP_MAX": "512M"}) as p:
        expect("status", p.finish(), 0)
        m = re.fullmatch(r"--max-old-space-size=(\d+)\n", p.out())
        expect_true("NODE_OPTIONS", m and 0 < int(m[1]) <= 512, repr(p.out() + p.err()))
    hint({}, node, NODE_SAYS, "undefined\n")
    hint({"MEMGOV_HEAP_MAX": "512M", "NODE_OPTIONS": "--max-old-space-size=100"}, node, NODE_SAYS,
         "--max-old-space-size=100\n")
    with Program([node, *NODE_SAYS], {"MEMGOV_HEAP_MAX": "512M", "NODE_OPTIONS": "--no-warnings"}) as p:
        expect("status", p.finish(), 0)
        expect_match("NODE_OPTIONS with the user's", p.out(), r"--no-warnings --max-old-space-size=\d+\n")


# ---- the engines side by side

def counts_of(args, engine, env=None, stdin=None):
    """What a program prints, and what it asked of the heap, with one engine and no thread of memgov's."""
    env = {"MEMGOV_ENGINE": engine, "MEMGOV_THREAD": "0", "MEMGOV_REPORT": "{dir}/report", **(env or {})}
    with Program(args, env) as p:
        if stdin:
            p.p.stdin.write(stdin)
        expect(f"status; stderr {p.err()!r}", p.finish(), 0)
        report = open(p.dir + "/report", encoding="utf-8").read()
        figures = {k: int(v) for k, v in re.findall(r"^\s*([a-z_]+)\W+(\d+)$", report, re.M)}
        expect_true("the engine", re.search(rf"^\s*engine\W+{engine}$", report, re.M), report[:300])
        return p.out(), {name: figures[name] for name in ("allocs", "frees", "reallocs", "live_blocks")}


def engines_agree(args, env=None, stdin=None):
    park, park_counts = counts_of(args, "park", env, stdin)
    plain, plain_counts = counts_of(args, "mimalloc", env, stdin)
    expect("output", park, plain)
    expect("counts", park_counts, plain_counts)
    expect_true("there is an output, and work", park and park_counts["allocs"] > 1000, repr(park_counts))


def engines_agree_on_a_random_sequence():
    for seed in ("1", "2", "3"):
        engines_agree([victim("seeded"), seed])
        engines_agree([victim("seeded"), seed], {"MEMGOV_HEAP_MAX": "4G"})


DIFFERENTIAL_PYTHON = ("-c", "import json, random, re\nr = random.Random(1)\nd = {str(i): [r.random(), 'x' * r.randrange(9000)] for i in "
                       "range(20000)}\nfor i in range(0, 20000, 3): del d[str(i)]\nt = json.dumps(d)\nprint(len(t), hash(tuple("
                       "json.loads(t))) , sum(map(len, re.findall('x+', t))))")
DIFFERENTIAL_SQL = (b"create table t(a integer, b text);with recursive c(x) as (select 1 union all select x+1 from c where x<40000) insert "
                    b"into t select x, hex(x*x) from c;create index i on t(b);select count(*), sum(a), max(b) from t where b > '4';"
                    b"select group_concat(b) from (select b from t order by b limit 500);")


def engines_agree_on_python():
    """With malloc for all: what pymalloc needs of it for its tree of arenas depends on where mmap put them."""
    engines_agree([sys.executable, *DIFFERENTIAL_PYTHON], {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"})


def engines_agree_on_sqlite():
    engines_agree([shutil.which("sqlite3"), ":memory:"], stdin=DIFFERENTIAL_SQL)


CASES = [(f.__name__, f) for f in (
    socket_commands, compact_answers_at_once, compact_all, stats_text, stats_json, stats_prometheus, config_shapes, bad_requests, long_lines, crlf_and_pieces,
    many_clients, silent_clients, idle_clients_make_room, stalled_reader, disconnects, watch_streams, set_takes_effect, read_only,
    history_and_events, policies_shape, socket_modes, folder_is_a_link, folder_of_another_user, folder_open_to_others,
    folder_is_a_file, folder_default, stale_socket_replaced, peer_of_another_user, program_of_another_user,
    secure_program_ignores_the_environment, secure_program_has_no_samples, report_at_exit, report_at_abort, report_of_a_thousand_exits, log_to_a_file,
    relative_paths, report_of_a_fork_child,
    no_standard_files, released_compacts, set_released_takes_effect, idle_state, tiny_program_with_start_now_is_seen,
    needs_little_stack, hints_python, hints_python_is_heeded, hints_node,
    engines_agree_on_a_random_sequence, engines_agree_on_python, engines_agree_on_sqlite)]
