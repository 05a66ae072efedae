# SPDX-License-Identifier: MIT
"""node, Java, Ruby, PHP and Lua: runtimes with heaps, collectors and threads of their own."""

from governed import Failure
from world import LOADS, Row


def script(interpreter, name, *flags, env=None):
    def run(w):
        return w.run(interpreter, *flags, f"{LOADS}/{name}", env=env)
    return run


def java(w):
    """Compiles its source first, which is a load of its own."""
    w.run("javac", "-J-Xmx400m", "-d", w.dir, LOADS + "/Walk.java")
    return w.run("java", "-Xmx300m", "-cp", w.dir, "Walk") + w.run("java", "-Xmx300m", "-XX:+UseSerialGC", "-cp", w.dir, "Walk")


def php(w):
    """With extensions as libraries, which PHP opens with RTLD_DEEPBIND; and once without its own allocator."""
    modules = w.run("php", "-m")
    missing = {"SimpleXML", "mbstring", "sqlite3"} - set(modules.split())
    if missing:
        raise Failure(f"PHP has no {', '.join(sorted(missing))}: install php-xml, php-mbstring and php-sqlite3 (make test-real does)")
    return modules + w.run("php", "-d", "memory_limit=1G", LOADS + "/walk.php") \
        + w.run("php", "-d", "memory_limit=1G", LOADS + "/walk.php", env={"USE_ZEND_ALLOC": "0"})


ROWS = [Row("node", script("node", "walk.js", "--expose-gc")), Row("java", java), Row("ruby", script("ruby", "walk.rb")),
        Row("php", php), Row("lua", script("lua5.4", "walk.lua"))]
