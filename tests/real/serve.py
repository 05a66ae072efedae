# SPDX-License-Identifier: MIT
"""Cases of the real suite: `memgov serve` over governed programs, asked by hand: every page, every refusal, every hurdle."""

import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import xml.etree.ElementTree

from governed import BUILD, Program, expect, expect_match, expect_true, until

PYTHON = "/usr/bin/python3"
MEMGOV = os.path.abspath(os.environ.get("MEMGOV", os.path.join(BUILD, "memgov")))  # or a sanitizer's
NOBODY = 65534

# Keeps blocks of two functions, then allocates and lets go with each line of its input.
WORKER = """import sys
def few():
    return [bytearray(100000) for _ in range(100)]
def many():
    return [bytearray(100000) for _ in range(300)]
held = few(), many()
print("ready", flush=True)
for line in sys.stdin:
    x = [bytearray(1000) for _ in range(1000)]
"""
# Gives itself a name from its first line of input.
NAMED = """import os, sys
with open("/proc/self/comm", "wb") as f:
    f.write(bytes.fromhex(sys.stdin.readline()))
print("ready", flush=True)
sys.stdin.read()
"""


class Server:
    """memgov serve over a folder of sockets of its own, and the programs in it."""

    def __init__(self, *args, **more):
        self.dir = tempfile.mkdtemp(prefix="memgov-test-")
        self.sockets = os.path.join(self.dir, "sockets")
        os.mkdir(self.sockets, 0o700)
        self.programs, self.listeners = [], []
        self.env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MEMGOV_SOCKET_DIR": self.sockets}
        self.err = open(os.path.join(self.dir, "stderr"), "w+b")
        if "--listen" not in args:
            args = ("--listen", "127.0.0.1:0", *args)
        self.p = subprocess.Popen([MEMGOV, "serve", *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=self.err, env=self.env, **more)
        self.url = self.p.stdout.readline().decode().strip()
        m = re.fullmatch(r"http://(?:\[([0-9a-f:]+)\]|([0-9.]+)):(\d+)/(?:#token=([0-9a-f]{32}))?", self.url)
        expect_true("the first line is the address", m, repr(self.url) + self.errors())
        self.host, self.port, self.token = m[1] or m[2], int(m[3]), m[4]

    def errors(self):
        self.err.seek(0)
        return self.err.read().decode()

    def worker(self, code=WORKER, first=None, **env):
        p = Program([PYTHON, "-c", code], {"MEMGOV_SOCKET_DIR": self.sockets, "PYTHONMALLOC": "malloc", **env}, start="now")
        self.programs.append(p)
        p.sockets = self.sockets
        if first is not None:
            p.p.stdin.write(first)
            p.p.stdin.flush()
        p.wait_ready()
        p.wait_socket()
        return p

    def silent(self, pid):
        """A socket in the folder that takes connections, and says nothing to anybody."""
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.bind(f"{self.sockets}/{pid}.sock")
        s.listen(100)
        self.listeners.append(s)

    def request(self, method, path, headers=(), body=None, host=None):
        """(status, headers, body) of one request, whose headers are these and no others."""
        c = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            c.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in [("Host", host or f"localhost:{self.port}"), *dict(headers).items()]:
                c.putheader(name, value)
            if body is not None:
                c.putheader("Content-Length", str(len(body)))
            c.endheaders(body)
            r = c.getresponse()
            sent, body = dict(r.getheaders()), r.read()
            expect_true("no answer tells the token", not self.token or self.token not in f"{sent} {body}", f"{sent} {body}")
            return r.status, sent, body
        finally:
            c.close()

    def get(self, path):
        status, headers, body = self.request("GET", path)
        expect(f"status of {path}: {body[:500]}", status, 200)
        return body.decode() if headers["Content-Type"].startswith("text/") else json.loads(body)

    def post(self, path, order, token=None):
        status, _, body = self.request("POST", path, {"Authorization": f"Bearer {token or self.token}",
                                                      "Content-Type": "application/json"}, json.dumps(order).encode())
        return status, json.loads(body)

    def metrics(self):
        """{line without its value: value}."""
        text = self.get("/metrics")
        return {k: float(v) for k, v in (line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")}

    def process(self, pid):
        return {p["pid"]: p for p in self.get("/api/")["processes"]}.get(pid, {})

    def end(self, sig=signal.SIGTERM):
        if self.p.poll() is None:
            self.p.send_signal(sig)
        return self.p.wait(60)

    def close(self):
        for p in self.programs:
            p.close()
        for s in self.listeners:
            s.close()
        if self.p.poll() is None:
            self.p.kill()
            self.p.wait()
        self.p.stdout.close()
        self.err.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                expect(f"it ends in order; stderr {self.errors()}", self.end(), 0)
                told = self.errors() + self.p.stdout.read().decode()  # behind the first line
                expect_true("the token is told once", not self.token or self.token not in told, told)
                expect_true("no sanitizer complains", not re.search("Sanitizer|runtime error", self.errors()), self.errors())
        finally:
            self.close()


def serve_answers_every_page():
    with Server() as s:
        p = s.worker(MEMGOV_SAMPLE="64K", MEMGOV_HEAP_MAX="512M")
        expect("no token without --allow-control", s.token, None)
        every = s.get("/api/")
        expect("control", every["control"], False)
        expect_true("the machine", every["machine"]["total_bytes"] >= every["machine"]["available_bytes"] > 0, str(every))
        one, = every["processes"]
        expect("pid, name, health", (one["pid"], one["name"], one["health"]), (p.pid, "python3", "answers"))
        expect_true("its heap", one["stats"]["live_bytes"] > 40e6 and one["stats"]["heap_limit_bytes"] == 512 << 20, str(one))
        expect("statistics", sorted(one["stats"]), sorted(p.stats()))
        expect_true("time", abs(every["at_ms"] - one["at_ms"]) < 60000)
        detail = s.get(f"/api/{p.pid}")
        config = {c["name"]: c for c in detail["config"]}
        expect("a ceiling", (config["heap_max"]["value"], config["heap_max"]["can_set"]), ("512M", True))
        expect("at start only", config["preset"]["can_set"], False)
        expect_true("policies", {"idle", "level"} <= {x["name"] for x in detail["policies"]}, str(detail["policies"]))
        expect("first event", detail["events"][0]["kind"], "start")
        until("history", lambda: s.get(f"/api/{p.pid}/history")["points"])
        expect("of a point", sorted(s.get(f"/api/{p.pid}/history")["points"][0]),
               ["age_ms", "cached_bytes", "heap_footprint_bytes", "live_bytes", "parked_bytes", "returned_bytes", "rss_bytes"])
        check_culprits(s, p)
        check_metrics(s, p)
        check_page(s)
        expect("stderr", s.errors(), "")


def check_culprits(s, p):
    found = s.get(f"/api/{p.pid}/sites")
    sizes = [x["live_bytes"] for x in found["sites"]]
    expect("mean", found["mean_bytes"], 64 << 10)
    expect("largest first", sizes, sorted(sizes, reverse=True))
    expect_true("about 40 MB", 30e6 < sum(sizes) < 55e6 and found["live_bytes"] == sum(sizes), str(sizes))
    top = found["sites"][0]
    expect_true("it is in its stack", top["who"] in top["stack"] and top["verdict"] in ("steady", "growing", "suspect"), str(top))
    expect_true("the interpreter is named", any("bytearray" in x.lower() for x in top["stack"]), str(top["stack"]))
    status, headers, body = s.request("GET", f"/api/{p.pid}/flame.svg")
    expect("flame graph", (status, headers["Content-Type"]), (200, "image/svg+xml; charset=utf-8"))
    expect_true("of it", f"python3 {p.pid}: what it holds" in "".join(xml.etree.ElementTree.fromstring(body).itertext()))


def check_metrics(s, p):
    status, headers, text = s.request("GET", "/metrics")
    expect("type", (status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
    r = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=60)
    expect("promtool", (r.returncode, r.stdout, r.stderr), (0, b"", b""))
    found = s.metrics()
    who = f'pid="{p.pid}",command="python3",user="{"root" if os.getuid() == 0 else os.environ.get("USER", "")}"'
    expect("up", found[f"memgov_up{{{who}}}"], 1)
    expect("limit", found[f"memgov_heap_limit_bytes{{{who}}}"], 512 << 20)
    expect("processes", found["memgov_processes"], 1)
    expect_true("the machine's memory, once", found["memgov_system_total_bytes"] > 0)
    expect("stalls, where the kernel tells", "memgov_stall_ratio" in found, has_stalls())


def has_stalls():
    try:
        with open("/proc/pressure/memory", encoding="ascii") as f:
            return f.read(4) == "some"
    except OSError:
        return False


def check_page(s):
    status, headers, body = s.request("GET", "/")
    expect("type", (status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
    expect_match("policy", headers["Content-Security-Policy"], r"default-src 'self';.*frame-ancestors 'self'.*")
    expect("sniffing, cache", (headers["X-Content-Type-Options"], headers["Cache-Control"]), ("nosniff", "no-cache"))
    expect_true("no other site may read it", "Access-Control-Allow-Origin" not in headers)
    expect("known", s.request("GET", "/", {"If-None-Match": headers["ETag"]})[::2], (304, b""))
    expect("another", s.request("GET", "/", {"If-None-Match": '"x"'})[::2], (200, body))
    expect("HEAD", s.request("HEAD", "/")[::2], (200, b""))
    parts = set(re.findall(r'(?:src|href)="/?(page/[^"]+)"', body.decode()))
    expect_true("it has parts", parts)
    for part in parts:
        expect(part, s.request("GET", "/" + part)[0], 200)
    expect_true("dygraphs", b"Dygraph" in s.request("GET", "/page/dygraph.js")[2])


def serve_refuses_what_is_not_for_it():
    with Server("--allow-control", "--host", "memory.example") as s:
        p = s.worker()
        right = {"Authorization": f"Bearer {s.token}", "Content-Type": "application/json"}
        evil = {**right, "Authorization": "Bearer " + "0" * 32}
        plain = {**right, "Content-Type": "text/plain"}
        here, change = f"localhost:{s.port}", f"/api/{p.pid}/set"
        order = b'{"name": "history_x", "value": "1"}'
        rows = [  # method, path, Host, headers, body, status, a word of the reason
            ("GET", "/", "evil.example", {}, None, 403, "evil.example"),
            ("GET", "/api/", f"evil.example:{s.port}", {}, None, 403, "--host NAME"),
            ("GET", "/metrics", "127.0.0.1.evil.example", {}, None, 403, "Host"),
            ("GET", "/api/", "memory.example:1", {}, None, 200, ""),
            ("GET", "/api/", "[::1]", {}, None, 200, ""),
            ("GET", "/api/", here, {"Origin": "http://evil.example"}, None, 403, "evil.example"),
            ("GET", "/api/", here, {"Origin": "null"}, None, 403, "Origin"),
            ("GET", "/api/", here, {"Origin": f"http://{here}"}, None, 200, ""),
            ("POST", change, here, {**right, "Origin": "http://localhost:1"}, order, 403, "Origin"),
            ("POST", change, "evil.example", right, order, 403, "evil.example"),
            ("POST", change, here, {"Content-Type": "application/json"}, order, 403, "token is missing"),
            ("POST", change, here, evil, order, 403, "token is wrong"),
            ("POST", change, here, plain, order, 415, "application/json"),
            ("POST", change, here, right, b"{", 400, "quotes"),
            ("POST", change, here, right, b"", 400, "object"),
            ("POST", change, here, right, b'{"name": "heap_max"}', 400, "value is missing"),
            ("POST", change, here, right, b'{"name": "heap_max", "value": "1\\nstats"}', 400, "control characters"),
            ("POST", change, here, right, order, 409, "history_x"),
            ("POST", change, here, right, order + b" " * 4096, 413, "4096"),
            ("POST", change, here, evil, b"x" * 10_000_000, 403, "token"),
            ("POST", change, here, right, b"x" * 10_000_000, 413, "4096"),
            ("POST", "/api/999999999/set", here, right, order, 404, "999999999"),
            ("POST", "/api/", here, right, order, 405, "GET"),
            ("PUT", "/api/", here, right, order, 405, "GET"),
            ("DELETE", change, here, right, None, 405, "POST"),
            ("GET", change, here, right, None, 405, "POST"),
            ("OPTIONS", change, here, {}, None, 405, "POST"),
            ("GET", "/api/999999999", here, {}, None, 404, "999999999"),
            ("GET", "/api/x", here, {}, None, 404, "no such page"),
            ("GET", "/page/../api.h", here, {}, None, 404, "no part"),
            ("GET", "/page/%2e%2e/%00", here, {}, None, 404, "no part"),
        ]
        for method, path, host, headers, body, want, reason in rows:
            status, sent, text = s.request(method, path, headers, body, host)
            expect(f"{method} {path} for {host} with {headers} and {(body or b'')[:50]}: {text[:300]}", status, want)
            if want != 200:
                expect_true("the reason", reason in json.loads(text)["error"], text.decode())
            if want == 405:
                expect("Allow", sent["Allow"], "GET, HEAD" if reason == "GET" else "POST")
        for line in (b"GET / HTTP/1.1\r\n\r\n", b"GET /" + b"x" * 40000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40000 + b"\r\n\r\n", b"nonsense\r\n\r\n"):
            check_raw(s, line)
        expect("it lives, and nothing was changed", s.get(f"/api/{p.pid}")["health"], "answers")


def check_raw(s, request):
    """Not a request that it would answer with a page; it hangs up."""
    with socket.create_connection((s.host, s.port), timeout=60) as c:
        try:
            c.sendall(request)
            reply = b""
            while part := c.recv(65536):
                reply += part
        except ConnectionError:
            return
    expect_true("refused", not reply or re.match(rb"HTTP/1\.[01] 4\d\d ", reply), repr(reply[:100]))


def serve_changes_processes():
    with Server("--allow-control") as s:
        p = s.worker(MEMGOV_COMPACT_CPU="100%")
        expect("control", s.get("/api/")["control"], True)
        expect("set", s.post(f"/api/{p.pid}/set", {"name": "heap_max", "value": "700M"}),
               (200, {"ok": True, "text": "heap_max is now 700M"}))
        expect_true("it was set", "heap_max 700M\n" in p.ask("config"), p.ask("config"))
        expect("a number", s.post(f"/api/{p.pid}/set", {"name": "heap_max", "value": 734003200})[0], 200)
        status, reply = s.post(f"/api/{p.pid}/set", {"name": "heap_max", "value": "banana"})
        expect("refused", status, 409)
        expect_match("why", reply["error"], r"process \d+ \(python3\) refuses: .*'banana' is not a size; accepted: .*")
        p.p.stdin.write(b"x\n" * 50)
        p.p.stdin.flush()
        for order in ({}, {"aggressive": True}):
            status, reply = s.post(f"/api/{p.pid}/compact", order)
            expect(f"compaction {reply}", (status, reply["ok"]), (200, True))
            expect_true("figures", reply["yield_bytes"] >= 0 and reply["took_ns"] > 0, str(reply))
        expect("it compacted", p.stat("compactions"), 2)
        fixed = s.worker(MEMGOV_SOCKET="ro")
        status, reply = s.post(f"/api/{fixed.pid}/compact", {})
        expect_true("read-only", status == 409 and "refuses" in reply["error"], str(reply))
    with Server() as s:
        p = s.worker()
        status, reply = s.post(f"/api/{p.pid}/compact", {}, "0" * 32)
        expect_true("without --allow-control", status == 403 and "--allow-control" in reply["error"], str(reply))
        expect("it did not", p.stat("compactions"), 0)


def serve_waits_for_nobody():
    """A process that is stopped, one that never answers, one that is killed: the others are seen all the time."""
    with Server() as s:
        works, stops, dies = s.worker(), s.worker(), s.worker()
        quiet = os.getpid()  # a process there is, but no governor
        s.silent(quiet)
        until("three answer", lambda: [s.process(p.pid).get("health") for p in (works, stops, dies)] == ["answers"] * 3)
        os.kill(stops.pid, signal.SIGSTOP)
        dies.p.kill()
        dies.p.wait()
        until("one is stopped", lambda: s.process(stops.pid).get("health") == "stopped")
        until("one is silent", lambda: s.process(quiet).get("health") == "silent")
        expect("one has ended", s.process(dies.pid).get("health"), "ended")
        before, rises = s.metrics(), []
        label = {p: f'{{pid="{p}",command="python3",user="{s.process(p)["user"]}"}}' for p in (works.pid, stops.pid)}
        while len(rises) < 5:
            works.p.stdin.write(b"x\n")
            works.p.stdin.flush()
            found = s.metrics()
            for k in before:
                if "_total{" in k:
                    expect_true("no counter is lost or falls", found.get(k, -1) >= before[k], k)
            if found["memgov_allocs_total" + label[works.pid]] > before["memgov_allocs_total" + label[works.pid]]:
                rises.append(found)
            before = found
        expect("up", [v for k, v in sorted(before.items()) if k.startswith("memgov_up{")].count(1), 1)
        expect("up: stopped", before["memgov_up" + label[stops.pid]], 0)
        expect("its figures stay", before["memgov_allocs_total" + label[stops.pid]], s.process(stops.pid)["stats"]["allocs"])
        expect_true("who ended is left out", not any(f'pid="{dies.pid}"' in k for k in before))
        expect("processes", before["memgov_processes"], 3)
        check_absent(s, stops.pid, quiet, dies.pid)
        os.kill(stops.pid, signal.SIGCONT)
        until("it answers again", lambda: s.process(stops.pid).get("health") == "answers")
        until("who ended is forgotten", lambda: not s.process(dies.pid))


def check_absent(s, stopped, silent, ended):
    rows = ((stopped, 504, "is stopped and cannot answer"), (silent, 504, "does not answer"), (ended, 404, "has ended"))
    for pid, want, reason in rows:
        one = s.get(f"/api/{pid}")
        expect_true("what is known", "stats" in one or pid == silent, str(one))
        expect_true("and no more", "config" not in one and "policies" not in one, str(one))
        for part in ("history", "sites", "flame.svg") if pid != silent else ("history",):
            status, _, body = s.request("GET", f"/api/{pid}/{part}")
            expect(f"{pid}/{part}: {body}", status, want)
            expect_true("the reason", reason in json.loads(body)["error"], body.decode())


def serve_prints_any_name():
    with Server() as s:
        for name in (b'a"b\\c', b"two words", b"\x01\x1b[31m\x7f", "Ärger±".encode(), b"\xff\xfe\xc3", b"</script>", b"{}\t'"):
            p = s.worker(NAMED, name.hex().encode() + b"\n")
            one = until("its name", lambda: s.process(p.pid))
            want = name.decode("utf-8", "replace")
            expect_true(f"{name} {one['name']!r}", one["name"] == "".join(
                "?" if c < " " or c == "\x7f" else c for c in want), one["name"])
            expect("of the page", s.get(f"/api/{p.pid}")["name"], one["name"])
            p.close()
        text = s.get("/metrics")
        r = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True, timeout=60)
        expect("promtool", (r.returncode, r.stderr), (0, b""))


def serve_takes_so_many_clients():
    with Server() as s:
        held = [socket.create_connection((s.host, s.port), timeout=60) for _ in range(64)]
        status, headers, body = s.request("GET", "/api/")
        expect_true("one too many", status == 429 and "64" in json.loads(body)["error"], f"{status} {body}")
        expect("it may go", headers["Connection"].lower(), "close")
        held.pop().close()
        until("there is room", lambda: s.request("GET", "/api/")[0] == 200)
        for c in held:
            c.sendall(b"GET /api/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for c in held:
            expect("each is answered", c.recv(15), b"HTTP/1.1 200 OK")
            c.close()


def serve_sends_slow_clients_away():
    """One that says nothing, one that says a byte now and then: each would have its place for ever."""
    with Server() as s, socket.create_connection((s.host, s.port), timeout=60) as idle, \
            socket.create_connection((s.host, s.port), timeout=60) as slow:
        def is_over():
            try:
                slow.sendall(b"x")
                slow.settimeout(0.5)
                return slow.recv(1) == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        until("the slow one is sent away", is_over)
        expect("so was the idle one", idle.recv(1), b"")
        expect("another is welcome", s.request("GET", "/")[0], 200)


def storm_client(s, pids, seed, seen):
    """Asks for whatever there is, in any order; now and then it hangs up in the middle."""
    rng = random.Random(seed)
    for _ in range(30):
        path = rng.choice(["/", "/page/page.js", "/metrics", "/api/", *[f"/api/{rng.choice(pids)}{part}" for part in (
            "", "/history", "/sites", "/flame.svg", "/set", "/compact")]])
        try:
            if rng.random() < 0.2:
                with socket.create_connection((s.host, s.port), timeout=60) as c:
                    c.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()[:rng.randrange(99)])
            elif path.endswith(("/set", "/compact")):
                order = {"name": "released", "value": f"{rng.randrange(1, 99)}M"} if path.endswith("set") else {}
                seen.append((path, *s.post(path, order)))
            else:
                seen.append((path, *s.request("GET", path)[::2]))
        except ConnectionError as e:
            seen.append((path, None, e))


def serve_lives_through_a_storm():
    """Many clients at once, while processes stop, go on, are killed and come."""
    with Server("--allow-control") as s:
        stays, stops, dies = s.worker(MEMGOV_COMPACT_CPU="100%"), s.worker(), s.worker()
        pids = [p.pid for p in (stays, stays, stops, dies)] + [999999999]
        seen = []
        clients = [threading.Thread(target=storm_client, args=(s, pids, i, seen)) for i in range(24)]
        for c in clients:
            c.start()
        os.kill(stops.pid, signal.SIGSTOP)
        dies.p.kill()
        dies.p.wait()
        comes = s.worker()
        os.kill(stops.pid, signal.SIGCONT)
        for c in clients:
            c.join()
        statuses = {path: {status for at, status, _ in seen if at == path} for path, _, _ in seen}
        mine = {path: found for path, found in statuses.items() if not re.match(rf"/api/({stops.pid}|{dies.pid}|999)", path)}
        expect("answers about what is there", set().union(*mine.values()), {200})
        expect_true("all of it was asked", len(mine) == 10 and len(statuses) > 20, str(sorted(statuses)))
        others = [(at, status, body) for at, status, body in seen if status not in (200, 404, 504)]
        expect_true("no other answers, but of the one that dies", all(f"/{dies.pid}/" in at and status == 502 and re.search(
            "cut short|Connection refused", str(body)) for at, status, body in others), str(others))
        until("it is seen who is there", lambda: {s.process(p.pid).get("health") for p in (stays, stops, comes)} == {"answers"})
        until("the threads of the clients are gone", lambda: len(os.listdir(f"/proc/{s.p.pid}/task")) <= 4)


def run_serve(*args, **more):
    r = subprocess.run([MEMGOV, "serve", *args], capture_output=True, text=True, timeout=60, **more)
    return r.returncode, r.stdout, r.stderr


def serve_says_where_and_why_not():
    with Server("--listen", "[::1]:0") as s:
        expect("IPv6", s.request("GET", "/api/", host=f"[::1]:{s.port}")[0], 200)
        status, out, err = run_serve("--listen", f"[::1]:{s.port}")
        expect_true("in use", status == 1 and out == "" and "is in use" in err and "port 0" in err, err)
        expect("end", s.end(signal.SIGINT), 0)
    with Server("--listen", "localhost:0") as s:
        expect("a name for it", s.host, "127.0.0.1")
        expect("end", s.end(), 0)
        try:
            socket.create_connection((s.host, s.port), timeout=60).close()
            expect_true("nobody listens", False)
        except ConnectionRefusedError:
            pass
    for args, want, reason in ((["--listen", "here:1"], 2, "'here:1' is nowhere to listen"),
                               (["--listen", "127.0.0.1:99999"], 2, "accepted are"),
                               (["--listen", "192.0.2.1:0"], 1, "Cannot assign requested address"),
                               (["--listen"], 2, "a value is missing"),
                               (["--token-file", "/x"], 2, "--allow-control"),
                               (["--allow-control", "--token-file", "/nowhere/token"], 1, "No such file"),
                               (["--allow-control", "--token-file", "/dev/null"], 1, "no file"),
                               (["now"], 2, "'now' is not accepted")):
        status, out, err = run_serve(*args)
        expect(f"{args}: {err}", (status, out), (want, ""))
        expect_true("the reason", reason in err, err)


def serve_warns_of_the_world():
    """Where others than this machine reach it, it says so in two lines, and lets in who names its address."""
    for listen in ("0.0.0.0:0", "[::]:0"):
        with Server("--listen", listen) as s:
            where = s.host
            s.host = "127.0.0.1" if where == "0.0.0.0" else "::1"
            expect("it answers", s.request("GET", "/api/", host=f"{s.host if where == '0.0.0.0' else '[::1]'}:{s.port}")[0], 200)
            expect("names of others are not accepted", s.request("GET", "/api/", host="evil.example")[0], 403)
            expect("stderr", s.errors(), f"memgov: warning: everybody who reaches {where} can see which programs run here, and "
                   "their memory;\nmemgov: nothing is encrypted\n")


def serve_keeps_a_token_in_a_file():
    with tempfile.TemporaryDirectory(prefix="memgov-test-") as d:
        path = os.path.join(d, "token")
        for text, mode, reason in (("0123456789abcdef0\n", 0o640, "chmod 600"), ("short\n", 0o600, "16 to 127"),
                                   ("x" * 200, 0o600, "16 to 127"), ("0123456789 abcdef\n", 0o600, "blanks")):
            with open(path, "w", encoding="ascii") as f:
                f.write(text)
            os.chmod(path, mode)
            status, out, err = run_serve("--allow-control", "--token-file", path, "--listen", "127.0.0.1:0")
            expect_true(f"refused: {err}", status == 1 and out == "" and reason in err, err)
        with open(path, "w", encoding="ascii") as f:
            f.write("a token of my own is here"[2:].replace(" ", "-") + "\nmore\n")
        with Server("--allow-control", "--token-file", path) as s:
            expect("it is not printed", s.token, None)
            s.token = "token-of-my-own-is-here"  # of which no answer and no output may tell
            p = s.worker()
            expect("it is the right one", s.post(f"/api/{p.pid}/compact", {}, "token-of-my-own-is-here")[0], 200)
            expect("others are not", s.post(f"/api/{p.pid}/compact", {}, "0" * 32)[0], 403)


def serve_ends_while_it_waits():
    """A client waits for a process that never answers; SIGTERM ends the server in order all the same."""
    with Server("--allow-control") as s:
        s.silent(os.getpid())
        replies = []

        def ask():
            try:
                replies.append(s.post(f"/api/{os.getpid()}/compact", {}))
            except OSError as e:
                replies.append(e)
        clients = [threading.Thread(target=ask) for _ in range(3)]
        for c in clients:
            c.start()
        until("they wait", lambda: len(os.listdir(f"/proc/{s.p.pid}/task")) >= 6)
        expect("end", s.end(), 0)
        for c in clients:
            c.join()
        expect("nobody hangs", len(replies), 3)
        expect("stderr", s.errors(), "")


def serve_shows_users_their_own():
    if os.getuid() != 0:
        return
    with Server(user=NOBODY, group=NOBODY, cwd="/") as s:
        p = s.worker()
        expect("not root's", s.get("/api/")["processes"], [])
        expect("nor by its number", s.request("GET", f"/api/{p.pid}")[0], 404)


CASES = [(f.__name__, f) for f in (
    serve_answers_every_page, serve_refuses_what_is_not_for_it, serve_changes_processes, serve_waits_for_nobody,
    serve_prints_any_name, serve_takes_so_many_clients, serve_lives_through_a_storm, serve_sends_slow_clients_away,
    serve_says_where_and_why_not, serve_warns_of_the_world, serve_keeps_a_token_in_a_file, serve_ends_while_it_waits,
    serve_shows_users_their_own)]
