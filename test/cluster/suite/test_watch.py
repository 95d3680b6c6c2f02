"""Watching a collection through broken connections and expired versions."""
import os
import queue
import subprocess
import threading

from case import ClusterCase


class Watcher:
    """The program `opsc_watch`, and what it tells."""

    def __init__(self, case, kubeconfig, namespace):
        program = os.path.join(os.path.dirname(case.opsc), "cluster/opsc_watch")
        self.process = subprocess.Popen([program, str(kubeconfig), namespace], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=lambda: [self.lines.put(line.strip()) for line in self.process.stdout], daemon=True).start()
        self.ended = None
        case.addCleanup(self.close)

    def next(self):
        return self.lines.get(timeout=30)

    def until(self, last):
        seen = []
        while not seen or seen[-1] != last:
            seen.append(self.next())
        return seen

    def close(self):
        """The exit code, and what was said on the way."""
        if self.ended is None:
            self.process.stdin.close()
            self.ended = self.process.wait(timeout=30), self.process.stderr.read()
        return self.ended


class Watch(ClusterCase):
    def create(self, p, name):
        p.api.create(f"/api/v1/namespaces/{p.name}/configmaps", {"metadata": {"name": name}})

    def test_tells_what_is_and_what_happens(self):
        p = self.project()
        self.create(p, "first")
        watcher = Watcher(self, p.kubeconfig, p.name)
        self.assertIn("added first", watcher.until("synced"))
        self.create(p, "second")
        watcher.until("added second")
        p.api.merge(p.path("configmaps", "second"), {"data": {"a": "b"}})
        watcher.until("modified second")
        p.api.call("DELETE", p.path("configmaps", "second"))
        watcher.until("deleted second")

    def test_goes_on_after_a_cut_without_telling_twice(self):
        p = self.project()
        proxy = self.proxy()
        proxy.rule = lambda method, path: "cut" if "watch=1" in path else None  # after each event
        watcher = Watcher(self, proxy.kubeconfig, p.name)
        watcher.until("synced")
        seen = []
        for i in range(5):
            self.create(p, f"m{i}")
            seen += watcher.until(f"added m{i}")
        self.assertEqual(seen, [f"added m{i}" for i in range(5)])
        lists = [path for method, path in proxy.requests if "configmaps" in path and "watch=1" not in path]
        self.assertEqual(len(lists), 1, "the watch was resumed, not begun anew")

    def test_begins_anew_when_the_version_is_gone(self):
        p = self.project()
        self.create(p, "first")
        proxy = self.proxy()
        watches = []

        def rule(method, path):
            if "watch=1" not in path:
                return None
            watches.append(path)
            return {1: "cut", 2: 410}.get(len(watches))

        proxy.rule = rule
        watcher = Watcher(self, proxy.kubeconfig, p.name)
        watcher.until("synced")
        self.create(p, "second")
        watcher.until("restart")
        seen = watcher.until("synced")
        self.assertIn("added first", seen)
        self.assertIn("added second", seen)
        self.create(p, "third")
        watcher.until("added third")

    def test_outlives_the_server(self):
        p = self.project()
        watcher = Watcher(self, p.kubeconfig, p.name)
        watcher.until("synced")
        subprocess.run([os.environ["OPSC_CLUSTER"], "restart", "etcd", "apiserver"], check=True)
        self.create(p, "after")
        watcher.until("added after")

    def test_what_nothing_can_heal_is_told(self):
        p = self.project()
        watcher = Watcher(self, self.api.pki / "nobody.kubeconfig", p.name)
        watcher.process.wait(timeout=30)
        code, said = watcher.close()
        self.assertEqual(code, 1)
        self.assertIn("no right to `list` configmaps in namespace", said)
