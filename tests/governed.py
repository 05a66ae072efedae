# SPDX-License-Identifier: MIT
"""Governed programs for the tests: start one, ask its socket, wait with a deadline, end what was started."""

import concurrent.futures
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(ROOT, "build")))
LIB = os.path.join(BUILD, "libmemgov.so")
VICTIMS = os.path.join(BUILD, "tests", "preload")
DEADLINE = 60.0  # seconds; generous, because it only ends what would never end
SECOND_LOOKS = 2  # cases of a suite that CI, a busy machine, runs a second time; what failed stays in its output


class Failure(Exception):
    """What was expected and what came instead, for the reader of the test's output."""


def expect(what, got, want):
    if got != want:
        raise Failure(f"{what}\n    expected: {want!r}\n    got:      {got!r}")


def expect_match(what, got, pattern):
    if not re.fullmatch(pattern, got, re.S):
        raise Failure(f"{what}\n    expected to match: {pattern}\n    got: {got!r}")


def expect_true(what, cond, detail=""):
    if not cond:
        raise Failure(f"{what}: not so {detail}")


def until(what, check, deadline=DEADLINE):
    """Polls until check() gives something true, which is the result."""
    end = time.monotonic() + deadline
    while True:
        got = check()
        if got:
            return got
        if time.monotonic() > end:
            raise Failure(f"waited {deadline:.0f} s for: {what}")
        time.sleep(0.005)


