# SPDX-License-Identifier: MIT
"""H40 to H60: figures, ceilings, giving back, and the world around."""

import os
import re
import shutil
import subprocess

from alike import alike, ending, victim
from governed import BUILD, LIB, ROOT, Program, expect, expect_match, expect_true, until

MB = 1 << 20
PYTHON = "/usr/bin/python3"


def sees_what_is_mapped_past_it():
    """100 MB of mmap are not the heap's, and are shown as such."""
    with Program([victim("maps_itself")], {"MEMGOV_HEAP_MAX": "64M"}, start="now") as p:
        p.wait_ready()
        s = p.stats()
        expect_true("RSS has it", s["rss_bytes"] > 100 * MB, str(s["rss_bytes"]))
        expect_true("the heap has not", s["heap_footprint_bytes"] < 10 * MB, str(s["heap_footprint_bytes"]))
        expect_true("beyond the heap", s["outside_heap_bytes"] > 100 * MB, str(s["outside_heap_bytes"]))
        expect("status, stdout, stderr", (p.finish(), p.out(), p.err()), (0, "ready\nok\n", ""))


limits_are_the_users = alike("/bin/bash", "-c", "ulimit -a; ulimit -Ha", env={"MEMGOV_HEAP_MAX": "100M", "MEMGOV_RSS_MAX": "100M"})


def status_kb(p, name):
    with open(f"/proc/{p.pid}/smaps_rollup", encoding="ascii") as f:
        return int(re.search(rf"^{name}:\s+(\d+) kB$", f.read(), re.M)[1])


def given_back_is_gone():
    """No page is left to the kernel's leisure (MADV_FREE): RSS falls with the answer of `compact`."""
    with Program([victim("idle"), "100"], start="now") as p:
        p.wait_ready()
        expect_match("compact", p.ask("compact"), r"ok\n.*")
        expect("lazily freed, in KB", status_kb(p, "LazyFree"), 0)
        expect("huge pages, in KB", status_kb(p, "AnonHugePages"), 0)
        expect("status", p.finish(), 0)


def rss_is_the_kernels():
    """What it calls RSS is what the kernel says, not what the allocator believes."""
    with Program([victim("idle"), "50"], start="now") as p:
        p.wait_ready()

        def agree():
            got = p.stat("rss_bytes")
            return abs(got - 1024 * status_kb(p, "Rss")) < MB and got > 50 * MB
        until("its RSS and the kernel's agree within 1 MB", agree)
        expect("status", p.finish(), 0)


def without_pressure_files():
    """Neither /proc/pressure nor cgroups, in a namespace of its own: what is left is used, and nobody complains."""
    hide = "mount -t tmpfs none /proc/pressure 2>/dev/null; mount -t tmpfs none /sys/fs/cgroup && exec \"$0\" 40"
    with Program(["/usr/bin/unshare", "-m", "/bin/sh", "-c", hide, victim("idle")], {"MEMGOV_MONITOR_INTERVAL": "100ms"},
                 start="now") as p:
        p.wait_ready()
        s = p.stats()
        expect("stall, cgroup", (s["stall_pct"], s["cgroup_limit_bytes"]), (0, 0))
        expect_true("the machine's memory is known", 0 < s["system_available_bytes"] < s["system_total_bytes"], repr(s))
        expect("status, stdout, stderr", (p.finish(), p.out(), p.err()), (0, "ready\nok\n", ""))


def compacts_no_more_than_its_gap():
    """Hundreds of MB released each second, a mark of 10 MB: compactions come, but no more than one in a gap."""
    env = {"MEMGOV_RELEASED": "10M", "MEMGOV_COMPACT_GAP": "1s", "MEMGOV_COMPACT_DELAY": "0", "MEMGOV_MONITOR_INTERVAL": "100ms",
           "MEMGOV_IDLE_COMPACT": "0", "MEMGOV_FRAGMENTATION": "0"}
    with Program([victim("frees_steadily")], env, start="now") as p:
        p.wait_ready()
        until("three compactions while it is busy", lambda: p.stat("compactions") >= 3)
        s = p.stats()
        expect_true("one in a second at most", s["compactions"] <= s["uptime_ms"] / 1000 + 1, repr(s))
        expect_true("it is not idle", s["state"] == "active", s["state"])
        expect("status", p.finish(), 0)


def most_mappings():
    with open("/proc/sys/vm/max_map_count", encoding="ascii") as f:
        return int(f.read())


def small_heap_is_few_mappings():
    """However torn a heap is when it is compacted, giving pages back makes no mappings."""
    with Program([victim("sleeping_worker"), "10", "compact"], start="now") as p:
        most = [0]

        def ended():
            try:
                with open(f"/proc/{p.pid}/maps", encoding="ascii") as f:
                    most[0] = max(most[0], sum(1 for _ in f))
            except OSError:
                pass
            return p.p.poll() is not None
        until("its end", ended, 120)
        expect("status", p.finish(), 0)
        expect_true("a few mappings", 10 < most[0] < 500, str(most[0]))


