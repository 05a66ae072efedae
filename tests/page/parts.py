# SPDX-License-Identifier: MIT
"""Parts of the page on their own, asked in the browser: how figures read, and what is kept of readings."""

from browser import Machine, check_quiet
from governed import expect

CALL = """const done = arguments[arguments.length - 1];
    import(arguments[0]).then((part) => done(arguments[1].map((args) => part[arguments[2]](...args)))).catch((e) => done(String(e)));"""
FIGURES = {
    "bytes": [(0, "0"), (999, "999"), (1000, "0.9K"), (1024, "1K"), (1280, "1.2K"), (102400, "100K"), (1 << 20, "1M"),
              (31 << 20, "31M"), (3 << 29, "1.5G"), (-1280, "-1.2K")],
    "change": [(0, "0"), (0.4, "0"), (1280, "+1.2K"), (-1280, "-1.2K")],
    "count": [(0, "0"), (9999, "9999"), (10000, "10K"), (12340, "12.3K"), (99940, "99.9K"), (123456, "123K"), (999400, "999K"),
              (1234567, "1.2M"), (2.6, "3")],
    "span": [(0, "0ms"), (340, "340ms"), (12000, "12s"), (59999, "59s"), (60000, "1m00s"), (125000, "2m05s"), (7980000, "2h13m"),
             (273600000, "3d04h")],
    "took": [(740_000, "740us"), (5_200_000, "5.2ms"), (999_000_000, "999.0ms"), (1_300_000_000, "1.3s")],
}
SERIES = """const done = arguments[arguments.length - 1];
    import("/page/store.js").then(({ Store }) => {
        const store = new Store(), seen = [];
        for (const [at, processes, kept] of arguments[0]) {
            store.take({ processes: processes.map((p) => ({ name: "x", user: "u", health: "answers", at_ms: at, ...p })) }, kept);
            seen.push([...store.processes.values()].map((p) => [p.pid, p.allocRate, p.points.length,
                p.points.at(-1)?.returned ?? null, p.points.at(-1)?.compacted?.n ?? 0, p.condition]));
        }
        done(seen);
    }).catch((e) => done(String(e)));"""


def figures_read_as_the_tools_write_them(b):
    with Machine() as m:
        b.open(m.serve())
        for name, rows in FIGURES.items():
            got = b.driver.execute_async_script(CALL, "/page/units.js", [[n] for n, _ in rows], name)
            expect(name, got, [text for _, text in rows])
        check_quiet(b)


def stats(uptime, allocs, returned=0, compactions=0):
    return {"stats": {"uptime_ms": uptime, "allocs": allocs, "frees": 0, "returned_bytes": returned, "compactions": compactions,
                      "live_bytes": 1, "state": "active"}}


def readings_make_rates_and_points(b):
    """A row: time, what was read, which process is open; then what is known."""
    rows = [
        ((1000, [{"pid": 1, **stats(500, 100)}], None), [[1, None, 1, 0, 0, "active"]]),
        ((3000, [{"pid": 1, **stats(2500, 500)}], None), [[1, 200, 2, 0, 0, "active"]]),
        ((3100, [{"pid": 1, **stats(2600, 900)}], None), [[1, 200, 2, 0, 0, "active"]]),  # too near
        ((4000, [{"pid": 1, **stats(3500, 500, 7, 2)}], None), [[1, 0, 3, 7, 2, "active"]]),
        ((5000, [{"pid": 1, "health": "stopped", "at_ms": 4000, **stats(3500, 500, 7, 2)}], None), [[1, None, 3, 7, 2, "stopped"]]),
        ((6000, [{"pid": 1, **stats(5500, 700, 7, 2)}], None), [[1, 100, 4, 0, 0, "active"]]),
        ((7000, [{"pid": 1, **stats(10, 5)}], None), [[1, 100, 1, 0, 0, "active"]]),  # another program
        ((8000, [{"pid": 2, **stats(10, 5)}], 1), [[1, None, 1, 0, 0, "ended"], [2, None, 1, 0, 0, "active"]]),
        ((9000, [], None), []),
    ]
    with Machine() as m:
        b.open(m.serve())
        got = b.driver.execute_async_script(SERIES, [r for r, _ in rows])
        for i, (_, want) in enumerate(rows):
            expect(f"after reading {i}", got[i] if isinstance(got, list) else got, want)
        check_quiet(b)


CASES = [figures_read_as_the_tools_write_them, readings_make_rates_and_points]