def ask_path(path, request, timeout=20.0, newline=True):
    """One request, the whole reply. OSError when there is nobody."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(timeout)
        end = time.monotonic() + timeout
        while True:
            try:
                s.connect(path)
                break
            except BlockingIOError:  # a full queue, which a socket with a timeout does not wait for
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)
        data = request if isinstance(request, bytes) else request.encode()
        try:
            s.sendall(data + (b"\n" if newline else b""))
        except BrokenPipeError:
            pass
        reply = b""
        while True:
            try:
                part = s.recv(65536)
            except ConnectionResetError:
                break
            if not part:
                break
            reply += part
    return reply.decode("utf-8", "replace")


def free_port():
    """A random port below the ephemeral range; whoever loses the race for it fails loudly."""
    while True:
        port = random.randrange(20000, 30000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def parse_stats(text):
    lines = text.split("\n")
    expect("first line of stats", lines[0], "ok")
    return {k: int(v) if v.isdigit() else v for k, _, v in (line.partition(" ") for line in lines[1:] if line)}


class Program:
    """A program under memgov (or without: preload=()) with a folder of its own, removed in close()."""

    def __init__(self, args, env=None, preload=(LIB,), start=None, cwd=None, stdin=subprocess.PIPE,
                 prepare=None, files=()):
        self.dir = tempfile.mkdtemp(prefix="memgov-test-")
        self.sockets = os.path.join(self.dir, "sockets")
        full = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "HOME": self.dir,
                "MEMGOV_SOCKET_DIR": self.sockets, "TMPDIR": self.dir}
        if preload:
            full["LD_PRELOAD"] = ":".join(preload)
            full.update({k: v for k, v in os.environ.items() if k == "MEMGOV_SAMPLE"})  # by hand: all tests at another rate
        if start:
            full["MEMGOV_START"] = start
        for name, value in (env or {}).items():
            if value is None:
                full.pop(name, None)
            else:
                full[name] = value.replace("{dir}", self.dir)
        args = [a.replace("{dir}", self.dir) for a in args]
        self.out_file = open(os.path.join(self.dir, "stdout"), "wb")
        self.err_file = open(os.path.join(self.dir, "stderr"), "wb")
        self.p = subprocess.Popen(args, env=full, cwd=cwd, stdin=stdin, stdout=self.out_file,
                                  stderr=self.err_file, preexec_fn=prepare, pass_fds=files, start_new_session=True)
        self.pid = self.p.pid

    def out(self):
        with open(os.path.join(self.dir, "stdout"), "rb") as f:
            return f.read().decode("utf-8", "replace")

    def err(self):
        with open(os.path.join(self.dir, "stderr"), "rb") as f:
            return f.read().decode("utf-8", "replace")

    def path(self, pid=None):
        return os.path.join(self.sockets, f"{pid or self.pid}.sock")

    def wait_ready(self, mark="ready\n", deadline=DEADLINE):
        until(f"{mark!r} on stdout", lambda: mark in self.out() or self.p.poll() is not None, deadline)
        if mark not in self.out():
            raise Failure(f"ended with {self.p.returncode} before {mark!r}\n    stdout: {self.out()!r}\n"
                          f"    stderr: {self.err()!r}")

    def wait_socket(self, pid=None, deadline=DEADLINE):
        def answers():
            if self.p.poll() is not None:
                raise Failure(f"ended with {self.p.returncode} before its socket answered\n"
                              f"    stdout: {self.out()!r}\n    stderr: {self.err()!r}")
            try:
                return ask_path(self.path(pid), "version").startswith("ok\n")
            except OSError:
                return False
        until("the socket answers", answers, deadline)

    def ask(self, request, pid=None):
        self.wait_socket(pid)
        return ask_path(self.path(pid), request)

    def stats(self, pid=None):
        return parse_stats(self.ask("stats", pid))

    def stat(self, name, pid=None):
        return self.stats(pid)[name]

    def fds(self):
        return sorted(int(n) for n in os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def finish(self, deadline=DEADLINE):
        """Closes stdin, waits for the end; the exit status, or minus the signal."""
        if self.p.stdin:
            try:
                self.p.stdin.close()
            except OSError:
                pass
        try:
            return self.p.wait(deadline)
        except subprocess.TimeoutExpired:
            raise Failure(f"still running after {deadline:.0f} s\n    stdout: {self.out()!r}\n"
                          f"    stderr: {self.err()!r}") from None

    def close(self):
        if self.p.poll() is None:
            self.p.kill()
            self.p.wait()
        if self.p.stdin:
            self.p.stdin.close()
        self.out_file.close()
        self.err_file.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def victim(name):
    return os.path.join(VICTIMS, name)


def run_case(suite, name, function, verbose):
    begin = time.monotonic()
    try:
        function()
        if verbose:
            print(f"{suite}: {name}: passed ({time.monotonic() - begin:.1f} s)", flush=True)
        return True
    except Failure as e:
        print(f"{suite}: {name}: FAILED: {e}", flush=True)
    except Exception:  # a test that breaks is a test that fails
        print(f"{suite}: {name}: FAILED: {traceback.format_exc()}", flush=True)
    return False


def run_cases(suite, cases, meanwhile=()):
    """cases: (name, function) pairs; arguments of the command line choose among them by part of the name. Those of
    `meanwhile` wait for most of their time: they run all at once, beside the others."""
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")]

    def chosen(pairs):
        return [(n, f) for n, f in pairs if not wanted or any(w in n for w in wanted)]

    def run(case):
        return run_case(suite, *case, "-v" in sys.argv)
    with concurrent.futures.ThreadPoolExecutor(max(1, len(meanwhile))) as pool:
        waiting = [pool.submit(run, case) for case in chosen(meanwhile)]
        ran = chosen(cases) + chosen(meanwhile)
        results = [run(case) for case in chosen(cases)] + [w.result() for w in waiting]
    failed = [i for i, passed in enumerate(results) if not passed]
    if os.environ.get("CI") and len(failed) <= SECOND_LOOKS:
        for i in failed:
            print(f"{suite}: {ran[i][0]}: once more, alone", flush=True)
            results[i] = run_case(suite, *ran[i], True)
    print(f"{suite}: {results.count(True)} passed, {results.count(False)} failed")
    return 0 if results and all(results) else 1


def signal_name(status):
    return signal.Signals(-status).name if status < 0 else str(status)
