# SPDX-License-Identifier: MIT
"""Section of what samples cost: CPU time of the programs and of the loops, beside the same without samples."""

import collections
import random
import statistics

from programs import PROGRAMS
from table import mean

RATES = ("512K", "64K")
LOOPS = {"alternate": "64 bytes, alternating", "some": "random to 256 bytes, 4,096 live",
         "many": "random to 1 KiB, 100,000 live"}


def peers(bench):
    """memgov at each rate, as peers; the first is without samples."""
    for rate in ("0", *RATES):
        bench.libraries["sample " + rate] = bench.libraries["memgov"]
        bench.options["sample " + rate] = {"MEMGOV_SAMPLE": rate}
    return ["sample " + rate for rate in ("0", *RATES)]


def paired(bench, rounds, measure):
    """{(figure, rate): median over the rounds of its ratio to the same without samples}. What runs first in a round
    changes from round to round; what else the machine does then is much the same for both of a pair."""
    dice, ratios = random.Random(1), collections.defaultdict(list)
    names = peers(bench)
    for _ in range(rounds):
        seen = {name: measure(name) for name in dice.sample(names, len(names))}
        if None in seen.values():
            return {}
        for rate in RATES:
            for figure, value in seen["sample " + rate].items():
                ratios[figure, rate].append(value / seen["sample 0"][figure])
    return {key: statistics.median(values) for key, values in ratios.items()}


def row(table, key, what, ratios, figure):
    found = {rate: ratios.get((figure, rate)) for rate in RATES}
    table.rows["sampling " + key] = found
    cells = "".join(f"{found[rate]:>10.3f}" if found[rate] else f"{'-':>10}" for rate in RATES)
    print(f"  {what:44}{cells}", flush=True)


def sampling(bench, table):
    print(f"\n{'sampling: CPU time / that without samples':46}" + "".join(f"{rate:>10}" for rate in RATES), flush=True)
    loops = paired(bench, bench.rounds(21), lambda peer: bench.figures(peer, ["pairs", 1000000]))
    for figure, what in LOOPS.items():
        row(table, figure, what, loops, figure)
    for name, (what, prepare) in PROGRAMS.items():
        measure = prepare(bench)
        row(table, name, what, paired(bench, bench.rounds(21), lambda peer, m=measure: m(bench, peer)), "ms")
    programs = [table.rows["sampling " + name] for name in PROGRAMS]
    means = {("mean", rate): mean([r[rate] for r in programs]) for rate in RATES}
    row(table, "mean", "geometric mean of the programs", means, "mean")
