# SPDX-License-Identifier: MIT
"""Scenes of `memgov run`: exit statuses, signals, and --restart-above."""

import os
import re
import signal
import tempfile

from governed import BUILD, Program, expect, expect_match, expect_true, until, victim

MEMGOV = os.path.join(BUILD, "memgov")
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
TOO_LARGE = ["--restart-above", "30M"]
LARGE = [victim("idle"), "50"]
UNTIL_STDIN_CLOSES = "exec 3<&0; cat <&3 & wait"  # unlike a read, wait lets a trap run
DEAF = ["/bin/sh", "-c", 'trap "" TERM; exec "$0" 50', victim("idle")]


def run(*args, env=None):
    return Program([MEMGOV, "run", *args], env, preload=())


def restart_line(n, most, wait):
    return (rf"memgov: {TIME}: process \d+ has [0-9.]+M of RSS, above 30M: SIGTERM, and restart {n}"
            rf"{f' of {most}' if most else ''} after {wait}\n")


def last_line(n):
    return rf"memgov: {TIME}: process \d+ has [0-9.]+M of RSS, above 30M: SIGTERM, and no restart any more after {n}\n"


def killed_line(grace):
    return rf"memgov: process \d+ has not ended within {grace}: SIGKILL\n"


def status_of(p):
    """Its exit status, when nobody closes the program's input."""
    return until("its end", lambda: p.p.poll() is not None and [p.p.returncode])[0]


def children(p):
    with open(f"/proc/{p.pid}/task/{p.pid}/children", encoding="ascii") as f:
        return [int(pid) for pid in f.read().split()]


def wait_restart(p, n):
    """Until restart n is announced; the process it is about."""
    m = until(f"restart {n}", lambda: re.search(rf"process (\d+) has [^\n]*restart {n}\b", p.err()))
    return int(m[1])


def run_passes_statuses_on():
    for args, status in ((("sh", "-c", "exit 7"), 7), (("sh", "-c", "kill -9 $$"), 128 + 9), (("true",), 0),
                         (("/nowhere/is/it",), 127), (("/etc/passwd",), 126)):
        for options in ([], TOO_LARGE):
            with run(*options, "--", *args) as p:
                expect(f"status of {args}", p.finish(), status)
                expect_match(f"stderr of {args}", p.err(), "" if status < 126 or status > 128 else r"memgov: [^\n]+\n")


def run_proves_that_the_library_took():
    with run("--", victim("idle")) as p:
        p.wait_ready()
        pid = until("the child", lambda: children(p))[0]
        expect("pid", p.stat("pid", pid), pid)
        expect("status, errors", (p.finish(), p.err()), (0, ""))
    with tempfile.NamedTemporaryFile(suffix=".so") as f:
        f.write(b"no library")
        f.flush()
        with run("--lib", f.name, "--", victim("idle")) as p:
            until("the complaint", lambda: re.search(
                rf"memgov: process \d+ is not governed: {os.path.basename(f.name)} was not loaded; .*\n", p.err()))
            expect("status", p.finish(), 0)


def run_passes_signals_on():
    script = "trap 'echo got; exit 3' USR1; echo ready; " + UNTIL_STDIN_CLOSES
    for options in ([], TOO_LARGE):
        with run(*options, "--", "/bin/sh", "-c", script) as p:
            p.wait_ready()
            p.p.send_signal(signal.SIGUSR1)
            until("the trap", lambda: "got\n" in p.out())
            expect("status", p.finish(), 3)
            expect("stdout, stderr", (p.out(), p.err()), ("ready\ngot\n", ""))


def restart_above():
    """Three times too large, two restarts allowed: it stays down, and the status says so."""
    with run(*TOO_LARGE, "--max-restarts", "2", "--", *LARGE) as p:
        expect("status", status_of(p), 124)
        expect_match("stderr", p.err(), restart_line(1, 2, "100ms") + restart_line(2, 2, "200ms") + last_line(2))
        pids = re.findall(r"process (\d+)", p.err())
        expect("processes", len(set(pids)), 3)
        expect("sockets left", [s for s in os.listdir(p.sockets) if s.endswith(".sock")], [])


def restart_after_the_grace():
    """A program that ignores SIGTERM."""
    with run(*TOO_LARGE, "--max-restarts=1", "--grace=200ms", "--", *DEAF) as p:
        expect("status", status_of(p), 124)
        expect_match("stderr", p.err(), restart_line(1, 1, "100ms") + killed_line("200ms") + last_line(1) + killed_line("200ms"))


