# SPDX-License-Identifier: MIT
"""Samples against the truth, wherever a program can be; large allocations."""

import re
import subprocess

from governed import Failure, Program, expect, expect_match, expect_true, victim
from minutes import body, tool


def profile(p, pid=None):
    """Of the socket's `profile`: estimated live bytes, live samples, mean."""
    lines = body(p.ask("profile", pid)).splitlines()
    expect("the ends of a profile", (lines[0], lines[-1]), ("memgov-profile 1", "end"))
    words = [line.split() for line in lines]
    live = sum(int(w[3]) for w in words if w[0] == "site")
    return live, int(next(w[2] for w in words if w[0] == "samples")), int(next(w[1] for w in words if w[0] == "sample_bytes"))


def live_without_samples(workload):
    """A sample may take a block of a larger class than others of its size: not much, but at 1K it would show."""
    with Program([victim("estimates"), workload], {"MEMGOV_SAMPLE": "0"}, start="now") as p:
        p.wait_ready()
        return p.stat("live_bytes")


def distance(p, truth, pid=None):
    """How many standard errors the estimate is away from the truth. Each live sample adds at most mean² to the variance."""
    estimate, samples, mean = profile(p, pid)
    expect_true("there are samples", samples > 20, str(samples))
    return (estimate - truth) / (mean * samples ** 0.5), f"{estimate} for {truth} by {samples} samples of {mean}"


def estimates(workload):
    """Two of three within three; a sound estimate fails once in 40,000 times. At 1K there are more samples than are kept."""
    truth = live_without_samples(workload)
    for mean in ("512K", "32K", "1K"):
        tries, good = [], 0
        while good < 2:
            with Program([victim("estimates"), workload], {"MEMGOV_SAMPLE": mean}, start="now") as p:
                p.wait_ready()
                errors, how = distance(p, truth)
                expect("status", p.finish(), 0)
            tries.append(f"{errors:.1f} standard errors: {how}")
            good += abs(errors) <= 3
            if len(tries) - good > 1:
                raise Failure(f"{workload} at {mean}: {'; '.join(tries)}")


def sites_of(text):
    return [line for line in text.splitlines() if re.search(r"\S\+0x[0-9a-f]+", line)]


# ---- Where programs can be.

def fork_child_has_a_profile():
    """Its parent's blocks and its own, each at its site; the parent's profile is as it was."""
    with Program([victim("forks_with_blocks")], {"MEMGOV_SAMPLE": "16K"}, start="now") as p:
        p.wait_ready()
        child = int(re.search(r"child (\d+)", p.out())[1])
        p.wait_socket(child)
        for pid, functions in ((p.pid, {"keep_of_parent"}), (child, {"keep_of_parent", "keep_of_child"})):
            errors, how = distance(p, p.stat("live_bytes", pid), pid)
            expect_true(f"live bytes of {pid}", abs(errors) <= 5, how)
            found = set(re.findall(r"keep_of_\w+", tool(p, "sites", str(pid))))
            expect("sites", found, functions)
        expect("status", p.finish(), 0)


def without_a_thread():
    """MEMGOV_THREAD=0: there is no socket, but the report says who holds the memory."""
    with Program([victim("estimates"), "small"], {"MEMGOV_THREAD": "0", "MEMGOV_REPORT": "{dir}/report"}) as p:
        expect("status, output", (p.finish(), p.out(), p.err()), (0, "ready\nok\n", ""))
        with open(p.dir + "/report", encoding="utf-8") as f:
            sites = sites_of(f.read())
        expect_true("sites of the report", any(re.search(r"estimates\+0x\w+ < .*libc", s) for s in sites), repr(sites))


def stripped_program():
    """Frames without names."""
    with Program([victim("idle")]) as folder:
        exe = folder.dir + "/stripped"
        subprocess.run(["strip", "-o", exe, victim("estimates")], check=True)
        with Program([exe, "small"], start="now") as p:
            p.wait_ready()
            text = tool(p, "sites", str(p.pid))
            expect_true("a module and an offset", re.search(r"stripped\+0x[0-9a-f]+", text), text)
            expect("status", p.finish(), 0)


# ---- Large allocations.

def large_lines(times, env):
    with Program([victim("large_blocks"), times], {"MEMGOV_LOG_LEVEL": "info", **env}, start="now") as p:
        p.wait_ready()
        events = [e for e in body(p.ask("events")).splitlines() if " large " in e]
        expect("status", p.finish(), 0)
        lines = [line for line in p.err().splitlines() if "large" in line]
        return lines, events


def large_allocation():
    """64 MB is said, once, with the stack; 1 MB is not."""
    lines, events = large_lines("1", {})
    expect("lines and events", (len(lines), len(events)), (1, 1))
    for line in lines + events:
        expect_match("the line", line, r".*64M at large_blocks\+0x\w+ < large_blocks\+0x\w+ < .*libc.*")


def large_allocations_in_a_loop():
    lines, events = large_lines("1000", {})
    expect("lines and events", (len(lines), len(events)), (1, 1))


def large_allocations_are_off():
    expect("lines and events", large_lines("3", {"MEMGOV_LARGE_ALLOC": "0"}), ([], []))
    lines, events = large_lines("1", {"MEMGOV_LARGE_ALLOC": "512K"})
    expect("lines of both sizes", (len(lines), len(events)), (2, 2))


CASES = [("estimate_of_" + w, lambda w=w: estimates(w)) for w in ("small", "mixed", "short_lived", "vectors", "threads")]
CASES += [(f.__name__, f) for f in (fork_child_has_a_profile, without_a_thread, stripped_program, large_allocation, large_allocations_in_a_loop,
                                    large_allocations_are_off)]
