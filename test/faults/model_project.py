"""A project around examples/ml/orders that faults are done to, and opsc in it."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
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

    @classmethod
    def of_example(cls, opsc, example, place):
        project = cls(opsc, place)
        (place / "data").mkdir(parents=True)
        for name in ("orders.ops", "generate.py"):
            shutil.copy(example / name, place)
        return project

    def environment(self):
        return {**os.environ, "OPSC_PARAM_port": str(self.port)}

    def start(self, *words):
        return subprocess.Popen([self.opsc, *words], cwd=self.place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=self.environment())

    def run(self, *words, code=0):
        """What it says; any of the codes is right where there are several, and comes with it."""
        codes = code if isinstance(code, tuple) else (code,)
        done = subprocess.run([self.opsc, *words], cwd=self.place, capture_output=True, text=True, env=self.environment())
        assert done.returncode in codes, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return (done.returncode, done.stdout + done.stderr) if len(codes) > 1 else done.stdout + done.stderr

    def models(self):
        done = subprocess.run([self.opsc, "model", "list", "--json"], cwd=self.place, capture_output=True, text=True,
                              env=self.environment(), check=True)
        return json.loads(done.stdout)

    def registry(self):
        """What of the registry is the same in every run."""
        return [(m["model"], m["champion"], [(v["version"], v["digest"]) for v in m["versions"]],
                 [(p["version"], p["reason"]) for p in m["promotions"]]) for m in self.models()]

    def month(self, number, rows=600):
        """The orders of a month of 2025; after the tenth, others of the first ten: none is of the future."""
        month, seed, path = (number - 1) % 10 + 1, 7 + (number - 1) // 10, self.place / f"data/{number}.csv"
        part = self.place / "made.csv"
        subprocess.run([sys.executable, "generate.py", str(seed), str(month), str(rows), str(part)], cwd=self.place, check=True)
        lines = part.read_text().splitlines()
        first = number * 1_000_000  # of their ids
        made = [f"{first + i},{line.split(',', 1)[1]}" for i, line in enumerate(lines[1:])]
        part.write_text("\n".join([lines[0], *made]) + "\n")
        part.rename(path)

    def edit(self, old, new):
        path = self.place / "orders.ops"
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new))

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

    def ask(self, body=None):
        data = json.dumps(ORDER).encode() if body is None else body
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/predict", data)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.headers["X-Model-Version"], json.load(answer)["predictions"][0]


def kill(pid, how=signal.SIGKILL):
    try:
        os.kill(pid, how)
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
