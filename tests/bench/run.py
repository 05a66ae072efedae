#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py BUILD [SECTION...]: memgov beside glibc, jemalloc, tcmalloc and mimalloc, in turns on this machine. Ratios count.

Sections are those of SECTIONS, programs, or single programs by name; all of them without any. Lower is better wherever there
are ratios: memgov's to mimalloc, and to the best of the peers.
"""

import argparse
import sys
import time

sys.dont_write_bytecode = True

from goals import write_between_markers
from memory import ceiling, comeback, matrix, sleepers, stalls
from peers import Bench
from programs import PROGRAMS, programs
from sampling import sampling
from serve import serve
from servers import servers
from speed import large, pairs, small, start, threads
from table import Table
from top import top

SECTIONS = {section.__name__: section for section in
            (pairs, small, threads, large, sleepers, matrix, stalls, comeback, ceiling, start, sampling, servers, top,
             serve)}
KNOWN = [*SECTIONS, "programs", *PROGRAMS]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("section", nargs="*", metavar="section", help=" ".join(KNOWN))
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller heaps")
    parser.add_argument("--markdown", metavar="FILE", help="write the short table between the markers in FILE")
    args = parser.parse_intermixed_args()
    for name in args.section:
        if name not in KNOWN:
            parser.error(f"there is no section {name}; there are {' '.join(KNOWN)}")
    return args


def main():
    args = arguments()
    begin = time.monotonic()
    bench, table = Bench(args.build, args.quick), Table()
    for name, section in SECTIONS.items():
        if not args.section or name in args.section:
            section(bench, table)
    everything = not args.section or "programs" in args.section
    names = [name for name in PROGRAMS if everything or name in args.section]
    if names:
        programs(bench, table, names)
    print(f"\n{time.monotonic() - begin:.0f} s")
    if args.markdown:
        write_between_markers(args.markdown, table)


if __name__ == "__main__":
    main()
