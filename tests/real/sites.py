# SPDX-License-Identifier: MIT
"""`memgov sites` and `memgov profile` on programs that hold memory in known ways."""

import gzip
import json
import math
import os
import re
import shutil
import subprocess
import xml.dom.minidom

from governed import BUILD, Program, expect, expect_match, expect_true

HERE = os.path.dirname(os.path.abspath(__file__))
HOLDER = os.path.join(BUILD, "tests", "real", "holder")
MEMGOV = os.path.join(BUILD, "memgov")
MEAN = 64 << 10
CUSTOMERS = 14000 * 3072  # usable sizes
CATALOGUE = 500 * 40960
ORDERS = 2000 * 10240


def memgov(p, word, *args, width=None, text=True):
    env = {**os.environ, "MEMGOV_SOCKET_DIR": p.sockets, "LC_ALL": "C.UTF-8", **({"COLUMNS": str(width)} if width else {})}
    done = subprocess.run([MEMGOV, word, str(p.pid), *args], capture_output=True, text=text, env=env, timeout=300)
    return done.returncode, done.stdout, done.stderr


def output(p, word, *args, **more):
    status, out, err = memgov(p, word, *args, **more)
    expect(f"status, stderr of {word} {args}", (status, err), (0, "" if more.get("text", True) else b""))
    return out


def holder(binary=HOLDER, **env):
    p = Program([binary], {"MEMGOV_SAMPLE": "64K", **env}, start="now")
    p.wait_ready()
    p.wait_socket()
    return p


def tell(p, word):
    p.p.stdin.write(word.encode() + b"\n")
    p.p.stdin.flush()
    p.wait_ready("done\n")


def near(what, got, bytes_held, text=""):
    """Within 5 standard errors of what is held: samples are a Poisson process."""
    error = math.sqrt(bytes_held * MEAN) + MEAN
    expect_true(f"{what}: {bytes_held} +- {error:.0f}", abs(got - bytes_held) < 5 * error, f"(it is {got})\n{text}")


def sites_of(p, *args):
    return json.loads(output(p, "sites", "--json", *args))


def by_culprit(j):
    """Live bytes of each line to blame, whatever its number."""
    sums = {}
    for s in j["sites"]:
        who = re.sub(r":\d+\)$", ")", s["culprit"])
        sums[who] = sums.get(who, 0) + s["live_bytes"]
    return sums


# ---- sites

def sites_name_who_holds():
    """By function, file and line, through inlined functions, templates and wrappers; estimates agree with what is held."""
    with holder() as p:
        j = sites_of(p)
        who = by_culprit(j)
        near("customers", who["shop::registry<>::add (holder.cc)"], CUSTOMERS, str(who))
        near("catalogue", who["load_catalogue (holder.cc)"], CATALOGUE, str(who))
        expect_true("what was freed is not held", who.get("pass_through (holder.cc)", 0) == 0, str(who))
        near("all", j["estimated_live_bytes"], p.stat("live_bytes"))
        expect("the exact figure", j["live_bytes"], p.stat("live_bytes"))
        stack = [s for s in j["sites"] if s["culprit"].startswith("shop::")][0]["stack"]
        names = [line["function"].split("(")[0] for line in stack]
        expect("inlined functions and their callers", names[names.index("shop::registry<shop::customer>::add"):][:3],
               ["shop::registry<shop::customer>::add", "load_customers", "main"])
        expect("status", p.finish(), 0)


