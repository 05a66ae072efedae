# SPDX-License-Identifier: MIT
"""Runs into the ceiling again and again, with large blocks and with small objects, and lives on."""
for n in (1, 2, 3):
    held = []
    try:
        for _ in range(1000):
            held.append(bytearray(1 << 20))
    except MemoryError:
        print("caught", n)
    assert len(held) > 150, len(held)  # a block may be charged half as much again
    del held
small = []
try:
    while True:
        small.append([len(small)])
except MemoryError:
    print("small objects: caught")
del small
assert sum(len(str(i)) for i in range(100000)) == 488890
print("all is well")
