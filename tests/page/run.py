#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
The page suite: the live page of `memgov serve` in headless Chromium, with real governed programs. Of Debian's python,
which has Debian's selenium. run.py [-v] [PART OF A NAME]...
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

import changes  # noqa: E402
import details  # noqa: E402
import overview  # noqa: E402
import parts  # noqa: E402
from browser import Browser  # noqa: E402
from governed import run_cases  # noqa: E402


def main():
    browser = Browser()

    def run(case):
        browser.driver.get("about:blank")
        browser.complaints()  # of a case that failed
        case(browser)
    cases = overview.CASES + details.CASES + changes.CASES + parts.CASES
    try:
        return run_cases("page", [(f.__name__, lambda f=f: run(f)) for f in cases])
    finally:
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