def sites_table():
    """A row for each line to blame, the largest first, in 80 columns; whole stacks with --full."""
    with holder() as p:
        lines = output(p, "sites", width=80).splitlines()
        expect_match("summary", lines[0], rf"holder {p.pid}: [0-9.]+M live, by samples [0-9.]+M \+-\d+% "
                     r"\([0-9.]+K? of [0-9.]+K?, mean 64K\)")
        expect("heading", lines[1], "VERDICT    LIVE SHARE BLOCKS    /MIN   AGE WHO")
        expect_match("first", lines[2], r"\w+ +[0-9.]+M +\d\d% +\d+ +\S+ +<\d+[sm] shop::registry<>::add \(holder.cc:\d+\)")
        expect_match("second", lines[3], r"\w+ +[0-9.]+M +\d\d% +\d+ +\S+ +<\d+[sm] load_catalogue \(holder.cc:\d+\)")
        expect_true("all fit", all(len(line) <= 80 for line in lines), str(lines))
        narrow = output(p, "sites", width=60).splitlines()
        expect_true("all fit, cut with an ellipsis", all(len(line) <= 60 for line in narrow)
                    and "\u2026add" in narrow[2], str(narrow))
        expect_match("one row and the rest", output(p, "sites", "--top", "1").splitlines()[-1],
                     r"\d+ more, [0-9.]+M; --top \d+ shows them")
        full = output(p, "sites", "--full", "--top=1")
        expect_match("the whole stack", full, r"(?s).*\n    > shop::registry<>::add \(holder.cc:\d+\)  holder\n"
                     r"      load_customers \(holder.cc:\d+\)  holder\n      main \(holder.cc:\d+\)  holder\n.*")


def sites_that_changed():
    """Against a file that was saved before, and within a time in which nothing came."""
    with holder() as p:
        saved = os.path.join(p.dir, "before")
        with open(saved, "w", encoding="utf-8") as f:
            f.write(output(p, "profile", "--raw"))
        tell(p, "orders")
        out = output(p, "sites", "--diff", saved, width=80)
        expect_match("summary", out.splitlines()[0], rf"in \S+ holder {p.pid}: samples say \+[0-9.]+M")
        expect_match("who", out.splitlines()[2], r" +\+[0-9.]+M +\+\S+ +\+\d+ +[0-9.]+M \w+ +take_orders \(holder.cc:\d+\)")
        j = sites_of(p, "--diff=" + saved)
        near("orders", sum(s["live_bytes_change"] for s in j["sites"] if "take_orders" in s["site"]["culprit"]), ORDERS)
        expect("status", p.finish(), 0)
    with holder() as p:
        out = output(p, "sites", "--diff=200ms")
        expect_match("nothing", out, rf"in \S+ holder {p.pid} went from ([0-9.]+M) to \1 \(0\); samples say 0\n"
                     r" CHANGE [^\n]+ WHO\nnothing that was sampled came or went\n")


def sites_of_a_deleted_program():
    """Its file is gone, and the process still has it."""
    with Program(["/bin/true"]) as folder:
        binary = shutil.copy(HOLDER, os.path.join(folder.dir, "gone"))
        with holder(binary) as p:
            os.unlink(binary)
            expect_true("named", "load_catalogue (holder.cc)" in by_culprit(sites_of(p)))
            shutil.copy("/bin/true", binary)
            expect_true("named by what runs, not by what lies there", "load_catalogue (holder.cc)" in by_culprit(sites_of(p)))


def sites_when_sampling_is_off():
    with holder(MEMGOV_SAMPLE="0") as p:
        for word in (["sites"], ["sites", "--json"], ["sites", "--diff=10s"], ["profile", "--folded"]):
            status, out, err = memgov(p, *word)
            expect("status, stdout", (status, out), (1, ""))
            expect("stderr", err, f"memgov: sampling is off in process {p.pid} (holder); this switches it on:\n"
                   f"memgov: memgov set {p.pid} sample 512K\n")
        expect("set", memgov(p, "set", "sample", "64K")[0], 0)
        tell(p, "orders")
        near("from then on", by_culprit(sites_of(p))["take_orders (holder.cc)"], ORDERS)


