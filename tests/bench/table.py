# SPDX-License-Identifier: MIT
"""The table: prints rows as they are measured and remembers them for what is computed at the end."""

import math

from peers import PEERS

WIDTH = 46


def is_number(value):
    return isinstance(value, (int, float))


def cell(value):
    if not is_number(value):
        return value or "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def ratio(value, other):
    return value / other if is_number(value) and is_number(other) and value > 0 and other > 0 else None


def best(values):
    """The least of the peers."""
    return min((v for peer, v in values.items() if peer != "memgov" and is_number(v)), default=None)


def mean(ratios):
    """Geometric; None without any."""
    numbers = [r for r in ratios if r]
    return math.exp(sum(map(math.log, numbers)) / len(numbers)) if numbers else None


class Table:
    def __init__(self):
        self.rows = {}  # key: {peer: value}

    def heading(self, text):
        peers = "".join(f"{peer:>10}" for peer in PEERS)
        print(f"\n{text:{WIDTH}}    {peers}{'/mimalloc':>11}{'/best':>7}", flush=True)

    def row(self, key, what, unit, values, ratios=True):
        """Lower is better when there are ratios."""
        self.rows[key] = values
        cells = "".join(f"{cell(values.get(peer)):>10}" for peer in PEERS)
        if ratios:
            own = values.get("memgov")
            cells += f"{cell(ratio(own, values.get('mimalloc'))):>11}{cell(ratio(own, best(values))):>7}"
        print(f"  {what:{WIDTH - 2}}{unit:>4}{cells}", flush=True)

    def matching(self, prefix):
        return {key: values for key, values in self.rows.items() if key.startswith(prefix)}

    def means(self, prefix, other="mimalloc"):
        """Geometric mean of each peer's ratios to `other` over the rows with this prefix, those where both ran."""
        rows = self.matching(prefix).values()
        return {peer: mean([ratio(v.get(peer), v.get(other)) for v in rows]) for peer in PEERS}

    def to_best(self, prefix):
        """memgov's ratio to the best peer, for each row with this prefix."""
        found = {key: ratio(v.get("memgov"), best(v)) for key, v in self.matching(prefix).items()}
        return {key: r for key, r in found.items() if r is not None}

    def to_mimalloc(self, prefix):
        found = {key: ratio(v.get("memgov"), v.get("mimalloc")) for key, v in self.matching(prefix).items()}
        return {key: r for key, r in found.items() if r is not None}
