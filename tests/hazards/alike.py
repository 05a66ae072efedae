# SPDX-License-Identifier: MIT
"""What the checks of the hazards are made of. Each of these makes a function without arguments, which raises Failure."""

import os
import re

import minutes
import restarts
import rows
import samples
import scenes
from governed import BUILD, LIB, Program, expect, expect_true

ROWS = {row.name: row for row in rows.ROWS}
SCENES = dict(scenes.CASES + restarts.CASES + samples.CASES + minutes.CASES)


def victim(name):
    """A victim of this suite, or else of the preload suite; anything with a slash is a path."""
    here = os.path.join(BUILD, "tests", "hazards", name)
    return name if "/" in name else here if os.path.exists(here) else os.path.join(BUILD, "tests", "preload", name)


def row(*names):
    """Rows of the preload suite, by name."""
    chosen = [ROWS[name] for name in names]

    def check():
        for r in chosen:
            rows.run_row(r)
    return check


def scene(*names):
    """Scenes of the preload suite, by name."""
    chosen = [SCENES[name] for name in names]

    def check():
        for s in chosen:
            s()
    return check


def ending(args, env, preload, stdin=None):
    """Status, stdout and stderr of a program that is run to its end; what else there is in its folder is its own."""
    with Program(args, env, preload) as p:
        if stdin:
            p.p.stdin.write(stdin)
        status = p.finish(300)
        own = re.escape(p.dir)
        report = os.path.join(p.dir, "report")
        text = open(report, encoding="utf-8").read() if os.path.exists(report) else ""
        return (status, re.sub(own, "DIR", p.out()), re.sub(own, "DIR", p.err())), text


def alike(*args, env=None, preload=(LIB,), others=(), stdin=None, proof=r"^\s*allocs\W+[1-9]", result=None):
    """
    Under memgov as without: the same status, stdout and stderr, which are `result` if there is one, and a governor
    that was really there: its final report has `proof` in it. `others` are preloaded without memgov.
    """
    args = [victim(args[0]), *args[1:]]
    governed_env = {"MEMGOV_REPORT": "{dir}/report", "MEMGOV_START": "now", **(env or {})}

    def check():
        plain, _ = ending(args, env, others, stdin)
        governed, report = ending(args, governed_env, preload, stdin)
        name = " ".join(map(os.path.basename, args[:3]))
        expect_true(f"{name} without memgov does something", plain[1] != "" or plain[0] != 0, repr(plain))
        expect(f"{name}: status, stdout, stderr, under memgov as without", governed, plain)
        if result is not None:
            expect(f"{name}: its result", plain, result)
        expect_true(f"{name}: its report proves the governor", re.search(proof, report, re.M), repr(report[:300]))
    return check
