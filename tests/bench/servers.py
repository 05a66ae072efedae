# SPDX-License-Identifier: MIT
"""Section of servers: what a burst of requests leaves behind, two minutes later, under glibc's malloc and under memgov."""

import http.client
import re
import subprocess
import time

REQUESTS = 60
PEERS = ("glibc", "memgov")

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

SERVERS = {"python": ("Python, JSON in threads", ["/usr/bin/python3", "-c", PYTHON]),
           "node": ("Node, Buffers", ["node", "-e", NODE])}


def rss_mb(pid, line):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(rf"^{line}:\s+(\d+) kB", f.read(), re.M)[1]) / 1024


class Server:
    def __init__(self, bench, peer, args):
        preload = {"LD_PRELOAD": bench.libraries[peer]} if bench.libraries[peer] else {}
        self.process = subprocess.Popen(args, env=bench.environment(preload), stdout=subprocess.PIPE, text=True, cwd=bench.tmp)
        self.port = int(self.process.stdout.readline().split()[1])
        self.figures = {"start": rss_mb(self.process.pid, "VmRSS")}

    def burst(self, requests):
        begin = time.monotonic()
        for i in range(requests):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request("GET", f"/{i}")
            connection.getresponse().read()
            connection.close()
        self.figures["ms"] = (time.monotonic() - begin) * 1000 / requests
        self.figures["burst"] = rss_mb(self.process.pid, "VmHWM")

    def end(self):
        self.figures["quiet"] = rss_mb(self.process.pid, "VmRSS")
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def servers(bench, table):
    table.heading("servers: RSS after a burst")
    for name, (what, args) in SERVERS.items():
        running = {peer: Server(bench, peer, args) for peer in PEERS}
        for server in running.values():
            server.burst(bench.rounds(REQUESTS))
        time.sleep(120)
        for server in running.values():
            server.end()
        for figure, when, unit in (("start", "when it has started", "MB"), ("burst", "in the burst, at most", "MB"),
                                   ("quiet", "two minutes later", "MB"), ("ms", "a request", "ms")):
            values = {peer: server.figures[figure] for peer, server in running.items()}
            table.row(f"servers {name} {figure}", f"{what}: {when}", unit, values, ratios=False)


def markdown(table):
    """For the README: one line each."""
    lines = ["| | RSS at the start | in the burst | **two minutes later** | a request |", "|---|---|---|---|---|"]
    for name, (what, _) in SERVERS.items():
        for peer, under in (("glibc", ""), ("memgov", ", **memgov**")):
            figures = [table.rows.get(f"servers {name} {figure}", {}).get(peer) for figure in ("start", "burst", "quiet", "ms")]
            if None not in figures:
                start, burst, quiet, ms = figures
                lines.append(f"| {what}{under} | {start:.0f} MB | {burst:.0f} MB | **{quiet:.0f} MB** | {ms:.0f} ms |")
    return "\n".join(lines)
