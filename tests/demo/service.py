# SPDX-License-Identifier: MIT
"""
A small service as many are: a pool of threads loads documents into a cache that nobody bounds. Reads orders from stdin:
load MB (until that much is cached, or memory is refused), drop (empties the cache), work (serves small requests).
"""
import concurrent.futures
import json
import sys

cache = []
pool = concurrent.futures.ThreadPoolExecutor(4)


def document(n):
    """About 1 MB: parsed JSON, as objects."""
    text = json.dumps([{"id": n * 1000 + i, "name": f"customer {i}", "total": i * 1.5} for i in range(3000)])
    return json.loads(text)


def load(megabytes):
    try:
        while len(cache) < megabytes:
            cache.extend(pool.map(document, range(len(cache), len(cache) + 8)))
        return "loaded"
    except MemoryError:
        return "MemoryError"


for line in sys.stdin:
    order, _, argument = line.strip().partition(" ")
    if order == "load":
        result = load(int(argument))
        print(f"{result} at {len(cache)} documents", flush=True)
    elif order == "drop":
        cache.clear()
        print("dropped", flush=True)
    elif order == "work":
        done = sum(len(d) for d in pool.map(document, range(16)))
        print(f"served {done // 3000} requests", flush=True)
