"""A project directory with opsc in it, and a namespace of its own in the cluster."""
import json
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).parent
TYPES = (HERE / "types.ops").read_text()


class Project:
    def __init__(self, opsc, api, directory, name):
        self.opsc, self.api, self.name = opsc, api, name
        self.directory = pathlib.Path(directory) / name
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.kubeconfig = str(api.kubeconfig)
        if api.get(f"/api/v1/namespaces/{name}") is None:
            api.create("/api/v1/namespaces", {"metadata": {"name": name}})

    def write(self, program):
        text = "edition 2026\n" + TYPES.replace("pub type", "type") + program.replace("NS", self.name)
        (self.directory / "main.ops").write_text(text)

    def environment(self, extra=None):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPSC_", "KUBE")) and k != "CI"}
        return {**clean, "KUBECONFIG": self.kubeconfig, "NO_COLOR": "1", **(extra or {})}

    def run(self, *words, code=0, env=None, timeout=120):
        done = subprocess.run([self.opsc, *words], cwd=self.directory, capture_output=True, text=True,
                              env=self.environment(env), timeout=timeout)
        text = done.stdout + done.stderr
        if code is not None and done.returncode != code:
            raise AssertionError(f"opsc {' '.join(words)}: exit code {done.returncode}, expected {code}\n{text[-3000:]}")
        return text

    def plan(self, code=0, *words):
        return self.run("plan", "--detailed-exitcode", *words, code=code)

    def apply(self, *words, code=0, env=None, timeout=120):
        return self.run("apply", "--yes", *words, code=code, env=env, timeout=timeout)

    def state(self):
        document = json.loads(self.run("state", "pull"))
        entries = next(value for value in document.values() if isinstance(value, list))
        return {entry["address"]: entry for entry in entries}

    def path(self, resource, name):
        return f"/api/v1/namespaces/{self.name}/{resource}/{name}"

    def object(self, resource, name):
        return self.api.get(self.path(resource, name))
