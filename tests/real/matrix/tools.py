# SPDX-License-Identifier: MIT
"""Tools that look into programs, and those that turn pictures, films and trees of files into others."""

import os
import re

from governed import Failure
from world import Row, digest

REPLACED = r"calls of malloc do not arrive here \(valgrind and its like take them\): nothing is counted or held"


def valgrind(w):
    """It calls its own malloc instead of memgov's, which says so."""
    said = w.run("valgrind", "-q", "--leak-check=full", "/usr/bin/python3", "-c", "print(sum(len(str(i)) for i in range(9999)))")
    if w.setting.library and not any(re.search(REPLACED, line) for line in w.lines):
        raise Failure("memgov does not say that valgrind has replaced malloc")
    return said


def gdb(w):
    """The debugger is governed, and what it runs and stops is as well."""
    commands = [part for c in ("break sum_as_string", "run", "bt 1", "continue") for part in ("-ex", c)]
    w.write("t.c", "int sum_as_string(int n) { return n ? n + sum_as_string(n - 1) : 0; }\n"
            "#include <stdio.h>\n#include <stdlib.h>\nint main(void) { char *p = malloc(9); sprintf(p, \"%d\", sum_as_string(0)); "
            "puts(p); free(p); return 0; }\n")
    w.tool("gcc", "-g", "-O0", "-o", "t", "t.c")
    said = w.run("gdb", "-nx", "-batch", *commands, "./t")
    # With a governor the program has threads, which gdb says.
    return re.sub(r"0x[0-9a-f]+|process \d+|\[.*[Tt]hread.*\]\n", "", said).replace('Thread 1 "t" hit ', "")


def rsync(w):
    """A tree copied, changed and copied again, by its differences."""
    os.mkdir(w.dir + "/from")
    for i in range(300):
        w.write(f"from/f{i}", "".join(f"line {k} of {i}\n" for k in range(i * 7)))
    said = w.run("rsync", "-a", "from/", "to")
    for i in range(0, 300, 3):
        w.write(f"from/f{i}", f"changed {i}\n" + "".join(f"line {k} of {i}\n" for k in range(i * 7)))
    said += w.run("rsync", "-ac", "--no-whole-file", "--delete", "from/", "to")
    return said + "same" + w.tool("diff", "-r", "from", "to")


def picture(w):
    w.run("convert-im6.q16", "-size", "900x700", "gradient:red-blue", "-swirl", "200", "-resize", "70%", "-quality", "85", "swirl.jpg")
    return w.run("identify-im6.q16", "-format", "%m %w %h %k", "swirl.jpg") + digest(w.dir + "/swirl.jpg")


def film(w):
    """Encoded by threads of x264, and decoded again."""
    quiet = ("ffmpeg", "-nostdin", "-v", "error", "-bitexact")
    said = w.run(*quiet, "-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=3", "-c:v", "libx264", "-threads", "3", "-pix_fmt", "yuv420p", "t.mkv")
    return said + w.run(*quiet, "-i", "t.mkv", "-vf", "scale=160:120,hue=h=40", "-f", "framemd5", "-")


# valgrind knows not all that the governor asks of the kernel, and says so: only where there is none yet.
ROWS = [Row("valgrind", valgrind, governed=False, without=("ceiling", "debug"), says=REPLACED), Row("gdb", gdb), Row("rsync", rsync),
        Row("imagemagick", picture), Row("ffmpeg", film)]
