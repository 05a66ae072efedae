#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py BUILD [-v] [SUITE...]: runs the suites with a build that counts (make coverage), and prints how many lines and
functions ran of each folder of shim and policies, and of the tools too when a suite that is about them took part; then
every function that never ran. -v: a row for each file; without a suite the last counts are printed again.

Every process that ends by itself adds its counters to those of the build, preloaded ones too (exits.c). Processes that a
signal ends lose theirs, and so do those that may not write to the build folder any more: behind chroot, as another user,
in a sandbox, without a free descriptor. Tests that depend on speed may fail here; that is said, and is no failure of the
coverage."""

import collections
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from governed import ROOT  # noqa: E402

LIBRARY = ("shim/", "policies/")
OF_TOOLS = {"screen", "page", "real"}  # suites
NO_CODE = ".def"


class File:
    def __init__(self):
        self.lines = collections.Counter()      # number: times
        self.functions = collections.Counter()  # (first line, name): times

    def share(self):
        """Lines that ran, lines, functions that ran, functions."""
        return [n for c in (self.lines, self.functions) for n in (sum(times > 0 for times in c.values()), len(c))]

    def never(self):
        return [f"{name} ({line})" for (line, name), times in sorted(self.functions.items()) if times == 0]


def with_ending(build, ending):
    return [os.path.join(folder, name) for folder, _, names in os.walk(build) for name in names if name.endswith(ending)]


def read(build, folders):
    """Path: File. A header's functions are counted in every object that has them."""
    files = collections.defaultdict(File)
    notes = [path for path in with_ending(os.path.join(build, "obj"), ".gcno")
             if os.path.relpath(path, os.path.join(build, "obj")).startswith(folders)]
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(["gcov", "--json-format", "--preserve-paths", *notes], cwd=out, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
        for name in os.listdir(out):
            with gzip.open(os.path.join(out, name)) as f:
                add(files, json.load(f), folders)
    return files


def add(files, report, folders):
    for part in report["files"]:
        path = os.path.relpath(os.path.join(report["current_working_directory"], part["file"]), ROOT)
        if not path.startswith(folders) or path.endswith(NO_CODE):
            continue
        for line in part["lines"]:
            files[path].lines[line["line_number"]] += line["count"]
        for function in part["functions"]:
            files[path].functions[function["start_line"], function["name"]] += function["execution_count"]


def row(name, hit, of, called, functions):
    print(f"{name:<24} {hit:>6} of {of:>6} lines {100 * hit / max(of, 1):>6.1f} % {called:>6} of {functions:>5} functions "
          f"{100 * called / max(functions, 1):>6.1f} %")


def print_table(files, with_files):
    by_folder = collections.defaultdict(dict)
    for path in sorted(files):
        by_folder[os.path.dirname(path)][path] = files[path].share()
    for folder, shares in by_folder.items():
        row(folder + "/", *map(sum, zip(*shares.values())))
        for path, share in shares.items() if with_files else ():
            row("  " + os.path.basename(path), *share)
    row("all", *map(sum, zip(*(share for shares in by_folder.values() for share in shares.values()))))


def print_never(files):
    print("\nFunctions that never ran, with their lines:" if any(f.never() for f in files.values()) else "\nEvery function ran.")
    for path in sorted(files):
        if files[path].never():
            print(f"  {path}: {', '.join(files[path].never())}")


def main():
    build, options, suites = os.path.abspath(sys.argv[1]), [a for a in sys.argv[2:] if a == "-v"], \
        [a for a in sys.argv[2:] if a != "-v"]
    os.chdir(ROOT)
    started = time.monotonic()
    if suites:
        for path in with_ending(build, ".gcda"):
            os.remove(path)
        failed = subprocess.run(["tests/run", build, *suites], check=False).returncode
    files = read(build, LIBRARY + (("tools/",) if not suites or OF_TOOLS & set(suites) else ()))
    if not files:
        print(f"{build} has no notes of a build that counts: make coverage", file=sys.stderr)
        return 1
    print(f"\nWhat {', '.join(suites) or 'the last run'} covered, in {time.monotonic() - started:.0f} s:\n")
    print_table(files, options)
    print_never(files)
    if suites and failed:
        print("\nSome tests failed in the build that counts: see above.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