def sites_wrong_usage():
    with holder() as p:
        for args, why in (
                (["--top", "none"], "'none' is no number of sites; type --top 10"),
                (["--top"], "'' is no number of sites; type --top 10"),
                (["--watch=1ms"], "'1ms' is no time to watch by; type --watch=2s; 100ms is the least"),
                (["--diff=/nowhere"], "'/nowhere' is neither a time nor a file that can be read;.*"),
                (["--diff", "--watch"], "--watch and --diff do not go together"),
                (["--colour"], "'--colour' is not accepted")):
            status, out, err = memgov(p, "sites", *args)
            expect(f"{args}: status, stdout", (status, out), (2, ""))
            expect_match(f"{args}: stderr", err, rf"memgov: {why}\nUsage: memgov sites PID .+\n")
        status, out, err = memgov(p, "sites", "--diff", "/etc/passwd")
        expect_match("no profile", f"{status} {out}{err}", r"2 memgov: /etc/passwd holds no whole profile; [^\n]+\n")
        status, out, err = memgov(p, "profile", "--format", "xml")
        expect_match("formats", f"{status} {out}{err}",
                     r"2 memgov: 'xml' is no format; there are pprof, folded, svg, google and raw\nUsage: .+\n")
        status, out, err = memgov(p, "profile", "-o", "/nowhere/x")
        expect("file", (status, err), (1, "memgov: /nowhere/x: No such file or directory\n"))


def sites_of_python():
    """What the interpreter says of itself is one line."""
    script = "import sys\nx = [bytearray(20000) for _ in range(2000)]\nprint('ready', flush=True)\nsys.stdin.read()"
    with Program(["/usr/bin/python3", "-c", script], {"MEMGOV_SAMPLE": "64K"}, start="now") as p:
        p.wait_ready()
        p.wait_socket()
        full = output(p, "sites", "--full", "--top=1")
        expect_match("folded", full, r"(?s).*\n[> ]+python3\.\d+ \(\d+ frames\)\n.*")
        expect_true("no frames of the interpreter's loop", "_PyEval_EvalFrameDefault" not in full, full)
        expect_true("one line for all of it", len(full.splitlines()) < 20, full)


def sites_of_node():
    """With its map of generated code: the script's function, its file and line."""
    node = [shutil.which("node"), "--perf-basic-prof", "--interpreted-frames-native-stack"]
    with Program([*node, HERE + "/keeper.js"], {"MEMGOV_SAMPLE": "64K"}, start="now") as p:
        try:
            p.wait_ready()
            p.wait_socket()
            held = {k: v for k, v in by_culprit(sites_of(p)).items() if k == "keepBuffer (keeper.js)"}
            near("kept", sum(held.values()), 1000 * 32768, str(held))
        finally:
            for name in os.listdir("/tmp"):
                if name == f"perf-{p.pid}.map":
                    os.unlink("/tmp/" + name)


# ---- profile

def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def fields(data):
    """(number, value) of one message of protobuf: numbers, or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            expect("type of a field", key & 7, 2)
            size, at = varint(data, at)
            value = data[at:at + size]
            at += size
        yield key >> 3, value


def packed(data):
    at, out = 0, []
    while at < len(data):
        value, at = varint(data, at)
        out.append(value)
    return out


class Pprof:
    """A decoder of the public format, apart from memgov's own."""

    def __init__(self, data):
        all_fields = list(fields(gzip.decompress(data)))
        of = lambda number: [v for n, v in all_fields if n == number]  # noqa: E731
        self.strings = [s.decode() for s in of(6)]
        text = lambda m, n: self.strings[dict(fields(m)).get(n, 0)]  # noqa: E731
        self.types = [(text(t, 1), text(t, 2)) for t in of(1)]
        self.mappings = [(text(m, 5), text(m, 6)) for m in of(3)]
        functions = {dict(fields(f))[1]: (text(f, 2), text(f, 4)) for f in of(5)}
        self.locations = {}
        for location in of(4):
            lines = [dict(fields(v)) for n, v in fields(location) if n == 4]
            self.locations[dict(fields(location))[1]] = [(*functions[line[1]], line.get(2, 0)) for line in lines]
        self.samples = [(packed(dict(fields(s)).get(1, b"")), packed(dict(fields(s))[2])) for s in of(2)]
        self.default = self.strings[of(14)[0]]
        self.period, self.period_type = of(12)[0], text(of(11)[0], 1)

    def through(self, function, value):
        return sum(v[value] for stack, v in self.samples
                   if any(line[0].split("(")[0] == function for at in stack for line in self.locations[at]))


def build_id(path):
    notes = subprocess.run(["readelf", "-n", path], capture_output=True, text=True, check=True).stdout
    return re.search(r"Build ID: (\w+)", notes)[1]


