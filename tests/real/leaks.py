# SPDX-License-Identifier: MIT
"""`memgov leak-test` on services that leak in a native module, and on the same ones that do not."""

import json
import os
import re
import shutil
import signal
import subprocess

from governed import BUILD, Program, expect, expect_match, expect_true, until

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = os.path.join(BUILD, "tests", "real")
MEMGOV = os.path.join(BUILD, "memgov")


class Service(Program):
    def __init__(self, *args, env=None):
        self.tests = []
        super().__init__(list(args), {"PYTHONPATH": MODULES, **(env or {})}, start="now")
        port = until("its port", lambda: re.findall(r"port (\d+)\n", self.out()) or self.p.poll() is not None)
        self.url = f"http://127.0.0.1:{port[0]}"
        self.wait_socket()

    def start_leak_test(self, *args):
        self.tests.append(subprocess.Popen(
            [MEMGOV, "leak-test", str(self.pid), *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "MEMGOV_SOCKET_DIR": self.sockets}))
        return self.tests[-1]

    def close(self):
        for t in self.tests:  # those of a case that failed; their commands end with them
            t.terminate()
            t.communicate()
        super().close()

    def leak_test(self, path, *args, settle="50ms"):
        t = self.start_leak_test("--settle", settle, *args, "--", "curl", "-sf", self.url + path)
        out, err = t.communicate(timeout=300)
        return t.returncode, out, err

    def sample(self):
        return re.search(r"^sample (\S+)$", self.ask("config"), re.M)[1]


def python_service(**more):
    return Service("/usr/bin/python3", HERE + "/leaky_server.py", **more)


def node_service():
    return Service(shutil.which("node"), HERE + "/leaky_server.js", MODULES + "/leaky.node")


def check_leak(service, file):
    """Found, with the function and the file; the same service without the leak passes."""
    status, out, err = service.leak_test("/keep")
    expect("status, stderr", (status, err), (1, ""))
    expect_match("the verdict", out, r"process \d+ \(\w+\): it leaks [0-9.]+K a run \(99 %: [^\n]+, 20 runs\)\n.*")
    growth = float(re.search(r"it leaks ([0-9.]+)K", out)[1])
    expect_true("about 10K", 9.5 < growth < 10.7, out)
    expect_match("who grew most", out.splitlines()[2], rf" +[0-9.]+K +\S+  take_memory \({file}:\d+\)")
    status, out, err = service.leak_test("/free")
    expect(f"status without the leak, stderr; {out}", (status, err), (0, ""))
    expect_match("the verdict", out, r"process \d+ \(\w+\): it does not leak: growth is [^\n]+, below 1K\n")


def leak_in_a_python_module():
    with python_service() as s:
        check_leak(s, "leaky.c")
        expect("the mean between samples afterwards", s.sample(), "512K")


def leak_in_a_node_add_on():
    with node_service() as s:
        check_leak(s, "leaky_node.c")


def leak_test_in_json():
    with python_service() as s:
        status, out, err = s.leak_test("/keep", "--json", "--repeat=12", "--threshold", "5K")
        expect("status, stderr", (status, err), (1, ""))
        j = json.loads(out)
        expect("verdict", (j["verdict"], j["reason"], j["pid"], j["runs"], j["threshold_bytes"]),
               ("leak", "plain", s.pid, 12, 5120))
        expect("readings", len(j["live_bytes"]), 12)
        expect_true("slope", j["low_bytes_per_run"] <= j["bytes_per_run"] <= j["high_bytes_per_run"], out)
        top = j["sites"][0]
        expect("who", (top["function"], top["file"]), ("take_memory", "leaky.c"))
        expect_true("by how much", abs(top["bytes_per_run"] - 10240) < 5 * top["error_bytes_per_run"] + 1000, out)
        expect_true("reached from", any(line["function"] == "take" for line in top["stack"]), out)
        status, out, _ = s.leak_test("/keep", "--json", "--repeat=12", "--threshold", "20K")
        expect("status below the threshold", (status, json.loads(out)["verdict"]), (0, "steady"))


def a_jump_is_no_leak():
    with python_service() as s:
        status, out, err = s.leak_test("/grow", "--json")
        expect("status, stderr", (status, err), (0, ""))
        j = json.loads(out)
        expect_true("it jumped", max(j["live_bytes"]) - min(j["live_bytes"]) > 1 << 20, out)
        expect("verdict", (j["verdict"], j["reason"]), ("steady", "jumps"))


def leak_test_is_interrupted():
    """Sampling is as before, the command is gone, and nothing is judged."""
    with python_service() as s:
        t = s.start_leak_test("--", "sleep", "1000")
        until("fine samples", lambda: s.sample() == "4K")

        def commands():
            with open(f"/proc/{t.pid}/task/{t.pid}/children", encoding="ascii") as f:
                return f.read().split()
        until("the command", commands)
        command = commands()[0]
        t.send_signal(signal.SIGINT)
        out, err = t.communicate(timeout=60)
        expect("status, stdout, stderr", (t.returncode, out, err), (130, "", ""))
        expect("the mean between samples afterwards", s.sample(), "512K")
        expect_true("the command is gone", not os.path.exists(f"/proc/{command}"))


def leak_test_cannot_tell():
    """A command that fails; a process that ends; each is said, with status 2."""
    with python_service() as s:
        status, out, err = s.leak_test("/nowhere", "--repeat", "7")
        expect("status", (status, out), (2, ""))
        expect_match("stderr", err, r"memgov: --repeat: '7' is not a number of runs \(accepted: 8\.\.1000\)\nUsage: .+\n")
        t = s.start_leak_test("--", "sh", "-c", "echo the reason >&2; exit 3")
        out, err = t.communicate(timeout=60)
        expect("status", (t.returncode, out), (2, ""))
        expect("stderr", err, "memgov: the command failed with status 3; it wrote:\nthe reason\n")
        expect("the mean between samples afterwards", s.sample(), "512K")
        t = s.start_leak_test("--settle", "10ms", "--", "/nowhere/is/it")
        out, err = t.communicate(timeout=60)
        expect("status", (t.returncode, out), (2, ""))
        expect("stderr", err, "memgov: cannot execute '/nowhere/is/it': there is no such command\n")
        t = s.start_leak_test("--settle", "10ms", "--", "kill", str(s.pid))
        out, err = t.communicate(timeout=60)
        expect("status", (t.returncode, out), (2, ""))
        expect_match("stderr", err, rf"memgov: process {s.pid} has ended\n|memgov: the command failed with status 1.*")


def leak_test_of_a_read_only_socket():
    """The verdict is as good; that samples stay rare is said."""
    with python_service(env={"MEMGOV_SOCKET": "ro"}) as s:
        status, out, err = s.leak_test("/keep", "--repeat", "8")
        expect("status", status, 1)
        expect_match("stdout", out, r"process \d+ \(python3\): it leaks 10K a run \([^\n]+\n.*")
        expect_match("stderr", err, rf"memgov: process {s.pid} refuses: [^\n]*read-only[^\n]*\n"
                     r"memgov: note: samples stay a mean of 512K, too few to name small leaks\n")


CASES = [(f.__name__, f) for f in (
    leak_in_a_python_module, leak_in_a_node_add_on, leak_test_in_json, a_jump_is_no_leak, leak_test_is_interrupted,
    leak_test_cannot_tell, leak_test_of_a_read_only_socket)]
