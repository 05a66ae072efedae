# SPDX-License-Identifier: MIT
"""The table of programs and settings, and what is asked of each."""

import difflib
import os
import re
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in (HERE, os.path.dirname(os.path.dirname(HERE))):
    if folder not in sys.path:
        sys.path.insert(0, folder)

import compilers  # noqa: E402
import cpython  # noqa: E402
import databases  # noqa: E402
import languages  # noqa: E402
import linking  # noqa: E402
import servers  # noqa: E402
import shells  # noqa: E402
import stressors  # noqa: E402
import tools  # noqa: E402
from governed import BUILD, LIB, Failure  # noqa: E402
from world import Setting, World, end_all  # noqa: E402

PLAIN = Setting("plain")
SETTINGS = [
    Setting("default", LIB),
    Setting("ceiling", LIB, {"MEMGOV_HEAP_MAX": "4G", "MEMGOV_START": "now"}),
    Setting("sample", LIB, {"MEMGOV_SAMPLE": "64K"}),
    Setting("debug", BUILD + "/debug/libmemgov.so", {"MEMGOV_START": "now"}),
]
ROWS = [row for family in (linking, shells, languages, compilers, servers, databases, tools, stressors, cpython) for row in family.ROWS]


def difference(reference, got):
    lines = difflib.unified_diff(str(reference).splitlines(), str(got).splitlines(), "without memgov", "with it", "", "", 1, "")
    return "\n".join(list(lines)[:60])


def governed(row, reports):
    """A few words on what was governed; that it was, or was not, as the row says."""
    allocs = sum(r.get("allocs", 0) for r in reports)
    if not row.governed:
        if allocs:
            raise Failure(f"memgov was in it: {allocs} allocations")
        return "untouched"
    if not allocs:
        raise Failure("no process was governed")
    for name in ("double_frees",) if row.refuses else ("double_frees", "refused_allocs"):
        if any(r.get(name, 0) for r in reports):
            raise Failure(f"{name}: {sum(r.get(name, 0) for r in reports)}")
    foreign = sum(r.get("foreign_frees", 0) for r in reports)
    return f"{len(reports)} reports, {allocs} allocations, the largest peak " \
        f"{max(r.get('heap_peak_bytes', 0) for r in reports) >> 10}K" + (f", {foreign} foreign frees" if foreign else "")


def judge(row, world, reference, got):
    """Raises Failure, or gives a few words on what was governed."""
    if got != reference:
        raise Failure("another result\n" + difference(reference, got))
    strange = [line for line in world.lines if not (row.says and re.search(row.says, line))]
    if strange:
        raise Failure("memgov said\n" + "\n".join(strange[:20]))
    return governed(row, world.reports())


class Bench:
    """A row's folder, in which it runs once for each setting; removed at the end."""

    def __init__(self, row):
        self.row = row
        self.reference = None
        self.base = tempfile.mkdtemp(prefix="memgov-matrix-")
        os.chmod(self.base, 0o755)

    def once(self, setting):
        """(the world, the result)"""
        world = World(self.base + "/run", setting)
        try:
            return world, self.row.run(world)
        except Failure as e:
            if world.lines:
                raise Failure(f"{e}\nmemgov said\n" + "\n".join(world.lines[:20])) from e
            raise
        finally:
            end_all(world.dir)

    def refer(self):
        self.reference = self.once(PLAIN)[1]
        if not self.reference:
            raise Failure("there is no result at all")

    def compare(self, setting):
        world, got = self.once(setting)
        return judge(self.row, world, self.reference, got)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.base, ignore_errors=True)


def fast(row):
    def case():
        with Bench(row) as bench:
            bench.refer()
            bench.compare(SETTINGS[0])
    return case


# For the real suite: what needs no packages of its own, with memgov as it is.
CASES = [("matrix " + row.name, fast(row)) for row in ROWS if row.fast]
