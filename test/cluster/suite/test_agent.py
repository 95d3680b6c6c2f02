"""A repository that the agent keeps true in the cluster."""
import os
import subprocess

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

    def test_drift_is_healed(self):
        self.commit(one="1")
        self.p.run("agent", "--once")
        self.p.api.merge(self.p.path("configmaps", "one"), {"data": {"text": "by hand"}}, manager="eve")
        self.assertIn("healed", self.p.run("agent", "--once"))
        self.assertEqual(self.text("one"), "1")
