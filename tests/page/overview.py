# SPDX-License-Identifier: MIT
"""The table of all processes, and the line above it."""

import os
import pwd
import re
import shutil
import signal

from browser import PYTHON, Machine, check_quiet
from governed import expect, expect_match, expect_true, until
from selenium.webdriver.common.keys import Keys

GROWS = """import time
held = []
while len(held) < 3000:
    held.append(bytearray(100000))
    time.sleep(0.1)
"""
# So that nothing changes but what a case does.
STILL = {"MEMGOV_IDLE_TIMEOUT": "0", "MEMGOV_COMPACT_INTERVAL": "0", "MEMGOV_FRAGMENTATION": "0"}
WELL = ("active", "idle", "pressure")  # the last where others use the machine's memory
EVIL = "<img src=x onerror=window.hacked=1>"


def human(n):
    """As the tools write bytes."""
    unit = tenths = 0
    while n >= 1000:
        tenths, n, unit = n % 1024 * 10 // 1024, n // 1024, unit + 1
    return str(n) + (f".{tenths}" if n < 100 and tenths else "") + ["", "K", "M", "G", "T"][unit]


def sleeper(m, **env):
    return m.start(["/usr/bin/sleep", "10000"], **{**STILL, **env})


def table_shows_every_process(b):
    with Machine() as m:
        still = sleeper(m, MEMGOV_HEAP_MAX="64M")
        python = m.start([PYTHON, "-c", GROWS])
        node = m.start([shutil.which("node"), "-e", "setInterval(() => Buffer.alloc(300000), 5)"])
        b.open(m.serve())
        rows = until("three rows", lambda: len(b.rows()) == 3 and b.rows())
        expect("names", [rows[p.pid]["name"] for p in (still, python, node)], ["sleep", "python3", "node"])
        expect("users", {r["user"] for r in rows.values()}, {pwd.getpwuid(os.getuid()).pw_name})
        until("footprint as the process says it", lambda: b.rows()[still.pid]["heap"] ==
              human(still.stat("heap_footprint_bytes")) + "/ 64M")
        until("RSS as the process says it", lambda: b.rows()[still.pid]["rss"] == human(still.stat("rss_bytes")))
        live = human(still.stat("live_bytes"))
        label = b.one(f'tr:has(a[href="#pid={still.pid}"]) .bar').get_attribute("aria-label")
        expect_match("what the bar says", label, rf"live {re.escape(live)}, cached .*, parked .*, ceiling 64M")
        expect("processes", b.text("#count"), "3")
        expect_match("memory", b.text("#memory .value"), r"[\d.]+[MG] of [\d.]+[MG] · \d+ %")
        expect("marks at 85 and 95", b.run("""return [...document.querySelectorAll("#memory .mark")].map((e) =>
            Math.round(100 * e.offsetLeft / e.parentNode.clientWidth))"""), [85, 95])
        expect("state of the connection", b.text("#link span"), "live")
        check_quiet(b)


def figures_change_by_themselves(b):
    with Machine() as m:
        p = m.start([PYTHON, "-c", GROWS], PYTHONMALLOC="malloc")
        b.open(m.serve())
        until("the row", lambda: p.pid in b.rows())
        seen, times = set(), set()

        def different():
            seen.add(b.rows()[p.pid]["heap"])
            times.add(b.text("#link time"))
            return len(seen) >= 4 and len(times) >= 4
        until("four footprints at four times", different)
        until("allocations a second", lambda: re.fullmatch(r"[1-9]\d*", b.rows()[p.pid]["allocs"]))
        painted = """const c = document.querySelector(".spark"), copy = new OffscreenCanvas(c.width, c.height)
            .getContext("2d", { willReadFrequently: true });
        copy.drawImage(c, 0, 0);
        return copy.getImageData(0, 0, c.width, c.height).data.some((x) => x);"""
        until("a line of its course", lambda: b.run(painted))
        check_quiet(b)


