# SPDX-License-Identifier: MIT
"""Cases of the real suite: what the tools print of one process, once, to a pipe."""

import json
import os
import re
import subprocess

from governed import BUILD, ROOT, Program, expect, expect_match, expect_true


def printed(p, tool, *args, err=""):
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MEMGOV_SOCKET_DIR": p.sockets}
    r = subprocess.run([os.path.join(BUILD, tool), *map(str, args)], env=env, capture_output=True, text=True, timeout=60)
    expect_match(f"{tool} {args}: stderr", r.stderr, err)
    expect(f"{tool} {args}: status", r.returncode, 0)
    return r.stdout


def sleeper():
    return Program(["/bin/sleep", "600"], start="now")


def top_once():
    with sleeper() as p:
        p.wait_socket()
        rows = printed(p, "memgov-top", "--once").splitlines()
        expect("rows", len(rows), 2)
        expect_match("headings", rows[0], r" *PID USER +COMMAND .*HEAP.*")
        expect_match("the row", rows[1], rf" *{p.pid} \S+ +sleep .*")
        p.p.kill()
        p.p.wait()
        rows = printed(p, "memgov-top", "--once", err="no governed process is running; .*\n").splitlines()
        expect("rows without a process", len(rows), 1)


def top_json():
    with sleeper() as p:
        p.wait_socket()
        got = json.loads(printed(p, "memgov-top", "--json"))
        expect("processes", [(g["pid"], g["command"], g["engine"]) for g in got], [(p.pid, "sleep", "park")])
        wanted = set(p.stats())
        expect_true("every statistic is there", wanted <= set(got[0]), str(wanted - set(got[0])))
        p.p.kill()
        p.p.wait()
        expect("without a process", printed(p, "memgov-top", "--json"), "[]\n")


def shows_one_process():
    with open(os.path.join(ROOT, "policies", "policies.def"), encoding="utf-8") as f:
        policies = re.findall(r"^POLICY\((\w+),", f.read(), re.M)
    with sleeper() as p:
        p.wait_socket()
        expect_match("compact", printed(p, "memgov", "compact", p.pid),
                     rf"process {p.pid}: \S+ came back in \S+, RSS \S+ -> \S+\n")
        expect_match("events", printed(p, "memgov", "events", p.pid),
                     rf"AGO +KIND +WHAT\n\S+ +start +governor of {p.pid}\n(.*\n)?\S+ +compact +asked for: .*\n")
        expect("policies", [line.split()[0] for line in printed(p, "memgov", "policies", p.pid).splitlines()[1:]], policies)
        history = printed(p, "memgov", "history", p.pid).splitlines()
        expect_true("history has its names, and as many numbers in every line",
                    len(history) > 1 and history[0].startswith("# age_ms heap_footprint_bytes ") and
                    all(re.fullmatch(r"(\d+ ?)+", line) and len(line.split()) == len(history[0].split()) - 1
                        for line in history[1:]), str(history[:3]))


CASES = [(f.__name__, f) for f in (top_once, top_json, shows_one_process)]