def restart_of_a_program_that_ends_in_order():
    """Its own handler for SIGTERM runs, and its status 0 is no reason to stay down."""
    script = "trap 'echo bye; exit 0' TERM; x=$(head -c 40000000 /dev/zero | tr '\\0' x); " + UNTIL_STDIN_CLOSES
    with run(*TOO_LARGE, "--max-restarts", "1", "--", "/bin/bash", "-c", script) as p:
        expect("status", status_of(p), 124)
        expect_match("stderr", p.err(), restart_line(1, 1, "100ms") + last_line(1))
        expect("stdout", p.out(), "bye\nbye\n")


def restart_waits_longer_each_time_and_ends_at_a_signal():
    """The signal finds no program, only the wait for the next one."""
    for sig, status in ((signal.SIGTERM, 128 + 15), (signal.SIGINT, 128 + 2)):
        with run(*TOO_LARGE, "--", *LARGE) as p:
            wait_restart(p, 4)
            until("nobody is left, not even a zombie", lambda: not children(p))
            p.p.send_signal(sig)
            expect("status", status_of(p), status)
            expect_match("stderr", p.err(), "".join(restart_line(i + 1, 0, w) for i, w in
                                                    enumerate(("100ms", "200ms", "400ms", "800ms"))))


def restart_is_called_off_during_the_grace():
    """Told to end while the program is given its time, memgov does not start it again."""
    with run(*TOO_LARGE, "--grace", "2s", "--", *DEAF) as p:
        wait_restart(p, 1)
        p.p.send_signal(signal.SIGTERM)
        expect("status", status_of(p), 128 + 9)
        expect_match("stderr", p.err(), restart_line(1, 0, "100ms") + killed_line("2s"))


def restart_asks_the_socket():
    """A program below the mark is left alone, and answers; nothing is said about /proc."""
    with run("--restart-above", "200M", "--", *LARGE) as p:
        p.wait_ready()
        pid = children(p)[0]
        until("longer than memgov is patient", lambda: p.stat("uptime_ms", pid) > 4000)
        expect("status", p.finish(), 0)
        expect("stdout, stderr", (p.out(), p.err()), ("ready\nok\n", ""))


def restart_without_a_socket():
    with run(*TOO_LARGE, "--socket", "off", "--max-restarts", "1", "--", "/bin/sh", "-c", 'read -r line; exec "$0" 50',
             victim("idle")) as p:
        note = r"memgov: process \d+ has no socket that answers; its RSS is read from /proc instead\n"
        until("the note", lambda: re.fullmatch(note, p.err()))
        for _ in range(2):
            p.p.stdin.write(b"go\n")
            p.p.stdin.flush()
            wait_restart(p, 1)
        expect("status", status_of(p), 124)
        expect_match("stderr", p.err(), note + restart_line(1, 1, "100ms") + last_line(1))


def restart_options_that_are_wrong():
    rows = ((["--restart-above", "60X"], r"--restart-above: '60X' is not a size \(accepted: 1M..64T, as in 500M\)"),
            (["--restart-above", "5K"], r"--restart-above: '5K' is not a size [^\n]+"),
            (["--restart-above", "0"], r"--restart-above: '0' is not a size [^\n]+"),
            (["--restart-above=9M", "--grace", "1d"], r"--grace: '1d' is not a time \(accepted: 0..1h, as in 10s\)"),
            (["--restart-above=9M", "--max-restarts", "-1"], r"--max-restarts: '-1' is not a number \(0: without end\)"),
            (["--grace", "1s"], "--grace and --max-restarts mean nothing without --restart-above"),
            (["--max-restarts", "1"], "--grace and --max-restarts mean nothing without --restart-above"))
    for args, line in rows:
        with run(*args, "--", "/bin/echo", "started") as p:
            expect("status", p.finish(), 2)
            expect_match(" ".join(args), p.err(), f"memgov: {line}\n")
            expect_true("it was not started", p.out() == "", p.out())


CASES = [(f.__name__, f) for f in (
    run_passes_statuses_on, run_proves_that_the_library_took, run_passes_signals_on, restart_above, restart_after_the_grace,
    restart_of_a_program_that_ends_in_order, restart_waits_longer_each_time_and_ends_at_a_signal,
    restart_is_called_off_during_the_grace, restart_asks_the_socket, restart_without_a_socket, restart_options_that_are_wrong)]