def requests_do_not_overlap_and_stop_unseen(b):
    """Requests are counted in the page; one that is under way when the next begins would be an overlap."""
    with Machine() as m:
        sleeper(m)
        b.open(m.serve())
        until("the row", b.rows)
        b.run("""window.requests = window.underway = window.most = 0;
            const real = window.fetch;
            window.fetch = (...a) => {
                window.requests++; window.most = Math.max(window.most, ++window.underway);
                return real(...a).finally(() => window.underway--);
            };""")
        until("three requests", lambda: b.run("return window.requests") >= 3)
        expect("most at a time", b.run("return window.most"), 1)
        page = b.driver.current_window_handle
        b.driver.switch_to.new_window("tab")
        other = b.driver.current_window_handle
        b.driver.switch_to.window(page)
        b.run("return document.hidden") or b.run("""Object.defineProperty(document, "hidden", { value: true, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));""")
        counts = [b.run("return window.requests")]

        def quiet():
            """Four seconds without one, of which there would be four."""
            b.driver.execute_async_script("setTimeout(arguments[0], 4000)")
            counts.append(b.run("return window.requests"))
            return counts[-1] == counts[-2]
        until("no more requests", quiet)
        b.driver.switch_to.window(other)
        b.driver.close()
        b.driver.switch_to.window(page)
        b.run("""delete document.hidden; document.dispatchEvent(new Event("visibilitychange"));""")
        until("requests again", lambda: b.run("return window.requests") > counts[-1])
        check_quiet(b)


def sorts_by_any_heading(b):
    with Machine() as m:
        programs = [sleeper(m), m.start([PYTHON, "-c", "import time; x = bytearray(5 << 20); time.sleep(1e6)"], **STILL),
                    m.start([shutil.which("node"), "-e", "x = Buffer.alloc(20 << 20); setInterval(() => 0, 1e6)"], **STILL)]
        small, middle, large = (str(p.pid) for p in programs)
        b.open(m.serve())
        until("largest first", lambda: b.order("pid") == [large, middle, small])

        def click(column):
            b.one(f"thead .c-{column} button").click()
            return b.order("pid"), b.one(f"thead .c-{column}").get_attribute("aria-sort")
        expect("by footprint, the other way", click("heap"), ([small, middle, large], "ascending"))
        expect("by name", click("name"), ([large, middle, small], "ascending"))
        expect("by name, the other way", click("name"), ([small, middle, large], "descending"))
        by_pid = sorted((small, middle, large), key=int)
        expect("by pid", click("pid"), (by_pid[::-1], "descending"))
        expect("by pid, the other way", click("pid"), (by_pid, "ascending"))
        expect("one heading is marked", len(b.all('[aria-sort="ascending"], [aria-sort="descending"]')), 1)
        check_quiet(b)


