"""Clusters that refuse, are not there, are slow, or whose answers get lost; opsc killed meanwhile."""
import os
import signal
import subprocess
import time

from case import ClusterCase

MAP = """
ConfigMap motd { metadata: { name: "motd", namespace: "NS" }, data: { text: "hello" } }
"""
TEN = """
for i in range(0, 10) { ConfigMap m[i] { metadata: { name: "m${i}", namespace: "NS" }, data: { a: "VALUE" } } }
"""


class Refusals(ClusterCase):
    def failing(self, kubeconfig, *texts, code=1):
        p = self.project()
        p.write(MAP)
        p.kubeconfig = str(kubeconfig)
        shown = p.plan(code)
        for text in texts:
            self.assertIn(text, shown)
        self.assertIsNone(p.object("configmaps", "motd"))

    def edited(self, name, old, new):
        path = self.api.pki / f"{name}.kubeconfig"
        path.write_text(self.api.kubeconfig.read_text().replace(old, new))
        return path

    def test_missing_rights(self):
        self.failing(self.api.pki / "nobody.kubeconfig", "no right to `get` configmaps `missing-rights/motd` in namespace `missing-rights`",
                     "a Role and a RoleBinding", code=4)

    def test_expired_certificate(self):
        self.failing(self.api.pki / "expired.kubeconfig", "client certificate", "ended to be valid at 20")

    def test_unreachable(self):
        self.failing(self.edited("unreachable", self.api.url, "https://127.0.0.1:1"), "https://127.0.0.1:1 cannot be reached",
                     "context `test`")

    def test_wrong_authority(self):
        other = self.api.pki / "other-ca.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=other",
                        "-out", other], check=True, capture_output=True)
        self.failing(self.edited("wrong-ca", "ca.crt", "other-ca.crt"), "no safe connection")

    def test_unverified_server_is_refused(self):
        self.failing(self.edited("insecure", "cluster: {", "cluster: { insecure-skip-tls-verify: true,"),
                     "`insecure-skip-tls-verify` is not obeyed", "certificate-authority-data")

    def test_unknown_context(self):
        self.failing(self.edited("no-context", "current-context: test", "current-context: prod"), "has no context `prod`")

    def test_exec_plugin_and_its_failure(self):
        token = self.api.call("POST", "/api/v1/namespaces/default/serviceaccounts/robot/token",
                              {"spec": {"expirationSeconds": 3600}})
        if token[0] == 404:
            self.api.create("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "robot"}})
            self.api.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
                "metadata": {"name": "robot"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"kind": "ServiceAccount", "name": "robot", "namespace": "default"}]})
            token = self.api.call("POST", "/api/v1/namespaces/default/serviceaccounts/robot/token",
                                  {"spec": {"expirationSeconds": 3600}})
        plugin = self.api.pki / "plugin.sh"
        plugin.write_text("#!/bin/sh\n[ -n \"$KUBERNETES_EXEC_INFO\" ] || exit 9\n"
                          "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"'\"$ROBOT\"'\"}}'\n")
        plugin.chmod(0o755)
        user = f'user: {{ client-certificate: "{self.api.pki}/admin.crt", client-key: "{self.api.pki}/admin.key" }}'
        exec_user = ('user: { exec: { apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh, interactiveMode: Never, '
                     f'env: [{{ name: ROBOT, value: "{token[1]["status"]["token"]}" }}] }} }}')
        path = self.edited("exec", user, exec_user)
        self.assertIn("plugin.sh", path.read_text())
        p = self.project()
        p.write(MAP)
        p.kubeconfig = str(path)
        p.apply()
        self.assertIsNotNone(p.object("configmaps", "motd"))
        plugin.write_text("#!/bin/sh\necho no luck >&2\nexit 3\n")
        self.assertIn("plugin.sh` ended with exit code 3", p.plan(1))


