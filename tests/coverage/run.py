#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py BUILD SUITE...: runs the suites with a build that counts (make coverage), and prints which lines and functions
of shim, policies and tools ran: a row for each folder and file, then every function that never did.

Every process that exits adds its counters to those of the build, preloaded ones too (exits.c). Processes that are killed
by a signal lose theirs, and so do those that may not write to the build folder any more: behind chroot, as another user,
in a sandbox. Tests that depend on that, or on speed, may fail here; that is said, and is no failure of the coverage."""

import collections
import gzip
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from governed import ROOT  # noqa: E402

FOLDERS = ("shim/", "policies/", "tools/")
INCLUDED_ONLY = (".def", ".h")  # belong to whoever includes them, and are counted with no file of their own


class File:
    def __init__(self):
        self.lines = collections.Counter()      # number: times
        self.functions = collections.Counter()  # (first line, name): times

    def share(self):
        return sum(n > 0 for n in self.lines.values()), len(self.lines)


def objects(build):
    for folder, _, names in os.walk(os.path.join(build, "obj")):
        for name in names:
            if name.endswith(".gcno") and not os.path.relpath(folder, os.path.join(build, "obj")).startswith("tests"):
                yield os.path.join(folder, name)


def forget(build):
    for folder, _, names in os.walk(build):
        for name in names:
            if name.endswith(".gcda"):
                os.remove(os.path.join(folder, name))


def read(build):
    """Path: File. A header's functions are counted in every object that has them."""
    files = collections.defaultdict(File)
    with tempfile.TemporaryDirectory() as out:
        notes = [os.path.abspath(o) for o in objects(build)]
        subprocess.run(["gcov", "--json-format", "--preserve-paths", *notes], cwd=out, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
        for name in os.listdir(out):
            with gzip.open(os.path.join(out, name)) as f:
                add(files, json.load(f))
    return files


def add(files, report):
    for part in report["files"]:
        path = os.path.relpath(os.path.join(report["current_working_directory"], part["file"]), ROOT)
        if not path.startswith(FOLDERS) or path.endswith(INCLUDED_ONLY[0]):
            continue
        for line in part["lines"]:
            files[path].lines[line["line_number"]] += line["count"]
        for function in part["functions"]:
            files[path].functions[function["start_line"], function["name"]] += function["execution_count"]


def row(name, hit, of):
    return f"{name:<34} {hit:>6} of {of:>6} lines {100 * hit / max(of, 1):>6.1f} %"


def print_table(files):
    by_folder = collections.defaultdict(list)
    for path in sorted(files):
        by_folder[os.path.dirname(path)].append(path)
    total = [0, 0]
    for folder in sorted(by_folder):
        shares = {path: files[path].share() for path in by_folder[folder]}
        hit, of = (sum(s[i] for s in shares.values()) for i in (0, 1))
        total = [total[0] + hit, total[1] + of]
        print("\n" + row(folder + "/", hit, of))
        for path, share in shares.items():
            print("  " + row(os.path.basename(path), *share)[:-2] + " %" if share[1] else "  " + os.path.basename(path))
    print("\n" + row("all", *total))


def print_never(files):
    print("\nFunctions that never ran:")
    for path in sorted(files):
        for (line, name), count in sorted(files[path].functions.items()):
            if count == 0:
                print(f"  {path}:{line}: {name}")


def main():
    build, suites = os.path.abspath(sys.argv[1]), sys.argv[2:]
    os.chdir(ROOT)
    if "--again" not in suites:
        forget(build)
        subprocess.run(["tests/run", build, *suites], check=False)
    files = read(build)
    print_table(files)
    print_never(files)
    return 0 if files else 1


if __name__ == "__main__":
    sys.exit(main())
