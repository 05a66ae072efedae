# SPDX-License-Identifier: MIT
"""memgov-top on a terminal of its own (tmux, a server for each): keys in, what is on the screen out."""

import os
import shutil
import subprocess
import tempfile

from governed import BUILD, Failure, until

TOP = os.path.join(BUILD, "memgov-top")


class Terminal:
    def __init__(self, args, width=80, height=24, env=None):
        self.dir = tempfile.mkdtemp(prefix="memgov-screen-")
        self.env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.dir, "LANG": "C.UTF-8", "TZ": "UTC",
                    "TMUX_TMPDIR": self.dir, "MEMGOV_SOCKET_DIR": self.dir + "/sockets", **(env or {})}
        inner = {"TERM": "tmux-256color", **(env or {})}
        command = ["env", *(f"{k}={v}" for k, v in inner.items()), TOP, *args]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), "sh", "-c",
                  '"$@" 2> "$HOME/stderr"; echo $? > "$HOME/status"; sleep 600', "sh", *command)
        self.tmux("set-option", "-g", "status", "off")

    def tmux(self, *args):
        return subprocess.run(["tmux", *args], env=self.env, check=True, capture_output=True, text=True).stdout

    def screen(self, colours=False):
        return self.tmux("capture-pane", "-p", *(["-e"] if colours else []))

    def lines(self):
        return self.screen().split("\n")[:-1]

    def shows(self, *texts):
        """Waits until all of them are on the screen, which is the result."""
        screens = [""]

        def look():
            screens[0] = self.screen()
            return all(t in screens[0] for t in texts)
        try:
            until(f"{texts} on the screen", look)
        except Failure as e:
            raise Failure(f"{e}; it is\n{screens[0]}\n{self.err()}") from None
        return screens[0]

    def hides(self, text):
        until(f"'{text}' gone from the screen", lambda: text not in self.screen())

    def settled(self):
        """The screen, when it has been the same for a few looks."""
        seen = []

        def is_same():
            seen.append(self.screen())
            return len(seen) > 20 and len(set(seen[-20:])) == 1
        until("a screen that stays the same", is_same)
        return seen[-1]

    def press(self, *keys):
        """Names of tmux: Enter, Escape, Down, ..., or text."""
        for key in keys:
            self.tmux("send-keys", *(["-l"] if len(key) > 1 and not key[0].isupper() else []), key)

    def resize(self, width, height):
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def err(self):
        try:
            with open(self.dir + "/stderr", encoding="utf-8") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def status(self):
        """The exit status, when it has ended."""
        def read():
            try:
                with open(self.dir + "/status", encoding="utf-8") as f:
                    return f.read()
            except FileNotFoundError:
                return ""
        return int(until("the end of memgov-top", read))

    def close(self):
        subprocess.run(["tmux", "kill-server"], env=self.env, check=False, capture_output=True)
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
