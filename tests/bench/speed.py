# SPDX-License-Identifier: MIT
"""Sections about time: pairs, small, threads, large, start."""

from peers import CRASH


def pairs(bench, table):
    table.heading("pairs: one malloc and free")
    values = bench.compare(bench.rounds(5), ["pairs", 1000000 if bench.quick else 3000000], pick=min)
    table.row("pairs alternate", "64 bytes, alternating", "ns", values["alternate"])
    table.row("sets some", "random to 256 bytes, 4,096 live", "ns", values["some"])
    table.row("sets many", "random to 1 KiB, 100,000 live", "ns", values["many"])


def small(bench, table):
    table.heading("small blocks")
    values = bench.compare(bench.rounds(5), ["small"], pick=min)
    table.row("small vectors", "realloc of 4,000 vectors growing in turns", "ns", values["vectors"])
    table.row("small zeroed", "calloc and free, to 512 bytes, 4,096 live", "ns", values["zeroed"])
    table.row("small sparse_free", "free of one block per 64 KiB", "ns", values["sparse_free"])
    table.row("small sparse_malloc", "malloc of as many afterwards", "ns", values["sparse_malloc"])


def threads(bench, table):
    table.heading("threads")
    values = bench.compare(bench.rounds(5), ["threads"])
    table.row("threads handover", "allocated by one thread, freed by another", "ns", values["handover"])
    table.row("threads churn", "a thread lives for 50 blocks", "us", values["churn"])


def large(bench, table):
    table.heading("large blocks")
    churn = bench.compare(bench.rounds(3), ["large", "churn"])
    table.row("large churn", "300 of 5 to 25 MB, 8 live, touched", "ms", churn["churn"])
    most_mb = 300 if bench.quick else 600
    grow = bench.compare(1, ["large", "grow", most_mb])
    table.row("large grow", f"realloc by 4 MiB to {most_mb} MiB, touched", "ms", grow["grow"])
    zeroed = bench.compare(bench.rounds(3), ["large", "zeroed"])
    table.row("large zeroed", "20 x calloc(100 MiB), untouched", "ms", zeroed["zeroed"])
    table.row("rss zeroed", "RSS of these", "MB", zeroed["zeroed_rss"])
    medium = bench.compare(bench.rounds(3), ["large", "medium"])
    table.row("medium churn", "20,000 of 40 KB to 1 MB, 64 live, touched", "ms", medium["medium"])


def start(bench, table):
    table.heading("start and fork")
    rounds = 700 if bench.quick else 2000
    libraries = [bench.libraries[peer] for peer in bench.peers]
    process = bench.start([bench.program("start"), str(rounds), "/bin/true", *libraries], bench.environment({}))
    out = bench.finish(process, "start")
    medians = [float(us) if float(us) > 0 else CRASH for us in (out or "").split()]
    values = dict(zip(bench.peers, medians))
    table.row("start true", "start and exit of /bin/true", "us", values)
    forks = bench.compare(bench.rounds(9), ["forks", rounds])
    table.row("start fork", "fork and exit of a child", "us", forks["us"])
