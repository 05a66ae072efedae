# SPDX-License-Identifier: MIT
"""JSON and dictionaries: documents built, printed, parsed, joined, dropped."""

import json

table = {"k%d" % i: [i, str(i) * 3, {"a": i, "b": [i, i + 1]}] for i in range(40000)}
for _ in range(3):
    table = json.loads(json.dumps(table))
index = {}
for key, (number, text, inner) in table.items():
    index.setdefault(text[:2], []).append((key, number, inner["b"]))
words = " ".join(table).split()
counts = {}
for word in words:
    counts[word[:4]] = counts.get(word[:4], "") + word[-1]
