# SPDX-License-Identifier: MIT
"""Section of memgov-top over a hundred processes: what it costs while it looks on, how soon it shows something, its RSS."""

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import termios
import time

TENANTS = 100  # one of them stopped; and one more, whose socket never answers
ROWS, COLUMNS = 60, 160
READY_S = 120


def start_tenants(bench, folder):
    env = bench.environment({"LD_PRELOAD": bench.libraries["memgov"], "MEMGOV_START": "now", "MEMGOV_SOCKET_DIR": folder,
                             "MEMGOV_LOG": "off"})
    started = [bench.start([bench.program("tenant")], env) for _ in range(TENANTS)]
    end = time.monotonic() + READY_S
    while time.monotonic() < end and len([f for f in os.listdir(folder) if f.endswith(".sock")]) < TENANTS:
        time.sleep(0.1)
    silent = bench.start([bench.program("tenant"), "silent", folder], bench.environment(None))
    silent.stdout.readline()
    os.kill(started[-1].pid, signal.SIGSTOP)
    return [*started, silent]


def end_tenants(tenants):
    for p in tenants:
        p.kill()
        p.stdout.close()
        p.wait()


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        kb = next(line.split()[1] for line in f if line.startswith("VmRSS:"))
    return int(kb) / 1024


class Screen:
    """memgov-top on a terminal of its own, which takes all that it writes."""

    def __init__(self, bench, folder):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        env = bench.environment({"MEMGOV_SOCKET_DIR": folder, "TERM": "xterm-256color"})
        self.begin = time.monotonic()
        self.p = subprocess.Popen([bench.build + "/memgov-top", "--no-mouse"], env=env, stdin=slave, stdout=slave,
                                  stderr=slave, start_new_session=True)
        os.close(slave)
        self.written = b""

    def take(self, seconds, until=None):
        """Reads for so long, or until this was written: then the time since the start, in ms."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                self.written += os.read(self.master, 65536)
            if until and until in self.written:
                return (time.monotonic() - self.begin) * 1000
        return None

    def close(self):
        self.p.terminate()
        os.close(self.master)
        self.p.wait()


def first_frames(bench, folder):
    """Times until a screen full of rows is there: the bottom line is drawn last."""
    times = []
    for _ in range(bench.rounds(9)):
        screen = Screen(bench, folder)
        ms = screen.take(30, b"Quit")
        if ms is None or screen.written.count(b"tenant") < ROWS // 2:
            print(f"  no rows on the first screen: {screen.written[-200:]!r}")
        times.append(ms if ms is not None else float("inf"))
        screen.close()
    return statistics.median(times)


def watched(bench, folder):
    """Share of a core, in percent, over some seconds at one look a second; bytes to the terminal a second; RSS."""
    screen, seconds = Screen(bench, folder), bench.rounds(30)
    screen.take(5)
    before, begin, bytes_before = cpu_s(screen.p.pid), time.monotonic(), len(screen.written)
    screen.take(seconds)
    took = time.monotonic() - begin
    cpu = (cpu_s(screen.p.pid) - before) / took * 100
    figures = cpu, (len(screen.written) - bytes_before) / took / 1024, rss_mb(screen.p.pid)
    screen.close()
    return figures


def top(bench, table):
    print(f"\nmemgov-top over {TENANTS + 1} processes, one of them stopped, one silent", flush=True)
    folder = bench.tmp + "/sockets"
    os.mkdir(folder, 0o700)
    tenants = start_tenants(bench, folder)
    try:
        ms = first_frames(bench, folder)
        cpu, kilobytes, rss = watched(bench, folder)
    finally:
        end_tenants(tenants)
    for what, unit, value, goal in (("CPU, of one core", "%", cpu, 2), ("first screen", "ms", ms, 100),
                                    ("RSS", "MB", rss, 20), ("written to the terminal", "KB/s", kilobytes, None)):
        table.rows["top " + what] = {"memgov": value}
        print(f"  {what:30}{unit:>6}{value:>10.2f}" + (f"   goal: < {goal}" if goal else ""), flush=True)
