# SPDX-License-Identifier: MIT
"""One process on its own: figures, charts, sites, flame graph, policies, events."""

import json
import os
import re
import signal
import urllib.request

from browser import PYTHON, Machine, check_quiet
from governed import BUILD, expect, expect_match, expect_true, until
from overview import STILL, WELL, human, sleeper
from selenium.webdriver.common.action_chains import ActionChains

HOLDER = os.path.join(BUILD, "tests", "real", "holder")
# As many allocations as releases, whose lines lie on one another: both are to be seen.
BUSY = """import time
held = [bytearray(30000) for _ in range(500)]
while True:
    for i in range(500):
        held[i] = bytearray(30000)
        time.sleep(0.01)
"""
# How many dots of a chart have the colour that the page gives to a name.
DOTS = """const probe = document.createElement("canvas").getContext("2d");
    probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--" + arguments[1]).trim();
    const [r, g, b] = probe.fillStyle.match(/[0-9a-f]{2}/g).map((x) => parseInt(x, 16));
    let n = 0;
    for (const c of document.querySelectorAll(arguments[0] + " canvas")) {
        const copy = new OffscreenCanvas(c.width, c.height).getContext("2d", { willReadFrequently: true });
        copy.drawImage(c, 0, 0);
        const d = copy.getImageData(0, 0, c.width, c.height).data;
        for (let i = 0; i < d.length; i += 4)
            n += d[i + 3] > 200 && Math.abs(d[i] - r) + Math.abs(d[i + 1] - g) + Math.abs(d[i + 2] - b) < 12;
    }
    return n;"""
FACTS = """return Object.fromEntries([...document.querySelectorAll("#d-facts div")].map((d) =>
    [d.querySelector("dt").textContent, d.querySelector("dd").textContent]));"""


def open_detail(b, m, p, address=None):
    b.open(address or m.serve())
    until("the row", lambda: p.pid in b.rows())
    b.one(f'#table a[href="#pid={p.pid}"]').click()
    until("its facts", lambda: b.run(FACTS).get("Up", "–") != "–")


def holder(m, **env):
    p = m.start([HOLDER], MEMGOV_SAMPLE="64K", **{**STILL, **env})
    p.wait_ready()
    return p


def figures_of_one_process(b):
    with Machine() as m:
        p = holder(m, MEMGOV_HEAP_MAX="300M")
        open_detail(b, m, p)
        expect("name and state", (b.text("#d-name"), b.text("#d-state") in WELL), ("holder", True))
        expect_match("pid and user", b.text("#d-id"), rf"pid {p.pid} of \w+")
        for fact, name in (("Footprint", "heap_footprint_bytes"), ("Live", "live_bytes"), ("Ceiling", "heap_limit_bytes"),
                           ("Peak", "heap_peak_bytes"), ("RSS", "rss_bytes")):
            until(f"{fact} as the process says it", lambda f=fact, n=name: b.run(FACTS)[f] == human(p.stat(n)))
        expect("no newer trouble", b.is_shown("#d-note"), False)
        check_quiet(b)


def charts_have_points_and_ranges(b):
    with Machine() as m:
        p = m.start([PYTHON, "-c", BUSY], MEMGOV_HEAP_MAX="32M", PYTHONMALLOC="malloc")
        open_detail(b, m, p)
        for name in ("live", "RSS", "ceiling"):
            until(f"{name} in the chart", lambda n=name: b.run(DOTS, "#d-heap", n) > 50)
        until("rates in the chart", lambda: b.run(DOTS, "#d-rates", "allocs") > 20 < b.run(DOTS, "#d-rates", "frees"))
        expect_match("what it reads", b.text("#d-heap-readout"), r"\d\d:\d\d:\d\dlive \S+[KM]cached .*RSS \S+Mceiling 32M")
        expect_match("rates", b.text("#d-rates-readout"), r"allocations [1-9]\S*/sreleases [1-9]\S*/s")
        expect("a young process is seen by the minute", b.texts('#d-ranges [aria-pressed="true"]'), ["1 m"])
        before = b.run(DOTS, "#d-heap", "live")
        b.all("#d-ranges button")[2].click()
        expect("an hour", b.texts('#d-ranges [aria-pressed="true"]'), ["1 h"])
        expect_true("the same memory in less room", b.run(DOTS, "#d-heap", "live") < before / 4)
        check_quiet(b)


