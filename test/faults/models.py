#!/usr/bin/env python3
"""models.py OPSC EXAMPLE [--kills N] [--seed S]: trainer, agent and server of a model are killed at random. After each kill the
next run must end where one ends that was never killed: the same versions with the same content, one in charge, promoted once."""
import argparse
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
import time
import urllib.error
import urllib.request

ORDER = {"id": 1, "at": "2025-06-01T10:00:00Z", "loaded": "2025-06-01T10:01:00Z", "customer": 3, "plan": "free", "channel": "app",
         "items": 2, "amount": 84.5, "coupon": None}


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Project:
    def __init__(self, opsc, place, port=0):
        self.opsc, self.place, self.port = opsc, place, port or free_port()

    def start(self, *words):
        return subprocess.Popen([self.opsc, *words], cwd=self.place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env={**os.environ, "OPSC_PARAM_port": str(self.port)})

    def run(self, *words):
        done = subprocess.run([self.opsc, *words], cwd=self.place, capture_output=True, text=True,
                              env={**os.environ, "OPSC_PARAM_port": str(self.port)})
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def registry(self):
        """What of the registry is the same in every run."""
        models = json.loads(self.run("model", "list", "--json"))
        return [(m["model"], m["champion"], [(v["version"], v["digest"]) for v in m["versions"]],
                 [(p["version"], p["reason"]) for p in m["promotions"]]) for m in models]

    def month(self, number):
        subprocess.run([sys.executable, "generate.py", "7", str(number), "600", f"data/{number}.csv"], cwd=self.place, check=True)

    def copy(self, place):
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.place, place, symlinks=True)
        return Project(self.opsc, place)

    def processes(self, word):
        """Processes of this project whose command line has the word."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                here = os.readlink(entry / "cwd")
            except OSError:
                continue
            if word in words and (here.startswith(str(self.place)) or any(str(self.place) in w for w in words)):
                found.append(int(entry.name))
        return found

    def ask(self):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/predict", json.dumps(ORDER).encode())
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.headers["X-Model-Version"], json.load(answer)["predictions"][0]


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


def wait_until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.05)
    sys.exit(f"FAILED: {what} after {seconds} s")


def expect_same(project, expected, what):
    got = project.registry()
    if got != expected:
        sys.exit(f"FAILED: {what}: {got}, not {expected}")


def trainers(base, scratch, expected, took, kills, chance):
    """Either opsc itself is killed, or the process that trains, which opsc has to survive."""
    hit = 0
    for k in range(kills):
        project = base.copy(scratch / "trainer")
        child = project.start("apply", "--yes", "returns")
        time.sleep(chance.uniform(0, took))
        own = project.processes("__train") if k % 2 else []
        hit += sum(kill(pid) for pid in own)
        if not own:
            hit += child.poll() is None
            child.kill()
        child.wait()
        project.run("apply", "--yes", "returns")
        expect_same(project, expected, f"kill {k} of a training")
    print(f"{kills} kills of apply or its trainer, {hit} of them while it worked: the same versions each time", flush=True)


def agents(base, scratch, expected, took, kills, chance):
    for k in range(kills):
        project = base.copy(scratch / "agent")
        child = project.start("agent")
        time.sleep(chance.uniform(0, took))
        child.kill()
        child.wait()
        child = project.start("agent")
        wait_until(f"kill {k} of the agent: no new version", lambda: len(project.registry()[0][2]) == 2)
        child.terminate()
        child.wait()
        expect_same(project, expected, f"kill {k} of the agent")
        project.run("destroy", "--yes")
    print(f"{kills} kills of the agent: the same versions each time", flush=True)


def servers(base, scratch, kills, chance):
    project = base.copy(scratch / "server")
    project.run("apply", "--yes")
    answer = project.ask()
    slowest = 0
    for k in range(kills):
        time.sleep(chance.uniform(0, 0.3))
        pids = project.processes("__serve")
        assert pids and all(kill(pid) for pid in pids), f"kill {k}: no server"
        began = time.monotonic()
        wait_until(f"kill {k} of the server: it does not come back", lambda: project.ask() == answer)
        slowest = max(slowest, time.monotonic() - began)
    assert "No changes." in project.run("plan")
    project.run("destroy", "--yes")
    print(f"{kills} kills of the server: it answers the same again, after {slowest:.1f} s at the latest", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("opsc", type=pathlib.Path)
    parser.add_argument("example", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="opsc-models-"))
    try:
        base = Project(options.opsc.resolve(), scratch / "base")
        (base.place / "data").mkdir(parents=True)
        for name in ("orders.ops", "generate.py"):
            shutil.copy(options.example / name, base.place)
        for number in (1, 2, 3):
            base.month(number)
        base.run("apply", "--yes", "returns")
        servers(base, scratch, options.kills, chance)
        for number in (4, 5):
            base.month(number)
        reference = base.copy(scratch / "reference")
        began = time.monotonic()
        reference.run("apply", "--yes", "returns")
        took = time.monotonic() - began
        expected = reference.registry()
        assert len(expected[0][2]) == 2 and len(expected[0][3]) == 2, expected
        trainers(base, scratch, expected, took, options.kills, chance)
        agents(base, scratch, expected, took, options.kills, chance)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


main()