class Faults(ClusterCase):
    def behind(self, proxy):
        p = self.project()
        p.kubeconfig = str(proxy.kubeconfig)
        return p

    def test_busy_servers_are_asked_again(self):
        proxy = self.proxy()
        p = self.behind(proxy)
        p.write(MAP)
        seen = []

        def rule(method, path):
            seen.append((method, path, time.time()))
            count = sum(1 for m, q, _ in seen if (m, q) == (method, path))
            return {1: 429, 2: 503, 3: 500}.get(count)

        proxy.rule, proxy.retry_after = rule, "1"
        p.apply()
        self.assertIsNotNone(p.object("configmaps", "motd"))
        writes = [at for method, path, at in seen if method == "PATCH" and "dryRun" not in path and "motd" in path]
        self.assertEqual(len(writes), 4)
        self.assertGreaterEqual(writes[1] - writes[0], 1.0, "Retry-After is waited for")

    def test_answers_that_get_lost(self):
        proxy = self.proxy()
        p = self.behind(proxy)
        p.write(TEN)
        lost = set()

        def rule(method, path):
            if method != "PATCH" or "dryRun" in path or path in lost or "/opsc-" in path:
                return None
            lost.add(path)
            return "cut"

        proxy.rule = rule
        p.apply()
        self.assertEqual(len(lost), 10)
        p.plan(0)
        uids = [p.object("configmaps", f"m{i}")["metadata"]["uid"] for i in range(10)]
        self.assertEqual([p.state()[f"m[{i}]"]["recorded"]["uid"] for i in range(10)], uids)

    def test_a_server_that_says_no_in_the_middle(self):
        proxy = self.proxy()
        p = self.behind(proxy)
        p.write(TEN)
        proxy.rule = lambda method, path: 403 if method == "PATCH" and "dryRun" not in path and "m7" in path else None
        shown = p.apply(code=4)
        self.assertIn("no right to `patch` configmaps", shown)
        self.assertEqual(sum(p.object("configmaps", f"m{i}") is not None for i in range(10)), 9)
        proxy.rule = lambda method, path: None
        p.apply()
        p.plan(0)

    def test_killed_at_every_journal_write(self):
        p = self.project()
        survived, kills = 0, 0
        for write in range(1, 200):
            for when in ("before", "after"):
                p.write(TEN.replace("VALUE", f"{write}{when}"))
                done = subprocess.run([p.opsc, "apply", "--yes"], cwd=p.directory, capture_output=True, text=True,
                                      env=p.environment({"OPSC_FAULT": f"journal:{write}:{when}"}), timeout=120)
                if done.returncode == 0:
                    survived += 1
                    continue
                self.assertEqual(done.returncode, -signal.SIGKILL, done.stdout + done.stderr)
                kills += 1
                p.apply()
                p.plan(0)
                for i in range(10):
                    live = p.object("configmaps", f"m{i}")
                    self.assertEqual(live["data"]["a"], f"{write}{when}")
                    self.assertEqual(p.state()[f"m[{i}]"]["recorded"]["created"], True) if i == 0 else None
            if survived >= 2:
                break
        self.assertGreater(kills, 4)
        p.run("destroy", "--yes")
        self.assertIsNone(p.object("configmaps", "m0"))

    def test_killed_at_random(self):
        p = self.project()
        p.write(TEN.replace("10", "60"))
        uids = {}
        for delay in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4):
            run = subprocess.Popen([p.opsc, "apply", "--yes"], cwd=p.directory, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=p.environment())
            time.sleep(delay)
            run.kill()
            run.wait()
            for i in range(60):
                live = p.object("configmaps", f"m{i}")
                if live:
                    uids.setdefault(i, live["metadata"]["uid"])
                    self.assertEqual(live["metadata"]["uid"], uids[i], "made once")
        p.apply()
        p.plan(0)
        self.assertEqual([p.object("configmaps", f"m{i}")["metadata"]["uid"] for i in range(60)],
                         [p.state()[f"m[{i}]"]["recorded"]["uid"] for i in range(60)])

    def test_interrupted_while_waiting(self):
        proxy = self.proxy()
        p = self.behind(proxy)
        p.write(MAP)
        proxy.rule = lambda method, path: "hang" if method == "PATCH" and "dryRun" not in path else None
        run = subprocess.Popen([p.opsc, "apply", "--yes"], cwd=p.directory, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=p.environment())
        while not any(method == "PATCH" and "dryRun" not in path for method, path in proxy.requests):
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        started = time.time()
        run.wait(timeout=30)
        self.assertLess(time.time() - started, 10)
        self.assertEqual(run.returncode, 130)
        proxy.rule = lambda method, path: None
        p.apply()
        p.plan(0)

    def test_server_and_etcd_killed_in_the_middle(self):
        p = self.project()
        p.write(TEN.replace("10", "400"))
        run = subprocess.Popen([p.opsc, "apply", "--yes"], cwd=p.directory, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, env=p.environment())
        time.sleep(1.5)
        subprocess.run([os.environ["OPSC_CLUSTER"], "restart", "etcd", "apiserver"], check=True)
        shown = run.communicate(timeout=120)[0]
        self.assertEqual(run.returncode, 0, shown[-2000:])
        p.plan(0)
        self.assertEqual(sum(p.object("configmaps", f"m{i}") is not None for i in range(400)), 400)
