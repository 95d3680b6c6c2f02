"""A real MLflow server on a free port, its data in a directory: start, kill -9, start again."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Mlflow:
    def __init__(self, python, data):
        self.python, self.data = python, pathlib.Path(data)
        self.data.mkdir(parents=True)
        self.port = free_port()
        self.process = None

    def start(self):
        command = [self.python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port),
                   "--workers", "1", "--backend-store-uri", f"sqlite:///{self.data}/mlflow.db",
                   "--artifacts-destination", str(self.data / "artifacts")]
        env = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true",
               "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        log = open(self.data / "server.log", "ab")
        self.process = subprocess.Popen(command, env=env, cwd=self.data, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + 300
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                if urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5).read() == b"OK":
                    return
            except OSError:
                time.sleep(0.2)
        sys.exit(f"MLflow does not start:\n{(self.data / 'server.log').read_text()[-3000:]}")

    def kill(self):
        """It and all of its processes, at once."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process = None

    def get(self, endpoint, **query):
        return self._json(urllib.request.Request(self._url(endpoint) + "?" + urllib.parse.urlencode(query)))

    def post(self, endpoint, body):
        return self._json(urllib.request.Request(self._url(endpoint), json.dumps(body).encode(),
                                                 {"Content-Type": "application/json"}))

    def artifact(self, run, path):
        uri = run["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")
        url = f"http://127.0.0.1:{self.port}/api/2.0/mlflow-artifacts/artifacts/{uri}/{path}"
        return urllib.request.urlopen(url, timeout=60).read()

    def _url(self, endpoint):
        return f"http://127.0.0.1:{self.port}/api/2.0/mlflow/{endpoint}"

    def _json(self, request):
        try:
            return json.load(urllib.request.urlopen(request, timeout=60))
        except urllib.error.HTTPError as e:
            return json.load(e)

    # What is there, for comparisons.
    def runs(self, experiment):
        found = self.get("experiments/get-by-name", experiment_name=experiment)
        if "experiment" not in found:
            return []
        ids = [found["experiment"]["experiment_id"]]
        return self.post("runs/search", {"experiment_ids": ids, "max_results": 1000}).get("runs", [])

    def model(self, name):
        model = self.get("registered-models/get", name=name).get("registered_model", {})
        versions = self.get("model-versions/search", filter=f"name='{name}'").get("model_versions", [])
        aliases = {a["alias"]: a["version"] for a in model.get("aliases", [])}
        return {"tags": tags(model), "aliases": aliases, "versions": sorted(versions, key=lambda v: int(v["version"]))}


def tags(owner):
    return {t["key"]: t["value"] for t in owner.get("tags", [])}
