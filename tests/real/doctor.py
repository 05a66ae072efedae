# SPDX-License-Identifier: MIT
"""Cases of the real suite: `memgov doctor` beside programs of Debian that are well, are not, or are not governed."""

import json
import os
import pty
import re
import shutil
import subprocess

from governed import BUILD, Program, expect, expect_match, expect_true

PYTHON = "/usr/bin/python3"
MB = 1 << 20
NOBODY = 65534
MEMGOV = os.path.join(BUILD, "memgov")

# A burst that leaves holes behind: every 50th block stays. Small objects go past malloc, unless python is told not to.
BURST = """import sys
blocks = [bytearray(i % 2000 + 1) for i in range(300000)]
keep = blocks[::50]
small = {i: str(i) for i in range(600000)}
del blocks
print("ready", flush=True)
sys.stdin.read()
"""
NODE_BURST = """let small = [];
for (let i = 0; i < 3e5; i++) small.push({ i, s: 'x'.repeat(50) + i });
let buffers = [];
for (let i = 0; i < 100; i++) buffers.push(Buffer.alloc(1 << 20, 7));
global.keep = [small, buffers.filter((x, i) => i % 10 == 0)];
console.log('ready');
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
"""
# Fills its ceiling, is refused, and holds on to what it has.
FULL = """import sys
held = []
try:
    while True:
        held.append(bytearray(100000))
except MemoryError:
    del held[-10:]
print("ready", flush=True)
sys.stdin.read()
"""


def doctor(p, *args, binary=MEMGOV, **more):
    """(status, stdout); nothing on stderr but where the status says so."""
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MEMGOV_SOCKET_DIR": p.sockets if p else "/nowhere"}
    r = subprocess.run([binary, "doctor", *map(str, args)], env=env, capture_output=True, text=True, timeout=60, **more)
    if r.returncode == 0:
        expect("stderr", r.stderr, "")
    return r.returncode, r.stdout


def findings(p, *args, **more):
    """Of --json: the object, and its findings by id."""
    status, out = doctor(p, *args, "--json", **more)
    expect("status", status, 0)
    expect("lines", out.count("\n"), 1)
    found = json.loads(out)
    return found, {f["id"]: f for f in found["findings"]}


def check_width(out):
    """80 columns; a command is not broken."""
    for line in out.splitlines():
        expect_true("at most 80 columns", len(line) <= 80 or line.startswith(" " * 16), repr(line))


def on_a_terminal(**env):
    """What `memgov doctor` prints on one."""
    ours, its = pty.openpty()
    p = subprocess.Popen([MEMGOV, "doctor", str(os.getpid())], stdout=its, stdin=subprocess.DEVNULL,
                         env={"PATH": os.environ["PATH"], "TERM": "xterm", **env})
    os.close(its)
    out = b""
    try:
        while part := os.read(ours, 65536):
            out += part
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    expect("status", p.wait(), 0)
    return out.decode()


def doctor_has_colours_on_a_terminal():
    expect_true("colours", "\033[" in on_a_terminal())
    expect_true("NO_COLOR", "\033" not in on_a_terminal(NO_COLOR="1"))
    expect_true("an empty NO_COLOR says nothing", "\033[" in on_a_terminal(NO_COLOR=""))
    expect_true("no terminal to speak of", "\033" not in on_a_terminal(TERM="dumb"))


