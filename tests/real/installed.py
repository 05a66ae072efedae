# SPDX-License-Identifier: MIT
"""Cases of the real suite: what `make install` puts where, the manual, the help, and what wrong command lines get."""

import os
import re
import shutil
import subprocess
import tempfile

from governed import BUILD, ROOT, expect, expect_match, expect_true

MEMGOV = os.path.join(BUILD, "memgov")
TOP = os.path.join(BUILD, "memgov-top")
DOC = os.path.join(BUILD, "memgov-doc")
ENV = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MEMGOV_SOCKET_DIR": "/nowhere"}


def run(*args, status=0, **more):
    r = subprocess.run(list(map(str, args)), capture_output=True, text=True, timeout=900, env=more.pop("env", ENV), **more)
    if status is not None and r.returncode != status:
        expect_true(f"{' '.join(map(str, args))}: status {status}", False, f"but {r.returncode}: {r.stdout}{r.stderr}")
    return r


def make(*args):
    """With the flags of the build that is tested, so that nothing is built anew."""
    with open(BUILD + "/.flags", encoding="utf-8") as f:
        flags = f.read()
    variant = ["CI=1"] * ("-Werror" in flags) + ["COVERAGE=1"] * ("--coverage" in flags)
    return run("make", "-s", "-C", ROOT, *variant, *args, env={"PATH": os.environ["PATH"]}).stdout


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(d, f), folder) for d, _, names in os.walk(folder) for f in names)


def in_folder(function):
    """function(folder) with one that is removed afterwards."""
    def case():
        folder = tempfile.mkdtemp(prefix="memgov-test-")
        try:
            function(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    case.__name__ = function.__name__
    return case


# ---- make install

@in_folder
def install_and_uninstall(folder):
    """Everything is where it belongs, works from there, and goes again; nothing else does."""
    os.makedirs(folder + "/usr/share/doc")
    with open(folder + "/usr/share/doc/other", "w", encoding="ascii"):
        pass
    make("install", "PREFIX=/usr", "DESTDIR=" + folder, "LIBDIR=/usr/lib64")
    files = files_below(folder)
    for f in ("lib64/libmemgov.so", "bin/memgov", "bin/memgov-top", "include/memgov.h", "lib64/pkgconfig/memgov.pc",
              "share/man/man1/memgov.1", "share/man/man1/memgov-top.1", "share/man/man7/libmemgov.7",
              "share/man/man3/memgov.h.3", "share/man/man3/memgov_compact.3", "share/man/man3/memgov_on_pressure.3",
              "share/memgov/prometheus/memgov.rules.yml", "share/doc/memgov/LICENSE",
              "share/doc/memgov/examples/memgov-serve.service",
              "share/bash-completion/completions/memgov", "share/bash-completion/completions/memgov-top"):
        expect_true(f, "usr/" + f in files, str(files))
    expect("tests", [f for f in files if "test" in f], [])
    expect("modes", [oct(os.stat(f"{folder}/usr/{f}").st_mode & 0o777) for f in ("bin/memgov", "lib64/libmemgov.so")],
           ["0o755", "0o644"])
    out = run(folder + "/usr/bin/memgov", "run", "--socket", "off", "--", "grep", "-o", "/[^ ]*libmemgov.so",
              "/proc/self/maps").stdout
    expect("the library", set(out.split()), {folder + "/usr/lib64/libmemgov.so"})
    make("uninstall", "PREFIX=/usr", "DESTDIR=" + folder, "LIBDIR=/usr/lib64")
    expect("left", files_below(folder), ["usr/share/doc/other"])
    expect_true("folders", not os.path.exists(folder + "/usr/share/memgov")
                and not os.path.exists(folder + "/usr/share/doc/memgov"))


@in_folder
def pkg_config_finds_the_header(folder):
    """A program is compiled with what it says, and is governed with the library it names."""
    make("install", "PREFIX=" + folder)
    env = {**ENV, "PKG_CONFIG_PATH": folder + "/lib/pkgconfig"}

    def pkg_config(*args):
        return run("pkg-config", *args, "memgov", env=env).stdout.strip()
    expect("version", pkg_config("--modversion"), run(MEMGOV, "version").stdout.split()[1])
    with open(folder + "/a.c", "w", encoding="ascii") as f:
        f.write("#include <memgov.h>\n#include <stdio.h>\nint main(void) { puts(memgov_compact ? \"yes\" : \"no\"); }\n")
    run("gcc", "-o", folder + "/a", folder + "/a.c", *pkg_config("--cflags").split())
    expect("alone", run(folder + "/a").stdout, "no\n")
    expect("governed", run(folder + "/a", env={**ENV, "LD_PRELOAD": pkg_config("--variable=preload")}).stdout, "yes\n")
    make("uninstall", "PREFIX=" + folder)
    expect("left", files_below(folder), ["a", "a.c"])


# ---- the manual

def manual(page):
    """As mandoc prints it, without overstriking."""
    text = run("mandoc", "-T", "ascii", "-O", "width=200", os.path.join(BUILD, "man", page)).stdout
    return re.sub(".\b", "", text)


def terms(table):
    """First cells of a generated table, without backquotes; options of memgov-top have two names."""
    rows = run(DOC, "markdown", table).stdout.splitlines()[2:]
    return [re.match(r"\| `((?:[^`]|\\\|)*)`(?:, `([^`]*)`)?", row).groups()[-1] or
            re.match(r"\| `((?:[^`])*)`", row).group(1) for row in rows]


def manual_has_every_row_of_the_tables():
    for page, tables in (("libmemgov.7", "options stats commands policies"), ("memgov-top.1", "flags keys headings"),
                         ("memgov.1", "kinds")):
        lines = [line.strip() for line in manual(page).splitlines()]
        for table in tables.split():
            rows = terms(table)
            expect_true(f"rows of {table}", len(rows) > 5)
            for term in (t.replace("\\|", "|") for t in rows):
                expect_true(f"{page}: {table}: {term}",
                            any(re.match(r"(-., )?" + re.escape(term) + r"( |$)", line) for line in lines))
    page = manual("memgov.1")
    for term in terms("subcommands"):
        expect_true("usage of " + term, " ".join(term.replace("\\|", "|").split()) in " ".join(page.split()))


def manual_has_every_function_and_section():
    page = manual("memgov.h.3")
    with open(ROOT + "/shim/memgov.h", encoding="ascii") as f:
        names = set(re.findall(r"MEMGOV_WEAK [^;]*?(memgov_\w+)\(", f.read()))
    expect_true("functions", len(names) >= 5, str(names))
    synopsis, returns = page[page.index("SYNOPSIS"):page.index("DESCRIPTION")], page[page.index("RETURN VALUES"):]
    for name in names:
        expect_true(name, name + "(" in synopsis)
        expect_true(f"{name} returns", name + "()" in returns or name == "memgov_released")
    for name in ("memgov.1", "memgov-top.1", "libmemgov.7", "memgov.h.3"):
        text = manual(name)
        for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "SEE ALSO"):
            expect_true(f"{name}: {section}", f"\n{section}\n" in text)
        for section in ("ENVIRONMENT", "FILES", "EXIT STATUS"):
            expect_true(f"{name}: {section}", f"\n{section}\n" in text or not name.endswith(".1"))