def filters_and_obeys_the_keyboard(b):
    with Machine() as m:
        sleepers = [sleeper(m) for _ in range(2)]
        python = m.start([PYTHON, "-c", "import time; x = bytearray(5 << 20); time.sleep(1e6)"], **STILL)
        b.open(m.serve())
        until("three rows", lambda: len(b.rows()) == 3)
        b.one("body").send_keys("/")
        expect("/ leads to the filter", b.run("return document.activeElement.id"), "filter")
        b.one("#filter").send_keys("Sleep")
        expect("by name", set(b.rows()), {p.pid for p in sleepers})
        b.one("#filter").send_keys(f" {sleepers[1].pid}")
        expect("and by pid", set(b.rows()), {sleepers[1].pid})
        b.one("#filter").send_keys(Keys.ENTER)
        until("Enter opens the first", lambda: b.driver.current_url.endswith(f"#pid={sleepers[1].pid}"))
        b.driver.back()
        until("back", lambda: b.is_shown("#table"))
        b.one("#filter").send_keys(" nobody")
        expect("none", (b.rows(), b.is_shown("#empty")), ({}, True))
        b.one("#filter").send_keys(Keys.ESCAPE)
        expect("Esc clears it", (len(b.rows()), b.one("#filter").get_attribute("value")), (3, ""))
        b.one("body").send_keys(Keys.ARROW_DOWN)
        first = b.run("return document.activeElement.getAttribute('href')")
        expect("an arrow leads to the first row", first, f"#pid={python.pid}")
        b.driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
        second = b.run("return document.activeElement.getAttribute('href')")
        expect("the next to the second", second, "#pid=" + b.order("pid")[1])
        for arrow, row in ((Keys.ARROW_DOWN, -1), (Keys.ARROW_UP, 0)):
            for _ in range(4):
                b.driver.switch_to.active_element.send_keys(arrow)
            last = b.run("return document.activeElement.getAttribute('href')")
            expect("there is no further", last, "#pid=" + b.order("pid")[row])
        b.driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
        b.driver.switch_to.active_element.send_keys(Keys.ENTER)
        until("Enter opens it", lambda: b.is_shown("#detail"))
        expect("its address", b.driver.current_url.partition("#")[2], second[1:])
        b.one("body").send_keys(Keys.ESCAPE)
        until("Esc goes back", lambda: not b.is_shown("#detail") and b.is_shown("#table"))
        expect("to where it was", b.run("return document.activeElement.getAttribute('href')"), second)
        check_quiet(b)


def stopped_and_ended_processes_are_marked(b):
    with Machine() as m:
        stops, ends, stays = (sleeper(m) for _ in range(3))
        b.open(m.serve())
        until("three rows", lambda: len(b.rows()) == 3)
        os.kill(stops.pid, signal.SIGSTOP)
        until("stopped", lambda: b.rows()[stops.pid]["state"] == "stopped")
        os.kill(ends.pid, signal.SIGKILL)
        ends.p.wait()
        marked = "return [...document.querySelectorAll('#table .lost .c-pid')].map((e) => Number(e.textContent))"
        until("both are marked", lambda: set(b.run(marked)) == {stops.pid, ends.pid})
        rows = b.rows()
        expect("the ended one", rows[ends.pid]["state"], "ended")
        expect("the other", rows[stays.pid]["state"] in WELL, True)
        os.kill(stops.pid, signal.SIGCONT)
        until("going on", lambda: b.rows()[stops.pid]["state"] in WELL)
        until("what has ended is gone in the end", lambda: set(b.rows()) == {stops.pid, stays.pid})
        check_quiet(b)


def refusals_alarm(b):
    """At its ceiling: marked by its state, its bar and the number of refusals; who is well is not."""
    full = "import time\nheld = []\ntry:\n    while True: held.append(bytearray(100000))\nexcept MemoryError: time.sleep(1e6)"
    with Machine() as m:
        well, p = sleeper(m, MEMGOV_HEAP_MAX="64M"), m.start([PYTHON, "-c", full], MEMGOV_HEAP_MAX="64M", **STILL)
        b.open(m.serve())
        until("its refusals", lambda: int(b.rows().get(p.pid, {}).get("refused", 0)) > 0)
        expect("alarms", [b.text(f'tr:has(a[href="#pid={x.pid}"]) .alarm') is not None for x in (p, well)], [True, False])
        check_quiet(b)


def fifty_processes(b):
    with Machine() as m:
        pids = {sleeper(m, MEMGOV_HEAP_MAX="64M").pid for _ in range(50)}
        b.open(m.serve())
        until("fifty rows", lambda: set(b.rows()) == pids)
        expect("the count", b.text("#count"), "50")
        b.one("thead .c-name button").click()
        expect("of the same name, by pid", b.order("pid"), [str(pid) for pid in sorted(pids)])
        until("all with their figures", lambda: all(r["heap"].endswith("/ 64M") for r in b.rows().values()))
        stopped, gone = m.programs[3], m.programs[17]
        os.kill(stopped.pid, signal.SIGSTOP)
        until("one stopped", lambda: b.rows()[stopped.pid]["state"] == "stopped")
        gone.close()
        until("one ended", lambda: b.rows().get(gone.pid, {}).get("state") == "ended")
        until("49 rows", lambda: set(b.rows()) == pids - {gone.pid})
        rows = b.rows()
        expect("the one that is stopped", rows.pop(stopped.pid)["state"], "stopped")
        expect("all others", {r["state"] for r in rows.values()} <= set(WELL), True)
        check_quiet(b)


