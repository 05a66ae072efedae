#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
RSS of servers after a burst and 20 s of quiet: under memgov with the idle policy at a second, and the same under the C
library's malloc. Prints figures, judges nothing. servers.py [SECONDS OF QUIET]
"""

import http.client
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from governed import LIB, Program, until  # noqa: E402

IDLE = {"MEMGOV_IDLE_TIMEOUT": "1s", "MEMGOV_IDLE_COMPACT": "1s", "MEMGOV_IDLE_CHECK": "1s", "MEMGOV_COMPACT_GAP": "0",
        "MEMGOV_COMPACT_DELAY": "0"}

PYTHON = """
import http.server, json, random
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        r = random.Random(self.path)
        data = [{"id": i, "name": "x" * r.randrange(2000), "tags": [str(i + k) for k in range(10)]} for i in range(20000)]
        body = str(len(json.dumps(data))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("port", server.server_port, flush=True)
server.serve_forever()
"""

NODE = """
const http = require('http');
http.createServer((req, res) => {
    const data = [];
    for (let i = 0; i < 4000; i++)
        data.push({ id: i, buffer: Buffer.alloc(1 + (i * 7919) % 40000, i), name: 'x'.repeat(i % 500) });
    const parts = data.map((d) => Buffer.from(d.name + d.buffer.toString('hex', 0, 100)));
    res.end(String(Buffer.concat(parts).length));
}).listen(0, '127.0.0.1', function () { console.log('port', this.address().port); });
"""


def rss_mb(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * 4096 / (1 << 20)


def burst(port, requests):
    for i in range(requests):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        c.request("GET", f"/{i}")
        c.getresponse().read()
        c.close()


def measure(args, env, preload, quiet):
    with Program(args, env, preload=preload, start="now" if preload else None) as p:
        until("its port", lambda: re.search(r"port (\d+)\n", p.out()))
        port = int(re.search(r"port (\d+)\n", p.out())[1])
        before = rss_mb(p.pid)
        burst(port, 30)
        after = rss_mb(p.pid)
        time.sleep(quiet)
        figures = (before, after, rss_mb(p.pid), p.stat("compactions") if preload else 0)
        p.p.terminate()
        p.p.wait()
        return figures


def main():
    quiet = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    print(f"{'MB':22}{'start':>8}{'burst':>8}{'quiet':>8}{'compactions':>13}")
    for name, args in (("python", ["/usr/bin/python3", "-c", PYTHON]), ("node", ["node", "-e", NODE])):
        for label, env, preload in (("libc", {}, ()), ("memgov", IDLE, (LIB,)), ("memgov, defaults", {}, (LIB,))):
            start, full, end, compactions = measure(args, env, preload, quiet)
            print(f"{name + ', ' + label:22}{start:8.1f}{full:8.1f}{end:8.1f}{compactions:13}", flush=True)


if __name__ == "__main__":
    main()
