# SPDX-License-Identifier: MIT
"""Servers under their own load generators, which run without memgov; what they hold and answer must be the same."""

import hashlib
import http.client
import os
import random
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

from governed import Failure, free_port
from world import Row, digest


# ---- redis

class Redis:
    def __init__(self, w):
        self.w = w
        self.socket = w.dir + "/redis.sock"

    def cli(self, *args):
        return self.w.tool("redis-cli", "-s", self.socket, *args).strip()

    def start(self):
        server = self.w.server("redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.w.dir, "--save", "",
                               "--appendonly", "yes", "--enable-debug-command", "yes", "--activedefrag", "no")
        server.until("redis answers", lambda: self.cli("ping") == "PONG")
        return server

    def info(self, name):
        return re.search(rf"{name}:(\S+)", self.cli("info"))[1]

    def fill(self):
        self.cli("debug", "populate", "50000", "key", "150")
        for i, part in enumerate(("sadd s{0} m{0}", "hset h f{0} v{0}", "zadd z {0} m{0}", "rpush l{1} e{0}", "incr n")):
            self.w.tool("redis-cli", "-s", self.socket, "--pipe", stdin="".join(
                part.format(n, n % 7) + "\r\n" for n in range(3000 * (i + 1))))


def redis(w):
    """Every type of data, snapshots and log rewrites by fork children while the benchmark runs; restarts from both files."""
    r = Redis(w)
    with r.start() as server:
        r.fill()
        r.cli("bgsave")
        w.tool("redis-benchmark", "-s", r.socket, "-n", "10000", "-c", "20", "-q", "-t", "set,get,incr,lpush,rpop,sadd,zadd,lrange_100")
        server.until("the snapshot", lambda: r.info("rdb_bgsave_in_progress") == "0" and r.info("rdb_last_bgsave_status") == "ok")
        r.cli("bgrewriteaof")
        w.tool("redis-benchmark", "-s", r.socket, "-n", "10000", "-c", "20", "-q", "-r", "5000", "-t", "set,incr")
        server.until("the rewrite", lambda: r.info("aof_rewrite_in_progress") == "0" and r.info("aof_last_bgrewrite_status") == "ok")
        for pattern in ("key:__rand_int__", "counter:__rand_int__", "mylist", "myset", "myzset"):
            r.cli("del", pattern)
        r.cli("eval", "for _, k in ipairs(redis.call('keys', 'key:0000*')) do redis.call('del', k) end", "0")
        r.cli("eval", "for _, k in ipairs(redis.call('keys', 'counter:*')) do redis.call('del', k) end", "0")
        before = r.cli("debug", "digest")
        r.cli("shutdown", "nosave")
        server.stop(how=None)
    with r.start() as server:
        after = r.cli("debug", "digest")
        r.cli("shutdown", "nosave")
        server.stop(how=None)
    if before != after:
        raise Failure(f"other data after the restart: {before}, then {after}")
    return before


# ---- nginx

NGINX = """daemon off; pid {dir}/pid; error_log {dir}/error.log; worker_processes 2; {user}
events {{ worker_connections 300; }}
http {{ access_log off; client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5; gzip on; gzip_min_length 1; gzip_types *;
server {{ listen 127.0.0.1:{port}; root {dir}/www; location /proxied/ {{ proxy_pass http://127.0.0.1:{port}/; }} }} }}
"""


def get(port, path, headers=None):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        c.request("GET", path, headers=headers or {})
        r = c.getresponse()
        return r.status, r.read()
    finally:
        c.close()


def nginx(w):
    """Files, compressed files and proxied ones; a reload while wrk loads it; an orderly end."""
    port = free_port()
    os.mkdir(w.dir + "/www")
    for i in range(40):
        with open(f"{w.dir}/www/f{i}", "wb") as f:
            f.write(random.Random(i).randbytes(i * i * 300 + 1))
    user = "user nobody nogroup;" if os.getuid() == 0 else ""
    conf = w.write("conf", NGINX.format(dir=w.dir, port=port, user=user))
    with ThreadPoolExecutor() as pool, w.server("nginx", "-c", conf) as server:
        server.until("nginx answers", lambda: get(port, "/f1")[0] == 200)
        load = pool.submit(w.tool, "wrk", "-t1", "-c20", "-d3s", f"http://127.0.0.1:{port}/f9")
        server.p.send_signal(signal.SIGHUP)
        answers = []
        for i in range(40):
            for path, headers in ((f"/f{i}", {}), (f"/f{i}", {"Accept-Encoding": "gzip"}), (f"/proxied/f{i}", {})):
                status, body = get(port, path, headers)
                answers.append(f"{path} {status} {hashlib.sha256(body).hexdigest()}")
        if "Non-2xx" in load.result() or not re.search(r"[1-9]\d* requests in", load.result()):
            raise Failure("wrk: " + load.result())
        server.stop(signal.SIGQUIT)
    with open(w.dir + "/error.log", encoding="utf-8", errors="replace") as f:
        return "\n".join(answers) + w.heard(f.read())


# ---- memcached

class Memcached:
    """The text protocol, as much of it as is needed."""

    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.connect(path)
        self.f = self.s.makefile("rb")

    def set(self, key, value):
        self.s.sendall(f"set {key} 0 0 {len(value)}\r\n".encode() + value + b"\r\n")
        return self.f.readline()

    def get(self, key):
        self.s.sendall(f"get {key}\r\n".encode())
        line = self.f.readline()
        if line == b"END\r\n":
            return None
        value = self.f.read(int(line.split()[3]) + 2)[:-2]
        self.f.readline()
        return value


def talk(path, n):
    dice, sum_, kept = random.Random(n), hashlib.sha256(), {}
    c = Memcached(path)
    for i in range(4000):
        key = f"k{n}-{dice.randrange(500)}"
        if dice.random() < 0.4:
            kept[key] = dice.randbytes(dice.choice((10, 100, 1000, 20000)))
            sum_.update(c.set(key, kept[key]))
        elif c.get(key) != kept.get(key):
            raise Failure(f"{key}: another value")
    return sum_.hexdigest()


def memcached(w):
    """Four clients that know what they stored, at once."""
    path = w.dir + "/m.sock"
    user = ("-u", "nobody") if os.getuid() == 0 else ()
    os.chmod(w.dir, 0o777)
    with ThreadPoolExecutor(4) as pool, w.server("memcached", "-s", path, "-a", "0777", "-m", "200", "-t", "4", "-I", "4m", *user) as server:
        server.until("it answers", lambda: Memcached(path).set("x", b"y") == b"STORED\r\n")
        results = list(pool.map(talk, [path] * 4, range(4)))
        server.stop()
    return "\n".join(results)


# They change their user, who cannot write to the folder of the sockets; memgov says so.
NO_SOCKET = "no stats socket: cannot (make|open) "
ROWS = [Row("redis", redis), Row("nginx", nginx, says=NO_SOCKET), Row("memcached", memcached, says=NO_SOCKET)]
