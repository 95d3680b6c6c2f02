"""A repository that the agent keeps true in the cluster."""
import os
import signal
import statistics
import subprocess
import time

from case import ClusterCase
from project import TYPES

SYNC = """edition 2026

sync prod {
  source: git("origin.git", branch: "main", path: "deploy")
  every: 1h
  prune: true
  self_heal: true
}
"""
MAP = """
ConfigMap NAME {
  metadata: { name: "NAME", namespace: "NS" }
  data: { text: "TEXT" }
}
"""


class Agent(ClusterCase):
    def setUp(self):
        self.p = self.project()
        self.git("init", "-q", "--bare", "-b", "main", "origin.git")
        self.git("clone", "-q", "origin.git", "work")
        self.git("-C", "work", "checkout", "-q", "-b", "main")
        (self.p.directory / "work/deploy").mkdir()
        (self.p.directory / "main.ops").write_text(SYNC)

    def git(self, *words):
        who = {f"GIT_{role}_{what}": "ada@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        clean = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        subprocess.run(["git", *words], cwd=self.p.directory, check=True, capture_output=True,
                       env={**os.environ, **who, **clean})

    def commit(self, **maps):
        program = "".join(MAP.replace("NAME", name).replace("TEXT", text) for name, text in maps.items())
        text = "edition 2026\n" + TYPES.replace("pub type", "type") + program.replace("NS", self.p.name)
        (self.p.directory / "work/deploy/app.ops").write_text(text)
        self.git("-C", "work", "add", "-A")
        self.git("-C", "work", "commit", "-q", "-m", "a commit")
        self.git("-C", "work", "push", "-q", "origin", "main")

    def text(self, name):
        found = self.p.object("configmaps", name)
        return found and found["data"]["text"]

    def wait_for(self, condition, seconds=20):
        begin = time.monotonic()
        while not condition():
            self.assertLess(time.monotonic() - begin, seconds, "it did not happen")
            time.sleep(0.01)
        return time.monotonic() - begin

    def test_a_commit_is_synced_and_pruned(self):
        self.p.api.create(f"/api/v1/namespaces/{self.p.name}/configmaps",
                          {"metadata": {"name": "foreign"}, "data": {"text": "not ours"}})
        self.commit(one="1", two="2")
        self.p.run("agent", "--once")
        self.assertEqual((self.text("one"), self.text("two")), ("1", "2"))
        self.assertEqual(self.p.run("agent", "--once"), "")
        self.commit(one="1")
        self.p.run("agent", "--once")
        self.assertEqual((self.text("one"), self.text("two")), ("1", None))
        self.assertEqual(self.text("foreign"), "not ours")
        self.assertIn("deploy/app.ops", self.p.run("why", "prod/one"))

    def test_drift_is_seen_by_a_watch_and_healed(self):
        names = [f"m{i}" for i in range(10)]
        self.commit(**{name: "right" for name in names})
        agent = subprocess.Popen([self.opsc, "agent"], cwd=self.p.directory, env=self.p.environment(),
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            self.wait_for(lambda: all(self.text(name) == "right" for name in names))
            time.sleep(1)  # the watches have begun
            took = []
            for name in names:
                self.p.api.merge(self.p.path("configmaps", name), {"data": {"text": "by hand"}}, manager="eve")
                took.append(self.wait_for(lambda: self.text(name) == "right"))
            self.p.api.call("DELETE", self.p.path("configmaps", "m0"))
            self.wait_for(lambda: self.text("m0") == "right")
            print(f"drift to healed: median {statistics.median(took):.3f} s, longest {max(took):.3f} s")
            self.assertLess(statistics.median(took), 1)
            self.commit(**{name: "new" for name in names})
            self.wait_for(lambda: all(self.text(name) == "new" for name in names))
        finally:
            agent.send_signal(signal.SIGTERM)
            said = agent.communicate(timeout=20)[0]
        self.assertEqual(agent.returncode, 0, said)
        self.assertIn("healed", said)
