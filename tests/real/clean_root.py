#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
The package in a Debian that has just been made: clean_root.py PACKAGE.deb [PART OF A NAME]... As root, with a mirror of
Debian in reach. The steps of the Dockerfile and of the units in tools/examples are gone through as they stand there.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from governed import ROOT, expect, expect_match, expect_true, run_cases  # noqa: E402

EXAMPLES = os.path.join(ROOT, "tools", "examples")
MIRROR = os.environ.get("MIRROR", "http://deb.debian.org/debian")
ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/", "DEBIAN_FRONTEND": "noninteractive"}
# What apt, dpkg and ldconfig write for themselves.
THEIRS = ("var/cache/", "var/lib/apt/", "var/lib/dpkg/", "var/log/", "var/lib/systemd/deb-systemd", "etc/ld.so.cache", "tmp/")


def run(*args, env=None, status=0):
    r = subprocess.run(args, env={**ENV, **(env or {})}, capture_output=True, text=True, timeout=1200, stdin=subprocess.DEVNULL)
    expect_true(f"{shlex.join(args)[:200]}: status {status}", r.returncode == status,
                f"but {r.returncode}: {(r.stdout + r.stderr)[-2000:]}")
    return r.stdout


class Root:
    """A Debian; commands in it have a /proc and a loopback of their own."""

    def __init__(self, deb):
        self.deb, self.dir = os.path.abspath(deb), tempfile.mkdtemp(prefix="memgov-root-")
        os.chmod(self.dir, 0o755)  # it is everybody's /
        run("debootstrap", "--variant=minbase", "bookworm", self.dir, MIRROR)

    def sh(self, script, **env):
        """With the network of this machine, which apt needs."""
        return run("unshare", "-m", "-p", "-f", "--mount-proc=" + self.dir + "/proc", "chroot", self.dir, "sh", "-ec", script, env=env)

    def alone(self, script, **env):
        """Without that network: ports are its own."""
        inside = f"mount -t proc proc {self.dir}/proc; ip link set lo up; exec chroot {self.dir} sh -ec {shlex.quote(script)}"
        return run("unshare", "-m", "-n", "-p", "-f", "sh", "-ec", inside, env=env)

    def boot(self):
        """Until something turns it off."""
        run("systemd-nspawn", "--quiet", "-D", self.dir, "--boot", "--private-network", "--register=no", "--keep-unit",
            "--console=pipe", "--setenv=SYSTEMD_LOG_TARGET=console")

    def put(self, source, to, lines=""):
        """The example of this name, or these lines, as a file of this root."""
        path = self.dir + to
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if source:
            with open(os.path.join(EXAMPLES, source), encoding="ascii") as f:
                lines = f.read()
        with open(path, "w", encoding="ascii") as f:
            f.write(lines)

    def files(self):
        found = (os.path.relpath(os.path.join(d, f), self.dir) for d, _, names in os.walk(self.dir) for f in names)
        return {f for f in found if not f.startswith(THEIRS)}


def dockerfile():
    """[(instruction, the rest)]"""
    with open(os.path.join(EXAMPLES, "Dockerfile"), encoding="ascii") as f:
        text = re.sub(r"^#.*\n", "", f.read(), flags=re.M).replace("\\\n", " ")
    return [line.split(None, 1) for line in text.splitlines() if line.strip()]


def steps_of_the_dockerfile(root):
    """Its program answers, and is seen by memgov-top, as `docker exec CONTAINER memgov-top` would."""
    env, command = {}, None
    for instruction, rest in dockerfile():
        if instruction == "FROM":
            expect("FROM", rest, "debian:12")
        elif instruction == "COPY":
            expect("COPY", rest, "memgov_*.deb /tmp/")
            shutil.copy(root.deb, root.dir + "/tmp/")
        elif instruction == "RUN":
            root.sh(rest, **env)
        elif instruction == "ENV":
            env.update(word.split("=", 1) for word in shlex.split(rest))
        else:
            expect("instruction", instruction, "CMD")
            command = " ".join(shlex.quote(w) for w in re.findall(r'"([^"]*)"', rest))
    ask = ("import time, urllib.request as u\n"
           "for i in range(300):\n"
           "    try: print(u.urlopen('http://127.0.0.1:8000/etc/').status); break\n"
           "    except OSError: time.sleep(0.1)\n")
    out = root.alone(f"{command} > /dev/null 2>&1 & env -u LD_PRELOAD python3 -c {shlex.quote(ask)}; memgov-top --once", **env)
    expect_match("answer", out, r"(?s)200\n.*\bpython3\b.*")


