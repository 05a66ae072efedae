#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py BUILD SECONDS TARGET...: fuzzes each target for so long, and prints a row for each: inputs that were run, edges
of the code that they reached, and what went wrong. What is new goes to BUILD/fuzz/found; an input that fails to
BUILD/fuzz/TARGET-crash-... (or -timeout-, -oom-), to be run again by `BUILD/fuzz/TARGET FILE`."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from governed import ROOT  # noqa: E402

INPUT_SECONDS = 60  # one input that takes so long hangs
TAIL = 30


def command(build, seconds, target):
    found = os.path.join(build, "fuzz", "found", target)
    os.makedirs(found, exist_ok=True)
    return [os.path.join(build, "fuzz", target), f"-max_total_time={seconds}", "-max_len=4096", f"-timeout={INPUT_SECONDS}",
            "-print_final_stats=1", f"-artifact_prefix={build}/fuzz/{target}-", found, f"tests/fuzz/corpus/{target}"]


def last(pattern, text):
    found = re.findall(pattern, text)
    return found[-1] if found else "?"


def fuzz(build, seconds, target):
    """A row; true when nothing was found."""
    done = subprocess.run(command(build, seconds, target), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    said = done.stdout.decode("utf-8", "replace")
    runs, edges = last(r"stat::number_of_executed_units: *(\d+)", said), last(r"cov: (\d+)", said)
    total, kept = last(r"\((\d+) inline 8-bit counters\)", said), last(r"corp: (\d+)", said)
    row = "none" if done.returncode == 0 else last(r"Test unit written to (\S+)", said)
    print(f"{target:<12} {runs:>10} {edges:>6} of {total:>5} {kept:>7}  {row}", flush=True)
    if done.returncode != 0:
        print("    " + "\n    ".join(said.splitlines()[-TAIL:]), flush=True)
    return done.returncode == 0


def main():
    build, seconds, targets = sys.argv[1], sys.argv[2], sys.argv[3:]
    os.chdir(ROOT)
    print(f"{'target':<12} {'inputs':>10} {'edges':>15} {'kept':>7}  failed", flush=True)
    bad = [t for t in targets if not fuzz(build, seconds, t)]
    print(f"fuzz: {len(targets) - len(bad)} passed, {len(bad)} failed", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
