# SPDX-License-Identifier: MIT
"""Cases of the real suite: words are completed in a real bash, on a terminal, for real processes."""

import os
import pty
import re
import select
import signal
import time

from governed import BUILD, DEADLINE, ROOT, Failure, Program, expect, expect_match, expect_true

SCRIPT = os.path.join(ROOT, "tools", "cli", "completion.bash")
WAIT = ["/usr/bin/python3", "-c", "import sys; print('ready', flush=True); sys.stdin.read()"]
PROMPT = "ready> "


class Bash:
    """A bash on a terminal of 100 columns, without anybody's startup files."""

    def __init__(self, sockets, *prepare):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(os.path.dirname(SCRIPT))
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "-i"],
                      {"PATH": BUILD + ":" + os.environ["PATH"], "TERM": "dumb", "LANG": "C.UTF-8", "INPUTRC": "/dev/null",
                       "HISTFILE": "", "MEMGOV_SOCKET_DIR": sockets, "PS1": PROMPT, "HOME": "/nowhere"})
        self.read_until(PROMPT)
        for line in ("stty cols 100 rows 50", "bind 'set bell-style none'", "bind 'set show-all-if-ambiguous on'",
                     "bind 'set page-completions off'", "bind 'set completion-display-width 1'",
                     "bind 'set enable-bracketed-paste off'", *prepare, "source " + SCRIPT):
            self.type(line + "\n", PROMPT)

    def read_until(self, mark):
        got, end = "", time.monotonic() + DEADLINE
        while mark not in got:
            if not select.select([self.fd], [], [], 1)[0]:
                if time.monotonic() > end:
                    raise Failure(f"waited for {mark!r} on the terminal\n    got: {got!r}")
                continue
            got += os.read(self.fd, 65536).decode("utf-8", "replace").replace("\r", "")
        return got

    def type(self, keys, mark):
        """What appears until `mark` does."""
        os.write(self.fd, keys.encode())
        return self.read_until(mark)

    def clear(self):
        """Gives up the line that is being typed."""
        self.type("\x15\n", "\n" + PROMPT)

    def completed(self, typed, whole):
        """A tab makes this of what was typed; that stands on the terminal as it grows."""
        self.type(typed + "\t", whole)
        self.clear()

    def listed(self, typed):
        """The lines that a tab shows, and then the prompt again, with what stands behind it."""
        text = self.type(typed + "\t", "\n" + PROMPT + typed.split(" ")[0])
        self.clear()
        return text.split("\n")[1:-1]

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def completion_on_a_terminal():
    """Subcommands, options with what they mean, processes by their names, files and command lines of other programs."""
    with Program(WAIT, start="now") as p, Bash(p.sockets) as bash:
        p.wait_ready()
        p.wait_socket()
        bash.completed("memgov ver", "memgov version ")
        bash.completed("memgov stats p", "memgov stats python3 ")
        bash.completed(f"memgov stats {str(p.pid)[:-1]}", f"memgov stats {p.pid} ")
        bash.completed("memgov-top --on", "memgov-top --once ")
        bash.completed("memgov set python3 at_limit compact,ab", "memgov set python3 at_limit compact,abort ")
        bash.completed("memgov set python3 at_limit compact,wait=5s,te", "compact,wait=5s,term ")
        bash.completed("memgov run --heap-m", "memgov run --heap-max ")
        bash.completed("memgov run --preset=st", "memgov run --preset=standard ")
        bash.completed("memgov run --preset=low --engine=mi", "--engine=mimalloc ")
        bash.completed("memgov profile python3 -o completion.b", "-o completion.bash ")
        bash.completed("memgov sites python3 --diff=completion.b", "--diff=completion.bash ")
        bash.completed("memgov run --preset=low -- memgov-to", "-- memgov-top ")
        bash.completed("memgov run cat completion.b", "cat completion.bash ")
        lines = bash.listed("memgov stats python3 --")
        expect("options", [re.split(r" {2,}\(", line)[0] for line in lines],
               ["--json", "--prometheus", "--watch", "--help"])
        expect("what they mean", lines[0], "--json        (One object, for programs.)")
        expect_true("lines fit the terminal", max(map(len, bash.listed("memgov run --"))) < 100)
        out = bash.type(f"memgov stats {p.pid} --js\t| tail -c 30\n", "\n" + PROMPT)
        expect_match("the line that was completed runs", out, r".*\"lost_log_lines\":\d+}\n.*")


def completion_lists_processes_with_names():
    """Several processes are listed with their names, in the order of their ids; one that ended is not."""
    with Program(["/bin/sh", "-c", "sleep 1000 & sleep 1000 & wait"], start="now") as p, Bash(p.sockets) as bash:
        p.wait_socket()
        bash.type("until [ $(ls $MEMGOV_SOCKET_DIR | wc -l) = 3 ]; do :; done\n", "\n" + PROMPT)
        pids = sorted(int(name.split(".")[0]) for name in os.listdir(p.sockets))
        names = {pid: "sh" if pid == p.pid else "sleep" for pid in pids}
        width = len(str(pids[-1]))
        common = os.path.commonprefix([str(pid) for pid in pids])
        want = [f"{pid:<{width}}  ({names[pid]})" for pid in pids]
        expect("processes", bash.listed("memgov compact " + common), want)
        bash.completed("memgov compact sh", "memgov compact sh ")
        for pid in pids[1:]:
            os.kill(pid, signal.SIGKILL)
        bash.type("until [ $(memgov --complete memgov stats '' | wc -l) = 1 ]; do :; done\n", "\n" + PROMPT)
        bash.completed("memgov compact ", f"memgov compact {pids[0]} ")


def completion_beside_that_of_debian():
    """With bash-completion loaded, as on Debian: the command behind `run` is completed by its own completion."""
    with Bash("/nowhere", "source /usr/share/bash-completion/bash_completion") as bash:
        bash.completed("memgov run -- memgov sta", "-- memgov stats ")
        bash.completed("memgov run --preset=low git cherry-p", "git cherry-pick ")
        bash.completed("memgov ver", "memgov version ")


CASES = [(f.__name__, f) for f in (
    completion_on_a_terminal, completion_lists_processes_with_names, completion_beside_that_of_debian)]
