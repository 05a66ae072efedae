# SPDX-License-Identifier: MIT
"""Cases of the real suite: the Debian package is built, looked through, unpacked by dpkg, used and purged."""

import os
import re
import shutil

from governed import ROOT, Program, expect, expect_match, expect_true
from installed import ENV, files_below, in_folder, run

VERSION = "9.8.7"
ME = {"DEBFULLNAME": "Somebody Else", "DEBEMAIL": "somebody@debian.org", "GIT_CONFIG_GLOBAL": "/dev/null"}


def copy_of_the_tree(folder):
    """What is in the tree, built nothing yet, as the version that its tag says."""
    shutil.copytree(ROOT, folder, symlinks=True, ignore=lambda d, _: ("build", ".git") if d == ROOT else ())
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "all"), ("tag", "v" + VERSION)):
        run("git", "-C", folder, "-c", "user.name=x", "-c", "user.email=x@localhost", *words, env={**ENV, **ME})


def build(folder):
    """The path of the package."""
    copy_of_the_tree(folder + "/tree")
    out = run("make", "-s", "-C", folder + "/tree", "deb", env={"PATH": os.environ["PATH"], **ME}).stdout
    name = out.splitlines()[-1]
    expect_match("name", name, rf"build/deb/memgov_{re.escape(VERSION)}_[a-z0-9]+\.deb")
    return os.path.join(folder, "tree", name)


def dpkg(root, *args):
    """On a root of its own, which has nothing but memgov; dpkg would be root there."""
    fake = [] if os.geteuid() == 0 else ["fakeroot"]
    run(*fake, "dpkg", "--root=" + root, "--force-depends", *args, env={**ENV, "PATH": "/usr/sbin:/sbin:" + os.environ["PATH"]})


def use(root):
    """The programs, the library, the manual and what pkg-config reads, from where dpkg put them."""
    memgov, top = root + "/usr/bin/memgov", root + "/usr/bin/memgov-top"
    for tool in (memgov, top):
        expect("version", run(tool, "--version").stdout.split()[1], VERSION)
    library = os.path.dirname(files_with(root, "libmemgov.so")[0])
    wait = "import sys; print('ready', flush=True); sys.stdin.read()"
    with Program(["/usr/bin/python3", "-c", wait], start="now", preload=[library + "/libmemgov.so"]) as p:
        p.wait_ready("ready\n")
        env = {**ENV, "MEMGOV_SOCKET_DIR": p.sockets}
        p.wait_socket()
        for args in ((memgov, "ps"), (top, "--once")):
            expect_match(args[0], run(*args, env=env).stdout, rf"(?s).*\b{p.pid}\b.*python3.*")
    for page in ("memgov", "memgov-top", "libmemgov", "memgov.h", "memgov_compact"):
        expect_match(page, run("man", "-M", root + "/usr/share/man", page, env={**ENV, "MANPAGER": "cat"}).stdout, "(?s).*NAME.*")
    env = {**ENV, "PKG_CONFIG_PATH": library + "/pkgconfig"}
    expect("library", run("pkg-config", "--variable=preload", "memgov", env=env).stdout, library[len(root):] + "/libmemgov.so\n")


def files_with(root, name):
    return [os.path.join(root, f) for f in files_below(root) if os.path.basename(f) == name]


@in_folder
def package_of_debian(folder):
    """From a clean copy of the tree to a root without a file of it."""
    deb, root = build(folder), folder + "/root"
    expect("lintian", run("lintian", "--info", "--allow-root", deb, env={**ENV, "HOME": folder}).stdout, "")
    fields = run("dpkg-deb", "-f", deb).stdout
    for library in "libmimalloc2.0 libdw1 libmicrohttpd12 libncursesw6 libprotobuf-c1 zlib1g libc6".split():
        expect_match("depends", fields, rf"(?s).*\nDepends: [^\n]*\b{library}\b.*")
    os.makedirs(root + "/var/lib/dpkg/updates")
    for f in ("status", "available"):
        open(f"{root}/var/lib/dpkg/{f}", "w", encoding="ascii").close()
    dpkg(root, "--install", deb)
    files = files_below(root + "/usr")
    for f in ("bin/memgov", "bin/memgov-top", "include/memgov.h", "share/man/man1/memgov.1.gz", "share/man/man3/memgov_set.3.gz",
              "share/bash-completion/completions/memgov-top", "share/memgov/prometheus/memgov.rules.yml",
              "share/memgov/prometheus/memgov.dashboard.json", "share/doc/memgov/copyright",
              "share/doc/memgov/examples/memgov-serve.service"):
        expect_true(f, f in files, str(files))
    use(root)
    dpkg(root, "--purge", "memgov")
    expect("left", [f for f in files_below(root) if not f.startswith("var/lib/dpkg/")], [])
    expect_true("folders", not os.path.exists(root + "/usr"), str(list(os.walk(root))))


CASES = [(package_of_debian.__name__, package_of_debian)]
