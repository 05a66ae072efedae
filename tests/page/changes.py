# SPDX-License-Identifier: MIT
"""What is changed from the page: settings, compactions; and who may."""

import re

from browser import PYTHON, Machine, check_quiet
from details import FACTS, open_detail
from governed import expect, expect_match, expect_true, until
from overview import STILL, sleeper
from selenium.webdriver.common.keys import Keys

# Of 60 MB every 50th block stays when it is told to drop them.
DROPS = """import sys
blocks = [bytearray(2000) for i in range(30000)]
print("ready", flush=True)
for line in sys.stdin:
    blocks = blocks[::50]
    print("dropped", flush=True)
"""


def setting(p, name):
    return re.search(rf"^{name} ?(.*)$", p.ask("config"), re.M)[1]


def type_setting(b, name, value):
    field = b.one(f"#set-{name}")
    field.clear()
    field.send_keys(value + Keys.ENTER)


def said(b, name):
    return b.text(f'output[for="set-{name}"]')


def setting_arrives_in_the_process(b):
    with Machine() as m:
        p = sleeper(m)
        open_detail(b, m, p, m.serve("--allow-control"))
        until("a field", lambda: b.all("#set-heap_max"))
        type_setting(b, "heap_max", "300M")
        until("it has arrived", lambda: setting(p, "heap_max") == "300M")
        until("the ceiling is shown", lambda: b.run(FACTS)["Ceiling"] == "300M")
        until("the field shows it", lambda: b.one("#set-heap_max").get_attribute("value") == "300M")
        expect("without complaint", b.one('output[for="set-heap_max"]').get_attribute("class"), "")
        p.ask("set heap_max 400M")
        until("a change by others is shown", lambda: b.one("#set-heap_max").get_attribute("value") == "400M")
        expect("read at the start: no field", (b.is_shown("#set-engine"), b.text("tr:has(#set-engine) .plain")), (False, "park"))
        check_quiet(b)


def bad_value_is_refused_in_its_own_words(b):
    with Machine() as m:
        p = sleeper(m, MEMGOV_HEAP_MAX="64M")
        open_detail(b, m, p, m.serve("--allow-control"))
        until("a field", lambda: b.all("#set-heap_max"))
        type_setting(b, "heap_max", "12bananas")
        until("the refusal", lambda: said(b, "heap_max") not in ("", "…"))
        words = p.ask("set heap_max 12bananas").strip().removeprefix("error: ")
        expect_match("the process's words", said(b, "heap_max"), rf"process {p.pid} \(sleep\) refuses: {re.escape(words)}")
        time = b.text("#link time")
        until("another reading", lambda: b.text("#link time") != time)
        expect("what was typed stays", b.one("#set-heap_max").get_attribute("value"), "12bananas")
        expect("the process keeps its own", setting(p, "heap_max"), "64M")
        b.one("#set-heap_max").send_keys(Keys.ESCAPE)
        expect("Esc gives it back", (b.one("#set-heap_max").get_attribute("value"), said(b, "heap_max")), ("64M", ""))
        expect("and does not leave", b.is_shown("#detail"), True)
        check_quiet(b, expected=("network",))


def typing_is_not_disturbed(b):
    with Machine() as m:
        p = sleeper(m)
        open_detail(b, m, p, m.serve("--allow-control"))
        until("a field", lambda: b.all("#set-released"))
        b.one("#set-released").clear()
        b.one("#set-released").send_keys("7")
        p.ask("set released 100M")
        p.ask("set compact_gap 30s")
        until("the next option", lambda: b.one("#set-compact_gap").get_attribute("value") == "30s")
        b.one("#set-released").send_keys("0M")
        expect("what was typed", b.one("#set-released").get_attribute("value"), "70M")
        b.one("#set-released").send_keys(Keys.ENTER)
        until("it has arrived", lambda: setting(p, "released") == "70M")
        check_quiet(b)


def compaction_shows_its_yield(b):
    with Machine() as m:
        p = m.start([PYTHON, "-c", DROPS], PYTHONMALLOC="malloc", **STILL)
        p.wait_ready()
        open_detail(b, m, p, m.serve("--allow-control"))
        p.p.stdin.write(b"drop\n")
        p.p.stdin.flush()
        p.wait_ready("dropped\n")
        b.one("#d-compact").click()
        note = b.wait_text("#d-note", lambda t: "came back" in t)
        expect_match("what came back", note, r"[\d.]+[KM] came back in [\d.]+(us|ms|s)\.")
        amount = note.split()[0]
        expect_true("tens of MB", amount.endswith("M") and float(amount[:-1]) > 20, note)
        until("returned", lambda: b.run(FACTS)["Returned"] == amount)
        expect("compactions", b.run(FACTS)["Compactions"], "1")
        marks = until("a mark in the chart", lambda: [e.get_attribute("title") for e in b.all("#d-heap .compaction")])
        expect_match("what it says", marks[0], rf"compaction: {re.escape(amount)} came back in \S+, \d\d:\d\d:\d\d")
        until("an event", lambda: any(amount in t for t in b.texts("#d-events tbody tr")))
        check_quiet(b)


def without_control_it_is_read_only(b):
    with Machine() as m:
        p = sleeper(m, MEMGOV_HEAP_MAX="64M")
        open_detail(b, m, p)
        until("settings", lambda: b.texts("#d-settings tbody tr"))
        expect("no fields", b.is_shown("#d-settings input"), False)
        expect("the value", b.text("tr:has(#set-heap_max) .plain"), "64M")
        expect_true("how to get them", "memgov serve --allow-control" in b.text("#d-settings-hint"))
        expect("the button", b.one("#d-compact").is_enabled(), False)
        m.stop_server()
        m.serve("--allow-control")
        open_detail(b, m, p, m.url)
        until("settings", lambda: b.texts("#d-settings tbody tr"))
        expect("no fields without a token", (b.is_shown("#d-settings input"), b.one("#d-compact").is_enabled()), (False, False))
        expect_true("where the token is", "#token=" in b.text("#d-settings-hint"))
        check_quiet(b)


def token_leaves_the_address(b):
    with Machine() as m:
        p = sleeper(m)
        address = m.serve("--allow-control")
        expect_match("the address", address, r"http://127.0.0.1:\d+/#token=[0-9a-f]{32}")
        open_detail(b, m, p, address)
        expect("the address bar", b.driver.current_url, f"{m.url}#pid={p.pid}")
        b.driver.refresh()
        until("settings", lambda: b.is_shown("#set-released"))
        type_setting(b, "released", "70M")
        until("it has arrived", lambda: setting(p, "released") == "70M")
        expect("complaints", b.complaints(), [])
        b.run("sessionStorage.setItem('memgov-token', 'wrong')")
        type_setting(b, "released", "80M")
        until("the refusal", lambda: "token" in said(b, "released"))
        expect("what was typed stays", b.one("#set-released").get_attribute("value"), "80M")
        expect("it has not arrived", setting(p, "released"), "70M")
        check_quiet(b, expected=("network",))


CASES = [setting_arrives_in_the_process, bad_value_is_refused_in_its_own_words, typing_is_not_disturbed,
         compaction_shows_its_yield, without_control_it_is_read_only, token_leaves_the_address]
