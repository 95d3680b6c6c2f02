"""A model over HTTP: CPU of the server for a request, and how long answers take at fixed rates, against `mlflow models serve`."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/ml/orders"
TICK = os.sysconf("SC_CLK_TCK")
ORDER = {"id": 1, "at": "2025-06-01T10:00:00Z", "loaded": "2025-06-01T10:01:00Z", "customer": 3, "plan": "free", "channel": "app",
         "items": 2, "amount": 84.5, "coupon": None}
COLUMNS = ["log_amount", "items", "price", "has_coupon", "is_pro", "by_app", "hour", "weekend"]
MAKE = """
import numpy, mlflow.sklearn, pandas, sys
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
columns = sys.argv[2].split(",")
r = numpy.random.default_rng(7)
x = pandas.DataFrame(r.random((1000, len(columns))), columns=columns)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, r.random(1000) < 0.5)
mlflow.sklearn.save_model(model, sys.argv[1], input_example=x[:1])
"""


def free_port():
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


def family(pid):
    """A process with all below it."""
    parents = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo[-1])
        todo.extend(parents.get(todo.pop(), []))
    return found


def cpu(pid):
    total = 0
    for one in family(pid):
        try:
            fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICK


class Target:
    def __init__(self, pid, port, path, body):
        self.pid, self.port, self.path, self.body = pid, port, path, json.dumps(body)

    def client(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def ask(self, client):
        began = time.perf_counter()
        client.request("POST", self.path, self.body, {"Content-Type": "application/json"})
        answer = client.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        return time.perf_counter() - began

    def cost(self, requests):
        """CPU seconds of the server for a request, asked one after another on one connection."""
        client = self.client()
        for _ in range(requests // 10):
            self.ask(client)
        before = cpu(self.pid)
        for _ in range(requests):
            self.ask(client)
        return (cpu(self.pid) - before) / requests

    def latencies(self, rate, seconds):
        """Seconds from when a request was due to its answer, at a fixed rate over four connections."""
        due = [i / rate for i in range(int(rate * seconds))]
        times, lock, start = [], threading.Lock(), time.perf_counter() + 0.1

        def drive(mine):
            client = self.client()
            self.ask(client)
            for at in mine:
                wait = start + at - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)
                self.ask(client)
                with lock:
                    times.append(time.perf_counter() - start - at)

        threads = [threading.Thread(target=drive, args=(due[i::4],)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        times.sort()
        return statistics.median(times), times[int(len(times) * 0.99) - 1]


def serve_opsc(opsc, scratch):
    project = pathlib.Path(scratch, "orders")
    shutil.copytree(EXAMPLE, project)
    (project / "data").mkdir()
    for month in ("1", "2", "3"):
        subprocess.run([sys.executable, "generate.py", "7", month, "2000", f"data/{month}.csv"], cwd=project, check=True)
    port = free_port()
    environment = {**os.environ, "OPSC_PARAM_port": str(port)}
    run = lambda *words: subprocess.run([opsc, *words], cwd=project, env=environment, check=True, capture_output=True, text=True).stdout
    run("apply", "--yes")
    pid = json.loads(run("state", "show", "returns_api", "--json"))["outs"]["pid"]
    supervisor = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return Target(supervisor, port, "/predict", ORDER), lambda: run("destroy", "--yes")


def serve_mlflow(scratch):
    python = sorted(pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"), "opsc").glob("mlflow-*/bin/python"))
    if not python:
        print("bench: MLflow is not installed (./dev test mlflow does), its rows are left out", file=sys.stderr)
        return None, lambda: None
    model, port = pathlib.Path(scratch, "model"), free_port()
    programs = pathlib.Path(scratch, "bin")  # what a virtual environment that was moved does not find
    programs.mkdir()
    (programs / "uvicorn").write_text(f'#!/bin/sh\nexec {python[-1]} -m uvicorn "$@"\n')
    (programs / "uvicorn").chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([python[-1], "-c", MAKE, model, ",".join(COLUMNS)], cwd=scratch, check=True, capture_output=True)
    server = subprocess.Popen([python[-1], "-m", "mlflow", "models", "serve", "-m", model, "--port", str(port), "--env-manager", "local",
                               "--workers", "1"], env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    target = Target(server.pid, port, "/invocations",
                    {"dataframe_split": {"columns": COLUMNS, "data": [[4.4, 2, 42.25, 0, 0, 1, 10, 0]]}})
    for _ in range(240):
        try:
            target.ask(target.client())
            break
        except (OSError, AssertionError, http.client.HTTPException):
            time.sleep(0.5)
    else:
        os.killpg(server.pid, signal.SIGKILL)
        sys.exit("bench: the server of MLflow does not answer")
    return target, lambda: os.killpg(server.pid, signal.SIGKILL)


def run(opsc, rivals, scratch, quick):
    lines = ["### A model over HTTP", "",
             "One row a request, keep-alive. opsc: raw order → type check → eight features → 60 trees of depth 3, through its forwarded "
             "port; CPU of the server and of the supervisor. MLflow: `mlflow models serve` of a scaler with a logistic regression over "
             "eight numbers, one worker.", "",
             "| server | CPU ms a request | ÷ opsc | p50 / p99 ms at 20 a second | p50 / p99 ms at 50 a second | at 500 a second |",
             "| --- | ---: | ---: | ---: | ---: | ---: |"]
    ours = None
    for name, start in (("opsc", lambda: serve_opsc(opsc, scratch)), ("mlflow", lambda: serve_mlflow(scratch))):
        target, stop = start()
        if target is None:
            continue
        try:
            cost = target.cost(500 if quick else (20_000 if name == "opsc" else 1_000))
            ours = ours or cost
            cells = []
            for rate in (20, 50, 500):
                if cost * rate > 0.9:
                    cells.append("–")
                    continue
                middle, late = target.latencies(rate, 2 if quick else 10)
                cells.append(f"{middle * 1e3:.2f} / {late * 1e3:.2f}")
            lines.append(f"| {name} | {cost * 1e3:.3f} | {cost / ours:.0f} | " + " | ".join(cells) + " |")
        finally:
            stop()
    return "\n".join(lines) + "\n"