def doctor_looks_at_the_machine():
    with Program([PYTHON, "-c", BURST], {"MEMGOV_HEAP_MAX": "600M"}, start="now") as p:
        p.wait_ready()
        p.wait_socket()
        status, out = doctor(p)
        expect("status", status, 0)
        check_width(out)
        for part in ("MACHINE", "LARGEST PROCESSES", "FINDINGS"):
            expect_true(part, part in out.splitlines(), out)
        expect_true("no colours in a pipe", "\033" not in out, repr(out))
        found, by_id = findings(p)
        total = int(re.search(r"MemTotal:\s+(\d+)", open("/proc/meminfo", encoding="ascii").read())[1]) * 1024
        expect("total", found["machine"]["total_bytes"], total)
        expect("governed", found["governed"], 1)
        row = [r for r in found["largest"] if r["pid"] == p.pid]
        expect_true("the largest are listed", len(row) == 1 and row[0]["governed"] == "yes", repr(found["largest"]))
        expect("its ceiling", row[0]["heap_limit_bytes"], 600 * MB)
        expect_true("of memory", "memory" in by_id, repr(by_id))
        expect("none-governed", by_id.get("none-governed"), None)
        levels = ["fine", "note", "warn", "critical"]
        order = [levels.index(f["level"]) for f in found["findings"]]
        expect("worst first", order, sorted(order, reverse=True))


def doctor_finds_the_arenas_of_python():
    with Program([PYTHON, "-c", BURST], start="now") as p:
        p.wait_ready()
        p.wait_socket()
        p.ask("compact")
        found, by_id = findings(p, p.pid)
        s = p.stats()
        process = found["process"]
        expect("live", process["live_bytes"], s["live_bytes"])
        parts = sum(process[k] for k in ("heap_bytes", "beyond_bytes", "stack_bytes", "file_bytes", "shared_bytes"))
        expect("parts add up", parts, process["rss_bytes"])
        expect_true("as the kernel counts", abs(parts - s["rss_bytes"]) < 8 * MB, f"{parts} {s['rss_bytes']}")
        expect_true("its arenas", process["beyond_bytes"] > 60 * MB, repr(process))
        expect_match("finding", by_id["beyond-python"]["text"], r"[\d.]+M are anonymous .*PYTHONMALLOC=malloc.*")
        expect_match("no ceiling", by_id["no-ceiling"]["command"], rf"memgov set {p.pid} heap_max \d+M")
        status, out = doctor(p, p.pid)
        check_width(out)
        expect_true("for people", status == 0 and f"PROCESS {p.pid}, python3" in out and "  beyond " in out, out)
        expect("by its name", doctor(p, "python3")[0], 0)
    with Program([PYTHON, "-c", BURST], {"MEMGOV_HEAP_MAX": "1G"}, start="now") as p:  # a hint: PYTHONMALLOC
        p.wait_ready()
        p.wait_socket()
        found, by_id = findings(p, p.pid)
        expect_true("all of it is memgov's", found["process"]["beyond_bytes"] < 30 * MB, repr(found["process"]))
        expect("no finding", [i for i in by_id if i.startswith("beyond") or i == "no-ceiling"], [])


def doctor_finds_the_heap_of_node():
    node = shutil.which("node")
    expect_true("node is installed (make deps)", node)
    with Program([node, "-e", NODE_BURST], start="now") as p:
        p.wait_ready()
        p.wait_socket()
        found, by_id = findings(p, p.pid)
        expect_true("V8's heap", found["process"]["beyond_bytes"] > 40 * MB, repr(found["process"]))
        expect_match("command", by_id["beyond-node"]["command"], r"NODE_OPTIONS=--max-old-space-size=\d+ memgov run .*")
    with Program([node, "-e", NODE_BURST], {"NODE_OPTIONS": "--max-old-space-size=300"}, start="now") as p:
        p.wait_ready()
        p.wait_socket()
        by_id = findings(p, p.pid)[1]
        expect_true("it has a limit", "beyond-node" not in by_id and "beyond" in by_id, repr(by_id))


