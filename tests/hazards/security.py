# SPDX-License-Identifier: MIT
"""
A second user of the same machine against the folder and the sockets of the first; what is secret; what overflows. Part of
the faults suite. As root, which becomes either of them; elsewhere there is no second user to play.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import zlib

from alike import row, scene, victim
from governed import BUILD, LIB, Program, ask_path, expect, expect_match, expect_true, until

OWNER, STRANGER = 65533, 65534
SECRETS = ("hunter2-in-env", "hunter2-as-argument", "hunter2-in-heap")


def become(uid):
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


@contextlib.contextmanager
def common_folder():
    """As /tmp: anybody makes files there, and removes his own only. What is governed lies in it, for all to read."""
    with tempfile.TemporaryDirectory() as d:
        os.chmod(d, 0o1777)
        for f in (LIB, victim("idle")):
            shutil.copy(f, d)
        yield d


def owners_program(d, folder, env=None, args=("1",)):
    full = {"MEMGOV_SOCKET_DIR": folder, "MEMGOV_START": "now", **(env or {})}
    return Program([d + "/idle", *args], full, (d + "/libmemgov.so",), prepare=lambda: become(OWNER))


def as_stranger(function):
    """What function() returns, or the name of its error, in a process of the second user."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            become(STRANGER)
            try:
                got = repr(function())
            except OSError as e:
                got = type(e).__name__
            os.write(write, got.encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(pid, 0)
    with os.fdopen(read) as f:
        return f.read()


def stranger_at_the_folder():
    """Neither read, connect, replace, rename nor link: the folder is its owner's alone."""
    with common_folder() as d:
        folder = d + "/sockets"
        with owners_program(d, folder) as p:
            p.wait_ready()
            path = f"{folder}/{p.pid}.sock"
            until("the socket is there", lambda: os.path.exists(path))
            st = os.stat(folder)
            expect("owner and mode", (st.st_uid, stat.S_IMODE(st.st_mode)), (OWNER, 0o700))
            for what, act in (("list", lambda: os.listdir(folder)), ("ask", lambda: ask_path(path, "stats")),
                              ("change", lambda: ask_path(path, "set heap_max 1M")), ("remove", lambda: os.unlink(path)),
                              ("plant", lambda: os.symlink("/etc/passwd", folder + "/1.sock")), ("rename", lambda: os.rename(folder, d + "/mine")),
                              ("open", lambda: os.chmod(folder, 0o777)), ("remove the folder", lambda: os.rmdir(folder))):
                expect(f"a stranger who wants to {what}", as_stranger(act), "PermissionError")
            expect_match("its owner", ask_path(path, "version"), r"ok\n.+\n")
            expect("status, stderr", (p.finish(), p.err()), (0, ""))


def stranger_at_an_open_socket():
    """Where modes say nothing (a file system without them), the kernel says who asks."""
    with common_folder() as d:
        folder = d + "/sockets"
        with owners_program(d, folder) as p:
            p.wait_ready()
            path = f"{folder}/{p.pid}.sock"
            until("the socket is there", lambda: os.path.exists(path))
            os.chmod(folder, 0o755)
            os.chmod(path, 0o666)
            for request in ("stats", "set heap_max 1M", "profile", "compact"):
                got = as_stranger(lambda request=request: ask_path(path, request))
                expect_true(f"{request} by a stranger", re.match(r"'error:|''|\w+Error$", got), got)
            expect_match("nothing was changed", ask_path(path, "config"), r"ok\n.*heap_max +(0|off|none)\b.*")
            expect("status, stderr", (p.finish(), p.err()), (0, ""))


def stranger_was_first():
    """A folder, a link or a file that a stranger has put in the known place is not used; one line says so."""
    def plant_folder(f):
        os.mkdir(f)
        os.chmod(f, 0o777)

    def plant_link(f):
        os.mkdir(f + "-target")
        os.chmod(f + "-target", 0o777)
        os.symlink(f + "-target", f)
    for plant in (plant_folder, plant_link, lambda f: os.symlink("/nowhere/at/all", f),
                  lambda f: os.symlink(os.path.dirname(f) + "/private", f), lambda f: open(f, "w", encoding="ascii").close()):
        with common_folder() as d:
            folder = d + "/sockets"
            os.mkdir(d + "/private", 0o700)
            os.chown(d + "/private", OWNER, OWNER)
            as_stranger(lambda plant=plant, folder=folder: plant(folder))
            with owners_program(d, folder) as p:
                expect("status", p.finish(), 0)
                expect_match("stderr", p.err(), rf"memgov\[{p.pid}\]: no stats socket: [^\n]*{re.escape(folder)}[^\n]*\n")
            left = [f for top, _, files in os.walk(d) for f in files if f.endswith(".sock")]
            expect("sockets", left, [])


def owner_of_folder(path):
    """None when there is none: one look, because the stranger's link may be there in one moment and not in the next."""
    try:
        st = os.lstat(path)
    except OSError:
        return None
    return st.st_uid if stat.S_ISDIR(st.st_mode) else None


def stranger_races():
    """A link that comes and goes while the folder is made: it ends as the owner's own, or as nothing."""
    with common_folder() as d:
        folder, trap = d + "/sockets", d + "/trap"
        pid = os.fork()
        if pid == 0:
            become(STRANGER)
            os.mkdir(trap)
            os.chmod(trap, 0o777)
            while os.getppid() != 1:
                for act in (lambda: os.symlink(trap, folder), lambda: os.unlink(folder)):
                    with contextlib.suppress(OSError):
                        act()
            os._exit(0)
        try:
            until("the trap is there", lambda: os.path.exists(trap))
            for _ in range(40):
                with owners_program(d, folder) as p:
                    p.wait_ready()
                    expect("in the trap", os.listdir(trap), [])
                    expect_true("the folder's owner", owner_of_folder(folder) in (None, OWNER))
                    expect("status", p.finish(), 0)
                if owner_of_folder(folder) is not None:
                    shutil.rmtree(folder)
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def folder_for_all():
    """In a folder that is root's and everybody's, as /tmp, each user has one of his own, unless a stranger was first."""
    def listed(uid):
        r = subprocess.run([d + "/memgov-top", "--json"], capture_output=True, text=True, timeout=60, check=False,
                           env={"PATH": "/usr/bin:/bin", "MEMGOV_SOCKET_DIR": folder}, preexec_fn=(lambda: become(uid)) if uid else None)
        return {p["pid"] for p in json.loads(r.stdout)}
    with common_folder() as d:
        folder = d + "/all"
        os.mkdir(folder)
        os.chmod(folder, 0o1777)
        shutil.copy(os.path.join(BUILD, "memgov-top"), d)
        with owners_program(d, folder) as p, Program([d + "/idle", "1"], {"MEMGOV_SOCKET_DIR": folder, "MEMGOV_START": "now"},
                                                     (d + "/libmemgov.so",)) as roots:
            for program, uid in ((p, OWNER), (roots, 0)):
                program.wait_ready()
                until("its socket", lambda program=program, uid=uid: os.path.exists(f"{folder}/{uid}/{program.pid}.sock"))
            st = os.stat(f"{folder}/{OWNER}")
            expect("owner and mode", (st.st_uid, stat.S_IMODE(st.st_mode)), (OWNER, 0o700))
            for what, act in (("ask", lambda: ask_path(f"{folder}/{OWNER}/{p.pid}.sock", "stats")),
                              ("rename", lambda: os.rename(f"{folder}/{OWNER}", folder + "/mine"))):
                expect(f"a stranger who wants to {what}", as_stranger(act), "PermissionError")
            expect("what root sees", listed(0), {p.pid, roots.pid})
            expect("what a user sees", listed(OWNER), {p.pid})
            expect("status, stderr", (p.finish(), p.err()), (0, ""))
            expect("status, stderr", (roots.finish(), roots.err()), (0, ""))
        shutil.rmtree(f"{folder}/{OWNER}")
        as_stranger(lambda: os.mkdir(f"{folder}/{OWNER}"))
        with owners_program(d, folder) as p:
            expect("status", p.finish(), 0)
            expect_match("stderr", p.err(), r"memgov\[\d+\]: no stats socket: [^\n]+ belongs to another user or [^\n]+\n")


def group_may_not_write():
    """The owner's own folder, but others may write in it: not used."""
    for mode in (0o770, 0o702, 0o777):
        with common_folder() as d:
            folder = d + "/sockets"
            os.mkdir(folder)
            os.chown(folder, OWNER, OWNER)
            os.chmod(folder, mode)
            with owners_program(d, folder) as p:
                expect("status", p.finish(), 0)
                expect_match(f"stderr with {mode:o}", p.err(), r"memgov\[\d+\]: no stats socket: [^\n]+ writable by others\n")


def recorded(path):
    """The text of a recording, as far as it has been written."""
    with contextlib.suppress(OSError), open(path, "rb") as f:
        return zlib.decompressobj(31).decompress(f.read()).decode(errors="replace")
    return ""


def record(p, path):
    """Some looks of memgov-top at it."""
    with subprocess.Popen([os.path.join(BUILD, "memgov-top"), "--record", path, "--interval", "100ms"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin", "MEMGOV_SOCKET_DIR": p.sockets}) as top:
        try:
            until("it has looked", lambda: recorded(path).count(f"\nstats {p.pid} ") >= 3)
        finally:
            top.terminate()
            top.wait(60)


def secrets_stay():
    """What is in the environment, on the command line and in the heap is in none of what memgov writes, answers or records."""
    env = {"DATABASE_PASSWORD": SECRETS[0], "MEMGOV_LOG": "{dir}/log", "MEMGOV_LOG_LEVEL": "debug", "MEMGOV_REPORT": "{dir}/report",
           "MEMGOV_SAMPLE": "1K", "MEMGOV_LARGE_ALLOC": "64K"}
    code = f"import sys; x = ['{SECRETS[2]}' * 10000 for _ in range(100)]; print('ready', flush=True); sys.stdin.read()"
    words = [SECRETS[1], "--password=" + SECRETS[1], "-p" + SECRETS[1], f"https://user:{SECRETS[1]}@host/?token={SECRETS[1]}"]
    with Program(["/usr/bin/python3", "-c", code, *words], env, start="now") as p:
        p.wait_ready()
        said = [p.ask(c) for c in ("stats", "stats json", "stats prometheus", "config", "policies", "sites", "profile", "history", "events", "compact")]
        out = p.dir + "/heap.pb"
        r = subprocess.run([os.path.join(BUILD, "memgov"), "profile", str(p.pid), "-o", out, "--format", "folded"], capture_output=True, text=True,
                           timeout=60, env={"PATH": "/usr/bin:/bin", "MEMGOV_SOCKET_DIR": p.sockets})
        expect("status of memgov profile", (r.returncode, r.stderr), (0, ""))
        record(p, p.dir + "/night.rec")
        expect("status", p.finish(), 0)
        said.append(recorded(p.dir + "/night.rec"))
        for f in (p.dir + "/log", p.dir + "/report", out):
            with open(f, encoding="utf-8", errors="replace") as opened:
                said.append(opened.read())
        expect_true("all have said something", all(len(text) > 3 for text in said), repr([len(text) for text in said]))
        expect("secrets in it", [s for s in SECRETS for text in said if s in text], [])


def file_capabilities():
    """A program that the file system gives a privilege is left alone, as one that is setuid."""
    with common_folder() as d:
        os.setxattr(d + "/idle", "security.capability", (0x02000001).to_bytes(4, "little") + (1 << 10).to_bytes(4, "little") + bytes(12))
        with owners_program(d, d + "/sockets") as p:
            p.wait_ready()
            with open(f"/proc/{p.pid}/maps", encoding="ascii") as f:
                expect_true("memgov is not in it", "libmemgov" not in f.read())
            expect("status", p.finish(), 0)
        expect("folder of sockets", os.path.exists(d + "/sockets"), False)


def overflows_reach_no_record():
    """Neighbours are overwritten, free ones and others: requests go on, and the figures stay right."""
    with Program([victim("writes_past_the_end")], start="now") as p:
        expect("status, stdout", (p.finish(), p.out()), (0, "ok\n"))
        expect_match("stderr", p.err(), r"(memgov\[\d+\]: block 0x\w+ was freed twice, or is none; the second release is left out\n)*")


CASES = [("security_" + f.__name__, f) for f in (
    stranger_at_the_folder, stranger_at_an_open_socket, stranger_was_first, stranger_races, folder_for_all, group_may_not_write, secrets_stay,
    file_capabilities, overflows_reach_no_record)] if os.getuid() == 0 else []
CASES += [("security_as_in_preload", scene("peer_of_another_user", "program_of_another_user", "secure_program_ignores_the_environment",
                                           "stale_socket_replaced")),
          ("security_released_twice", row("double_frees_small", "foreign_libc_malloc"))]
