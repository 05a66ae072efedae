# SPDX-License-Identifier: MIT
"""Cases of the real suite: Debian's Prometheus scrapes a `memgov serve` over governed programs, and its answers are true."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import urllib.parse

from governed import BUILD, ROOT, Program, expect, expect_true, until

PYTHON = "/usr/bin/python3"
MEMGOV = os.path.join(BUILD, "memgov")
FILES = os.path.join(ROOT, "tools", "serve", "prometheus")

# Allocates what each line of its input says, in blocks of 1000 bytes, and keeps it; "drop" lets go of all.
WORKER = """import sys
held = []
print("ready", flush=True)
for line in sys.stdin:
    if line == "drop\\n":
        held = []
    elif line == "fill\\n":
        try:
            while True:
                held.append(bytearray(100000))
        except MemoryError:
            del held[-10:]
    else:
        held.append([bytearray(1000) for _ in range(int(line))])
    print("done", flush=True)
"""


def get(port, path):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        c.request("GET", path)
        r = c.getresponse()
        return r.status, r.read().decode("utf-8")
    finally:
        c.close()


def started(args, log, pattern, env=None):
    """A server that says on its output, which goes to the file `log`, where it listens: (process, port)."""
    with open(log, "wb") as f:
        p = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=f, stderr=f, env=env, start_new_session=True)

    def port():
        with open(log, encoding="utf-8") as f:
            text = f.read()
        expect(f"{args[0]} runs; it says {text}", p.poll(), None)
        return re.search(pattern, text)
    try:
        return p, int(until(f"{args[0]} listens", port)[1])
    except Exception:
        ended(p)
        raise


def ended(p):
    if p.poll() is None:
        p.terminate()
        try:
            p.wait(30)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()


class Watch:
    """Programs with a folder of sockets in common, memgov serve over them, and Prometheus, which asks it every second."""

    def __init__(self, rules=None):
        self.dir = tempfile.mkdtemp(prefix="memgov-test-")
        self.sockets = os.path.join(self.dir, "sockets")
        self.programs = []
        self.servers = []
        try:
            self.start(rules)
        except Exception:
            self.close()
            raise

    def start(self, rules):
        os.mkdir(self.sockets, 0o700)
        env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": self.dir, "MEMGOV_SOCKET_DIR": self.sockets}
        server, self.serve_port = started([MEMGOV, "serve", "--listen", "127.0.0.1:0"], self.dir + "/serve.log",
                                          r"http://127\.0\.0\.1:(\d+)/", env)
        self.servers.append(server)
        config = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                  "scrape_configs": [{"job_name": "memgov",
                                      "static_configs": [{"targets": [f"127.0.0.1:{self.serve_port}"],
                                                          "labels": {"instance": "here"}}]}]}
        if rules:
            config["rule_files"] = ["rules.yml"]
            with open(self.dir + "/rules.yml", "w", encoding="utf-8") as f:
                f.write(rules)
        with open(self.dir + "/prometheus.yml", "w", encoding="utf-8") as f:
            json.dump(config, f)  # JSON is YAML
        server, self.port = started(["/usr/bin/prometheus", "--config.file", self.dir + "/prometheus.yml",
                                     "--storage.tsdb.path", self.dir + "/data", "--web.listen-address", "127.0.0.1:0"],
                                    self.dir + "/prometheus.log", r'"Listening on" address=127\.0\.0\.1:(\d+)', env)
        self.servers.append(server)
        until("Prometheus is ready", lambda: get(self.port, "/-/ready")[0] == 200)

    def worker(self, name="worker", env=None):
        """A governed python by that name, which allocates what it is told to."""
        link = os.path.join(self.dir, name)
        if not os.path.exists(link):
            os.symlink(PYTHON, link)
        p = Program([link, "-c", WORKER], {"MEMGOV_SOCKET_DIR": self.sockets, "PYTHONMALLOC": "malloc", **(env or {})},
                    start="now")
        p.sockets = self.sockets
        self.programs.append(p)
        p.wait_ready()
        p.wait_socket()
        return p

    def query(self, expr, time=None):
        """The vector (or matrix) that PromQL gives: [(labels, value or [(time, value)...])]."""
        form = {"query": expr, **({"time": time} if time else {})}
        status, text = get(self.port, "/api/v1/query?" + urllib.parse.urlencode(form))
        expect(f"status of {expr}: {text}", status, 200)
        return [(r["metric"], [(t, float(v)) for t, v in r["values"]] if "values" in r else float(r["value"][1]))
                for r in json.loads(text)["data"]["result"]]

    def by(self, label, expr):
        return {labels.get(label): value for labels, value in self.query(expr)}

    def alerts(self, *states):
        """{(alert, pid): alert}; those of the machine, which this one may well have, are left out."""
        found = json.loads(get(self.port, "/api/v1/alerts")[1])["data"]["alerts"]
        return {(a["labels"]["alertname"], a["labels"]["pid"]): a for a in found
                if "pid" in a["labels"] and a["state"] in states}

    def close(self):
        for p in self.programs:
            p.close()
        for s in self.servers:
            ended(s)
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def tell(p, line):
    done = p.out().count("done\n")
    p.p.stdin.write(line.encode() + b"\n")
    p.p.stdin.flush()
    until(f"{line!r} is done", lambda: p.out().count("done\n") > done)


def memgov_stats(w, p):
    """What `memgov stats` says of it."""
    r = subprocess.run([MEMGOV, "stats", str(p.pid), "--json"], env={"MEMGOV_SOCKET_DIR": w.sockets}, capture_output=True,
                       text=True, timeout=60)
    expect("memgov stats: " + r.stderr, r.returncode, 0)
    return json.loads(r.stdout)


def prometheus_answers_as_memgov_stats():
    """Sums by command, the share of the ceiling and counters are those of `memgov stats`, process by process."""
    with Watch() as w:
        pool = [w.worker("pool", {"MEMGOV_HEAP_MAX": "64M"}) for _ in range(2)]
        other = w.worker("other")
        for p, n in zip(pool + [other], (10000, 20000, 3000)):
            tell(p, str(n))
        stats = [memgov_stats(w, p) for p in pool + [other]]
        expect_true("they hold what they were told to", stats[1]["live_bytes"] > 20e6 > 3.5e6 < stats[2]["live_bytes"], stats)
        for name in ("live_bytes", "heap_footprint_bytes", "live_blocks"):
            want = {"pool": stats[0][name] + stats[1][name], "other": stats[2][name]}
            until(f"the sums of {name}: {want}", lambda: w.by("command", f"sum by (command) (memgov_{name})") == want)
        share = {str(p.pid): s["heap_footprint_bytes"] / (64 << 20) for p, s in zip(pool, stats)}
        expect("share of the ceiling, of those that have one",
               w.by("pid", "memgov_heap_footprint_bytes / (memgov_heap_limit_bytes > 0)"), share)
        for p, s in zip(pool + [other], stats):
            pid = f'{{pid="{p.pid}"}}'
            for name in ("allocs", "frees", "alloc_bytes", "samples"):
                expect(name, w.by("command", f"memgov_{name}_total" + pid), {s["command"]: s[name]})
        expect("up", w.by("pid", "memgov_up"), {str(p.pid): 1 for p in pool + [other]})
        expect("this machine", w.by("instance", "max by (instance) (memgov_system_total_bytes)"),
               {"here": stats[0]["system_total_bytes"]})


def prometheus_counts_without_resets():
    """Counters only grow while a process lives, whoever comes and goes beside it; who has ended leaves."""
    with Watch() as w:
        stays, goes = w.worker("stays"), w.worker("goes")
        counter = f'memgov_allocs_total{{pid="{stays.pid}"}}'
        until("the first look", lambda: len(w.query("memgov_allocs_total")) == 2)
        before = memgov_stats(w, stays)["allocs"]
        for i in range(8):
            tell(stays, "5000")
            if i == 3:
                goes.finish()
            seen = w.query(counter)[0][1]
            until("the next look", lambda: w.query(counter)[0][1] >= seen + 5000)
        after = memgov_stats(w, stays)["allocs"]
        until("the last look", lambda: w.query(counter)[0][1] == after)
        expect("resets", w.query(f"resets({counter}[10m])")[0][1], 0)
        least = w.query(f"min_over_time({counter}[10m])")[0][1]
        expect_true("it began where memgov stats does", least <= before, f"{least} {before}")
        until("who has ended leaves", lambda: w.by("command", "memgov_allocs_total").keys() == {"stays"})
        until("also from memgov_up", lambda: w.by("command", "memgov_up").keys() == {"stays"})
        rate_is_right(w, counter)


def rate_is_right(w, counter):
    """rate() lies between the slowest and the fastest second of the samples that it is made of."""
    labels, samples = w.query(counter + "[10m]")[0]
    at = samples[-1][0]
    steps = [(v2 - v1) / (t2 - t1) for (t1, v1), (t2, v2) in zip(samples, samples[1:])]
    expect_true("many samples, a second or so apart", len(samples) > 4, str(samples))
    rate = w.query(f"rate({counter}[10m])", at)[0][1] * 600 / (samples[-1][0] - samples[0][0])
    expect_true("rate", min(steps) <= rate <= 1.2 * max(steps) and rate > 0, f"{rate} {steps}")


def prometheus_alerts_fire():
    """The rules that are shipped, but for their patience: a python at its ceiling, one that is stopped, one that is well."""
    with open(FILES + "/memgov.rules.yml", encoding="utf-8") as f:
        rules = re.sub(r"for: \d+m", "for: 1s", f.read())
    with Watch(rules) as w:
        full, well, stopped = w.worker("full", {"MEMGOV_HEAP_MAX": "64M"}), w.worker("well"), w.worker("stopped")
        tell(full, "fill")
        until("all are seen", lambda: len(w.query("memgov_up == 1")) == 3)
        os.kill(stopped.pid, signal.SIGSTOP)
        refusals = ("MemgovRefusals", str(full.pid))
        wanted = {("MemgovNearCeiling", str(full.pid)), refusals, ("MemgovProcessSilent", str(stopped.pid))}
        until("the alerts fire, and no others", lambda: w.alerts("firing").keys() == wanted)
        near = w.alerts("firing")["MemgovNearCeiling", str(full.pid)]
        expect("severity", near["labels"]["severity"], "warning")
        expect_true("it names the process", near["annotations"]["summary"].startswith(f"full ({full.pid}) on here "), near)
        expect_true("it says what to type", f"memgov doctor {full.pid}." in near["annotations"]["description"], near)
        expect("a process that is stopped keeps its figures",
               w.by("pid", f'count by (pid) (memgov_allocs_total{{pid="{stopped.pid}"}})'), {str(stopped.pid): 1})
        os.kill(stopped.pid, signal.SIGCONT)
        tell(full, "drop")
        full.ask("compact")
        until("two alerts are over, the refusals stay", lambda: w.alerts("firing", "pending").keys() == {refusals})


def expressions_of(dashboard):
    """Every PromQL expression of the dashboard with where it stands, as Grafana would fill it in."""
    def fill(expr):
        return expr.replace("$__rate_interval", "10s").replace("$instance", ".*").replace("$command", ".*").replace("$pid", ".*")
    for p in dashboard["panels"]:
        for t in p.get("targets", []):
            yield p["title"], fill(t["expr"])
    for a in dashboard["annotations"]["list"]:
        yield a["name"], fill(a["expr"])
    for v in dashboard["templating"]["list"]:
        if v["type"] == "query":
            yield "variable " + v["name"], fill(re.fullmatch(r"label_values\((.*), (\w+)\)", v["definition"])[1])


def names_exist(what, text, known):
    names = set(re.findall(r"\bmemgov_[a-z_]+", text))
    expect(f"metrics of {what} that memgov does not have", sorted(names - known), [])


def prometheus_files_know_the_metrics():
    """/metrics pleases promtool; rules and dashboard name only what is there, and Prometheus understands every expression."""
    with Watch() as w:
        w.worker("some", {"MEMGOV_HEAP_MAX": "64M", "MEMGOV_RSS_MAX": "1G"})
        until("it is seen", lambda: len(w.query("memgov_up")) == 1)
        status, metrics = get(w.serve_port, "/metrics")
        expect("status", status, 200)
        r = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True, timeout=60)
        expect("promtool check metrics", (r.returncode, r.stdout + r.stderr), (0, ""))
        known = set(re.findall(r"^# TYPE (\S+)", metrics, re.M))
        with open(FILES + "/memgov.rules.yml", encoding="utf-8") as f:
            names_exist("the rules", re.sub(r"(?m)^ *#.*", "", f.read()), known)
        with open(FILES + "/memgov.dashboard.json", encoding="utf-8") as f:
            dashboard = json.load(f)
        until("several looks", lambda: w.query("count_over_time(memgov_up[1m])")[0][1] >= 4)
        empty = []
        for where, expr in expressions_of(dashboard):
            names_exist(where, expr, known)
            if not w.query(expr):
                empty.append(where)
        expect("panels without figures", empty, ["Yield of the last compaction", "Alerts"])
        check_shape(dashboard)


def check_shape(d):
    """What Grafana asks of a dashboard, as far as can be said without it."""
    expect("ids", len({p["id"] for p in d["panels"]}), len(d["panels"]))
    variables = {v["name"] for v in d["templating"]["list"]}
    expect("variables", variables, {"datasource", "instance", "command", "pid"})
    expect_true("uid and title", d["uid"] == "memgov" and d["title"] and d["schemaVersion"] >= 36)
    taken = set()
    for p in d["panels"]:
        at = p["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        expect_true(f"{p['title']} lies on the grid, on no other panel", at["x"] + at["w"] <= 24 and not cells & taken, str(at))
        taken |= cells
        if p["type"] == "row":
            continue
        expect_true(f"{p['title']} has a kind that there is", p["type"] in ("timeseries", "stat", "table"))
        expect(f"{p['title']}: its figures come from", p["datasource"], {"type": "prometheus", "uid": "${datasource}"})
        expect_true(f"{p['title']} says what it shows", p["description"].endswith(".") and p["fieldConfig"]["defaults"]["unit"])
        used = set(re.findall(r"\$(\w+)", json.dumps([t["expr"] for t in p["targets"]])))
        expect(f"{p['title']}: unknown variables", used - variables - {"__rate_interval"}, set())
        refs = [t["refId"] for t in p["targets"]]
        expect(f"{p['title']}: refIds", len(set(refs)), len(refs))
    thresholds = [s["value"] for p in d["panels"] if p["title"] == "Memory of the machine"
                  for s in p["fieldConfig"]["defaults"]["thresholds"]["steps"]]
    expect("the marks of the machine's memory", thresholds, [None, 0.85, 0.95])


CASES = [(f.__name__, f) for f in (
    prometheus_answers_as_memgov_stats, prometheus_counts_without_resets, prometheus_alerts_fire,
    prometheus_files_know_the_metrics)]
