"""Objects whose health is a matter of running pods: with a node only (the suite has one as root)."""
import os
import pathlib
import time
import unittest

from case import ClusterCase

HERE = pathlib.Path(__file__).parent

APP = """
Deployment app {
  metadata: { name: "app", namespace: "NS" }
  spec: {
    replicas: 2
    progressDeadlineSeconds: 5
    minReadySeconds: 1
    selector: { matchLabels: { app: "web" } }
    template: {
      metadata: { labels: { app: "web" } }
      spec: { containers: [{ name: "main", image: "IMAGE", command: ["sleep", "10000"], envFrom: [{ configMapRef: { name: "settings" } }] }] }
    }
  }
}
ConfigMap settings { metadata: { name: "settings", namespace: "NS" }, data: { A: "b" } }
"""
JOB = """
Job once {
  metadata: { name: "once", namespace: "NS" }
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", command: ["sh", "-c", "COMMAND"] }] } } }
}
ConfigMap after { metadata: { name: "after", namespace: "NS" }, data: { job: once.uid } }
"""


@unittest.skipUnless(os.environ.get("OPSC_CLUSTER_NODE"), "there is no node")
class Node(ClusterCase):
    def test_a_deployment_is_waited_for(self):
        p = self.project()
        p.write(APP.replace("IMAGE", "local/busybox:1"))
        started = time.time()
        shown = p.apply()
        self.assertGreater(time.time() - started, 1.0)
        self.assertLess(shown.index("settings"), shown.rindex("app"), "its configuration comes first")
        live = p.api.get(f"/apis/apps/v1/namespaces/{p.name}/deployments/app")
        self.assertEqual(live["status"]["availableReplicas"], 2)
        p.plan(0)
        p.run("destroy", "--yes")

    def test_a_deployment_that_does_not_get_there_is_told_and_mended(self):
        p = self.project()
        p.write(APP.replace("IMAGE", "local/none:1"))
        shown = p.apply(code=1)
        self.assertIn("Degraded", shown)
        self.assertRegex(shown, "exceeded its progress deadline; pod `app-[^`]*`: container `main`: (ErrImage|ImagePullBackOff)")
        p.write(APP.replace("IMAGE", "local/busybox:1"))
        uid = p.api.get(f"/apis/apps/v1/namespaces/{p.name}/deployments/app")["metadata"]["uid"]
        self.assertIn("an earlier apply did not finish", p.plan(2))
        p.apply()
        live = p.api.get(f"/apis/apps/v1/namespaces/{p.name}/deployments/app")
        self.assertEqual(live["metadata"]["uid"], uid, "mended, not replaced")
        self.assertEqual(live["status"]["availableReplicas"], 2)
        p.plan(0)

    def test_what_waits_for_a_job_comes_after_its_end(self):
        p = self.project()
        p.write(JOB.replace("COMMAND", "sleep 1"))
        p.apply()
        job = p.api.get(f"/apis/batch/v1/namespaces/{p.name}/jobs/once")
        self.assertEqual(job["status"]["succeeded"], 1)
        self.assertEqual(p.object("configmaps", "after")["data"]["job"], job["metadata"]["uid"])
        p.plan(0)

    def test_a_job_that_fails_stops_what_waits_for_it(self):
        p = self.project()
        p.write(JOB.replace("COMMAND", "exit 3"))
        shown = p.apply(code=1)
        self.assertIn("Degraded", shown)
        self.assertRegex(shown, "pod `once-[^`]*`: container `main` ended with exit code 3")
        self.assertIsNone(p.object("configmaps", "after"))

    def test_why_a_rollout_does_not_get_there_is_told(self):
        p = self.project()
        crash = APP.replace("IMAGE", "local/busybox:1").replace('["sleep", "10000"]', '["sh", "-c", "echo no luck; exit 7"]')
        p.write(crash)
        self.assertRegex(p.apply(code=1), "(?s)pod `app-[^`]*`: container `main`.*exit code 7; it printed: no luck")
        p.run("destroy", "--yes")
        p.write(APP.replace("IMAGE", "local/busybox:1").replace("containers: [", 'nodeSelector: { planet: "mars" }, containers: ['))
        self.assertRegex(p.apply(code=1), "pod `app-[^`]*`: Unschedulable: .*node")

    def test_why_of_a_pod_is_told_by_what_it_belongs_to(self):
        p = self.project()
        p.write(APP.replace("IMAGE", "local/busybox:1"))
        p.apply()
        pods = p.api.get(f"/api/v1/namespaces/{p.name}/pods")["items"]
        why = p.run("why", f"k8s/{p.name}/Pod/{pods[0]['metadata']['name']}")
        self.assertIn("belongs to ReplicaSet", why)
        self.assertIn(f"belongs to Deployment `{p.name}/app`", why)
        self.assertIn("declared at main.ops:", why)
        p.run("destroy", "--yes")

    def test_the_second_plan_of_an_imported_application_is_empty(self):
        p = self.project()
        for manifest in sorted((HERE / "corpus").glob("*.yaml")):
            (p.directory / "main.ops").write_text(p.run("import", "k8s", "-q", str(manifest)).split("note:")[0])
            p.plan(2)
            p.apply()
            p.plan(0)
            p.run("destroy", "--yes")
            self.assertIsNone(p.api.get("/api/v1/namespaces/corpus"))

    def test_a_namespace_is_gone_when_it_is_deleted(self):
        p = self.project()
        p.write("""
          Namespace space { metadata: { name: "NS-inner" } }
          ConfigMap inside { metadata: { name: "inside", namespace: "NS-inner" }, data: { a: "b" } }
        """)
        p.apply()
        p.run("destroy", "--yes")
        self.assertIsNone(p.api.get(f"/api/v1/namespaces/{p.name}-inner"))
