#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
The faults suite: faults.py [-v] [PART OF A NAME]... BUILD names the build folder. What the kernel may refuse is refused, and
what a machine may lack is taken away; a program does the same with and without memgov, and what memgov has to say about it is
one line, or nothing where nothing is lost.
"""

import errno
import os
import re
import resource
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(sys.path[0], "preload"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import security  # noqa: E402
from alike import victim  # noqa: E402
from governed import BUILD, LIB, Program, ask_path, expect, expect_match, expect_true, run_cases, until  # noqa: E402

REFUSES = os.path.join(BUILD, "tests", "hazards", "lib_refuses.so")
NOBODY = 65534
NONE = ""
NO_SOCKET = r"memgov\[\d+\]: no stats socket: [^\n]+\n"
NO_THREAD = r"memgov\[\d+\]: no governor thread \([A-Z][a-z ]+\): [^\n]+\n"
NO_MEMORY = r"memgov\[\d+\]: request of \S+ refused: [^\n]+, no ceiling: [^\n]+\n"


def survives(args, env=None, line=NONE, preload=(), prepare=None, wrap=(), look=None, cwd=None):
    """Status and stdout as without memgov; stderr is `line`, a pattern. look() is called while it waits for its input's end."""
    def run(governed):
        full = {**(env or {}), **({"MEMGOV_START": "now", "MEMGOV_LOG_LEVEL": "warn", **(env or {})} if governed else {})}
        with Program([*wrap, victim(args[0]), *args[1:]], full, (LIB, *preload) if governed else preload, prepare=prepare, cwd=cwd) as p:
            if governed and look:
                p.wait_ready()
                look(p)
            return p.finish(120), p.out(), p.err()
    plain, (status, out, err) = run(False), run(True)
    expect_true("without memgov it does something", plain[0] == 0 and plain[1].endswith("ok\n"), repr(plain))
    expect("status, stdout", (status, out), plain[:2])
    expect_match("stderr", err, line)


def refused(calls, codes, line=NONE, threads=3, early=True, late=True, env=None, **more):
    """`calls` refused with each of `codes`: from before memgov starts, and from when the program is at work."""
    def check():
        for code in codes.split():
            what = code if code in ("trap", "kill") or code.isdigit() else str(getattr(errno, code))
            rules = ",".join(f"{c}={what}" for c in calls.split())
            for when in ["REFUSE"] * early + ["REFUSE_LATER"] * late:
                said = (line if when == "REFUSE" else NONE) if not isinstance(line, dict) else line.get(code, NONE)
                survives(["works", str(threads)], {**(env or {}), when: rules}, said, (REFUSES,), **more)
    return check


def asked(p):
    expect_true("its socket answers", p.ask("stats").startswith("ok\n"))


FILTERED = [
    ("mmap_of_addresses", refused("mmap/1>0x3fffffff", "ENOMEM EPERM", late=False, look=asked)),
    ("mmap", lambda: [survives_without_mappings(rules) for rules in ("mmap=12", "mmap=12,mprotect=12,mremap=12", "mmap=1", "mmap=11")]),
    ("madvise", refused("madvise", "ENOSYS EPERM ENOMEM EAGAIN EINVAL", look=asked)),
    ("munmap", refused("munmap", "ENOMEM EPERM EINVAL", look=asked)),
    ("mremap", refused("mremap", "ENOMEM ENOSYS EPERM EAGAIN", look=asked)),
    ("mprotect", refused("mprotect", "ENOMEM EACCES", early=False, threads=0)),
    ("membarrier", refused("membarrier", "ENOSYS EPERM EINVAL", look=asked)),
    ("close_range", refused("close_range", "ENOSYS EPERM EMFILE ENOMEM", look=asked)),
    ("close_range_unshare", refused("close_range unshare", "ENOSYS EPERM ENOMEM", look=asked)),
    ("socket", refused("socket", "EPERM EACCES ENOSYS EMFILE ENFILE ENOBUFS EAFNOSUPPORT")),
    ("bind", refused("bind", "EPERM EACCES ENOSPC EROFS EADDRINUSE", NO_SOCKET)),
    ("bind_without_a_name", refused("bind", "4000", NO_SOCKET.replace(r"[^\n]+", r"[^\n]+ \(error without a name\)"))),
    ("bind_in_a_sandbox", refused("bind", "ENOSYS")),
    ("listen", refused("listen", "EPERM EADDRINUSE EOPNOTSUPP", NO_SOCKET)),
    ("accept", refused("accept4", "EMFILE ENFILE EPERM ECONNABORTED ENOMEM EAGAIN")),
    ("pthread_create", refused("clone3 clone", "EAGAIN EPERM ENOMEM ENOSYS", NO_THREAD, threads=0)),
    ("clone3", refused("clone3", "ENOSYS", look=asked)),
    ("getrandom", refused("getrandom", "ENOSYS EPERM EAGAIN", look=asked)),
    ("openat", refused("openat", "EACCES EMFILE ENFILE ENOMEM", NO_SOCKET)),
    ("openat_in_a_sandbox", refused("openat", "ENOSYS")),
    ("memfd", refused("memfd_create", "ENOSYS EPERM", look=asked)),
    ("signalfd", refused("signalfd4", "ENOSYS EPERM EMFILE ENOMEM", look=asked)),
    ("ppoll", refused("ppoll", "ENOSYS EPERM ENOMEM EINVAL", late=False)),
    ("sleeping", refused("nanosleep sched_yield", "ENOSYS EPERM", look=asked)),
    ("signals", refused("tgkill rt_sigpending rt_sigtimedwait", "EPERM ENOSYS EAGAIN", look=asked)),
    ("pidfd", refused("pidfd_open pidfd_getfd", "EPERM ENOSYS EMFILE", look=asked)),
    ("files", refused("unlinkat fchmodat getdents64 pread64", "EPERM ENOSYS EIO")),
    ("trapped", lambda: [refused(c, "trap", threads=n)() for c, n in (
        ("membarrier", 3), ("close_range", 3), ("socket", 3), ("munmap", 0), ("signalfd4", 3), ("getrandom", 3),
        ("pidfd_open", 3), ("accept4", 3))]),
    ("killed_as_by_systemd", refused("pidfd_getfd", "kill", r"(memgov\[\d+\]: [^\n]+\n)+", late=False,
                                     env={"MEMGOV_LOG_LEVEL": "debug"}, look=lambda p: expect_match("compact", p.ask("compact"), r"ok\n.*"))),
]


