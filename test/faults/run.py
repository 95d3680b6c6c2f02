#!/usr/bin/env python3
"""Kills opsc with SIGKILL at every journal write and at random moments, tears the journal, fills the
disk; after each, the next run must converge to the state of a run that was never killed. The same
at random moments of the demo: examples/shop, compiled, deployed and replaced.

usage: test/faults/run.py OPSC [--kills N] [--demo-kills N] [--seed S]
"""
import argparse
import http.server
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SHOP = pathlib.Path(__file__).resolve().parents[2] / "examples/shop"
RESOURCES = 500
PROJECT = """edition 2026

param url: string

for i in range(0, {resources}) {{
  file r[i] {{ path: "out/r${{i}}.txt", content: "value ${{i}}" }}
}}

task first {{
  inputs: [file("src.txt")]
  run: "cat src.txt > half; sleep 0.05; cat src.txt src.txt > half"
  out text: file = "half"
}}

for i in range(0, 4) {{
  task step[i] {{
    inputs: [first.text]
    run: "cat ${{first.text}} > t; echo ${{i}} >> t; sleep 0.02; echo done >> t"
    out text: file = "t"
  }}
}}

file report {{ path: "out/report.txt", content: step[0].text }}

service idle {{
  run: ["sleep", "100000"]
  restart: "always"
}}

action notify {{
  inputs: [step[1].text]
  run: ["python3", "-c", "import os,urllib.request as u; u.urlopen('${{url}}/' + os.environ['OPSC_IDEMPOTENCY_KEY']).read()"]
}}
"""


class Ledger:
    """An HTTP server outside of opsc that counts effects by idempotency key."""

    def __init__(self):
        self.keys = []
        ledger = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                ledger.keys.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