# ---- help

def help_fits_a_screen():
    """80 columns, 24 lines, and nothing on stderr; every subcommand and every option has its page."""
    subcommands = re.findall(r"^  (\S+)", run(MEMGOV, "help").stdout, re.M)
    expect_true("subcommands", len(subcommands) >= 15, str(subcommands))
    options = [t.removeprefix("MEMGOV_").lower() for t in terms("options")]
    for args in [(MEMGOV, "--help"), (TOP, "--help"), *((MEMGOV, "help", w) for w in subcommands + options),
                 *((MEMGOV, w, "--help") for w in subcommands)]:
        r = run(*args)
        lines = r.stdout.splitlines()
        expect("stderr of " + " ".join(args), r.stderr, "")
        expect_true("lines of " + " ".join(args), 2 <= len(lines) <= 24, str(len(lines)))
        expect_true("columns of " + " ".join(args), max(map(len, lines)) <= 80)
    for word in subcommands:
        expect_true("usage of " + word, run(MEMGOV, "help", word).stdout.startswith("Usage: memgov " + word))


# What is typed, the exit status, and what the answer must name: what was wrong, and what is accepted or to do.
WRONG = (
    ("", 2, "memgov SUBCOMMAND"),
    ("stast 1", 2, "no subcommand 'stast'.*did you mean 'stats'.*memgov help"),
    ("--nope", 2, "--nope.*memgov help"),
    ("help nope", 2, "'nope' is neither a subcommand nor an option.*memgov help run"),
    ("help run extra", 2, "'extra'.*Usage: memgov help"),
    ("version extra", 2, "'extra'.*Usage: memgov version"),
    ("run", 2, "which command.*Usage: memgov run"),
    ("run --heap-mx 1G -- true", 2, "'--heap-mx' is no option.*did you mean --heap-max.*memgov help run"),
    ("run --heap-max", 2, "--heap-max needs a value.*Usage"),
    ("run --heap-max 1X -- true", 2, "--heap-max: '1X'.*accepted: 0 or 1M..64T"),
    ("run --heap-max 5 -- true", 2, "--heap-max: '5' is out of range.*1M..64T"),
    ("run --at-limit compact,explode -- true", 2, "explode.*fail.abort.term"),
    ("run --preset huge -- true", 2, "huge.*none.low.standard.high.auto"),
    ("run --grace 5s -- true", 2, "--grace.*without --restart-above"),
    ("run --restart-above 5 -- true", 2, "--restart-above: '5'.*1M..64T"),
    ("run --max-restarts x --restart-above 5M -- true", 2, "--max-restarts: 'x'.*number"),
    ("run --lib /nowhere/lib.so -- true", 2, "--lib '/nowhere/lib.so'.*No such file"),
    ("run -- /nowhere/program", 127, "/nowhere/program.*there is no such command"),
    ("run -- /etc/passwd", 126, "/etc/passwd.*(Permission denied|cannot be executed|executable)"),
    ("ps 1", 2, "'1'.*memgov-top --once"),
    ("stats", 2, "which process.*Usage: memgov stats PID"),
    ("stats 1 --xml", 2, "'--xml'.*--json"),
    ("stats 1 --watch=never", 2, "'never' is no time.*--watch=2s"),
    ("stats 999999999", 1, "no process 999999999.*memgov ps"),
    ("stats 99999999999", 2, "'99999999999' is no process id"),
    ("stats nobody", 1, "no governed process is called 'nobody'.*memgov ps"),
    ("config 1 --yaml", 2, "'--yaml'.*--json"),
    ("set 1 heap_max", 2, "value.*Usage: memgov set PID NAME VALUE"),
    ("compact 1 --hard", 2, "'--hard'.*--aggressive"),
    ("events", 2, "which process.*Usage: memgov events PID"),
    ("policies 1 2", 2, "one process.*Usage: memgov policies PID"),
    ("sites 1 --top many", 2, "'many' is no number.*--top 10"),
    ("sites 1 --diff=/nowhere/file", 2, "'/nowhere/file' is neither a time nor a file.*--diff=30s"),
    ("sites 1 --watch --diff", 2, "--watch and --diff.*Usage"),
    ("profile 1 --format xml", 2, "'xml' is no format.*pprof, folded, svg, google and raw"),
    ("profile 1 -o", 2, "-o which file.*Usage"),
    ("doctor --warn 200%", 2, "200%.*1%..100%.*Usage: memgov doctor"),
    ("doctor --warn 96 --critical 95", 2, "--warn is above --critical"),
    ("doctor --check --json", 3, "--check.*--json"),
    ("leak-test 1 --repeat 2 -- true", 2, "--repeat: '2'.*8.."),
    ("leak-test 1 --threshold 0 -- true", 2, "--threshold: '0' is not a size"),
    ("leak-test 1", 2, "which command.*behind --"),
)
WRONG_TOP = (
    ("--nope", 2, "--nope.*memgov-top --help"),
    ("extra", 2, "'extra'.*memgov-top --help"),
    ("--pid x", 2, "--pid 'x'.*--pid 123,456"),
    ("--interval 1", 2, "--interval '1'.*100ms to 1h"),
    ("--sort nothing", 2, "no column 'nothing'.*HEAP"),
    ("--sort", 2, "--sort.*memgov-top --help"),
    ("", 1, "no terminal.*memgov-top --once"),
)


def wrong_command_lines_are_answered():
    for tool, rows in ((MEMGOV, WRONG), (TOP, WRONG_TOP)):
        for words, status, pattern in rows:
            r = run(tool, *words.split(), status=None, stdin=subprocess.DEVNULL)
            said = r.stderr + (r.stdout if not words else "")
            expect(f"status of '{words}' ({said})", r.returncode, status)
            expect_match(f"'{words}'", said.replace("\n", " "), f".*{pattern}.*")
            if words:
                expect("stdout of " + words, r.stdout, "")
            expect_true(f"lines after '{words}'", len(said.splitlines()) <= 24 and
                        all(len(line) <= 200 for line in said.splitlines()), said)


CASES = [(f.__name__, f) for f in (
    install_and_uninstall, pkg_config_finds_the_header, manual_has_every_row_of_the_tables,
    manual_has_every_function_and_section, help_fits_a_screen, wrong_command_lines_are_answered)]