def names_are_text(b):
    """A program that calls itself by markup is shown with that name, in the table and on its own page."""
    with Machine() as m:
        path = os.path.join(m.dir, EVIL)
        shutil.copy("/usr/bin/sleep", path)
        p = m.start([path, "10000"], MEMGOV_REPORT="{dir}/" + EVIL, **STILL)
        b.open(m.serve())
        until("its row", lambda: b.rows().get(p.pid))
        name = b.rows()[p.pid]["name"]
        expect_true("its name", name.startswith("<img src=x") and EVIL.startswith(name), name)
        b.one("#table a.open").click()
        b.wait_text("#d-name", lambda t: t == name)
        until("the setting", lambda: any(EVIL in t for t in b.texts("#d-settings .plain")))
        b.wait_text("#d-flame-hint", lambda t: "Reading" not in t)
        expect("pictures in the page", len(b.all("img")), 0)
        expect("what it wanted to run", b.run("return window.hacked ?? null"), None)
        check_quiet(b)


def server_that_comes_back(b):
    with Machine() as m:
        p = sleeper(m)
        address = m.serve()
        b.open(address)
        until("the row", b.rows)
        m.stop_server()
        b.wait_text("#link span", lambda t: t == "reconnecting")
        expect_match("the last reading", b.text("#link time"), r"last reading \d\d:\d\d:\d\d")
        expect("the row stays", set(b.rows()), {p.pid})
        m.serve(listen=m.url.removeprefix("http://").rstrip("/"))
        b.wait_text("#link span", lambda t: t == "live")
        expect("no reload was needed", (set(b.rows()), b.text("#link time").startswith("last")), ({p.pid}, False))
        check_quiet(b, expected=("network",))


def fits_every_screen(b):
    """No screen scrolls sideways; colours follow the wish of the reader."""
    with Machine() as m:
        p = sleeper(m, MEMGOV_HEAP_MAX="64M")
        address = m.serve("--allow-control")
        try:
            for width, height in ((390, 844), (1280, 800), (1920, 1080)):
                b.size(width, height)
                for more in ("", f"#pid={p.pid}"):
                    b.open(address)  # which leaves the token with the page
                    b.open(m.url + more)
                    until("the page", lambda: b.rows() and (not more or b.texts("#d-settings tbody tr")))
                    expect(f"width of {more or 'the table'}", b.run("return document.documentElement.scrollWidth"), width)
                    cut = b.run("""return [...document.querySelectorAll(".panel, .panel input")].filter((e) => e.offsetParent &&
                        e.scrollWidth > e.clientWidth).map((e) => e.id || e.textContent)""")
                    expect(f"what is cut off at {width}", cut, [])
                expect("the list beside the details", b.is_shown("#table"), width == 1920)
            grounds = []
            for scheme in ("light", "dark"):
                b.scheme(scheme)
                grounds.append(b.run("return getComputedStyle(document.body).backgroundColor"))
            light, dark = ([int(n) for n in re.findall(r"\d+", g)] for g in grounds)
            expect_true("light and dark", min(light) > 200 and max(dark) < 60, str(grounds))
        finally:
            b.size(1280, 800)
        check_quiet(b)


CASES = [table_shows_every_process, figures_change_by_themselves, requests_do_not_overlap_and_stop_unseen,
         sorts_by_any_heading, filters_and_obeys_the_keyboard, stopped_and_ended_processes_are_marked, refusals_alarm,
         fifty_processes, names_are_text, server_that_comes_back, fits_every_screen]
