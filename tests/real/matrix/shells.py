# SPDX-License-Identifier: MIT
"""Shells, archives and git: many short processes, pipes and signals."""

import os

from world import LOADS, REAL, Row, digest


def bash(w):
    return w.run("bash", REAL + "/script.sh")


def make_tree(w):
    """Files that compress well and files that do not."""
    os.mkdir(w.dir + "/tree")
    for i in range(120):
        data = b"".join(b"%d %d\n" % (i, k * k % 977) for k in range(i * 40)) + bytes((k * k * i) % 251 for k in range(i * 30))
        with open(f"{w.dir}/tree/f{i}", "wb") as f:
            f.write(data)
        os.utime(f"{w.dir}/tree/f{i}", (1e9, 1e9))


TAR = ("--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@1000000000")


def archives(w):
    make_tree(w)
    w.run("tar", *TAR, "-cf", "plain.tar", "tree")
    result = []
    for command, name in ((("gzip", "-nk9"), "gz"), (("xz", "-k6", "-T2", "--block-size=100KiB"), "xz"),
                          (("bzip2", "-k"), "bz2")):
        w.run(*command, "plain.tar")
        result.append(f"{name} {digest(w.dir + '/plain.tar.' + name)}")
        os.mkdir(f"{w.dir}/{name}")
        w.run("tar", "-xf", f"plain.tar.{name}", "-C", name)
        result.append(w.run("diff", "-r", "tree", f"{name}/tree"))
    result.append(w.run("sh", "-c", "find tree -type f | sort | xargs -P 2 -n 7 sha256sum | sort | sha256sum"))
    return "\n".join(result)


def history(commits):
    """A stream for git fast-import: a file changes in every commit, and a branch is merged every now and then."""
    marks = 0
    for i in range(1, commits + 1):
        text = "\n".join(f"line {k} of {(i * k) % 53}" for k in range(40 + i % 60)) + "\n"
        marks += 1
        yield (f"commit refs/heads/main\nmark :{marks}\nauthor A <a@example.org> {1000000000 + i * 60} +0000\n"
               f"committer C <c@example.org> {1000000000 + i * 60} +0000\ndata <<END\nchange {i}\nEND\n")
        if i > 1:
            yield f"from :{marks - 1}\n"
        if i > 10 and i % 50 == 0:
            yield f"merge :{marks - 10}\n"
        yield f"M 100644 inline dir{i % 23}/file{i % 301}\ndata {len(text)}\n{text}\n"


def git(w):
    """A large history by fast-import; repack with threads, log, blame, grep, clone, bisect of it."""
    config = ("[gc]\nauto = 0\n[pack]\nthreads = 2\n[safe]\ndirectory = *\n[user]\nname = U\nemail = u@example.org\n"
              "[advice]\ndetachedHead = false\n")
    w.write(".gitconfig", config)
    env = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2020-01-01T00:00:00Z"}
    w.run("git", "init", "-q", "-b", "main", "repo", env=env)
    w.run("git", "-C", "repo", "fast-import", "--quiet", env=env, stdin="".join(history(4000)))
    w.run("git", "-C", "repo", "repack", "-adfq", "--depth=20", "--window=30", env=env)
    w.run("git", "clone", "-q", "--no-local", "repo", "clone", env=env)
    steps = [("fsck", "--full", "--strict"), ("rev-parse", "HEAD"), ("log", "--stat", "--format=%H %s", "-n", "300"),
             ("log", "--graph", "--oneline", "-n", "200"), ("blame", "dir3/file3"), ("shortlog", "-sn", "HEAD"),
             ("grep", "-c", "line 3 of 17"), ("diff", "--stat", "HEAD~500"), ("checkout", "-q", "-b", "side", "HEAD~700"),
             ("cherry-pick", "main~3"), ("rebase", "-q", "main"), ("status", "--short"), ("log", "-3", "--format=%T %s")]
    return "".join(w.run("git", "-C", "clone", *step, env=env, status=None) for step in steps)


def perl(w):
    return w.run("perl", LOADS + "/walk.pl")


ROWS = [Row("bash", bash), Row("perl", perl, fast=True), Row("archives", archives), Row("git", git)]
