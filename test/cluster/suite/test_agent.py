"""A repository that the agent keeps true in the cluster."""
import json
import os
import random
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

    def files(self, message="a commit", **files):
        """A commit whose directory `deploy` holds just these."""
        for path in (self.p.directory / "work/deploy").iterdir():
            path.unlink()
        for name, text in files.items():
            (self.p.directory / "work/deploy" / name.replace("_", ".")).write_text(text.replace("NS", self.p.name))
        self.git("-C", "work", "add", "-A")
        self.git("-C", "work", "commit", "-q", "--allow-empty", "-m", message)
        self.git("-C", "work", "push", "-q", "origin", "main")

    def sync(self, fields, head=""):
        (self.p.directory / "main.ops").write_text(SYNC.replace("edition 2026\n", "edition 2026\n" + head)
                                                   .replace("  every: 1h\n", fields.replace("NS", self.p.name)))

    def agent(self, *words):
        return subprocess.Popen([self.opsc, "agent", *words], cwd=self.p.directory, env=self.p.environment(),
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

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

    def test_plain_manifests_are_synced(self):
        """A definition and its resource, several documents, a list; files that are left out; the target."""
        p = self.p
        self.sync('  every: 1h\n  content: manifests(["**/*.yaml", "!no.yaml"])\n  into: k8s.cluster(namespace: "NS")\n',
                  "import std.k8s\n")
        group = f"{p.name}.example.org"
        crd = f"""apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{ name: widgets.{group} }}
spec:
  group: {group}
  scope: Namespaced
  names: {{ kind: Widget, plural: widgets, singular: widget, listKind: WidgetList }}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {{ type: object, required: [size], properties: {{ size: {{ type: string, enum: [small, large] }} }} }}
"""
        widget = f"apiVersion: {group}/v1\nkind: Widget\nmetadata: {{ name: one }}\nspec: {{ size: small }}\n"
        maps = ("# settings\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { text: \"1\" }\n---\n"
                "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: { name: b }\n  data: { text: \"2\" }\n")
        self.files(a_yaml=maps, crd_yaml=crd, widget_yaml=widget, no_yaml="nothing: to see\n")
        p.run("agent", "--once")
        self.assertEqual((self.text("a"), self.text("b")), ("1", "2"))
        self.assertEqual(p.api.get(f"/apis/{group}/v1/namespaces/{p.name}/widgets/one")["spec"]["size"], "small")
        self.assertEqual(p.run("agent", "--once"), "", "the second pass has nothing to do")
        why = p.run("why", f"k8s/{p.name}/ConfigMap/b")
        self.assertIn("configmap__b", why)
        self.assertIn("declared at deploy/a.yaml:7:1", why)
        self.files(a_yaml=maps, crd_yaml=crd, widget_yaml=widget.replace("small", "medium"))
        shown = p.run("agent", "--once", code=1)
        self.assertIn("widget.yaml:4:15: error:", shown, "the definition of the same commit is the type")
        self.files(a_yaml=maps.replace('\"1\"', '\"one\"').split("---")[0])
        p.run("agent", "--once")
        self.assertEqual((self.text("a"), self.text("b")), ("one", None))

    def test_why_names_commit_line_and_who_changed_it(self):
        p = self.p
        self.commit(one="1")
        self.sync("  every: 1h\n")
        p.run("agent", "--once")
        commit = subprocess.run(["git", "-C", "work", "rev-parse", "HEAD"], cwd=p.directory, capture_output=True,
                                text=True, check=True).stdout.strip()
        (p.directory / "main.ops").write_text(SYNC.replace("self_heal: true", "self_heal: false"))
        p.api.apply(p.path("configmaps", "one"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"},
                                                  "data": {"text": "by hand"}}, manager="eve", force=True)
        why = p.run("why", f"k8s/{p.name}/configmaps/one")
        for text in ("kubernetes prod/one", f"is ConfigMap `{p.name}/one` in https://", "declared at deploy/app.ops:",
                     f"of commit {commit} (ada@example.com: a commit)", "synced", "from branch `main` of", "eve: ", "data.text"):
            self.assertIn(text, why)
        told = json.loads(p.run("why", f"k8s/{p.name}/ConfigMap/one", "--json"))
        self.assertEqual(told["commit"]["id"], commit)
        writers = {writer["manager"]: writer["fields"] for writer in told["object"]["writers"]}
        self.assertEqual(writers["eve"], ["data.text"])
        self.assertIn("metadata.labels.app.kubernetes.io/managed-by", writers["opsc"])
        self.assertIn(f"did you mean `k8s/{p.name}/ConfigMap/one`", p.run("why", f"k8s/{p.name}/ConfigMap/onee", code=1))
        if p.object("serviceaccounts", "default") is None:  # without controllers nobody makes it
            p.api.create(f"/api/v1/namespaces/{p.name}/serviceaccounts", {"metadata": {"name": "default"}})
        p.api.create(f"/api/v1/namespaces/{p.name}/pods", {"metadata": {"name": "alone"}, "spec": {"containers": [
            {"name": "x", "image": "x"}]}}, manager="mallory")
        self.assertRegex(p.run("why", f"k8s/{p.name}/Pod/alone", code=1), "it was written by .*mallory")

    def test_a_pass_that_has_nothing_to_do_asks_the_cluster_nothing(self):
        proxy = self.proxy()
        self.p.kubeconfig = str(proxy.kubeconfig)
        names = [f"m{i}" for i in range(10)]
        self.sync("  every: 200ms\n")
        self.commit(**{name: "right" for name in names})
        agent = self.agent("--json")
        try:
            self.wait_for(lambda: all(self.text(name) == "right" for name in names))
            time.sleep(3)  # the watches have begun, what they missed was looked at
            before = len(proxy.requests)
            time.sleep(3)
            self.assertEqual(proxy.requests[before:], [], "15 passes")
            self.p.api.merge(self.p.path("configmaps", "m3"), {"data": {"text": "by hand"}}, manager="eve")
            self.wait_for(lambda: self.text("m3") == "right")
            self.p.api.call("DELETE", self.p.path("configmaps", "m4"))
            self.wait_for(lambda: self.text("m4") == "right")
        finally:
            agent.send_signal(signal.SIGTERM)
            said = agent.communicate(timeout=20)[0]
        self.assertIn(agent.returncode, (0, 130), said)  # the last pass may have been cut short
        self.assertIn("m3 (data.text)", said)

    def test_a_commit_asks_only_for_what_it_changes(self):
        """What is watched is known to the next commit, too; what it adds is watched as well."""
        proxy = self.proxy()
        self.p.kubeconfig = str(proxy.kubeconfig)
        maps = {f"m{i}": "right" for i in range(10)}
        self.commit(**maps)
        agent = self.agent()
        try:
            self.wait_for(lambda: all(self.text(name) == "right" for name in maps))
            time.sleep(3)  # the watches have begun, what they missed was looked at
            before = len(proxy.requests)
            del maps["m9"]
            self.commit(**{**maps, "m3": "changed", "more": "new"})
            self.wait_for(lambda: (self.text("m3"), self.text("more"), self.text("m9")) == ("changed", "new", None))
            time.sleep(3)
            asked = {path.split("?")[0].split("/configmaps")[-1] for _, path in proxy.requests[before:]}
            self.assertEqual(asked, {"/m3", "/more", "/m9"}, proxy.requests[before:])
            before = len(proxy.requests)
            # Its creation came before it was watched, so this is the first that the watch tells of it.
            self.p.api.call("DELETE", self.p.path("configmaps", "more"))
            self.wait_for(lambda: self.text("more") == "new")
            for name in ("m3", "more", "m5"):
                self.p.api.merge(self.p.path("configmaps", name), {"data": {"text": "by hand"}}, manager="eve")
            self.wait_for(lambda: (self.text("m3"), self.text("more"), self.text("m5")) == ("changed", "new", "right"))
            self.p.api.call("DELETE", self.p.path("configmaps", "more"))
            self.wait_for(lambda: self.text("more") == "new")
        finally:
            agent.send_signal(signal.SIGTERM)
            said = agent.communicate(timeout=20)[0]
        self.assertIn(agent.returncode, (0, 130), said)  # what was healed last may have been cut short

    def test_a_mended_kubeconfig_counts_at_the_next_attempt(self):
        kubeconfig, right = self.p.directory / "kubeconfig", self.p.api.kubeconfig.read_text()
        kubeconfig.write_text(right.replace(self.p.api.url, "https://127.0.0.1:1"))
        self.p.kubeconfig = str(kubeconfig)
        self.commit(one="1")
        agent = self.agent()
        try:
            self.wait_for(lambda: "failed" in self.p.run("history", "prod", code=None))
            (self.p.directory / "mended").write_text(right)
            (self.p.directory / "mended").rename(kubeconfig)
            self.wait_for(lambda: self.text("one") == "1")
        finally:
            agent.send_signal(signal.SIGTERM)
            said = agent.communicate(timeout=20)[0]
        self.assertEqual(agent.returncode, 0, said)

    def test_drift_is_seen_again_after_the_server_was_away_or_said_no(self):
        """The watch comes back by itself: no pass is due within the test."""
        proxy = self.proxy()
        self.p.kubeconfig = str(proxy.kubeconfig)
        proxy.rule = lambda method, path: 403 if "watch=1" in path or "limit=" in path else None
        names = [f"m{i}" for i in range(10)]
        self.commit(**{name: "right" for name in names})
        agent = self.agent()
        try:
            self.wait_for(lambda: all(self.text(name) == "right" for name in names))
            time.sleep(2)
            proxy.rule = lambda method, path: None
            for name in names[:3]:  # told when the watch has begun
                self.p.api.merge(self.p.path("configmaps", name), {"data": {"text": "by hand"}}, manager="eve")
            self.wait_for(lambda: all(self.text(name) == "right" for name in names), 60)
            subprocess.run([os.environ["OPSC_CLUSTER"], "restart", "etcd", "apiserver"], check=True)
            self.p.api.merge(self.p.path("configmaps", "m5"), {"data": {"text": "by hand"}}, manager="eve")
            self.wait_for(lambda: self.text("m5") == "right", 60)
        finally:
            agent.send_signal(signal.SIGTERM)
            said = agent.communicate(timeout=20)[0]
        self.assertIn(agent.returncode, (0, 130), said)

    def test_only_what_is_undone_again_and_again_waits(self):
        self.commit(a="right", b="right")
        agent = self.agent()
        try:
            self.wait_for(lambda: self.text("a") == self.text("b") == "right")
            time.sleep(1)
            for _ in range(4):  # in the end it is left alone for 4 s
                self.p.api.merge(self.p.path("configmaps", "a"), {"data": {"text": "by hand"}}, manager="eve")
                self.wait_for(lambda: self.text("a") == "right")
            self.p.api.merge(self.p.path("configmaps", "a"), {"data": {"text": "by hand"}}, manager="eve")
            self.p.api.merge(self.p.path("configmaps", "b"), {"data": {"text": "by hand"}}, manager="eve")
            self.wait_for(lambda: self.text("b") == "right", 10)
            self.assertEqual(self.text("a"), "by hand")
            self.wait_for(lambda: self.text("a") == "right")
        finally:
            agent.send_signal(signal.SIGTERM)
            said = agent.communicate(timeout=20)[0]
        self.assertIn("a: changed again and again", said)

    def test_killed_at_random_while_commits_come_in(self):
        """OPSC_KILLS times, by default 10; the last word is Git's, and nothing foreign is touched."""
        kills = int(os.environ.get("OPSC_KILLS", 10))
        random.seed(4)
        self.p.api.create(f"/api/v1/namespaces/{self.p.name}/configmaps",
                          {"metadata": {"name": "foreign"}, "data": {"text": "not ours"}})
        self.sync("  every: 200ms\n")
        for n in range(kills):
            self.commit(**{f"m{i}": f"v{n}" for i in range(n % 3, 20 + n % 3)})
            agent = self.agent()
            time.sleep(random.uniform(0, 0.6))
            agent.kill()
            agent.communicate()
        self.p.run("agent", "--once")
        n = kills - 1
        self.assertEqual({f"m{i}": self.text(f"m{i}") for i in range(30) if self.text(f"m{i}")},
                         {f"m{i}": f"v{n}" for i in range(n % 3, 20 + n % 3)})
        self.assertEqual(self.text("foreign"), "not ours")
        self.assertEqual(self.p.run("agent", "--once"), "", "a second pass does nothing")