def profile_for_pprof():
    """Read by a decoder of our own: types, mappings, functions, inlined lines, and values that add up."""
    with holder() as p:
        pb = Pprof(output(p, "profile", text=False))
        j = sites_of(p)
        expect("types", pb.types, [("inuse_objects", "count"), ("inuse_space", "bytes"), ("alloc_objects", "count"),
                                   ("alloc_space", "bytes")])
        expect("first string, default, period", (pb.strings[0], pb.default, pb.period, pb.period_type),
               ("", "inuse_space", MEAN, "space"))
        expect("first mapping", pb.mappings[0], (HOLDER if os.path.isabs(HOLDER) else os.path.abspath(HOLDER), build_id(HOLDER)))
        expect("all that is live", sum(v[1] for _, v in pb.samples), j["estimated_live_bytes"])
        near("customers", pb.through("shop::registry<shop::customer>::add", 1), CUSTOMERS)
        near("catalogue", pb.through("load_catalogue", 1), CATALOGUE)
        near("all that passed through", pb.through("pass_through", 3), 20000 * 5120)
        expect("of that live", pb.through("pass_through", 1), 0)
        inlined = [lines for lines in pb.locations.values() if len(lines) > 1 and any("registry" in f for f, _, _ in lines)]
        expect_true("inlined lines, with files and numbers", inlined and
                    all(file == "holder.cc" and line > 0 for f, file, line in inlined[0] if "load_customers" in f), str(inlined))
        expect("default of --alloc", Pprof(output(p, "profile", "--alloc", text=False)).default, "alloc_space")


def profile_for_google_pprof():
    """Debian's google-pprof opens it, names functions, and its total agrees with the exact figure."""
    with holder() as p:
        path = os.path.join(p.dir, "heap")
        expect("nothing on stdout", output(p, "profile", "--format=google", "-o", path), "")
        exact = p.stat("live_bytes")
        done = subprocess.run(["google-pprof", "--text", HOLDER, path], capture_output=True, text=True, timeout=300,
                              env={**os.environ, "LC_ALL": "C"})
        expect("status", done.returncode, 0)
        near("total", float(re.search(r"^Total: ([0-9.]+) MB", done.stdout, re.M)[1]) * (1 << 20), exact, done.stdout)
        held = re.search(r"^ +[0-9.]+ +[0-9.]+% +[0-9.]+% +([0-9.]+) +[0-9.]+% load_catalogue$", done.stdout, re.M)
        near("catalogue", float(held[1]) * (1 << 20), CATALOGUE, done.stdout)


def profile_folded_and_drawn():
    """A line of folded stacks each, and the same as a picture that is XML."""
    with holder() as p:
        lines = [re.fullmatch(r"(\S.*) (\d+)", line) for line in output(p, "profile", "--folded").splitlines()]
        near("all", sum(int(m[2]) for m in lines), p.stat("live_bytes"))
        customers = [m for m in lines if m[1].split(";")[-1] == "shop::registry<>::add"]
        near("customers", sum(int(m[2]) for m in customers), CUSTOMERS)
        expect_true("from the root on", ";main;load_customers;shop::registry<>::add" in customers[0][1], customers[0][1])
        allocated = output(p, "profile", "--folded", "--alloc")
        near("all that passed through", sum(int(line.rsplit(" ", 1)[1]) for line in allocated.splitlines()
                                            if "pass_through" in line), 20000 * 5120)
        svg = xml.dom.minidom.parseString(output(p, "profile", "--svg"))
        titles = [t.firstChild.data for t in svg.getElementsByTagName("title")]
        expect_true("who", any(re.match(r"shop::registry<>::add\n[0-9.]+M, \d\d\.\d %, \d+ blocks\nholder", t) for t in titles),
                    str(titles))


CASES = [(f.__name__, f) for f in (
    sites_name_who_holds, sites_table, sites_that_changed, sites_of_a_deleted_program, sites_when_sampling_is_off,
    sites_wrong_usage, sites_of_python, sites_of_node, profile_for_pprof, profile_for_google_pprof,
    profile_folded_and_drawn)]
