# SPDX-License-Identifier: MIT
"""Ways to be linked: statically, privileged, with an allocator of one's own, with plug-ins that see another malloc."""

import os
import stat

from governed import Failure
from world import Row, find


def static(w):
    """Nothing can be preloaded, and nothing is said about it."""
    return w.run(w.build("many_blocks.cc", "static", "-static", "-pthread"))


def busybox(w):
    return w.run("busybox", "sh", "-c", "seq 1 50000 | sort -r | gzip -c | gunzip -c | awk '{ s += $1 } END { print s }'")


def setuid(w):
    """The loader leaves memgov out of privileged programs; started by a user without rights."""
    program = w.build("many_blocks.cc", "setuid", "-pthread")
    if os.getuid() != 0:
        return w.run(find("su"), "--version")
    os.chmod(program, 0o4755)
    if not os.stat(program).st_mode & stat.S_ISUID:
        raise Failure("no setuid programs in " + w.dir)
    nobody = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--inh-caps=-all", "env", "-i")
    inside = [f"{k}={v}" for k, v in w.env.items()]
    return w.tool(*nobody, *inside, program) + w.tool(*nobody, *inside, find("su"), "--version")


def blocks(*flags):
    def run(w):
        return w.run(w.build("many_blocks.cc", "blocks", "-pthread", *flags))
    return run


def plugins(w):
    """Plug-ins that throw, are unloaded, and own threads' data; also opened with RTLD_DEEPBIND."""
    host = w.build("plugin_host.cc", "host", "-ldl", "-pthread", "-rdynamic")
    plugin = w.build("plugin.cc", "plugin.so", "-shared", "-fPIC")
    return w.run(host, plugin) + w.run(host, plugin, "deepbind")


# An executable that defines malloc itself wins over whatever is preloaded, and memgov says so.
OWN = {"governed": False, "says": ".* has a malloc of its own, which memgov does not see: nothing is counted or held"}
ROWS = [
    Row("static", static, governed=False, fast=True),
    Row("busybox-static", busybox, governed=False),
    Row("setuid", setuid, governed=False, fast=True),
    Row("c++", blocks(), fast=True),
    Row("plug-ins", plugins, fast=True),
    Row("libjemalloc.so", blocks("-ljemalloc")),
    Row("libtcmalloc.so", blocks("-ltcmalloc_minimal")),
    Row("own-jemalloc", blocks("-Wl,-Bstatic", "-ljemalloc", "-Wl,-Bdynamic", "-lm", "-ldl"), **OWN),
    Row("own-tcmalloc", blocks("-Wl,-Bstatic", "-ltcmalloc_minimal", "-Wl,-Bdynamic"), **OWN),
]
