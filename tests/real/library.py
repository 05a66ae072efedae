# SPDX-License-Identifier: MIT
"""A walk through the standard library; prints what came out, the same on every run."""
import collections
import concurrent.futures
import ctypes
import hashlib
import json
import multiprocessing
import re
import sqlite3
import subprocess
import zlib


def work(n):
    data = json.dumps([{"n": i, "s": str(i) * 5} for i in range(n)])
    return hashlib.sha256(zlib.compress(data.encode())).hexdigest()[:8]


def main():
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        print(*pool.map(work, range(0, 8000, 500)))
    with multiprocessing.Pool(2) as pool:
        print(*pool.map(work, range(0, 4000, 500)))
    db = sqlite3.connect(":memory:")
    db.execute("create table t(a, b)")
    db.executemany("insert into t values (?, ?)", ((i, str(i)) for i in range(50000)))
    print(db.execute("select sum(a), max(b) from t").fetchone())
    words = collections.Counter(re.findall(r"\w+", "one two three two " * 20000))
    print(words.most_common(2))
    print(subprocess.run(["sh", "-c", "seq 1 1000 | tail -1"], capture_output=True, text=True).stdout.strip())
    print(ctypes.CDLL(None).malloc_trim(0) in (0, 1))


if __name__ == "__main__":
    main()