def a_program_is_governed_by_its_name_alone(root):
    """ldconfig has found the library."""
    out = root.alone("LD_PRELOAD=libmemgov.so MEMGOV_REPORT=/tmp/report sort /etc/passwd; cat /tmp/report; memgov --version; memgov-top --version")
    expect_match("report", out, r"(?s).*heap_peak_bytes.*")
    versions = re.findall(r"^memgov(?:-top)? (\S+)$", out, re.M)
    expect("versions", versions, [os.path.basename(root.deb).split("_")[1]] * 2)


def its_pages_are_read_with_man(root):
    """apt-get install of the package leaves nothing to install for that, but man itself."""
    root.sh("apt-get update -q && apt-get install -q -y --no-install-recommends man-db")
    for page in ("memgov", "memgov-top", "libmemgov", "memgov.h", "memgov_set"):
        expect_match(page, root.alone(f"man {page}", MANPAGER="cat"), "(?s).*NAME.*DESCRIPTION.*")


PROBE = """[Unit]
After=redis-server.service web.service memgov-serve.service
[Service]
Type=oneshot
StandardOutput=file:/probe.log
StandardError=file:/probe.log
ExecStart=-/bin/sh -c 'for i in $(seq 300); do memgov ps > /seen 2>&1; grep -q redis-server /seen && grep -q python3 /seen \
&& break; sleep 0.1; done; cat /seen; redis-cli ping; curl -s http://127.0.0.1:7766/metrics; journalctl -b --no-pager'
ExecStopPost=systemctl poweroff --force
[Install]
WantedBy=multi-user.target
"""
WEB = "[Service]\nExecStart=/usr/bin/python3 -m http.server 8000\nUser=games\n[Install]\nWantedBy=multi-user.target\n"


def services_of_systemd(root):
    """A real systemd starts redis-server and a service of one's own, both with the drop-in, and memgov-serve, which sees
    both."""
    root.sh("apt-get update -q && apt-get install -q -y --no-install-recommends systemd dbus redis-server curl")
    root.put("memgov-serve.service", "/etc/systemd/system/memgov-serve.service")
    root.put(None, "/etc/systemd/system/web.service", WEB)
    root.put(None, "/etc/systemd/system/probe.service", PROBE)
    for service in ("web", "redis-server"):
        root.put("memgov.conf", f"/etc/systemd/system/{service}.service.d/memgov.conf")
    verified = root.sh("systemd-analyze verify --man=no memgov-serve.service web.service 2>&1")
    expect("systemd-analyze verify", [line for line in verified.splitlines() if "memgov" in line or "web" in line], [])
    root.sh("systemctl enable -q redis-server web memgov-serve probe")
    root.boot()
    with open(root.dir + "/probe.log", encoding="utf-8") as f:
        log = f.read()
    for what, pattern in (("redis", r"\bredis +redis-server\b"), ("web", r"\bgames +python3\b"), ("redis answers", "\nPONG\n"),
                          ("address", r"http://127\.0\.0\.1:7766/"),
                          ("metric of redis", r'\nmemgov_up\{[^}]*command="redis-server"'),
                          ("metric of web", r'\nmemgov_up\{[^}]*command="python3"')):
        expect_match(what, log, f"(?s).*{pattern}.*")
    for f in ("memgov-serve.service", "web.service", "probe.service"):
        os.remove(root.dir + "/etc/systemd/system/" + f)


def purge_leaves_nothing(root):
    before = root.files()
    package = set(root.sh("dpkg -L memgov").splitlines())
    expect_true("files", len(package) > 20)
    root.sh("apt-get purge -q -y memgov && apt-get autoremove -q -y --purge")
    after = root.files()
    expect("left", sorted(f for f in package if "/" + f.lstrip("/") in {"/" + a for a in after}), [])
    expect("anything of the name", sorted(f for f in after if "memgov" in f and not f.startswith("etc/systemd/system/")), [])
    expect("what came", sorted(after - before), [])


CASES = [(f.__name__, f) for f in (
    steps_of_the_dockerfile, a_program_is_governed_by_its_name_alone, its_pages_are_read_with_man, services_of_systemd,
    purge_leaves_nothing)]


def main():
    if os.geteuid() != 0:
        sys.exit("make test-deb makes a root and boots it, for which it must be root")
    root = Root(sys.argv.pop(1))
    try:
        return run_cases("deb", [(name, lambda f=f: f(root)) for name, f in CASES])
    finally:
        shutil.rmtree(root.dir)


if __name__ == "__main__":
    sys.exit(main())
