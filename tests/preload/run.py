#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The preload suite: run.py [-v] [PART OF A ROW'S NAME]... BUILD names the build folder."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import looks  # noqa: E402
import minutes  # noqa: E402
import restarts  # noqa: E402
import samples  # noqa: E402
import scenes  # noqa: E402
from governed import Failure, Program, expect, run_cases, signal_name  # noqa: E402
from rows import ROWS  # noqa: E402


def check_text(what, got, want):
    if isinstance(want, str):
        expect(what, got, want)
    elif not want.fullmatch(got):
        raise Failure(f"{what}\n    expected to match: {want.pattern}\n    got: {got!r}")


def run_row(row):
    with Program(row.args, row.env, row.preload, row.start) as p:
        if row.look and looks.wait_for_the_end not in row.look:
            p.wait_ready()
        for look in row.look:
            look(p)
        if row.look and p.p.poll() is None:
            looks.check_overhead(p, row)
        status = p.finish()
        pid = str(p.pid)
        if status != row.status and row.status is not looks.ANY_STATUS:
            raise Failure(f"status {signal_name(status)}, expected {signal_name(row.status)}\n"
                          f"    stdout: {p.out()!r}\n    stderr: {p.err()!r}")
        check_text("stdout", p.out(), row.out)
        check_text("stderr", p.err().replace(f"[{pid}]", "[PID]"), row.err)
        if os.path.exists(p.path()) and status >= 0:
            raise Failure("the socket is still there after the end")


def main():
    cases = [(row.name, lambda row=row: run_row(row)) for row in ROWS] + scenes.CASES + restarts.CASES + samples.CASES
    names = [name for name, _ in cases + minutes.CASES]
    assert len(set(names)) == len(names), "two rows have the same name"
    return run_cases("preload", cases, minutes.CASES)


if __name__ == "__main__":
    sys.exit(main())
