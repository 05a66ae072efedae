#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The soak: a mixed load under memgov for SOAK_MINUTES, and nothing may have grown. run.py [-v]; BUILD names the folder.

load.c works in rounds; while a round is under way, clients of every kind come and go. Between rounds the program holds
the same blocks each time, so what is measured there, after a compaction, must stay flat: the first quarter of the
rounds is the warm-up (tables find their size: the first two take more samples than all others; all stacks
have been seen), the rest is halved, and the median of the later half may exceed that of the earlier by the row's
tolerance, which covers what chance does to one round. A leak of a tolerance's worth in half the soak is seen. -v: the
figures of every round, as they come."""

import os
import random
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from governed import BUILD, DEADLINE, Failure, Program, ask_path, expect, expect_true, run_cases, until  # noqa: E402

import socket  # noqa: E402

MINUTES = float(os.environ.get("SOAK_MINUTES", "2"))
LEAST_ROUNDS = 12
ROUND_DEADLINE = 300.0  # of a machine that does much else
MB = 1 << 20
AT_REST = {"sample": "64K", "heap_max": "0", "large_keep": "64M", "aggressive": "0", "idle_compact": "60s"}
ENVIRONMENT = {"MEMGOV_" + name.upper(): value for name, value in AT_REST.items()}

# Figure: what chance may add. Blocks are the same ones, but for a few of the C library's. A page is kept by one live
# block: which pages are pinned differs from round to round. Threads and descriptors are counted when all is quiet, but for
# the visit that asks for the figures, which the governor may not have seen off yet. A short soak still meets new stacks:
# sites, and 1.4K of own_bytes for each. unexplained_bytes is what is neither the heap's nor any table's: a page that a
# visit leaves behind is seen there.
TOLERANCES = {
    "rss_bytes": 2 * MB, "heap_footprint_bytes": MB, "live_bytes": 256 << 10, "live_blocks": 20, "cached_bytes": 64 << 10,
    "own_bytes": 64 << 10, "unexplained_bytes": 64 << 10, "sites": 40, "mappings": 6, "threads": 0, "descriptors": 0,
    "governor_descriptors": 1, "socket_files": 0,
}
WARM_UP_SAMPLE = "1K"  # more samples than a client may ask for


# ---- Clients, one visit each.

def ask(p, request, want="ok\n"):
    reply = ask_path(p.path(), request)
    if reply and not reply.startswith(want):  # an empty one: dropped, because there were too many
        raise Failure(f"the answer to {request!r:.60} begins with {reply[:80]!r}")


def send(p, data, then=None):
    """Sends, looks at no answer, and is gone."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(5)
        s.connect(p.path())
        s.sendall(data)
        if then:
            then(s)


def reads(p, chance):
    ask(p, chance.choice(["stats", "stats json", "stats prometheus", "config", "policies", "sites", "sites 3", "profile",
                          "history", "events", "help", "version"]))


def changes(p, chance):
    name, values = chance.choice([("sample", ["0", "4K", "64K", "512K"]), ("heap_max", ["0", "2G", "4G"]),
                                  ("large_keep", ["0", "8M", "64M"]), ("aggressive", ["0", "1"]),
                                  ("idle_compact", ["0", "100ms", "60s"]), ("compact_gap", ["0", "60s"]),
                                  ("fragmentation", ["0", "30%", "50%"]), ("monitor_interval", ["100ms", "60s"])])
    ask(p, f"set {name} {chance.choice(values)}")


def compacts(p, chance):
    ask(p, chance.choice(["compact", "compact aggressive"]))


def errs(p, chance):
    ask(p, chance.choice(["", "stats nonsense", "set sample", "set nonsense 1", "set sample 1Q", "compact 1 2", "x" * 5000]),
        want="error: ")


def raves(p, chance):
    send(p, chance.randbytes(chance.randrange(1, 9000)) + chance.choice([b"", b"\n"]))


def leaves(p, chance):
    send(p, chance.choice([b"", b"sta", b"watch 10\n", b"profile\n", b"compact\n"]))


def watches(p, chance):
    def some(s):
        for _ in range(chance.randrange(5)):
            if not s.recv(chance.choice([10, 100000])):
                return
    send(p, b"watch 10\n", some)


def runs_tool(p, chance):
    tool = chance.choice([["memgov-top", "--once"], ["memgov-top", "--json"], ["memgov", "ps"],
                          ["memgov", "sites", str(p.pid)], ["memgov", "stats", str(p.pid)]])
    done = subprocess.run([os.path.join(BUILD, tool[0])] + tool[1:], env={"MEMGOV_SOCKET_DIR": p.sockets, "HOME": p.dir},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=ROUND_DEADLINE)
    expect_true(f"{tool} ends well", done.returncode == 0, f"({done.returncode}) {done.stderr[:300]!r}")


VISITS = [reads] * 6 + [changes] * 4 + [errs] * 2 + [raves, leaves] * 3 + [watches, compacts, runs_tool]


