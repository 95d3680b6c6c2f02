"""Tasks that run as Jobs: with a node only (the suite has one as root)."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time
import unittest

from case import ClusterCase

IMAGES = pathlib.Path(__file__).resolve().parents[1] / "images"
EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "examples"
HERE = 'limits: { cpu: 0.1 }, ELSEWHERE'
ELSEWHERE = 'executor: kubernetes(image: "local/busybox:1", namespace: "NS", pull_policy: "Never"MORE)'


@unittest.skipUnless(os.environ.get("OPSC_CLUSTER_NODE"), "there is no node")
class Executor(ClusterCase):
    def project_of(self, program, more="", **files):
        p = self.project()
        self.write(p, program, more)
        for name, text in files.items():
            path = p.directory / name.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return p

    def write(self, p, program, more=""):
        text = "edition 2026\n" + program.replace("THERE", HERE).replace("ELSEWHERE", ELSEWHERE).replace("MORE", more).replace("NS", p.name)
        (p.directory / "main.ops").write_text(text)

    def left(self, p):
        """What there is of opsc in the namespace: Jobs, Secrets, ConfigMaps, and pods that are not ending."""
        found = []
        for resource in ("jobs", "secrets", "configmaps", "pods"):
            group = "apis/batch/v1" if resource == "jobs" else "api/v1"
            for item in p.api.get(f"/{group}/namespaces/{p.name}/{resource}")["items"]:
                if "opsc.dev/token" in item["metadata"].get("labels", {}):
                    found.append((resource, item["metadata"]["name"]))
        return found

    def assertNothingLeft(self, p, within=15):
        ends = time.monotonic() + within
        while self.left(p):
            self.assertLess(time.monotonic(), ends, self.left(p))
            time.sleep(0.1)

    def jobs(self, p):
        return p.api.get(f"/apis/batch/v1/namespaces/{p.name}/jobs")["items"]

    def wait_for(self, what, seconds=60):
        ends = time.monotonic() + seconds
        while not (found := what()):
            self.assertLess(time.monotonic(), ends, "it did not happen")
            time.sleep(0.05)
        return found

    def start(self, p, *words):
        return subprocess.Popen([p.opsc, *words], cwd=p.directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, env=p.environment())

    def running(self, p):
        """The pod whose task runs."""
        for pod in p.api.get(f"/api/v1/namespaces/{p.name}/pods")["items"]:
            for status in pod.get("status", {}).get("containerStatuses", []):
                if status["name"] == "task" and "running" in status["state"]:
                    return pod
        return None

    def test_the_same_keys_results_and_cutoff_as_here(self):
        program = """
          task count {
            inputs: files("src/*.txt")
            run: \"\"\"
              echo counting in the cluster; echo and a complaint >&2
              ls /opsc/project; ls src
              grep -c -v '^#' src/a.txt > lines
            \"\"\"
            THERE
            out lines: file = "lines"
          }
          task after { run: "cp ${count.lines} copy; echo seen" , THERE, out copy: file = "copy" }
        """
        p = self.project_of(program, src__a="one\ntwo\n", secret_file="not declared\n")
        (p.directory / "src/a").rename(p.directory / "src/a.txt")
        shown = p.run("run", "after")
        self.assertIn("counting in the cluster", shown)
        self.assertIn("and a complaint", shown)
        self.assertIn("count | counting in the cluster", shown, "lines say whose they are")
        self.assertNotIn("secret_file", shown, "only what is declared is there")
        self.assertNotIn("main.ops", shown)
        self.assertEqual((p.directory / ".ops/out/after/copy").read_text(), "2\n")
        self.assertNothingLeft(p)
        again = p.run("run", "after")
        self.assertNotIn("counting", again)
        # Another input, the same output: what comes after is cached.
        (p.directory / "src/a.txt").write_text("one\ntwo\n# a comment\n")
        cut = p.run("run", "after")
        self.assertIn("counting", cut)
        self.assertNotIn("seen", cut)
        # The image is part of the key: its tools are.
        self.write(p, program.replace("THERE", HERE.replace("ELSEWHERE", ELSEWHERE).replace("local/busybox:1", "docker.io/local/busybox:1"), 1))
        self.assertIn("image", p.run("plan", "count"))
        self.assertNothingLeft(p)

    def test_files_come_back_as_they_were(self):
        p = self.project_of("""
          task make {
            inputs: files("in/**")
            dir: "in"
            run: \"\"\"
              sha256sum big.bin; test -x tool.sh; test -L link
              mkdir -p tree/empty; cp big.bin tree/big.bin; cp tool.sh tree/tool.sh; ln -s big.bin tree/link
              printf 'no end of line'
            \"\"\"
            THERE
            out tree: file = "tree"
          }
        """)
        (p.directory / "in").mkdir()
        big = os.urandom(24 << 20)
        (p.directory / "in/big.bin").write_bytes(big)
        (p.directory / "in/tool.sh").write_text("#!/bin/sh\n")
        (p.directory / "in/tool.sh").chmod(0o755)
        (p.directory / "in/link").symlink_to("big.bin")
        self.assertIn("no end of line", p.run("run", "make", timeout=300))
        tree = p.directory / ".ops/out/make/tree"
        self.assertEqual((tree / "big.bin").read_bytes(), big)
        self.assertTrue(os.access(tree / "tool.sh", os.X_OK))
        self.assertEqual(os.readlink(tree / "link"), "big.bin")
        self.assertTrue((tree / "empty").is_dir())
        self.assertNothingLeft(p)

    def test_secrets_stand_in_no_description(self):
        p = self.project_of("""
          task use {
            run: \"\"\"
              echo "$TOKEN-$PLAIN-${secret_env("WORD")}" | md5sum > sum
              echo shown: $TOKEN ${secret_env("WORD")}
              sleep 3
            \"\"\"
            env: { TOKEN: secret_env("TOKEN"), PLAIN: "a $(TOKEN) $$ b" }
            THERE
            out sum: file = "sum"
          }
        """)
        environment = {"TOKEN": "hunter2hunter2", "WORD": "wordwordword"}
        run = subprocess.Popen([p.opsc, "run", "use"], cwd=p.directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, env=p.environment(environment))
        pod = self.wait_for(lambda: self.running(p) or self.assertIsNone(run.poll(), run.poll() and run.stdout.read()))
        described = json.dumps([pod, self.jobs(p)])
        held = [s for s in p.api.get(f"/api/v1/namespaces/{p.name}/secrets")["items"] if s["metadata"]["name"].startswith("opsc-")]
        shown = run.communicate(timeout=60)[0]
        self.assertEqual(run.returncode, 0, shown)
        self.assertEqual(len(held), 1)
        for secret in environment.values():
            self.assertNotIn(secret, described)
            self.assertNotIn(secret, shown)
        self.assertIn("shown: *** ***", shown)
        expected = subprocess.run(["md5sum"], input="hunter2hunter2-a $(TOKEN) $$ b-wordwordword\n", text=True,
                                  capture_output=True, check=True).stdout
        self.assertEqual((p.directory / ".ops/out/use/sum").read_text(), expected)
        self.assertNothingLeft(p)

    def test_limits_are_those_of_the_container(self):
        p = self.project_of("""
          task small { run: "sleep 3", limits: { cpu: 0.5, memory: 64MiB, timeout: 1min }, ELSEWHERE }
        """, more=", start_timeout: 2min")
        run = self.start(p, "run", "small")
        pod = self.wait_for(lambda: self.running(p))
        limits = next(c for c in pod["spec"]["containers"] if c["name"] == "task")["resources"]["limits"]
        self.assertEqual(limits, {"cpu": "500m", "memory": str(64 << 20)} | {"memory": limits["memory"]})
        self.assertIn(limits["memory"], ("64Mi", str(64 << 20)))
        self.assertEqual(self.jobs(p)[0]["spec"]["activeDeadlineSeconds"], 180)
        self.assertEqual(run.wait(timeout=60), 0, run.stdout.read())
        self.assertNothingLeft(p)

    def test_failures_say_what_happened(self):
        p = self.project_of("""
          task ends { run: "echo so long; exit 3", THERE }
          task writes_elsewhere { run: "echo x > other", THERE, out wanted: file = "wanted" }
          task reads_undeclared { run: "cat there.txt", THERE }
          task misses_program { run: "gcc --version", THERE }
          task grows { run: "tail /dev/zero", limits: { cpu: 0.1, memory: 24MiB }, ELSEWHERE }
          task lasts { run: "sleep 100", limits: { cpu: 0.1, timeout: 2s }, ELSEWHERE }
          task tries { run: "echo attempt; exit 1", retries: 1, THERE }
        """, there__txt="x")
        (p.directory / "there/txt").rename(p.directory / "there.txt")
        shown = p.run("run", "ends", "writes_elsewhere", "reads_undeclared", "misses_program", "grows", "lasts", "tries",
                      code=1, timeout=300)
        self.assertIn("ended with exit code 3", shown)
        self.assertIn("without writing its output `wanted`", shown)
        self.assertIn("wrote `other`", shown)
        self.assertIn("`there.txt` exists in the project but is not an input", shown)
        self.assertIn("the program `gcc` is not in the image `local/busybox:1`", shown)
        self.assertIn("needed more than `limits.memory` (24MiB)", shown)
        self.assertIn("took longer than 2s", shown)
        self.assertEqual(shown.count("tries | attempt\n"), 2, shown)
        self.assertNothingLeft(p)

    def test_what_cannot_start_says_why(self):
        p = self.project_of("""
          task no_image {
            run: "true"
            executor: kubernetes(image: "local/none:1", namespace: "NS", pull_policy: "Never")
          }
          task no_node { run: "true", executor: kubernetes(image: "local/busybox:1", namespace: "NS",
            node_selector: { gpu: "yes" }, start_timeout: 8s) }
          task no_program { run: ["/nothing/here"], THERE }
          task no_account { run: "true", executor: kubernetes(image: "local/busybox:1", namespace: "NS",
            pull_policy: "Never", service_account: "nobody") }
        """)
        shown = p.run("run", "no_image", "no_node", "no_program", "no_account", code=1, timeout=120)
        self.assertIn("ErrImageNeverPull", shown)
        self.assertIn("did not start within 8s (`start_timeout`): Unschedulable: 0/1 nodes are available", shown)
        self.assertIn("/nothing/here", shown)
        self.assertRegex(shown, 'serviceaccount "nobody" not found')
        self.assertNothingLeft(p)
        p.kubeconfig = str(self.api.pki / "nobody.kubeconfig")
        shown = p.run("run", "no_program", code=1)
        self.assertIn("no right to `create` jobs.batch", shown)
        self.assertIn(f"in namespace `{p.name}`", shown)

    def test_interrupted_it_is_gone_within_ten_seconds(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            p = self.project_of('task lasts { run: "echo begun; sleep 1000", THERE }')
            run = self.start(p, "run", "lasts")
            self.wait_for(lambda: self.running(p))
            begin = time.monotonic()
            run.send_signal(number)
            shown = run.communicate(timeout=30)[0]
            self.assertEqual(run.returncode, 130, shown)
            self.assertNothingLeft(p, within=10 - (time.monotonic() - begin))

    def test_killed_the_next_run_carries_on(self):
        p = self.project_of('task lasts { run: "echo begun; sleep 8; echo done > out", THERE, out out: file = "out" }')
        run = self.start(p, "run", "lasts")
        self.wait_for(lambda: self.running(p))
        run.kill()
        run.wait()
        uid = self.jobs(p)[0]["metadata"]["uid"]
        run = self.start(p, "run", "lasts")
        time.sleep(1)
        self.assertEqual([job["metadata"]["uid"] for job in self.jobs(p)], [uid], "the same Job")
        shown = run.communicate(timeout=60)[0]
        self.assertEqual(run.returncode, 0, shown)
        self.assertIn("the Job that an earlier opsc started", shown)
        self.assertIn("begun", shown, "its log from the beginning")
        self.assertEqual((p.directory / ".ops/out/lasts/out").read_text(), "done\n")
        self.assertNothingLeft(p)

    def test_killed_what_nobody_wants_any_more_is_removed(self):
        p = self.project_of('task lasts { run: "sleep 1000", THERE }')
        run = self.start(p, "run", "lasts")
        self.wait_for(lambda: self.running(p))
        run.kill()
        run.wait()
        self.assertNotEqual(self.left(p), [])
        self.write(p, 'task lasts { run: "echo another", THERE }')
        self.assertIn("another", p.run("run", "lasts"))
        self.assertNothingLeft(p)

    def test_killed_before_the_command_began(self):
        p = self.project_of('task slow { run: "echo ran > out", THERE, out out: file = "out" }')
        for delay in (0.1, 0.3, 0.6, 1.0, 1.5, 2.2):
            run = self.start(p, "run", "slow")
            time.sleep(delay)
            run.kill()
            run.wait()
        p.run("run", "slow")
        self.assertEqual((p.directory / ".ops/out/slow/out").read_text(), "ran\n")
        self.assertNothingLeft(p)

    def test_a_lost_pod_is_said_and_tried_again(self):
        p = self.project_of('task lasts { run: "echo begun; sleep 5", retries: 1, THERE }')
        run = self.start(p, "run", "lasts")
        pod = self.wait_for(lambda: self.running(p))
        p.api.call("DELETE", p.path("pods", pod["metadata"]["name"]))
        shown = run.communicate(timeout=90)[0]
        self.assertEqual(run.returncode, 0, shown)
        self.assertEqual(shown.count("begun"), 2, shown)
        self.assertNothingLeft(p)

    def test_connections_that_break_lose_and_double_nothing(self):
        """All of them are cut again and again: inputs on their way, the log, the watch, outputs on their way."""
        p = self.project_of("""
          task long {
            inputs: [file("big.bin")]
            run: \"\"\"
              i=0
              while [ $i -lt 60 ]; do i=$((i + 1)); echo "line $i"; sleep 0.1; done
              cp big.bin copy.bin
            \"\"\"
            THERE
            out copy: file = "copy.bin"
          }
        """)
        big = os.urandom(12 << 20)
        (p.directory / "big.bin").write_bytes(big)
        wire = self.wire()
        p.kubeconfig = str(wire.kubeconfig)
        run = self.start(p, "run", "long")
        said = []
        reader = threading.Thread(target=lambda: said.extend(run.stdout))
        reader.start()
        # Once in the middle of the inputs, then of the log, and once of the outputs.
        self.wait_for(lambda: wire.passed > 4 << 20 or self.assertIsNone(run.poll(), said))
        wire.cut()
        self.wait_for(lambda: self.running(p))
        for _ in range(4):
            time.sleep(1)
            wire.cut()
        before = wire.passed
        self.wait_for(lambda: wire.passed > before + (5 << 20))
        wire.cut()
        self.assertEqual(run.wait(timeout=120), 0, said)
        reader.join()
        lines = [int(found[1]) for text in said if (found := re.search(r"line (\d+)$", text.rstrip()))]
        self.assertEqual(lines, list(range(1, 61)))
        self.assertEqual((p.directory / ".ops/out/long/copy.bin").read_bytes(), big)
        self.assertNothingLeft(p)

    def test_the_shop_is_compiled_in_the_cluster(self):
        """The pipeline of examples/shop as it is, its compilers in an image made of this machine's g++."""
        archive = os.path.join(self.scratch.name, "compiler.tar")
        subprocess.run([IMAGES / "compiler.py", archive], check=True)
        subprocess.run([os.environ["OPSC_CLUSTER"], "image", archive], check=True)
        p = self.project()
        shutil.copytree(EXAMPLES / "shop", p.directory, dirs_exist_ok=True)
        there = ("-p", "builder=local/compiler:1", "-p", f"namespace={p.name}")
        shown = p.run("run", "package", *there, timeout=600)
        self.assertIn("ran", shown)
        reports = list((p.directory / ".ops/out/package/dist/reports").iterdir())
        self.assertEqual(len(reports), 2, "the program that was compiled there passed its own tests here")
        self.assertNothingLeft(p)
        again = p.run("plan", "package", "--detailed-exitcode", *there)
        self.assertIn("up to date", again)

    def test_an_image_without_a_shell_is_helped(self):
        p = self.project_of("""
          task bare {
            run: ["/probe", "http://127.0.0.1:1/"]
            executor: kubernetes(image: "local/probe:1", helper: "local/busybox:1", namespace: "NS", pull_policy: "Never")
          }
        """)
        shown = p.run("run", "bare", code=1)
        self.assertIn("refused", shown)
        self.assertNothingLeft(p)
