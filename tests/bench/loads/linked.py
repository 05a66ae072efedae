# SPDX-License-Identifier: MIT
"""Many small objects that point to each other, so that only Python's collector can free them, and it has much to walk."""


class Node:
    def __init__(self, value, previous):
        self.value = value
        self.previous = previous
        self.next = None
        if previous is not None:
            previous.next = self


def ring(length):
    first = last = Node(0, None)
    for i in range(1, length):
        last = Node(i, last)
    first.previous, last.next = last, first
    return first


kept = [ring(20) for _ in range(4000)]
for turn in range(30):
    for i in range(0, 4000, 2):
        kept[(i * 7 + turn) % 4000] = ring(20)