class Clients:
    """Come and go until told to stop; what went wrong with them is raised then."""

    def __init__(self, p, visits):
        self.kinds = visits
        self.over = threading.Event()
        self.visits = 0
        self.wrong = []
        self.threads = [threading.Thread(target=self.visit, args=(p, random.Random(i + time.time_ns()))) for i in range(3)]
        for t in self.threads:
            t.start()

    def visit(self, p, chance):
        while not self.over.is_set() and not self.wrong:
            try:
                chance.choice(self.kinds)(p, chance)
                self.visits += 1
            except (BrokenPipeError, ConnectionResetError):  # dropped, as garbage is
                pass
            except Exception as e:  # whatever it is, it is told
                if p.p.poll() is None:
                    self.wrong.append(e)
            self.over.wait(0.01)

    def stop(self):
        self.over.set()
        for t in self.threads:
            t.join()
        if self.wrong:
            raise self.wrong[0]


# ---- Rounds.

def governor_descriptors(p):
    for task in os.listdir(f"/proc/{p.pid}/task"):
        with open(f"/proc/{p.pid}/task/{task}/comm", encoding="utf-8") as f:
            if f.read() == "memgov\n":
                return len(os.listdir(f"/proc/{p.pid}/task/{task}/fd"))
    return 0


def private_bytes(p):
    """Exact, as the figures of /proc/PID/status are not where there are many processors."""
    with open(f"/proc/{p.pid}/smaps_rollup", encoding="utf-8") as f:
        next(f)
        rows = dict(line.split(":", 1) for line in f)
    return sum(int(rows[name].split()[0]) << 10 for name in ("Anonymous", "Swap"))


def at_rest(p, quiet):
    """What may not grow. Clients that were dropped, threads and children are gone after a while."""
    for name, value in AT_REST.items():
        expect(f"set {name}", p.ask(f"set {name} {value}")[:3], "ok\n")

    def is_quiet():
        now = (governor_descriptors(p), p.threads(), len(os.listdir(p.sockets)))
        return all(a <= b for a, b in zip(now, quiet))
    until(f"at most {quiet[0]} descriptors of the governor, {quiet[1]} threads, {quiet[2]} sockets", is_quiet)
    p.ask("compact aggressive")
    stats = p.stats()
    unexplained = private_bytes(p) - stats["heap_footprint_bytes"] - stats["own_bytes"]
    with open(f"/proc/{p.pid}/maps", encoding="utf-8", errors="replace") as f:
        mappings = len(f.readlines())
    expect("double_frees", stats["double_frees"], 0)
    expect("refused_allocs", stats["refused_allocs"], 0)
    return {**{name: stats[name] for name in TOLERANCES if name in stats}, "unexplained_bytes": unexplained,
            "mappings": mappings, "threads": p.threads(),
            "descriptors": len(p.fds()), "governor_descriptors": governor_descriptors(p),
            "socket_files": len(os.listdir(p.sockets))}


def do_round(p, n):
    warms_up = n <= 2
    if warms_up:
        expect("set sample", p.ask(f"set sample {WARM_UP_SAMPLE}")[:3], "ok\n")
    clients = Clients(p, [v for v in VISITS if v is not changes] if warms_up else VISITS)
    try:
        p.p.stdin.write(b"\n")
        p.p.stdin.flush()
        p.wait_ready(f"rested {n}\n", ROUND_DEADLINE)
    finally:
        clients.stop()
    return clients.visits


def soak(figures):
    end = time.monotonic() + 60 * MINUTES
    visits = 0
    with Program([BUILD + "/tests/soak/load", BUILD + "/tests/soak/plugin.so"], ENVIRONMENT, start="now") as p:
        p.wait_ready("rested 0\n")
        p.wait_socket()
        quiet = until("the governor is alone", lambda: governor_descriptors(p) and
                      (governor_descriptors(p), p.threads(), len(os.listdir(p.sockets))))
        while time.monotonic() < end or len(figures) < LEAST_ROUNDS:
            visits += do_round(p, len(figures) + 1)
            figures.append(at_rest(p, quiet))
            if "-v" in sys.argv:
                print(f"soak: round {len(figures)}, {visits} visits: {figures[-1]}", flush=True)
        stats = p.stats()
        expect(f"status; stdout {p.out()[-300:]!r}; stderr {p.err()!r}", p.finish(), 0)
        expect("the program's own word", p.out().splitlines()[-1], "ok")
    print(f"soak: {len(figures)} rounds, {visits} visits of clients, {stats['allocs']} allocations, "
          f"{stats['compactions']} compactions, {stats['samples']} samples, {stats['events']} events", flush=True)


def median(figures, name):
    return statistics.median(f[name] for f in figures)


def is_flat(name, figures):
    expect_true(f"there were {LEAST_ROUNDS} rounds", len(figures) >= LEAST_ROUNDS, f"({len(figures)})")
    settled = figures[max(3, len(figures) // 4):]
    half = len(settled) // 2
    before, after = median(settled[:half], name), median(settled[half:], name)
    print(f"soak: {name:<21} {figures[0][name]:>12} first {before:>14.0f} earlier {after:>14.0f} later", flush=True)
    expect_true(f"{name} is flat", after <= before + TOLERANCES[name], f"({before:.0f}, then {after:.0f}; of {len(figures)} rounds)")


def main():
    figures = []
    status = run_cases("soak", [("program_and_clients", lambda: soak(figures))] +
                       [(name, lambda name=name: is_flat(name, figures)) for name in TOLERANCES])
    return status


if __name__ == "__main__":
    sys.exit(main())
