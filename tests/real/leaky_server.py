# SPDX-License-Identifier: MIT
"""
A service with and without a leak: /keep allocates 10 KB for ever, /free for a moment; the tenth /grow makes a cache of 1 MB.
"""
import http.server
import json
import sys

import leaky

grown = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path in ("/keep", "/free"):
            leaky.take(self.path == "/keep")
        elif self.path == "/grow":
            grown.append(bytearray(1 << 20) if len(grown) == 9 else None)
        body = json.dumps({"path": self.path, "numbers": list(range(1000))}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("port", server.server_port, flush=True)
server.serve_forever()
