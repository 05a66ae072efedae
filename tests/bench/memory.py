# SPDX-License-Identifier: MIT
"""Sections about memory that is free: sleepers, matrix, stalls, comeback, ceiling."""

from peers import CRASH
from table import best, cell, is_number, mean, ratio

RANGES = ((16, 64), (16, 128), (16, 256), (16, 1024), (16, 4080), (16, 30720))
CELLS = [(*sizes, share) for share in (0, 10, 50) for sizes in RANGES] + [(16, 256, 60), (16, 4080, 60)]
ONLY = ["memgov"]


def sleepers(bench, table):
    table.heading("1,000 threads asleep: RSS")
    some = bench.compare(1, ["sleepers", 1000, 4, 0])
    table.row("sleepers live", "4 KB live each", "MB", some["above_birth"])
    table.row("sleepers start", "the same, with the threads themselves", "MB", some["above_start"])
    freed = bench.compare(1, ["sleepers", 1000, 0, 1024])
    table.row("sleepers freed", "1 MB each, all freed", "MB", freed["above_birth"])
    table.row("sleepers compacted", "after compaction", "MB", freed["compacted"])


def matrix(bench, table):
    mb = 256 if bench.quick else 1024
    table.heading(f"{mb} MB of a thread asleep: RSS after compaction")
    disturbed, floors, above = {}, [], []
    for least, most, share in CELLS:
        values = bench.compare(1, ["matrix", least, most, share, mb])
        what = f"{least} to {most} B, {share / 10:g} % left" if share else f"{least} to {most} B, all freed"
        floor = min(filter(is_number, values["floor"].values()), default=None)
        key = f"{'some' if share else 'none'} {share} {most}"
        table.row("matrix " + key, f"{what} (live pages {cell(floor)})", "MB", values["after"])
        table.rows["before " + key] = values["before"]
        floors.append(ratio(floor, best(values["after"])))
        above.append(ratio(values["after"].get("memgov"), values["floor"].get("memgov")))
        for peer, count in values["disturbed"].items():
            before = disturbed.get(peer, 0)
            disturbed[peer] = before + count if is_number(before) and is_number(count) else CRASH
    table.row("sleep disturbed", "sleeps of the thread that were disturbed", "", disturbed, ratios=False)
    for what, shares in (("some left", "matrix some"), ("all freed", "matrix none")):
        ratios = table.to_best(shares).values()
        print(f"  memgov / best peer, {what}: geometric mean {cell(mean(ratios))}, worst {cell(max(ratios, default=None))}")
    print(f"  least live pages / best peer: {cell(mean(floors))}; memgov / its own live pages: {cell(mean(above))}")
    means = table.means("before ")
    table.row("matrix-before mean", "before compaction, geometric mean of ratios", "", means, ratios=False)


def stalls(bench, table):
    mb = 512 if bench.quick else 1024
    table.heading(f"stalls while {mb} MB are compacted: 16 mallocs")
    values = bench.compare(bench.rounds(5), ["stall", mb])
    for figure, what in (("p50", "median"), ("p99", "99 %"), ("p999", "99.9 %"), ("most", "the longest")):
        table.row(f"stalls {figure}", what, "us", values[figure])
    table.row("stalls ms", "duration of the compaction", "ms", values["ms"], ratios=False)


def comeback(bench, table):
    mb = 512 if bench.quick else 1024
    table.heading(f"{mb} MB, freed by a thread asleep, back after")
    tool = bench.build + "/memgov"
    full = {"MEMGOV_COMPACT_CPU": "100%"}
    policy = {"MEMGOV_RELEASED": f"{mb // 2}M", "MEMGOV_COMPACT_DELAY": "0", **full}
    rounds = bench.rounds(3)
    asked = bench.compare(rounds, ["comeback", mb, tool], peers=ONLY)
    table.row("comeback default", "`memgov compact`", "ms", asked["ms"], ratios=False)
    fast = bench.compare(rounds, ["comeback", mb, tool], full, peers=ONLY)
    table.row("comeback full", "the same, MEMGOV_COMPACT_CPU=100%", "ms", fast["ms"], ratios=False)
    alone = bench.compare(rounds, ["comeback", mb], policy, peers=ONLY)
    table.row("comeback policy", "policy `released`, MEMGOV_COMPACT_CPU=100%", "ms", alone["ms"], ratios=False)


def ceiling(bench, table):
    table.heading("MEMGOV_HEAP_MAX=256M, a program only grows")
    env = {"MEMGOV_HEAP_MAX": "256M", "MEMGOV_LOG": "off"}
    peaks = []
    for least, most in ((16, 16), (64, 64), (200, 200), (16, 1024), (5000, 5000), (20000, 20000), (100000, 100000),
                        (1000000, 1000000)):
        values = bench.compare(1, ["ceiling", least, most], env, peers=ONLY)
        sizes = f"{least}" if least == most else f"{least} to {most}"
        table.row(f"ceiling {least} {most}", f"live at the first refusal, {sizes} B", "%", values["live"], ratios=False)
        peaks.append(values["peak"].get("memgov"))
    peak = max(filter(is_number, peaks), default=None)
    table.row("most charged", "the most ever charged", "%", {"memgov": peak}, ratios=False)