def doctor_finds_a_full_heap():
    with Program([PYTHON, "-c", FULL], {"MEMGOV_HEAP_MAX": "100M", "MEMGOV_LOG": "off"}, start="now") as p:
        p.wait_ready()
        p.wait_socket()
        found, by_id = findings(p, p.pid)
        expect_true("somebody holds it", found["process"].get("largest_holder"), repr(found["process"]))
        expect_true("who", found["process"]["largest_holder"] in by_id["live"]["text"], repr(by_id["live"]))
        expect_true("refused", by_id["refused"]["level"] == "warn", repr(by_id))
        expect("ceiling", by_id["ceiling"]["level"], "critical")
        expect("machine", findings(p)[1]["refusing"]["command"], f"memgov doctor {p.pid}")
        status, out = doctor(p, p.pid, "--check", "--warn=100%", "--critical=100%")
        expect_match("fine by other marks", out, r"ok: [^\n]*; python3 \(\d+\) holds \d+ % of its ceiling of 100M, "
                                                 r"requests refused since its start: \d+\n")
        expect("status", status, 0)
        status, out = doctor(p, p.pid, "--check")
        expect_match("full", out, r"critical: [^\n]+\n")
        expect("status", status, 2)


def doctor_checks_in_one_line():
    used = findings(None)[0]["machine"]["used_pct"]
    for marks, word, want in (("100", "ok", 0), ("1", "warn", 1)):
        if used >= 1 and used < 100:
            status, out = doctor(None, "--check", "--warn", marks, "--critical", "100")
            expect_match(marks, out, rf"{word}: \d+ % of [\d.]+[MGT] of memory in use[^\n]*\n")
            expect("status", status, want)
    status, out = doctor(None, "--check", "--warn", "0")
    expect("a bad mark", (status, out), (3, ""))
    expect("no mark", doctor(None, "--check", "--warn"), (3, ""))
    expect("two kinds of output", doctor(None, "--check", "--json")[0], 3)
    expect("marks the wrong way around", doctor(None, "--warn", "90", "--critical", "80")[0], 2)


def doctor_says_what_is_not_there():
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    expect("no such process", doctor(None, gone.pid), (1, ""))
    expect("to check", doctor(None, gone.pid, "--check"), (3, "unknown: there is no such process to check\n"))
    expect("nobody is called so", doctor(None, "nobody-is-called-so")[0], 1)
    expect("0 is none", doctor(None, "0")[0], 2)


def doctor_looks_from_outside():
    with Program([PYTHON, "-c", BURST], preload=()) as p:
        p.wait_ready()
        found, by_id = findings(p, p.pid)
        expect("governed", found["process"]["governed"], "no")
        expect_true("how to", "memgov" in by_id["not-governed"]["command"] or "systemctl" in
                    by_id["not-governed"]["command"], repr(by_id))
        expect_true("anonymous", found["process"]["anonymous_bytes"] > 60 * MB, repr(found))
    with Program([PYTHON, "-c", BURST], {"MEMGOV_SOCKET": "off"}, start="now") as p:
        p.wait_ready()
        expect("without a socket", list(findings(p, p.pid)[1])[0], "no-socket")


def doctor_as_another_user():
    """Of other users' processes only what everybody may know; nothing else on stderr, and no failure."""
    if os.getuid() != 0:
        return
    with Program([PYTHON, "-c", BURST], start="now") as p:
        p.wait_ready()
        p.wait_socket()
        os.chmod(p.dir, 0o755)
        binary = shutil.copy(MEMGOV, p.dir)
        found, by_id = findings(p, p.pid, binary=binary, user=NOBODY, cwd="/")
        expect("governed", found["process"]["governed"], "unknown")
        expect_match("finding", by_id["not-ours"]["text"], r"It belongs to root: .*ask as that user or as root\.")
        expect_true("RSS", found["process"]["rss_bytes"] > 60 * MB, repr(found["process"]))
        expect("what is unknown is left out", [k for k in found["process"] if k in ("stack_bytes", "heap_bytes")], [])
        expect("machine", doctor(p, binary=binary, user=NOBODY, cwd="/")[0], 0)


CASES = [(f.__name__, f) for f in (
    doctor_looks_at_the_machine, doctor_has_colours_on_a_terminal, doctor_finds_the_arenas_of_python,
    doctor_finds_the_heap_of_node, doctor_finds_a_full_heap, doctor_checks_in_one_line, doctor_says_what_is_not_there,
    doctor_looks_from_outside, doctor_as_another_user)]
