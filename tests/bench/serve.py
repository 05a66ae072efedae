# SPDX-License-Identifier: MIT
"""Section of memgov serve over a hundred processes: what it costs while a page looks on, its answers to Prometheus, its RSS."""

import http.client
import json
import os
import re
import statistics
import subprocess
import time

from top import TENANTS, cpu_s, end_tenants, rss_mb, start_tenants


class Server:
    """memgov serve, and one connection to it."""

    def __init__(self, bench, folder):
        env = bench.environment({"MEMGOV_SOCKET_DIR": folder})
        self.p = subprocess.Popen([bench.build + "/memgov", "serve", "--listen", "127.0.0.1:0"], env=env, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)
        port = int(re.search(r":(\d+)/", self.p.stdout.readline())[1])
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path):
        """The body, and the ms until all of it was here."""
        begin = time.monotonic()
        self.connection.request("GET", path)
        r = self.connection.getresponse()
        body = r.read()
        if r.status != 200:
            raise SystemExit(f"memgov serve answers {path} with {r.status}: {body[:200]!r}")
        return body, (time.monotonic() - begin) * 1000

    def close(self):
        self.p.terminate()
        self.connection.close()
        self.p.stdout.close()
        self.p.wait()


def watched(bench, server, pid):
    """What an open page asks for, a second apart: all processes and one of them, with its stacks every five seconds. Share
    of a core in percent, ms until all processes are there."""
    seconds, times = bench.rounds(30), []
    server.get(f"/api/{pid}/sites")
    before, begin = cpu_s(server.p.pid), time.monotonic()
    for i in range(seconds):
        times.append(server.get("/api/")[1])
        server.get(f"/api/{pid}")
        if i % 5 == 0:
            server.get(f"/api/{pid}/sites")
        time.sleep(max(0, begin + i + 1 - time.monotonic()))
    return (cpu_s(server.p.pid) - before) / (time.monotonic() - begin) * 100, statistics.median(times)


def unseen(bench, server):
    """Share of a core, in percent, when nobody has looked for a while."""
    time.sleep(15)
    before, begin = cpu_s(server.p.pid), time.monotonic()
    time.sleep(bench.rounds(30))
    return (cpu_s(server.p.pid) - before) / (time.monotonic() - begin) * 100


def scraped(bench, server):
    """Ms for /metrics, of which each comes from a round of its own."""
    times = []
    for _ in range(bench.rounds(9)):
        time.sleep(1.1)
        times.append(server.get("/metrics")[1])
    return statistics.median(times)


def serve(bench, table):
    print(f"\nmemgov serve over {TENANTS + 1} processes, one of them stopped, one silent", flush=True)
    folder = bench.tmp + "/sockets-of-serve"
    os.mkdir(folder, 0o700)
    tenants = start_tenants(bench, folder)
    server = Server(bench, folder)
    try:
        found = json.loads(server.get("/api/")[0])["processes"]
        if len(found) != TENANTS + 1:
            print(f"  it has found {len(found)} processes")
        cpu, page_ms = watched(bench, server, tenants[0].pid)
        figures = [("CPU with a page open, of one core", "%", cpu, 5), ("all processes as JSON", "ms", page_ms, 50),
                   ("/metrics", "ms", scraped(bench, server), 100), ("RSS", "MB", rss_mb(server.p.pid), 40),
                   ("CPU when nobody looks", "%", unseen(bench, server), 0.1)]
    finally:
        server.close()
        end_tenants(tenants)
    for what, unit, value, goal in figures:
        table.rows["serve " + what] = {"memgov": value}
        print(f"  {what:34}{unit:>6}{value:>10.2f}   goal: < {goal}", flush=True)
