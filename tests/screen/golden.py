# SPDX-License-Identifier: MIT
"""Every screen, at three sizes, as of one moment of a recording: the same as it was looked at, and nothing torn apart."""

import os
import re
import unicodedata

from governed import ROOT, expect, expect_true
from terminal import Terminal

HERE = os.path.dirname(os.path.abspath(__file__))
MOMENT = "00:00:40"
SIZES = ((80, 24), (120, 40), (200, 60))
NODE = ("/", "node", "Enter")
# Keys from the table on, and what then stands on the screen.
SCREENS = {
    "table": ((*NODE, "Home"), "redis-server"),
    "tree": ((*NODE, "t"), "─python3"),
    "detail": ((*NODE, "Enter"), "[Policies]"),
    "events": ((*NODE, "Enter", "Tab"), "[Events]"),
    "sites": ((*NODE, "s"), "VERDICT"),
    "settings": ((*NODE, "Enter", "BTab"), "heap_level"),
    "columns": (("o",), "from left to right"),
    "help": (("?",), "Keys of memgov-top"),
}


WIDE = [os.path.join(HERE, "golden", f"{name}-200x60.txt") for name in SCREENS]
SOURCES = [*(os.path.join(ROOT, "shim/tables", f) for f in ("stats.def", "options.def")), *WIDE]


def columns_of(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def open_at(width, height, env=None):
    t = Terminal(["--no-mouse", "--replay", os.path.join(HERE, "fleet.rec")], width, height, env)
    t.shows("REPLAY")
    t.press(" ")
    t.shows("held")
    t.press("g", MOMENT, "Enter")
    t.shows(MOMENT + "  held")
    return t


def words_of(text):
    return re.findall(r"[\w.,'%()-]+", text)


def check_words(name, lines):
    """Text is cut behind whole words: each is one of the source's tables, or of the widest screens."""
    known = set()
    for path in SOURCES:
        with open(path, encoding="utf-8") as f:
            known.update(words_of(f.read()))
    for line in lines:
        for word in re.findall(r"([\w.,'%()-]+)…(?=\s|$)", line):
            expect_true(f"{name}: '{word}' is a whole word", word in known, repr(line))


def compare(name, lines):
    path = os.path.join(HERE, "golden", name + ".txt")
    text = "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    with open(path, encoding="utf-8") as f:
        want = f.read().split("\n")[:-1]
    for i, (got_line, want_line) in enumerate(zip(lines, want)):
        expect(f"{name}.txt, line {i + 1}", got_line, want_line)
    expect(f"lines of {name}.txt", len(lines), len(want))


def check(name, size):
    keys, mark = SCREENS[name]
    width, height = size
    with open_at(width, height) as t:
        t.press(*keys)
        t.shows(mark)
        t.settled()
        lines = [line.rstrip() for line in t.lines()]
        expect(f"rows of {name}", len(lines), height)
        for line in lines:
            expect_true(f"{name}: no line is wider than the screen", columns_of(line) <= width, repr(line))
        check_words(name, lines)
        compare(f"{name}-{width}x{height}", lines)


def stays_whole_while_it_is_resized():
    with open_at(80, 24) as t:
        small = t.settled()
        for width, height in ((200, 60), (40, 10), (20, 5), (3, 2), (1, 1), (120, 40), (80, 24)):
            t.resize(width, height)
            t.settled()
        expect("the screen after all sizes", t.settled(), small)
        t.press("q")
        expect("status", t.status(), 0)


def draws_in_ascii_where_there_is_no_more():
    for env in ({"LANG": "C", "LC_ALL": "C"}, {"LANG": "C", "LC_ALL": "C", "TERM": "vt100", "NO_COLOR": "1"}):
        with open_at(80, 24, env) as t:
            t.press("Enter")
            t.shows("[Policies]")
            expect_true(f"ASCII with {env}", t.settled().isascii(), t.screen())


def selects_with_one_ground():
    """The selected row has one background, whatever its cells mean; without colours it is reversed."""
    with open_at(80, 24) as t:
        t.press("Home", "/", "python3", "Enter")
        t.settled()
        row = next(line for line in t.screen(colours=True).split("\n") if "at-limit" in line)
        grounds = re.findall(r"48;5;(\d+)", row)
        expect_true("one ground", set(grounds) == {"24"}, repr(row))
        expect_true("no reversed cell", not re.search(r"\x1b\[(?:\d+;)*7[;m]", row), repr(row))
    with open_at(80, 24, {"NO_COLOR": "1"}) as t:
        t.press("Down")
        t.settled()
        screen = t.screen(colours=True)
        expect_true("no colour", not re.search(r"\x1b\[[0-9;]*(?:3[1-7]|4[1-7]|38;5|48;5)", screen), repr(screen))


CASES = [(f"{name}_{size[0]}x{size[1]}", lambda n=name, s=size: check(n, s)) for name in SCREENS for size in SIZES]
CASES += [(f.__name__, f) for f in (stays_whole_while_it_is_resized, draws_in_ascii_where_there_is_no_more,
                                    selects_with_one_ground)]
