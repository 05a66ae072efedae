#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The preload suite: run.py [-v] [PART OF A ROW'S NAME]... BUILD names the build folder."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import minutes  # noqa: E402
import restarts  # noqa: E402
import samples  # noqa: E402
import scenes  # noqa: E402
from governed import run_cases  # noqa: E402
from rows import ROWS, run_row  # noqa: E402


def main():
    cases = [(row.name, lambda row=row: run_row(row)) for row in ROWS] + scenes.CASES + restarts.CASES + samples.CASES
    names = [name for name, _ in cases + minutes.CASES]
    assert len(set(names)) == len(names), "two rows have the same name"
    return run_cases("preload", cases, minutes.CASES)


if __name__ == "__main__":
    sys.exit(main())
