# SPDX-License-Identifier: MIT
"""The allocators that are compared, and programs run under each of them, in turns."""

import collections
import glob
import os
import signal
import statistics
import subprocess
import sys
import tempfile

PEERS = ("glibc", "jemalloc", "tcmalloc", "mimalloc", "memgov")
FILES = {"jemalloc": "libjemalloc.so.2", "tcmalloc": "libtcmalloc_minimal.so.4", "mimalloc": "libmimalloc.so.2"}
CRASH = "crash"


def find_library(name):
    for folder in ("/usr/lib/*-linux-gnu/", "/usr/lib64/", "/usr/lib/", "/usr/local/lib/"):
        for path in glob.glob(folder + name):
            return path
    return None


class Bench:
    """Where the programs are, how often they run, and with which library."""

    def __init__(self, build, quick):
        self.build = os.path.abspath(build)
        self.quick = quick
        self.folder = tempfile.TemporaryDirectory(prefix="memgov-bench-")
        self.tmp = self.folder.name
        self.libraries = {peer: find_library(file) for peer, file in FILES.items()}
        self.libraries.update(glibc="", memgov=self.build + "/libmemgov.so")
        for peer in PEERS:
            if self.libraries[peer] is None:
                print(f"{peer} is not installed: its column stays empty", file=sys.stderr)
        self.options = {}  # of a peer: variables that it runs with
        self.peers = [peer for peer in PEERS if self.libraries[peer] is not None]

    def rounds(self, full):
        return max(1, full // 3) if self.quick else full

    def program(self, name):
        return f"{self.build}/bench/{name}"

    def environment(self, extra):
        return {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": self.tmp, "LANG": "C.UTF-8", **(extra or {})}

    def environment_of(self, peer, env, preload):
        return self.environment({**(env or {}), **preload, **self.options.get(peer, {})})

    def start(self, args, env):
        """In a session of its own, so that all of it can be ended."""
        return subprocess.Popen(args, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True, start_new_session=True, cwd=self.tmp)

    def finish(self, process, what, seconds=180):
        """What it printed, or None if it failed; says so."""
        try:
            out, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            print(f"{what}: no end after {seconds} s", file=sys.stderr)
            return None
        if process.returncode != 0:
            print(f"{what}: status {process.returncode}", file=sys.stderr)
            return None
        return out

    def figures(self, peer, args, env=None):
        """The `name value` lines that a benchmark prints under this peer, or None if it failed."""
        preload = {"LD_PRELOAD": self.libraries[peer]} if self.libraries[peer] else {}
        process = self.start([self.program(args[0]), *map(str, args[1:])], self.environment_of(peer, env, preload))
        return read_figures(self.finish(process, f"{' '.join(map(str, args))} under {peer}"))

    def start_counted(self, peer, args, env=None, library=None):
        """Starts any program under this peer; finish_counted waits for it."""
        preload = {"BENCH_PRELOAD": self.libraries[peer] or library or ""}
        return self.start([self.program("usage"), self.tmp + "/usage", *args], self.environment_of(peer, env, preload))

    def finish_counted(self, process, what):
        """{ms: CPU time, mb: peak RSS}, or None if it failed."""
        if self.finish(process, what) is None:
            return None
        with open(self.tmp + "/usage") as f:
            return read_figures(f.read())

    def in_turns(self, rounds, measure, peers=None, pick=statistics.median):
        """{figure: {peer: value}} from measure(peer), the peers taking turns; a peer that failed once has crashed."""
        seen = collections.defaultdict(lambda: collections.defaultdict(list))
        failed = {}
        for _ in range(rounds):
            for peer in peers or self.peers:
                figures = None if peer in failed else measure(peer)
                if figures is None:
                    failed[peer] = CRASH
                    continue
                for name, value in figures.items():
                    seen[name][peer].append(value)
        values = collections.defaultdict(lambda: dict(failed))
        for name, by_peer in seen.items():
            values[name] = {**{peer: pick(numbers) for peer, numbers in by_peer.items()}, **failed}
        return values

    def compare(self, rounds, args, env=None, peers=None, pick=statistics.median):
        """in_turns for a benchmark of this folder."""
        return self.in_turns(rounds, lambda peer: self.figures(peer, args, env), peers, pick)


def read_figures(text):
    if text is None:
        return None
    return {name: float(value) for name, value in (line.split() for line in text.splitlines())}
