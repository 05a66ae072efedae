# SPDX-License-Identifier: MIT
"""
Where one program of the matrix runs once: a folder, an environment, what is started there, and what memgov said meanwhile.
Only what was started here is ended.
"""

import dataclasses
import glob
import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import time

from governed import Failure

LOADS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "loads")
REAL = os.path.dirname(os.path.dirname(LOADS))  # the real suite
DEADLINE = 3600.0  # seconds; generous, because it only ends what would never end
FIRST = {}  # by path: a program or library as it was when it was first used
SAYS = re.compile(r"memgov\[\d+\]: ([^\n]*)\n")


@dataclasses.dataclass(frozen=True)
class Setting:
    """How memgov is preloaded; the reference has no library."""
    name: str
    library: str = ""
    env: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Row:
    """A program and its load. `run` takes a World and returns what must be the same in every setting."""
    name: str
    run: callable
    governed: bool = True   # False: memgov must stay out of it
    fast: bool = False      # also in the real suite, which needs no packages of its own
    without: tuple = ()     # settings that say nothing about it
    refuses: bool = False   # it asks for more than there can be, on purpose
    says: str = ""          # pattern of the lines of memgov's that belong here


def find(program):
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not path:
        raise Failure(f"{program} is not installed (make test-real installs it)")
    return path


def end_group(pgid):
    try:
        os.killpg(pgid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def end_all(home):
    """Kills what was started with this HOME and is still there: daemons, which left their group. How many that were."""
    ended = 0
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as f:
                if f"HOME={home}".encode() in f.read().split(b"\0"):
                    os.kill(int(path.split("/")[2]), signal.SIGKILL)
                    ended += 1
        except OSError:
            pass  # it has ended, or is another user's
    return ended


def unchanged(path):
    """The path of what is started. It is what it was at first: a program that is upgraded meanwhile cannot be compared with itself."""
    s = os.stat(path)
    now = (s.st_ino, s.st_size, s.st_mtime_ns)
    if FIRST.setdefault(path, now) != now:
        raise Failure(f"{path} changed while the matrix ran, so there is nothing to compare with: run it again")
    return path


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


class World:
    """The folder is the same for all settings of a program, so that paths in outputs are the same."""

    def __init__(self, folder, setting):
        self.dir = folder
        self.built = os.path.join(os.path.dirname(folder), "built")
        self.setting = setting
        self.user = None  # another one, for programs that refuse to run as root
        self.lines = []  # what memgov said
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder + "/reports")
        os.makedirs(self.built, exist_ok=True)
        os.chmod(folder, 0o755)
        os.chmod(folder + "/reports", 0o1777)
        self.env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "HOME": folder, "TMPDIR": folder}
        if setting.library:
            self.env.update({"LD_PRELOAD": unchanged(setting.library), "MEMGOV_SOCKET_DIR": folder + "/sockets",
                             "MEMGOV_REPORT": folder + "/reports/%p", **setting.env})

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def heard(self, text):
        """The text without memgov's lines, which are kept."""
        self.lines += SAYS.findall(text)
        return SAYS.sub("", text)

    def identity(self):
        if not self.user:
            return {}
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}

    def program(self, name):
        path = find(name)
        return path if path.startswith(self.dir) else unchanged(path)

    def environment(self, env, governed):
        full = {**self.env, **(env or {})}
        return full if governed else {k: v for k, v in full.items() if k != "LD_PRELOAD" and not k.startswith("MEMGOV_")}

    def run(self, *args, env=None, status=0, governed=True, cwd=None, stdin=""):
        """Runs to the end, which must be this status (None: any); stdout and stderr, one after the other."""
        with subprocess.Popen([self.program(args[0]), *args[1:]], env=self.environment(env, governed), cwd=cwd or self.dir,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              errors="replace", start_new_session=True, **self.identity()) as p:
            try:
                out, err = p.communicate(stdin, DEADLINE)
            except BaseException as e:
                end_group(p.pid)
                if isinstance(e, subprocess.TimeoutExpired):
                    raise Failure(f"{args[0]}: still running after {DEADLINE:.0f} s") from e
                raise
        out, err = self.heard(out), self.heard(err)
        if status is not None and p.returncode != status:
            raise Failure(f"{' '.join(args)[:200]}: status {p.returncode} instead of {status}\n{(out + err)[-3000:]}")
        return out + err

    def tool(self, *args, **more):
        """Runs something that helps, without memgov."""
        return self.run(*args, governed=False, **more)

    def build(self, source, output, *flags):
        """Compiles a source of loads/, once for all settings."""
        path = os.path.join(self.built, output)
        if os.path.exists(path):
            return path
        compiler = "g++" if source.endswith(".cc") else "gcc"
        self.tool(compiler, "-O1", "-g", "-fno-builtin", "-D_GNU_SOURCE", "-o", path, os.path.join(LOADS, source), *flags)
        return path

    def server(self, *args, env=None):
        return Server(self, args, env)

    def reports(self):
        """The final reports of all governed processes that ended in order: their figures."""
        found = []
        for path in glob.glob(self.dir + "/reports/*"):
            with open(path, encoding="utf-8", errors="replace") as f:
                found.append({k: int(v) for k, v in re.findall(r"^\s*([a-z_]+)\W+(\d+)$", f.read(), re.M)})
        return found


class Server:
    """A governed program that runs until it is asked to stop; its output is read at the end."""

    def __init__(self, world, args, env):
        self.world = world
        self.name = args[0]
        self.log = open(os.path.join(world.dir, os.path.basename(args[0]) + ".log"), "wb")
        self.p = subprocess.Popen([world.program(args[0]), *args[1:]], env=world.environment(env, True), cwd=world.dir,
                                  stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True,
                                  **world.identity())

    def said(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as f:
            return f.read()

    def until(self, what, check):
        """Polls until check() gives something true, which is the result."""
        end = time.monotonic() + DEADLINE
        while True:
            try:
                got = check()
            except (OSError, Failure):
                got = None
            if got:
                return got
            if self.p.poll() is not None:
                raise Failure(f"{self.name} ended with {self.p.returncode} before {what}\n{self.said()[-3000:]}")
            if time.monotonic() > end:
                raise Failure(f"{self.name}: waited {DEADLINE:.0f} s for {what}\n{self.said()[-3000:]}")
            time.sleep(0.02)

    def stop(self, how=signal.SIGTERM, status=0):
        """Asks for the end and waits for it."""
        if how and self.p.poll() is None:
            self.p.send_signal(how)
        try:
            got = self.p.wait(DEADLINE)
        except subprocess.TimeoutExpired as e:
            raise Failure(f"{self.name} does not end\n{self.said()[-3000:]}") from e
        if got != status:
            raise Failure(f"{self.name}: status {got} instead of {status}\n{self.said()[-3000:]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end_group(self.p.pid)
        self.p.wait()
        self.log.close()
        self.world.heard(self.said())