class Project:
    """A project directory, and opsc in it."""

    def __init__(self, opsc, directory, url):
        self.opsc, self.directory, self.url = opsc, pathlib.Path(directory), url
        self.directory.mkdir(parents=True)
        self.write()

    def write(self):
        (self.directory / "src.txt").write_text("source\n")
        (self.directory / "main.ops").write_text(PROJECT.format(resources=RESOURCES))

    def command(self, *words):
        return [self.opsc, *words]

    def environment(self, extra):
        return {**os.environ, "OPSC_PARAM_url": self.url, **(extra or {})}

    def run(self, *words, env=None, check=True):
        done = subprocess.run(self.command(*words), cwd=self.directory, capture_output=True, text=True,
                              env=self.environment(env), timeout=120)
        if check and done.returncode != 0:
            raise AssertionError(f"opsc {' '.join(words)} exited with {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done

    def start(self, *words, env=None):
        return subprocess.Popen(self.command(*words), cwd=self.directory, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, env=self.environment(env),
                                start_new_session=True)

    def state(self):
        """The recorded state without what differs between any two runs: serials, times, process ids."""
        state = json.loads(self.run("state", "pull").stdout)
        # the journal calls the list `entries` or `resources`; each has an address
        entries = next(v for v in state.values() if isinstance(v, list))
        return {e["address"]: strip(e) for e in entries}

    def destroy(self):
        self.run("destroy", "--yes")


VOLATILE = {"serial", "pid", "duration_ns", "duration", "token", "started", "ended", "time", "recorded", "outs_encoded",
            "recorded_encoded"}


class Shop(Project):
    """The project of the demo: tasks that compile, a service, an action that asks it."""

    def __init__(self, opsc, directory):
        self.port = free_port()
        super().__init__(opsc, directory, "")
        self.revision = 0

    def write(self):
        shutil.copytree(SHOP, self.directory, ignore=shutil.ignore_patterns(".ops"), dirs_exist_ok=True)

    def environment(self, extra):
        return {**os.environ, "OPSC_PARAM_port": str(self.port), **(extra or {})}

    def edit(self):
        """Makes work: another version of the program."""
        self.revision += 1
        source = self.directory / "src/main.cpp"
        lines = [line for line in source.read_text().splitlines() if "kRevision" not in line]
        source.write_text("\n".join([*lines, f"extern const int kRevision; const int kRevision = {self.revision};"]) + "\n")

    def check(self, what):
        self.run("apply", "--yes")
        plan = self.run("plan", "--detailed-exitcode", check=False)
        assert plan.returncode == 0, f"{what}: the second plan is not empty:\n{plan.stdout[-2000:]}"
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
            assert answer.status == 200, what
        serving = [p for p in processes_of(self.directory) if "--port" in p[1] or p[1].endswith("/shop")]
        assert len({pid for pid, _ in serving}) == 1, f"{what}: {serving}"
        return self.state()


def free_port():
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


def strip(value):
    if isinstance(value, dict):
        return {k: strip(v) for k, v in value.items() if k not in VOLATILE and "encoded" not in k}
    if isinstance(value, list):
        return [strip(v) for v in value]
    return value


def processes_of(directory):
    """Processes that stand in the directory or name it: what a killed run may have left."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            cwd = os.readlink(entry / "cwd")
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if cwd.startswith(str(directory)) or str(directory) in command:
            found.append((int(entry.name), command.strip()))
    return found


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def check_converged(project, expected, what):
    project.run("apply", "--yes")
    plan = project.run("plan", "--detailed-exitcode", check=False)
    assert plan.returncode == 0, f"{what}: the second plan is not empty:\n{plan.stdout[-2000:]}"
    assert project.state() == expected, f"{what}: the state differs from a run that was never killed"
    for i in (0, RESOURCES // 2, RESOURCES - 1):
        assert (project.directory / f"out/r{i}.txt").read_text() == f"value {i}", what
    assert (project.directory / "out/report.txt").read_text() == "source\nsource\n0\ndone\n", what
    strays = [p for p in (project.directory / "out").iterdir() if ".opsc-" in p.name]
    assert not strays, f"{what}: temporary files stay: {strays}"
    sleeps = [p for p in processes_of(project.directory) if p[1].startswith("sleep 100000")]
    assert len(sleeps) == 1, f"{what}: {len(sleeps)} service processes"


def reset(project):
    """Back to nothing applied, cheaply: the store stays, so that tasks are cached half of the time."""
    project.destroy()
    assert wait_until(lambda: not processes_of(project.directory), 10), processes_of(project.directory)
    if random.random() < 0.5:
        shutil.rmtree(project.directory / ".ops")


def kill_at_journal_writes(project, expected):
    kills = 0
    for when in ("before", "after"):
        for n in range(1, 10000):
            child = project.start("apply", "--yes", env={"OPSC_FAULT": f"journal:{n}:{when}"})
            code = child.wait(timeout=120)
            if code == 0:
                break
            assert code == -signal.SIGKILL, f"journal:{n}:{when}: exit code {code}"
            kills += 1
            check_converged(project, expected, f"journal:{n}:{when}")
            reset(project)
            # The first writes are where intents and results differ; later ones repeat them.
            if n > 12 and random.random() < 0.5:
                continue
        reset(project)
    return kills


def kill_at_random(project, expected, ledger, kills):
    start = time.monotonic()
    project.run("apply", "--yes")
    whole = time.monotonic() - start
    reset(project)
    for k in range(kills):
        child = project.start("apply", "--yes")
        time.sleep(random.uniform(0, whole * 1.1))
        child.kill()
        child.wait()
        check_converged(project, expected, f"random kill {k}")
        if k % 4 == 0:
            effect_once(project, ledger, f"action after kill {k}")
        if k % 2 == 0:
            reset(project)
        else:  # make work for the next round without starting over
            (project.directory / f"out/r{k % RESOURCES}.txt").write_text("drifted")
            for name in ("report.txt", "r1.txt"):
                (project.directory / "out" / name).unlink(missing_ok=True)


def effect_once(project, ledger, what):
    """An action that is killed and run again has its effect under one key."""
    ledger.keys.clear()
    child = project.start("run", "notify")
    time.sleep(random.uniform(0, 0.3))
    child.kill()
    child.wait()
    project.run("run", "notify")
    assert 1 <= len(set(ledger.keys)) <= 2, f"{what}: {ledger.keys}"


def torn_journal(project, expected):
    """The last journal write is cut off at several lengths."""
    project.run("apply", "--yes")
    (project.directory / "out/r3.txt").unlink()
    child = project.start("apply", "--yes", env={"OPSC_FAULT": "journal:2:after"})
    child.wait(timeout=120)
    wal = project.directory / ".ops/state.db-wal"
    size = wal.stat().st_size if wal.exists() else 0
    for cut in (0, 1, 100, 4000, 8000):
        if size > cut:
            os.truncate(wal, size - cut)
            check_converged(project, expected, f"journal torn by {cut} bytes")
            (project.directory / "out/r3.txt").unlink()
            child = project.start("apply", "--yes", env={"OPSC_FAULT": "journal:2:after"})
            child.wait(timeout=120)
            size = wal.stat().st_size if wal.exists() else 0
    check_converged(project, expected, "after the torn journals")


def full_disk(project, expected, scratch):
    """.ops on a small file system of its own that runs full; with room again, the run converges."""
    reset(project)
    shutil.rmtree(project.directory / ".ops", ignore_errors=True)
    (project.directory / ".ops").mkdir()
    script = f"""
mount -t tmpfs -o size=1m tmpfs .ops || exit 77
dd if=/dev/zero of=.ops/ballast bs=1k count=850 2>/dev/null
"$@"; code=$?
rm -f .ops/ballast; mount -o remount,size=64m .ops
[ $code -ne 0 ] || {{ echo 'opsc did not notice the full disk'; exit 1; }}
"$@" && "$2" 2>/dev/null; exit 0
"""
    command = project.command("apply", "--yes")
    done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", *command], cwd=project.directory,
                          capture_output=True, text=True, timeout=300, env=project.environment(None))
    if done.returncode == 77:
        print("full disk: this kernel refuses the mount, left out")
        return
    assert done.returncode == 0, f"full disk: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    assert (project.directory / f"out/r{RESOURCES - 1}.txt").exists(), "full disk: did not converge with room again"


def kill_the_demo(shop, kills):
    """Each round: another version, killed on its way, then whole. Every third is made once more from
    nothing, and must be the same to the byte."""
    start = time.monotonic()
    shop.run("apply", "--yes")
    whole = time.monotonic() - start
    for k in range(kills):
        shop.edit()
        child = shop.start("apply", "--yes")
        time.sleep(random.uniform(0, whole))
        child.kill()
        child.wait()
        state = shop.check(f"demo, kill {k}")
        if k % 3 == 2:
            shop.destroy()
            shutil.rmtree(shop.directory / ".ops")
            assert shop.check("never killed") == state, f"demo, kill {k}: the state differs from a run that was never killed"


def leave(project):
    project.run("destroy", "--yes", check=False)
    for pid, _ in processes_of(project.directory):
        os.kill(pid, signal.SIGKILL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("opsc")
    parser.add_argument("--kills", type=int, default=int(os.environ.get("OPSC_KILLS", "200")))
    parser.add_argument("--demo-kills", type=int, help="default: a tenth of --kills")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    random.seed(options.seed)
    print(f"seed {options.seed}")
    ledger = Ledger()
    with tempfile.TemporaryDirectory(prefix="opsc-faults-") as scratch:
        project = Project(os.path.abspath(options.opsc), pathlib.Path(scratch).resolve() / "project", ledger.url)
        try:
            project.run("apply", "--yes")
            expected = project.state()
            assert len(expected) >= RESOURCES + 2, f"only {len(expected)} entries"
            reset(project)
            kills = kill_at_journal_writes(project, expected)
            print(f"killed at {kills} journal writes: converged each time", flush=True)
            kill_at_random(project, expected, ledger, options.kills)
            print(f"killed at {options.kills} random moments: converged each time", flush=True)
            torn_journal(project, expected)
            print("torn journal: converged", flush=True)
            reset(project)
            project.run("apply", "--yes")
            full_disk(project, expected, scratch)
            print("full disk: reported, and converged with room again", flush=True)
        finally:
            leave(project)
        shop = Shop(project.opsc, pathlib.Path(scratch).resolve() / "shop")
        try:
            kills = options.kills // 10 if options.demo_kills is None else options.demo_kills
            kill_the_demo(shop, kills)
            print(f"demo killed at {kills} random moments: converged each time", flush=True)
        finally:
            leave(shop)


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        print(f"FAILED: {error}")
        sys.exit(1)
