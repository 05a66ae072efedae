# SPDX-License-Identifier: MIT
"""What makes taking stacks dangerous, all at once (churn.cc)."""

import os
import re
import time

from governed import BUILD, Program, ask_path, expect, expect_true


def churn_under_samples():
    """A plug-in that comes and goes, exceptions, threads, forks and signals while stacks are taken all the time; for
    CHURN_SECONDS."""
    seconds = int(os.environ.get("CHURN_SECONDS", "6"))
    with Program([BUILD + "/tests/real/churn", BUILD + "/tests/real/churn_plugin.so", str(seconds)],
                 {"MEMGOV_SAMPLE": "4K"}, start="now") as p:
        most = 0
        while p.p.poll() is None:
            try:
                reply = ask_path(p.path(), "profile")
            except OSError:  # not yet, or not any more
                reply = ""
            time.sleep(0.02)
            if not reply.endswith("\nend\n") and p.p.poll() is not None:
                break  # the program ended meanwhile
            expect("a whole profile", reply and (reply[:20], reply[-5:]), reply and ("ok\nmemgov-profile 1\n", "\nend\n"))
            taken = re.search(r"\nsamples (\d+) ", reply)
            most = max(most, int(taken[1]) if taken else 0)
        expect(f"status; stdout {p.out()!r}; stderr {p.err()!r}", p.finish(), 0)
        turns = {name: int(n) for name, n in re.findall(r"(\w+) (\d+)\n", p.out())}
        for name in ("throws", "allocations", "loads", "threads", "forks", "programs", "signals"):
            expect_true(f"there were {name}", turns.get(name, 0) > seconds, p.out())
        expect_true("samples", most > 1000 * seconds, str(most))
        expect("stderr", p.err(), "")


CASES = [("churn_under_samples", churn_under_samples)]
