# SPDX-License-Identifier: MIT
"""What memgov-top recorded of a real process is what it shows again; what cannot be read or written is said."""

import gzip
import os
import re
import signal
import subprocess

from governed import Program, expect, expect_match, expect_true, until
from terminal import TOP, Terminal

HOLDER = """
import time
held = [bytearray(1 << 20) for _ in range(40)]
print("ready", flush=True)
time.sleep(1000)
"""


def text_of(path):
    """What can be read of a recording that is still being written."""
    lines = b""
    try:
        with gzip.open(path) as f:
            for line in f:
                lines += line
    except (OSError, EOFError):
        pass
    return lines.decode()


class Recorder:
    """memgov-top --record without a terminal."""

    def __init__(self, p, path, *args, limit=None):
        command = [TOP, "--interval", "100ms", "--record", path, *args]
        if limit:
            command = ["bash", "-c", f"ulimit -f {limit}; exec \"$@\"", "bash", *command]
        self.p = subprocess.Popen(command, env={"PATH": os.environ["PATH"], "HOME": p.dir, "MEMGOV_SOCKET_DIR": p.sockets},
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def end(self, how=None):
        """(status, stderr)"""
        if how:
            self.p.send_signal(how)
        err = self.p.communicate(timeout=120)[1]
        return self.p.returncode, err


def holder():
    return Program(["/usr/bin/python3", "-c", HOLDER], start="now")


def wait_for(path, *marks):
    until(f"{marks} in the recording", lambda: all(re.search(m, text_of(path), re.M) for m in marks))


def a_recording_shows_what_was_there():
    with holder() as p:
        p.wait_ready()
        p.wait_socket()
        path = p.dir + "/rec"
        recorder = Recorder(p, path)
        wait_for(path, rf"^reply {p.pid} policies", rf"^reply {p.pid} events", rf"^reply {p.pid} config",
                 rf"^reply {p.pid} profile", rf"^reply {p.pid} history")
        first = text_of(path).split("\ntime ")[1]
        expect(f"replies of the first look {first}", first.count("\nreply "), 5)
        blocks = p.stat("live_blocks")
        expect("status", recorder.end(signal.SIGINT)[0], 0)
        pid = p.pid
        p.p.kill()
        p.p.wait()
        with Terminal(["--no-mouse", "--replay", path], 120, 40) as t:
            t.shows("REPLAY", "at its end")
            t.press("Enter")
            t.shows(f"{pid} python3", "[Policies]", "idle")
            t.press("Tab")
            t.shows("[Events]", f"governor of {pid}")
            t.press("s")
            t.shows("VERDICT", "estimated from", "python3")
            t.press("Tab")
            t.shows("[Statistics]", "live_blocks", str(blocks))
            t.press("Tab")
            t.shows("heap_level", "80%")
            t.press("c")
            t.shows("this is a recording: nothing can be changed")
            t.press("(", " ", " ")
            t.shows("held")
            t.press("]")
            t.shows("held")
            t.press("q", "q")
            expect("status", t.status(), 0)


def a_recorder_that_was_killed_leaves_what_it_saw():
    with holder() as p:
        p.wait_socket()
        path = p.dir + "/rec"
        recorder = Recorder(p, path)
        wait_for(path, rf"^stats {p.pid} ")
        recorder.end(signal.SIGKILL)
        with Terminal(["--no-mouse", "--replay", path]) as t:
            t.shows("REPLAY", "python3", "damaged behind line")
        status, err = Recorder(p, path).end()
        expect("status", status, 1)
        expect_match("what is said", err, r"memgov-top: .*/rec: its end is damaged behind line \d+, and nothing can be "
                     r"added; name another file\n")


def a_recording_is_added_to():
    with holder() as p:
        p.wait_socket()
        path = p.dir + "/rec"
        for n in (1, 2):
            recorder = Recorder(p, path)
            until("its session", lambda n=n: text_of(path).count("memgov-record 1") == n)
            expect("status", recorder.end(signal.SIGTERM)[0], 0)
        expect("mode", os.stat(path).st_mode & 0o777, 0o600)


def it_ends_where_it_was_told_to():
    with holder() as p:
        p.wait_socket()
        path = p.dir + "/rec"
        with gzip.open(path, "w") as f:
            f.write(b"memgov-record 1\n" + b"".join(b"noise %s\n" % os.urandom(1000).hex().encode() for _ in range(55)))
        expect_true("nearly full", 60 << 10 < os.stat(path).st_size < 64 << 10, os.stat(path).st_size)
        status, err = Recorder(p, path, "--record-max", "64K").end()
        expect("status", status, 0)
        expect_match("what is said", err, r".*recording has ended: .*/rec has 6[4-9]\S*K \(--record-max\)\n")
        expect_match("the next one", Recorder(p, path, "--record-max", "64K").end()[1],
                     r"memgov-top: .*/rec: it has 6\S*K already; --record-max is 64K\n")


def what_cannot_be_written_is_said():
    with holder() as p:
        p.wait_socket()
        status, err = Recorder(p, "/dev/full").end()
        expect("status on a full disk", status, 1)
        expect_match("what is said", err, r".*recording has ended: /dev/full: No space left on device\n")
        status, err = Recorder(p, p.dir + "/rec", limit=1).end()
        expect("status at ulimit -f", status, 1)
        expect_match("what is said", err, r".*recording has ended: .*/rec: File too large\n")
        with open(p.dir + "/mine", "w", encoding="utf-8") as f:
            f.write("my only copy\n")
        for path, why in ((p.dir + "/mine", "it is there already and no recording; name another file"),
                          (p.dir + "/none/rec", "No such file or directory"), (p.dir, "Is a directory")):
            expect(f"record into {path}", Recorder(p, path).end(), (1, f"memgov-top: {path}: {why}\n"))


def what_cannot_be_read_is_said():
    with holder() as p:
        with open(p.dir + "/mine", "w", encoding="utf-8") as f:
            f.write("hello\n")
        for path, why in (("/none", "No such file or directory"), (p.dir, "Is a directory"),
                          (p.dir + "/mine", "it is no recording; memgov-top --record FILE makes one"),
                          ("/dev/null", "it is no file; --replay needs one that was recorded")):
            got = subprocess.run([TOP, "--replay", path], capture_output=True, text=True, check=False, timeout=60)
            expect(f"replay {path}", (got.returncode, got.stderr), (1, f"memgov-top: {path}: {why}\n"))
        got = subprocess.run([TOP, "--record-max", "7"], capture_output=True, text=True, check=False, timeout=60)
        expect("status", got.returncode, 2)
        expect_true("what is accepted", "at least 64K" in got.stderr, got.stderr)


CASES = [(f.__name__, f) for f in (a_recording_shows_what_was_there, a_recorder_that_was_killed_leaves_what_it_saw,
                                   a_recording_is_added_to, it_ends_where_it_was_told_to, what_cannot_be_written_is_said,
                                   what_cannot_be_read_is_said)]
