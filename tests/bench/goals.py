# SPDX-License-Identifier: MIT
"""Tables of the README: what memgov is meant to reach, and what this run measured; servers."""

import servers
from table import cell, is_number, mean


def own(table, key):
    return table.rows.get(key, {}).get("memgov")


def times(value):
    return f"{value:.2f} ×" if is_number(value) else "-"


def with_unit(value, unit):
    return f"{cell(value)} {unit}" if is_number(value) else "-"


def percent_more(ratio):
    return f"{(ratio - 1) * 100:.1f} %" if is_number(ratio) else "-"


def spread(ratios):
    """Mean and worst of {key: ratio}."""
    return f"{times(mean(ratios.values()))}, worst {times(max(ratios.values(), default=None))}"


def rows(table):
    to_best, to_mimalloc = table.to_best, table.to_mimalloc
    ceiling = [v.get("memgov") for v in table.matching("ceiling ").values()]
    back = [with_unit(own(table, f"comeback {how}"), "ms") for how in ("full", "default")]
    return [
        ("malloc and free of 64 bytes", "≤ 1.0 × mimalloc", times(to_mimalloc("pairs ").get("pairs alternate"))),
        ("random working sets", "≤ 1.0 × mimalloc", spread(to_mimalloc("sets "))),
        ("programs, CPU time", "≤ 0.97 × mimalloc, worst ≤ 1.10 ×", spread(to_mimalloc("time "))),
        ("programs, peak RSS", "≤ 1.0 × mimalloc", spread(to_mimalloc("peak "))),
        ("large blocks", "≤ 1.0 × the best peer", spread(to_best("large "))),
        ("RSS after compaction", "≤ 0.90 × the best peer, worst ≤ 1.10 ×", spread(to_best("matrix some"))),
        ("the same, all freed", "≤ 1.3 × the best peer", spread(to_best("matrix none"))),
        ("1,000 threads with 4 KB each", "≤ 40 MB", with_unit(own(table, "sleepers live"), "MB")),
        ("memory of a sleeping thread is back", "1 s at full speed, 3 s by default", ", ".join(back)),
        ("live at the first refusal", "> 98 %", with_unit(min(filter(is_number, ceiling), default=None), "%")),
        ("stall during compaction, 99.9 %", "< 1 ms", with_unit(own(table, "stalls p999"), "µs")),
        *((f"samples every {rate}, CPU time", goal, percent_more(table.rows.get("sampling mean", {}).get(rate)))
          for rate, goal in (("512K", "< 1 % more"), ("64K", "< 5 % more"))),
        ("start and exit of /bin/true", "≤ 1.05 × mimalloc", times(to_mimalloc("start ").get("start true"))),
        ("fork and exit of a child", "≤ 1.05 × mimalloc", times(to_mimalloc("start ").get("start fork"))),
    ]


def markdown(table):
    lines = ["| | goal | measured |", "|---|---|---|"]
    return "\n".join(lines + [f"| {what} | {goal} | {measured} |" for what, goal, measured in rows(table)])


def put_between(text, name, lines):
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if begin not in text or end not in text:
        raise SystemExit(f"there is no {begin} and {end} to write between")
    before, rest = text.split(begin, 1)
    return f"{before}{begin}\n{lines}\n{end}{rest.split(end, 1)[1]}"


def write_between_markers(path, table):
    """Only what was measured in this run: the servers may be measured alone."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if table.matching("pairs "):
        text = put_between(text, "memgov-bench", markdown(table))
    if table.matching("servers "):
        text = put_between(text, "memgov-servers", servers.markdown(table))
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
