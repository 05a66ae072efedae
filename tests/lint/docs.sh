#!/bin/bash
# SPDX-License-Identifier: MIT
# The generated tables of README.md are those of the tables in the source.
"${1:-build}/memgov-doc" readme README.md --check &&
	python3 tests/hazards/run.py --readme README.md --check