def disassembled(name):
    """The instructions of an exported function of the library."""
    symbols = subprocess.run(["nm", "-D", "-S", LIB], capture_output=True, text=True, check=True).stdout
    m = re.search(rf"^(\w+) (\w+) T {name}$", symbols, re.M)
    begin, size = int(m[1], 16), int(m[2], 16)
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", f"--start-address={begin}", f"--stop-address={begin + size}", LIB],
                          capture_output=True, text=True, check=True).stdout
    return re.findall(r"^\s+[0-9a-f]+:\s+(.+)$", text, re.M)


def fast_path_takes_no_lock():
    """malloc and free of the usual case have no instruction that other cores must wait for."""
    for name in ("malloc", "free"):
        body = disassembled(name)
        expect_true(f"{name} was disassembled", len(body) > 20, str(body))
        expect(f"locked instructions in {name}", [i for i in body if re.match(r"lock|xchg.*\(|mfence|cmpxchg", i)], [])


def man_in_its_sandbox():
    """man-db filters the system calls of every process it starts."""
    man = shutil.which("man")
    expect_true("man is installed (make deps)", man)
    page = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"memgov-test-{os.getpid()}.1")
    with open(page, "w", encoding="ascii") as f:
        f.write(".TH LARGE 1\n.SH NAME\nlarge \\- a page\n" + "".join(f".SH PART {i}\n" + "some words\n" * 50 for i in range(200)))
    try:
        plain = ending([man, "-l", page], {"MANWIDTH": "80"}, ())[0]
        status, out, err = ending([man, "-l", page], {"MANWIDTH": "80", "MEMGOV_START": "now"}, (LIB,))[0]
        expect("status, stdout", (status, out), plain[:2])
        expect_true("a long page", len(out) > 10000, out[:300])
        expect("stderr: what a sandbox forbids is nobody's mistake", err, "")
    finally:
        os.unlink(page)


def own_memory_is_small():
    """memgov in a tiny program: less than 3 MB of RSS, and its own tables far less."""
    rss = []
    for preload in ((), (LIB,)):
        with Program([victim("idle")], preload=preload, start="now" if preload else None) as p:
            p.wait_ready()
            if preload:
                expect_true("own tables", 0 < p.stat("own_bytes") < MB, str(p.stat("own_bytes")))
            rss.append(status_kb(p, "Rss"))
            expect("status", p.finish(), 0)
    expect_true("RSS of a tiny program", rss[1] < rss[0] + 3000, f"{rss[1]} KB, {rss[0]} without memgov")


def own_memory_is_bounded():
    """Many sites, threads, samples and events: its tables are bounded."""
    with Program([victim("short_threads")], {"MEMGOV_SAMPLE": "1K", "MEMGOV_LARGE_ALLOC": "64K", "MEMGOV_LOG": "off"}, start="now") as p:
        p.wait_ready()
        s = p.stats()
        expect_true("it has been busy", s["samples"] > 10000, repr(s))
        expect_true("own tables", s["own_bytes"] < 8 * MB, str(s["own_bytes"]))
        expect("status", p.finish(), 0)


def maps_read_as_usual():
    """No mapping has a made-up name that a reader of /proc/PID/maps would have to know."""
    with Program([victim("idle"), "20"], start="now") as p:
        p.wait_ready()
        with open(f"/proc/{p.pid}/maps", encoding="ascii") as f:
            names = {line.split(None, 5)[5].strip() for line in f if len(line.split()) > 5}
        expect("names that are neither files nor the kernel's", sorted(
            n for n in names if not re.fullmatch(r"/.+|\[(heap|stack|vdso|vvar\w*|vsyscall|vvar_vclock)\]", n)), [])
        expect("status", p.finish(), 0)


def asks_for_no_name():
    """The call that names a mapping would be the end of the process: not made, also where the kernel has no such names."""
    refuses = os.path.join(BUILD, "tests", "hazards", "lib_refuses.so")
    got = ending([victim("seeded"), "5"], {"REFUSE": "prctl/0=0x53564d41=kill", "MEMGOV_START": "now"}, (LIB, refuses))[0]
    expect("status, stdout, stderr", got, ending([victim("seeded"), "5"], {}, ())[0])


def reserve_is_for_last_words():
    """Small blocks fill the heap to its ceiling: then a message can still be written, and without a reserve it cannot."""
    for reserve, want in (("256K", "ok\n"), ("0", None)):
        env = {"MEMGOV_HEAP_MAX": "16M", "MEMGOV_RESERVE": reserve, "MEMGOV_LOG": "off", "MEMGOV_START": "now"}
        status, out, err = ending([victim("writes_last_words")], env, (LIB,))[0]
        expect_true(f"with a reserve of {reserve}", (status == 0 and out == "ok\n") == (want is not None), repr((status, out, err)))


def nothing_binary_in_the_tree():
    """What is built from is source: no object, library or archive is kept in the repository."""
    out = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True)
    if out.returncode != 0:  # an unpacked archive
        return
    expect_true("the tree has files", len(out.stdout.splitlines()) > 100)
    expect("binaries", [f for f in out.stdout.splitlines() if re.search(r"\.(o|a|so|dll|exe|lib|jar|zip|gz)$", f)], [])
