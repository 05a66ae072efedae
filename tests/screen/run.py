#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
The screen suite: memgov-top on a real terminal (tmux). What it draws of a recording (fleet.rec) is compared with the
texts in golden/; UPDATE_GOLDEN=1 writes them anew, to be looked at before they are kept. run.py [-v] [PART OF A NAME]...
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

import golden  # noqa: E402
import recordings  # noqa: E402
from governed import run_cases  # noqa: E402

if __name__ == "__main__":
    sys.exit(run_cases("screen", golden.CASES + recordings.CASES))