def survives_without_mappings(rules):
    with Program([victim("no_more_mappings")], {"REFUSE_LATER": rules}, (LIB, REFUSES), start="now") as p:
        expect("status, stdout", (p.finish(120), p.out()), (0, "ok\n"))
        expect_match("stderr", p.err(), f"({NO_MEMORY})+")


# ---- What a machine lacks.

def limited(**limits):
    def prepare():
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, "RLIMIT_" + name), (value, value))
    return prepare


def as_nobody(then=lambda: None):
    """`then` comes last: who becomes a user with too many processes may not exec."""
    def prepare():
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        then()
    return prepare


def full_log():
    survives(["works"], {"MEMGOV_LOG": "/dev/full", "MEMGOV_LOG_LEVEL": "debug", "MEMGOV_REPORT": "/dev/full"}, look=asked)
    # SIGXFSZ must not be the program's.
    survives(["works"], {"MEMGOV_LOG": "{dir}/log", "MEMGOV_LOG_LEVEL": "debug", "MEMGOV_REPORT": "{dir}/report"},
             prepare=limited(FSIZE=64), look=asked)
    script = 'mount -t tmpfs -o size=4k none "$TMPDIR"; head -c 9000 /dev/zero > "$TMPDIR/fill" 2> /dev/null; exec "$@"'
    survives(["works"], {"MEMGOV_LOG": "{dir}/log", "MEMGOV_LOG_LEVEL": "debug", "MEMGOV_SOCKET": "off"},
             wrap=("/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "sh"))


def socket_folders():
    for folder in ("/proc/none", "{dir}/missing/deeper", "/dev/null", "/dev/null/x", "{dir}/stdout", "/sys/kernel"):
        survives(["works"], {"MEMGOV_SOCKET_DIR": folder}, NO_SOCKET)
    survives(["works"], {"MEMGOV_SOCKET_DIR": "/root"}, NO_SOCKET, prepare=as_nobody())
    survives(["works"], {"MEMGOV_SOCKET_DIR": "/usr/memgov"}, NO_SOCKET, prepare=as_nobody())
    script = 'mount -t tmpfs -o ro none "$TMPDIR"; exec "$@"'
    survives(["works"], {}, NO_SOCKET, wrap=("/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "sh"))
    for long in ("x" * 300, "/".join(["y" * 200] * 25)):
        survives(["works"], {"MEMGOV_SOCKET_DIR": "{dir}/" + long}, r"memgov\[\d+\]: MEMGOV_SOCKET_DIR='[^\n]+ longer than [^\n]+\n")


def descriptors():
    for most in range(4, 11):  # with 3 no program starts that has a library
        for calls in ("", "close_range=38,unshare=38"):
            survives(["works", "3"], {"REFUSE": calls} if calls else {}, f"({NO_SOCKET})?", (REFUSES,),
                     wrap=("/bin/sh", "-c", f'ulimit -n {most}; exec "$@"', "sh"))


def without_proc():
    for hide in ("umount -l /proc", "mount -t tmpfs none /proc", "mount -t proc -o hidepid=2 none /proc"):
        survives(["works", "3"], {"MEMGOV_MONITOR_INTERVAL": "100ms"}, look=asked,
                 wrap=("/usr/bin/unshare", "-m", "/bin/sh", "-c", f'{hide}; exec "$@"', "sh"))
    hide = 'mount -t proc -o hidepid=2 none /proc; exec /usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups "$@"'
    survives(["works", "3"], {"MEMGOV_SOCKET": "off"}, wrap=("/usr/bin/unshare", "-m", "/bin/sh", "-c", hide, "sh"))


MB = 1 << 20


def limits():
    for small in ({"AS": 150 * MB}, {"AS": 300 * MB}, {"DATA": 100 * MB}, {"STACK": 128 << 10}, {"STACK": 64 << 10}, {"MEMLOCK": 0},
                  {"CORE": 0}, {"SIGPENDING": 0}, {"MSGQUEUE": 0}, {"NICE": 0}):
        survives(["works"], {}, NONE, prepare=limited(**small), look=asked)
    survives(["works"], {"MEMGOV_SOCKET": "off"}, f"({NO_THREAD})?", prepare=as_nobody(limited(NPROC=0)))


def stopped():
    """Who asks a stopped process waits, and is answered when it goes on."""
    def look(p):
        p.wait_socket()
        os.kill(p.pid, signal.SIGSTOP)
        until("it is stopped", lambda: "\nState:\tT" in open(f"/proc/{p.pid}/status", encoding="ascii").read())
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(p.path())
            s.sendall(b"version\n")
            os.kill(p.pid, signal.SIGCONT)
            expect("the answer begins", s.recv(3), b"ok\n")
    survives(["works", "3"], look=look)


# ---- Clients.

def connected(p):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    end = time.monotonic() + 60
    while True:
        try:
            s.connect(p.path())
            return s
        except BlockingIOError:
            expect_true("connects within a minute", time.monotonic() < end)
            time.sleep(0.005)


def tell(s, data):
    """What a server that has had enough does not take any more is not sent."""
    try:
        s.sendall(data)
    except OSError:
        return False
    return True


def strange_requests(p):
    p.wait_socket()
    for data in (b"\n", b"\0" * 100 + b"\n", bytes(range(256)) * 20 + b"\n", b"stats " * 5000 + b"\n", b"set heap_max\n", b"set  \n",
                 b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\xff\xfe\n", b"set socket_dir " + b"/" * 4000 + b"\n", b"%n%s%x\n", b"stats\r\n"):
        with connected(p) as s:
            tell(s, data)
            try:
                s.shutdown(socket.SHUT_WR)
                while s.recv(65536):
                    pass
            except OSError:
                pass
    asked(p)


def crowd(p, n, data):
    """Clients that say this and stay, and neither read nor say more."""
    p.wait_socket()
    clients = [connected(p) for _ in range(n)]
    for s in clients:
        tell(s, data)
    asked(p)
    for s in clients:
        s.close()
    asked(p)


def half_lines(p):
    crowd(p, 40, b"sta")


def endless_line(p):
    p.wait_socket()
    sent, part = 0, b"x" * MB
    before = p.stat("own_bytes")
    while sent < 1 << 30:
        with connected(p) as s:
            while sent < 1 << 30 and tell(s, part):
                sent += len(part)
            sent += len(part)  # it was cut off: again
    expect_true("nothing is kept of it", p.stat("own_bytes") < before + MB)


def many_connections(p):
    p.wait_socket()
    for i in range(10000):
        with connected(p) as s:
            if i % 3 == 0:
                tell(s, b"stats\n")
            if i % 7 == 0:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    asked(p)


def never_read(p):
    crowd(p, 20, b"history\n")


def leave_in_the_middle(p):
    p.wait_socket()
    for request in (b"history\n", b"stats prometheus\n", b"sites\n", b"events\n", b"profile\n") * 20:
        with connected(p) as s:
            tell(s, request)
            s.recv(1)
    asked(p)


def client(look):
    return lambda: survives(["works", "3"], {"MEMGOV_SAMPLE": "4K"}, look=look)


LACKING = [
    ("full_log", full_log), ("socket_folders", socket_folders), ("descriptors", descriptors), ("without_proc", without_proc),
    ("limits", limits), ("stopped", stopped),
    ("client_garbage", client(strange_requests)), ("client_half_lines", client(half_lines)), ("client_endless_line", client(endless_line)),
    ("client_many", client(many_connections)), ("client_deaf", client(never_read)), ("client_leaves", client(leave_in_the_middle)),
]


if __name__ == "__main__":
    sys.exit(run_cases("faults", FILTERED + LACKING + security.CASES))
