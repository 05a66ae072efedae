# SPDX-License-Identifier: MIT
"""Builds 300 MB of strings, waits for a line, drops them, waits for the end of its input."""
import sys

built = [bytes([i % 256]) * 100000 for i in range(3200)]
print("built", flush=True)
sys.stdin.readline()
del built
print("dropped", flush=True)
sys.stdin.read()
