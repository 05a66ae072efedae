#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
The matrix of real programs: each with its own load, first without memgov, then under it in every setting. Same output, same
status, no line of memgov's that is not explained, no double free, nothing refused under a generous ceiling.
run.py [--list] [--setting NAME] [PART OF A PROGRAM'S NAME]...
"""

import os
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True

from programs import ROWS, SETTINGS, Bench, Failure  # noqa: E402


def attempt(what, action):
    """One line on how it went; whether it passed."""
    begin = time.monotonic()
    try:
        words = action()
        if words:
            print(f"matrix: {what}: passed ({time.monotonic() - begin:.1f} s; {words})", flush=True)
        return True
    except Failure as e:
        print(f"matrix: {what}: FAILED: {e}", flush=True)
    except Exception:  # a load that breaks is a load that fails
        print(f"matrix: {what}: FAILED: {traceback.format_exc()}", flush=True)
    return False


def run_row(row, settings):
    """How many settings passed: none, if there is nothing to compare with."""
    with Bench(row) as bench:
        if not attempt(f"{row.name} plain", bench.refer):
            return 0
        return sum(attempt(f"{row.name} {s.name}", lambda s=s: bench.compare(s)) for s in settings)


def arguments(args):
    """(rows, settings), or the end with an error that says what there is."""
    settings = SETTINGS
    if "--setting" in args:
        at = args.index("--setting")
        settings = [s for s in SETTINGS if s.name in args[at + 1:at + 2]]
        if not settings:
            sys.exit(f"matrix: --setting takes one of {', '.join(s.name for s in SETTINGS)}")
        args = args[:at] + args[at + 2:]
    rows = [r for r in ROWS if not args or any(a in r.name for a in args)]
    if not rows:
        sys.exit(f"matrix: no program has {' or '.join(args)} in its name; there are {', '.join(r.name for r in ROWS)}")
    return rows, settings


def stop_by_signals():
    """SIGINT, SIGTERM and SIGHUP, unless ignored: all that was started ends, and its folder goes. The second one changes nothing."""
    def stop(*_):
        for s in caught:
            signal.signal(s, signal.SIG_IGN)
        raise KeyboardInterrupt
    caught = [s for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(s) is not signal.SIG_IGN]
    for s in caught:
        signal.signal(s, stop)


def run_rows(rows, settings):
    """(passed, failed, whether all had their turn)"""
    passed = failed = 0
    for row in rows:
        wanted = [s for s in settings if s.name not in row.without]
        try:
            good = run_row(row, wanted)
        except KeyboardInterrupt:
            print(f"matrix: interrupted in {row.name}: what it started has been ended", flush=True)
            return passed, failed, False
        passed, failed = passed + good, failed + len(wanted) - good
    return passed, failed, True


def main():
    if "--list" in sys.argv:
        print(*(r.name for r in ROWS), sep="\n")
        return 0
    rows, settings = arguments(sys.argv[1:])
    missing = sorted({s.library for s in settings if not os.path.exists(s.library)})
    if missing:
        sys.exit(f"matrix: no {' or '.join(missing)}: `make test-real` builds it")
    stop_by_signals()
    begin = time.monotonic()
    passed, failed, whole = run_rows(rows, settings)
    print(f"matrix: {time.monotonic() - begin:.0f} s")
    print(f"matrix: {passed} passed, {failed} failed" + ("" if whole else ", the others had no turn"))
    return 0 if passed and whole and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
