# SPDX-License-Identifier: MIT
"""CPython's own test suite: the same tests fail as without memgov. One counts as failed when it fails twice."""

import os
import re
import xml.etree.ElementTree

from governed import Failure
from world import Row

OBJECTS = """test_gc test_pickle test_json test_re test_unicode test_bytes test_list test_dict test_memoryview test_array
test_weakref test_generators test_struct test_ctypes test_sqlite3 test_zlib test_mmap test_xml_etree_c test_functools
test_itertools test_exceptions test_tracemalloc test_contextvars test_buffer""".split()
# The longest first. Where every child is a new program, or a fork of a server, managers are left out: fork has them.
PROCESSES = """test_asyncio test_multiprocessing_spawn test_multiprocessing_fork test_multiprocessing_forkserver test_subprocess test_signal
test_threading test_socket test_multiprocessing_main_handling test_fork1 test_thread test_queue test_selectors test_posix test_popen test_os""".split()
LEFT_OUT = [w for how in ("spawn", "forkserver") for w in ("-i", f"test.test_multiprocessing_{how}.WithManager*")]

# What asks for more than there can be, to see that it is refused; children that take another user's id have no socket.
REFUSED = "heap ceiling"
STRANGER = "no stats socket: cannot open "


def failures(w, modules, env):
    """(how many ran, {module.case that failed}), with modules that ended too early as cases."""
    if not os.path.exists("/usr/lib/python3.11/test/test_gc.py"):
        raise Failure("libpython3.11-testsuite is not installed (make test-real installs it)")
    path = w.dir + "/results.xml"
    if os.path.exists(path):
        os.unlink(path)
    said = w.run("/usr/bin/python3", "-m", "test", "-j6", "--timeout=3000", "--junit-xml", path, *LEFT_OUT, *modules, env=env, status=None)
    if not os.path.exists(path):
        raise Failure("no results\n" + said[-3000:])
    cases = list(xml.etree.ElementTree.parse(path).iter("testcase"))
    early = {f"test.{m}.{how}" for m, how in re.findall(r"(test_\w+) (crashed|timed out)", said)}
    return len(cases), early | {c.get("name") for c in cases if c.find("failure") is not None or c.find("error") is not None}


def suite(modules, env=None):
    def run(w):
        ran, failed = failures(w, modules, env)
        again = sorted(m for m in modules if any(f".{m}." in f for f in failed))
        if again:
            once = {f for f in failed if any(f".{m}." in f for m in again)}
            failed -= once - failures(w, again, env)[1]
        return f"{ran} tests\n" + "\n".join(sorted(failed))
    return run


MALLOC = {"PYTHONMALLOC": "malloc"}
# With a ceiling memgov sets PYTHONMALLOC=malloc, which the suite sees: those are compared with the suite under it.
ROWS = [
    Row("cpython-objects", suite(OBJECTS), without=("ceiling",), refuses=True),
    Row("cpython-objects-malloc", suite(OBJECTS, MALLOC), without=("sample", "debug"), refuses=True, says=REFUSED),
    Row("cpython-processes", suite(PROCESSES), without=("ceiling", "sample"), refuses=True, says=STRANGER),
    Row("cpython-processes-malloc", suite(PROCESSES, MALLOC), without=("default", "sample", "debug"), refuses=True, says=f"{REFUSED}|{STRANGER}"),
]