def charts_zoom_by_dragging(b):
    with Machine() as m:
        p = m.start([PYTHON, "-c", BUSY], PYTHONMALLOC="malloc")
        open_detail(b, m, p)
        until("the chart", lambda: b.run(DOTS, "#d-heap", "live") > 50)
        labels = b.texts("#d-heap .dygraph-axis-label-x")
        chart = b.one("#d-heap")
        width = chart.size["width"]
        ActionChains(b.driver).move_to_element_with_offset(chart, width // 6, 0).click_and_hold() \
            .move_by_offset(width // 6, 3).move_by_offset(width // 8, 0).release().perform()
        until("no range is pressed", lambda: not b.all('#d-ranges [aria-pressed="true"]'))
        zoomed = b.texts("#d-heap .dygraph-axis-label-x")
        expect_true("other times", zoomed and zoomed != labels, str(zoomed))
        expect("the same for the rates", b.texts("#d-rates .dygraph-axis-label-x"), zoomed)
        times = b.text("#link time")
        until("another reading", lambda: b.text("#link time") != times)
        expect("it stays where it is", b.texts("#d-heap .dygraph-axis-label-x"), zoomed)
        b.all("#d-ranges button")[0].click()
        expect("a range follows the time again", b.texts('#d-ranges [aria-pressed="true"]'), ["1 m"])
        check_quiet(b)


def readout_follows_the_pointer(b):
    with Machine() as m:
        p = m.start([PYTHON, "-c", BUSY], PYTHONMALLOC="malloc")
        open_detail(b, m, p)
        first = b.wait_text("#d-heap-readout time", bool)
        until("newer readings", lambda: b.text("#d-heap-readout time") > first)
        chart = b.one("#d-heap")
        newest = b.text("#d-heap-readout time")
        ActionChains(b.driver).move_to_element_with_offset(chart, -chart.size["width"] // 4, 0).perform()
        until("an older reading", lambda: b.text("#d-heap-readout time") < newest)
        oldest = b.text("#d-heap-readout time")
        ActionChains(b.driver).move_to_element_with_offset(chart, chart.size["width"] // 2 - 30, 0).perform()
        until("a newer one", lambda: b.text("#d-heap-readout time") > oldest)
        ActionChains(b.driver).move_to_element(b.one("#d-name")).perform()
        until("the newest again", lambda: b.text("#d-heap-readout time") > newest)
        check_quiet(b)


def sites_with_stacks(b):
    with Machine() as m:
        p = holder(m)
        open_detail(b, m, p)
        until("sites", lambda: any("registry" in t for t in b.texts("#d-sites .who")))
        who = b.texts("#d-sites .who")
        expect_true("the largest first", "registry" in who[0], str(who))
        expect_true("with file and line", "(holder.cc:" in who[0], who[0])
        with urllib.request.urlopen(f"{m.url}api/{p.pid}/sites", timeout=60) as r:
            sizes = [x["live_bytes"] for x in json.load(r)["sites"]]
        share = b.text("#d-sites tbody tr td:nth-child(3)")
        expect_match("its share", share, r"\d+ %")
        expect_true("of all", abs(int(share[:-2]) - 100 * sizes[0] / sum(sizes)) <= 0.5, f"{share} of {sizes}")
        first = b.all("#d-sites .who")[0]
        expect("its stack is closed", b.is_shown("#d-sites .stack"), False)
        first.click()
        expect("it opens", (first.get_attribute("aria-expanded"), b.is_shown("#d-sites .stack")), ("true", True))
        expect_true("down to main", any(t.startswith("main (holder.cc:") for t in b.texts("#d-sites .stack li")))
        tables = b.run("return document.querySelector('#d-sites tbody').rows[0].cells[1].textContent")
        for _ in range(9):
            p.p.stdin.write(b"orders\n")
        p.p.stdin.flush()
        until("orders grow", lambda: any("take_orders" in t for t in b.texts("#d-sites .who")[:1]))
        expect_true("what was open is open", b.is_shown("#d-sites .stack"), tables)
        check_quiet(b)


def flame_graph(b):
    with Machine() as m:
        p = holder(m)
        open_detail(b, m, p)
        until("sites, which move what is below them", lambda: b.texts("#d-sites .who"))
        until("its boxes", lambda: len(b.all("#d-flame g")) > 3)
        titles = b.texts("#d-flame title")
        customers = next(t for t in titles if t.startswith("load_customers"))
        expect_match("what a box says", customers, r"load_customers[^\n]*\n[\d.]+M, [\d.]+ %, \d+ blocks.*")
        width = "return [...document.querySelectorAll('#d-flame g')].find((g) => g.textContent.startsWith(arguments[0]))" \
                "?.querySelector('rect').getBBox().width"
        whole = b.one("#d-flame").size["width"]
        expect_true("as wide as the page", whole - 3 < b.run(width, "all") <= whole)
        share = float(re.search(r"([\d.]+) %", customers)[1])
        expect_true("a box as wide as its share", abs(b.run(width, "load_customers") - share * whole / 100) < 4)
        box = next(g for g in b.all("#d-flame g") if g.text.startswith("load_customers"))
        ActionChains(b.driver).move_to_element(box).perform()
        b.wait_text("#d-flame-hint", lambda t: t.startswith("load_customers"))
        box.click()
        until("a click makes it all", lambda: b.run(width, "load_customers") > whole - 3)
        b.all("#d-flame g")[0].click()
        until("the lowest undoes it", lambda: b.run(width, "load_customers") < whole - 3)
        for _ in range(9):
            p.p.stdin.write(b"orders\n")
        p.p.stdin.flush()
        p.wait_ready("done\n" * 9)
        b.one("#d-flame-refresh").click()
        until("new figures", lambda: any(t.startswith("take_orders") and "M" in t for t in b.texts("#d-flame title")))
        check_quiet(b)


def policies_and_events(b):
    with Machine() as m:
        p = sleeper(m)
        open_detail(b, m, p)
        names = until("policies", lambda: b.texts("#d-policies tbody th"))
        expect("policies", names, [line.split()[0] for line in p.ask("policies").splitlines()[1:]])
        p.ask("set compact_interval 2h")
        cell = "#d-policies tbody tr:last-child td:nth-child(2)"
        first = b.wait_text(cell, lambda t: t.startswith("in 1h"))
        p.ask("compact")
        until("the events", lambda: any("requested" in t or "asked" in t or "compact" in t for t in b.texts("#d-events tbody tr")))
        expect("newest first", b.texts("#d-events tbody td:nth-child(2)")[-1], "start")
        p.ask("set compact_interval 60s")
        second = b.wait_text(cell, lambda t: re.fullmatch(r"in \d+s|now", t))
        expect_true("it counts down", b.wait_text(cell, lambda t: t != second) != first)
        check_quiet(b)


def address_holds_the_process(b):
    with Machine() as m:
        p, other = sleeper(m), sleeper(m)
        m.serve()
        b.open(f"{m.url}#pid={p.pid}")
        until("it opens by its address", lambda: b.text("#d-id").startswith(f"pid {p.pid} "))
        until("its facts", lambda: b.run(FACTS).get("Up", "–") != "–")
        b.run(f"location.hash = 'pid={other.pid}'")
        until("the other", lambda: b.text("#d-id").startswith(f"pid {other.pid} "))
        b.driver.back()
        until("back", lambda: b.text("#d-id").startswith(f"pid {p.pid} "))
        b.open(f"{m.url}#pid=1")
        b.wait_text("#d-note", lambda t: t == "No governed process has the pid 1.")
        b.one(".back").click()
        until("the table", lambda: b.is_shown("#table"))
        check_quiet(b, expected=("network",))


def trouble_is_said(b):
    """Stopped, going on, killed while it is open: marked each time, with its last figures, for as long as it is open."""
    with Machine() as m:
        p, other = holder(m), sleeper(m)
        open_detail(b, m, p)
        until("settings", lambda: b.texts("#d-settings tbody tr"))
        os.kill(p.pid, signal.SIGSTOP)
        b.wait_text("#d-state", lambda t: t == "stopped")
        expect_match("what is said", b.text("#d-note"), r"This process is stopped.*")
        live = b.run(FACTS)["Live"]
        expect_true("figures stay", live.endswith("M") and b.texts("#d-settings tbody tr"), live)
        os.kill(p.pid, signal.SIGCONT)
        b.wait_text("#d-state", lambda t: t in WELL)
        until("nothing is said", lambda: not b.is_shown("#d-note"))
        os.kill(p.pid, signal.SIGKILL)
        p.p.wait()
        b.wait_text("#d-state", lambda t: t == "ended")
        until("the server has forgotten it", lambda: b.text("#count") == "1" and p.pid not in b.driver.execute_async_script(
            "const done = arguments[0]; fetch('api/').then((r) => r.json()).then((r) => done(r.processes.map((p) => p.pid)))"))
        time = b.text("#link time")
        until("another reading", lambda: b.text("#link time") != time)
        expect("it is still there", (b.text("#d-state"), b.run(FACTS)["Live"]), ("ended", live))
        expect_match("what is said", b.text("#d-note"), r"This process has ended.*")
        b.one(".back").click()
        until("only the other is left", lambda: set(b.rows()) == {other.pid})
        check_quiet(b, expected=("network",))


CASES = [figures_of_one_process, charts_have_points_and_ranges, charts_zoom_by_dragging, readout_follows_the_pointer,
         sites_with_stacks, flame_graph, policies_and_events, address_holds_the_process, trouble_is_said]
