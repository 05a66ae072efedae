#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
The hazards suite: run.py [-v] [PART OF A NAME]... BUILD names the build folder.
run.py --readme FILE [--check] writes the table of hazards into FILE, or says whether it is there.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(sys.path[0], "preload"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from governed import run_cases  # noqa: E402
from hazards import HAZARDS  # noqa: E402

BEGIN, END = "<!-- memgov-hazards -->\n", "<!-- /memgov-hazards -->\n"


def table():
    tried = sum(1 for h in HAZARDS if h.checks)
    lines = [f"{len(HAZARDS)} things that break preloaded allocators. `make hazards` tries {tried} of them, most with and without memgov, where",
             f"the program must say and return the same; {len(HAZARDS) - tried} cannot come up here.", "",
             "<details>", "<summary>Each of them, and how it is shown</summary>", "",
             "| | Hazard | Shown by |", "|---|---|---|"]
    return "\n".join(lines + [f"| H{h.number} | {h.title} | {h.shown} |" for h in HAZARDS] + ["", "</details>"]) + "\n"


def write_readme(path, check):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if BEGIN not in text or END not in text:
        raise SystemExit(f"{path} has no {BEGIN.strip()} and {END.strip()} to write between")
    before, rest = text.split(BEGIN, 1)
    new = before + BEGIN + table() + END + rest.split(END, 1)[1]
    if new != text and check:
        print(f"{path}: the table of hazards is not that of tests/hazards/hazards.py: make docs")
        return 1
    if new != text:
        with open(path, "w", encoding="utf-8") as f:
            f.write(new)
    return 0


def main():
    if sys.argv[1:2] == ["--readme"]:
        return write_readme(sys.argv[2], "--check" in sys.argv)
    tried = [h for h in HAZARDS if h.checks]
    print(f"{len(HAZARDS)} hazards: {len(tried)} tried, {len(HAZARDS) - len(tried)} not applicable", flush=True)
    return run_cases("hazards", [(h.id, h) for h in tried])


if __name__ == "__main__":
    sys.exit(main())
