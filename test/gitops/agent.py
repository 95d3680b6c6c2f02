"""The agent from end to end, on a bare repository, a directory and real keys.

Usage: agent.py OPSC [NAME…] [--but NAME] [--kills N] (of agents; by default OPSC_KILLS, or 20)
"""

import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

SYNC = """edition 2026

sync prod {{
  source: git("../origin.git", branch: "main", path: "deploy")
  into: local("out")
  every: {every}
  {fields}
}}
"""
APP = """edition 2026

file a {{ path: "a.txt", content: "{a}" }}
{rest}
"""


class World:
    """A bare origin, a clone to commit in, and a project with one sync."""

    def __init__(self, opsc, root):
        self.opsc, self.root = opsc, Path(root)
        self.origin, self.work = self.root / "origin.git", self.root / "work"
        self.project, self.out = self.root / "project", self.root / "project/out"
        self.env = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null",
                        GIT_AUTHOR_NAME="Ada", GIT_AUTHOR_EMAIL="ada@example.com",
                        GIT_COMMITTER_NAME="Ada", GIT_COMMITTER_EMAIL="ada@example.com", NO_COLOR="1")
        self.env.pop("CI", None)
        self.run("git", "init", "-q", "--bare", "-b", "main", self.origin)
        self.run("git", "clone", "-q", self.origin, self.work)
        self.run("git", "-C", self.work, "checkout", "-q", "-b", "main")
        (self.work / "deploy").mkdir()
        self.project.mkdir()
        self.sync()

    def run(self, *argv, code=0):
        done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, env=self.env)
        assert code is None or done.returncode == code, \
            f"{argv}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def git(self, *argv):
        return self.run("git", "-C", self.work, *argv).strip()

    def sync(self, fields="prune: true\n  self_heal: true", every="1h"):
        (self.project / "main.ops").write_text(SYNC.format(fields=fields, every=every))

    def commit(self, message, app=None, options=(), sign=None, **files):
        if app is not None:
            (self.work / "deploy/app.ops").write_text(app)
        for name, text in files.items():
            (self.work / "deploy" / name.replace("_", ".")).write_text(text)
        self.git("add", "-A")
        keys = ["-c", "gpg.format=ssh", "-c", f"user.signingkey={sign}"] if sign else []
        self.git(*keys, "commit", "-q", "--allow-empty", *(["-S"] if sign else []), "-m", message)
        self.git("push", "-q", "--force", "origin", "main", *options)
        return self.git("rev-parse", "HEAD")

    def once(self, code=0, *more):
        return self.run(self.opsc, "-C", self.project, "agent", "--once", *more, code=code)

    def opsc_run(self, *argv, code=0):
        return self.run(self.opsc, "-C", self.project, *argv, code=code)

    def agent(self, *argv):
        log = open(self.root / "agent.log", "w")
        return subprocess.Popen([self.opsc, "-C", self.project, "agent", *argv], env=self.env,
                                stdout=log, stderr=subprocess.STDOUT, text=True)

    def log(self):
        return (self.root / "agent.log").read_text()

    def text(self, name):
        path = self.out / name
        return path.read_text() if path.exists() else None

    def record(self):
        return json.loads((self.project / ".ops/agent/prod/sync.json").read_text())


def wait_for(what, condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def app(a, *rest):
    return APP.format(a=a, rest="\n".join(rest))


FILE_B = 'file b { path: "b.txt", content: "two" }'


def test_commit_is_synced_and_a_second_pass_does_nothing(w):
    first = w.commit("first", app("one", FILE_B))
    said = w.once()
    assert f"prod synced {first[:10]} Ada: first: 2 created" in said, said
    assert w.text("a.txt") == "one" and w.text("b.txt") == "two"
    runs = w.opsc_run("history", "prod", "--json")
    before = (w.project / ".ops/agent/prod/sync.json").read_bytes()
    assert w.once() == ""
    assert w.opsc_run("history", "prod", "--json") == runs
    assert (w.project / ".ops/agent/prod/sync.json").read_bytes() == before


def test_drift_is_healed_and_who_looks_sees_it(w):
    w.commit("first", app("one"))
    w.once()
    (w.out / "a.txt").write_text("by hand")
    drift = w.opsc_run("drift", code=2)
    assert "prod/a" in drift and "1 drifted" in drift, drift
    said = w.once()
    assert "prod healed" in said and "a (content)" in said, said
    assert w.text("a.txt") == "one"
    assert "No drift" in w.opsc_run("drift", "prod")


def test_drift_is_only_said_without_self_heal(w):
    w.sync("prune: true")
    w.commit("first", app("one"))
    w.once()
    (w.out / "a.txt").write_text("by hand")
    assert "prod drifted" in w.once(code=2)
    assert w.text("a.txt") == "by hand"
    (w.out / "a.txt").write_text("one")
    assert "prod synced" in w.once()


def test_what_leaves_git_is_pruned(w):
    w.commit("first", app("one", FILE_B))
    w.once()
    w.commit("second", app("one"))
    assert "1 deleted" in w.once()
    assert w.text("b.txt") is None and w.text("a.txt") == "one"


def test_what_leaves_git_is_left_and_said_without_prune(w):
    w.sync("self_heal: true")
    w.commit("first", app("one", FILE_B))
    w.once()
    w.commit("second", app("other"))
    said = w.once()
    assert "prod left" in said and "b (no longer in Git" in said, said
    assert w.text("b.txt") == "two" and w.text("a.txt") == "other"
    assert "Left: prod: b" in w.opsc_run("status")
    w.sync("prune: true")
    w.once()
    assert w.text("b.txt") is None


def test_broken_commit_is_refused_with_its_line_and_the_old_one_kept(w):
    first = w.commit("first", app("one"))
    w.once()
    bad = w.commit("bad", "edition 2026\n\nfil a { path: \"a.txt\" }\n")
    (w.out / "a.txt").write_text("by hand")
    said = w.once(code=1)
    assert f"prod refused {bad[:10]}" in said and "app.ops:3:1: error: unknown type `fil`" in said, said
    assert w.text("a.txt") == "one", "what was applied before is still looked after"
    status = w.opsc_run("status")
    assert f"Kept: prod: {first[:10]} stays" in status, status
    w.commit("good", app("three"))
    w.once()
    assert w.text("a.txt") == "three"


def test_commit_that_would_delete_everything_is_refused(w):
    w.commit("first", app("one"))
    w.once()
    w.commit("empty", "edition 2026\n")
    said = w.once(code=4)
    assert "prod refused" in said and "no resources any more, and all 1 that are recorded" in said, said
    assert w.text("a.txt") == "one"
    w.sync("prune: true\n  allow_empty: true")
    assert "1 deleted" in w.once()
    assert w.text("a.txt") is None


def test_unsigned_and_foreign_commits_are_refused(w):
    for name in ("ada", "eve"):
        w.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", w.root / name)
    (w.project / "keys").mkdir()
    shutil.copy(w.root / "ada.pub", w.project / "keys/ada.pub")
    w.sync('prune: true\n  verify: signed_by(files("keys/*.pub"))')
    w.commit("unsigned", app("unsigned"))
    assert "the commit is not signed (unsigned)" in w.once(code=4)
    w.commit("foreign", app("foreign"), sign=w.root / "eve")
    assert "not among those allowed (foreign)" in w.once(code=4)
    assert w.text("a.txt") is None
    w.commit("signed", app("signed"), sign=w.root / "ada")
    assert "(signed by ada)" in w.once()
    assert w.text("a.txt") == "signed"
    why = w.opsc_run("why", "prod/a")
    assert "signed by ada" in why, why


def test_force_push_is_followed_and_said(w):
    w.commit("first", app("one"))
    second = w.commit("second", app("two"))
    w.once()
    w.git("reset", "-q", "--hard", "HEAD~1")
    w.commit("other", app("three"))
    said = w.once()
    assert "prod rewritten" in said and f"{second[:10]} is not part of its history" in said, said
    assert w.text("a.txt") == "three"


def test_vanished_origin_is_said_and_the_world_still_healed(w):
    first = w.commit("first", app("one"))
    w.once()
    w.origin.rename(w.root / "away")
    (w.out / "a.txt").write_text("by hand")
    said = w.once(code=1)
    assert "prod unreachable: cannot fetch" in said and f"is kept: {first[:10]}" in said, said
    assert w.text("a.txt") == "one"
    (w.root / "away").rename(w.origin)
    assert "prod reachable" in w.once()


def test_links_submodules_and_outside_are_refused_by_name(w):
    w.commit("first", app("one"))
    (w.work / "deploy/evil.ops").symlink_to("/etc/passwd")
    w.commit("link")
    assert "`evil.ops` is a symbolic link" in w.once(code=1)
    (w.project / "main.ops").write_text(SYNC.format(fields="", every="1h")
                                        .replace('"deploy"', '"../deploy"'))
    assert "lies outside of the repository" in w.once(code=1)


def test_source_files_and_tasks_come_out_of_the_commit(w):
    w.commit("first", """edition 2026
task upper { inputs: files("in.txt") run: "tr a-z A-Z < in.txt > out.txt" out made: file = "out.txt" }
file a { path: "a.txt", content: upper.made }
file b { path: "b.txt", content: file("in.txt") }
""", in_txt="hello")
    w.once()
    assert w.text("a.txt") == "HELLO" and w.text("b.txt") == "hello"
    w.commit("second", in_txt="bye")
    w.once()
    assert w.text("a.txt") == "BYE" and w.text("b.txt") == "bye"
    assert w.once() == ""


def test_ignored_addresses_and_fields_are_left_alone(w):
    w.sync('prune: true\n  self_heal: true\n  ignore: ["a.content", "b"]')
    w.commit("first", app("one", FILE_B))
    w.once()
    assert w.text("b.txt") is None
    (w.out / "a.txt").write_text("by hand")
    assert w.once() == ""
    assert w.text("a.txt") == "by hand"


def test_params_and_suspend(w):
    w.commit("first", 'edition 2026\nparam who: string\nfile a { path: "a.txt", content: who }\n')
    w.sync('prune: true\n  params: { who: "me" }')
    w.once()
    assert w.text("a.txt") == "me"
    w.sync('prune: true\n  suspend: true')
    w.commit("second", app("two"))
    assert "prod suspended" in w.once()
    assert w.text("a.txt") == "me"


def test_why_names_commit_file_and_line(w):
    first = w.commit("first", app("one"))
    w.once()
    why = w.opsc_run("why", "prod/a")
    assert "declared at deploy/app.ops:3:1" in why and f"of commit {first} (Ada: first)" in why, why
    told = json.loads(w.opsc_run("why", "prod/a", "--json"))
    assert told["file"] == "deploy/app.ops" and told["line"] == 3, told
    assert told["commit"]["id"] == first
    assert "create" in w.opsc_run("history", "prod/last")


def test_agent_hears_pushes_and_drift_within_a_second(w):
    w.commit("first", app("one"))
    agent = w.agent("--listen", "127.0.0.1:0", "--json")
    try:
        wait_for("first sync", lambda: w.text("a.txt") == "one")
        wait_for("its record", lambda: '"state":"synced"' in w.log())
        address = next(json.loads(line)["message"] for line in w.log().splitlines()
                       if "listening on" in line).split()[-1]
        get = lambda path: urllib.request.urlopen(address + path, timeout=5).read().decode()
        assert get("/healthz") == "ok\n"
        wait_for("ready", lambda: get("/readyz") == "ok\n")
        took = []
        for i in range(3):
            begin = time.monotonic()
            (w.out / "a.txt").write_text(f"by hand {i}")
            wait_for("healed", lambda: w.text("a.txt") == "one")
            took.append(time.monotonic() - begin)
        assert min(took) < 1, took
        w.commit("second", app("two"))
        wait_for("push seen by the watch", lambda: w.text("a.txt") == "two")
        def stands():
            status = w.opsc_run("status")
            return "prod" in status and "synced" in status
        wait_for("readable beside a running agent", stands)
        assert "is locked" in w.once(code=1) or "holds" in w.once(code=1)
        request = urllib.request.Request(address + "/hooks/git", data=b"{}", method="POST")
        assert urllib.request.urlopen(request, timeout=5).status == 202
        metrics = get("/metrics")
        for name in ("opsc_sync_info{", "opsc_reconcile_duration_seconds_bucket{",
                     'opsc_drift_objects{sync="prod"} 0', 'opsc_sync_objects{sync="prod"} 1'):
            assert name in metrics, metrics
        agent.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        assert agent.poll() is None, w.log()
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(10) == 0, w.log()
        assert all(json.loads(line) for line in w.log().splitlines() if line.startswith("{"))
    finally:
        agent.kill()
        agent.wait()
    w.once()  # the lock is free


def test_server_that_never_answers_is_given_up(w):
    w.commit("first", app("one"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        (w.project / "main.ops").write_text(
            SYNC.format(fields="fetch_timeout: 500ms", every="1h")
            .replace("../origin.git", f"http://ada:geheim@127.0.0.1:{port}/a.git"))
        begin = time.monotonic()
        said = w.once(code=1)
        assert time.monotonic() - begin < 10
        assert f"cannot fetch `http://127.0.0.1:{port}/a.git`: no answer after 500ms" in said, said
        assert "geheim" not in said + w.opsc_run("status") + (
            w.project / ".ops/agent/prod/sync.json").read_text()


def test_stopped_in_the_middle_of_a_pass(w):
    w.commit("first", """edition 2026
file a { path: "a.txt", content: "one" }
task slow { run: "sleep 60; echo done > out.txt" after: [a] out made: file = "out.txt" }
file b { path: "b.txt", content: slow.made }
""")
    agent = w.agent()
    try:
        wait_for("the task runs", lambda: "prod/slow" in w.log())
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(10) == 130, w.log()
    finally:
        agent.kill()
        agent.wait()
    assert w.text("a.txt") == "one" and w.text("b.txt") is None
    w.commit("second", app("two"))
    w.once()
    assert w.text("a.txt") == "two"


def test_one_sync_that_fails_does_not_stop_another(w):
    w.commit("first", app("one"))
    good = SYNC.format(fields="prune: true", every="1h")
    bad = good.replace("edition 2026", "").replace("prod", "bad").replace("origin.git", "nowhere.git")
    (w.project / "main.ops").write_text(good + bad.replace('"out"', '"bad"'))
    said = w.once(code=1)
    assert "bad unreachable" in said and "nowhere.git`: it is not there" in said, said
    assert w.text("a.txt") == "one"
    status = json.loads(w.opsc_run("status", "--json"))
    assert [sync["name"] for sync in status["syncs"]] == ["bad", "prod"], status
    assert w.once(0, "prod") == ""
    assert "did you mean `prod`?" in w.once(1, "prd")


TWO = """edition 2026

sync base {
  source: git("../origin.git", branch: "main", path: "base")
  into: local("out")
  every: EVERY
}
sync prod {
  source: git("../origin.git", branch: "main", path: "deploy")
  into: local("out")
  every: EVERY
  after: [base]
}
"""


def base(w, text):
    (w.work / "base").mkdir(exist_ok=True)
    (w.work / "base/base.ops").write_text(text)


def test_a_sync_waits_until_the_one_that_it_comes_after_stands(w):
    (w.project / "main.ops").write_text(TWO.replace("EVERY", "1h"))
    base(w, "edition 2026\nfil x { }\n")
    first = w.commit("first", app("one"))
    said = w.once(code=1)
    assert "base refused" in said, said
    assert f"prod waiting {first[:10]} Ada: first: for `base`, which failed" in said, said
    assert w.text("a.txt") is None
    assert "waiting" in w.opsc_run("status")
    base(w, 'edition 2026\nfile base { path: "base.txt", content: "1" }\n')
    w.commit("second")
    said = w.once()
    assert said.index("base synced") < said.index("prod synced"), said
    assert w.text("base.txt") == "1" and w.text("a.txt") == "one"
    base(w, "edition 2026\nfil x { }\n")
    w.commit("third", app("three"))
    (w.out / "a.txt").write_text("by hand")
    said = w.once(code=1)
    assert "prod waiting" in said and w.text("a.txt") == "by hand", "without self_heal it is only said"
    assert "waiting" in w.once(1, "prod"), "what another agent drives is known by its record"
    base(w, 'edition 2026\nfile base { path: "base.txt", content: "4" }\n')
    w.commit("fourth", app("four"))
    assert "for `base`, whose commit is refused" in w.once(1, "prod")
    w.once(0, "base")
    w.once(0, "prod")
    assert w.text("a.txt") == "four"


def test_a_running_agent_goes_on_when_what_it_waits_for_stands(w):
    (w.project / "main.ops").write_text(TWO.replace("EVERY", "1h"))
    base(w, "edition 2026\nfil x { }\n")
    w.commit("first", app("one"))
    agent = w.agent()
    try:
        wait_for("it waits", lambda: "prod waiting" in w.log())
        base(w, 'edition 2026\nfile base { path: "base.txt", content: "1" }\n')
        w.commit("second", app("two"))
        wait_for("both stand", lambda: w.text("base.txt") == "1" and w.text("a.txt") == "two")
        base(w, 'edition 2026\nfile base { path: "base.txt", content: "3" }\n')
        w.commit("third", app("three"))
        wait_for("both again", lambda: w.text("base.txt") == "3" and w.text("a.txt") == "three")
    finally:
        agent.send_signal(signal.SIGTERM)
        agent.wait()


def test_what_comes_after_no_sync_is_refused(w):
    text = SYNC.format(fields="after: [x]", every="1h")
    (w.project / "main.ops").write_text(text + 'file x { path: "x", content: "y" }\n')
    w.commit("first", app("one"))
    assert "`prod` comes after `x`, which is no sync" in w.once(code=1)


DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: x }] }
"""


def manifests(w, message, **files):
    """A commit whose directory `deploy` holds just these files of manifests."""
    shutil.rmtree(w.work / "deploy")
    (w.work / "deploy").mkdir()
    for name, text in files.items():
        (w.work / "deploy" / name.replace("_", ".")).write_text(text)
    return w.commit(message)


def test_bad_manifests_are_refused_with_file_and_line(w):
    """Nothing of it needs a cluster: a commit is compiled before anything is asked."""
    w.sync("content: manifests()")

    def refused(said, code=1, **files):
        manifests(w, "bad", **files)
        shown = w.once(code=code)
        assert "prod refused" in shown and said in shown, f"{said!r} is not in:\n{shown}"

    typo = DEPLOYMENT.replace("  selector", "  replicsa: 2\n  selector")
    refused("web.yaml:5:3: error: k8s.apps.v1.DeploymentSpec has no field `replicsa`", web_yaml=typo)
    shown = w.opsc_run("status")
    assert "replicsa" in shown, shown
    two = "# first\n---\n" + DEPLOYMENT + "---\n" + DEPLOYMENT.replace("name: web", "name: api", 1).replace("app: web", "app: [1]", 1)
    refused("two.yaml:16:35: error: ", two_yaml=two)
    refused("web.yaml:4:1: error: missing field `template`", web_yaml=DEPLOYMENT.split("  template")[0])
    refused("a.yaml: line 3, column 1: the key `kind` is given twice", a_yaml="apiVersion: v1\nkind: A\nkind: B\n")
    refused("a.yaml: line 2, column", a_yaml="apiVersion: v1\n\tkind: A\n")
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(8))
    refused("counting what aliases stand for", a_yaml=bomb)
    refused("more than 10 MB of YAML", a_yaml="a: " + "x" * (11 << 20) + "\n")
    refused("a.yaml:1: this is no object: it has no `apiVersion` and `kind`", a_yaml="replicas: 2\n")
    refused("a.yaml: line 1: this is no object", a_yaml="- 1\n")
    refused("k.yaml:1: the Kustomization has no `metadata.name`", k_yaml="apiVersion: kustomize.config.k8s.io/v1\nkind: Kustomization\n")
    refused("b.yaml:1: Deployment `shop/web` stands in a.yaml:1 already", a_yaml=DEPLOYMENT, b_yaml=DEPLOYMENT)
    refused("no file in `deploy` is one of **/*.yaml, **/*.yml, **/*.json", readme_md="x")
    shutil.rmtree(w.work / "deploy")
    (w.work / "deploy").mkdir()
    (w.work / "deploy/link.yaml").symlink_to("/etc/passwd")
    w.commit("link")
    assert "`link.yaml` is a symbolic link" in w.once(code=1)
    w.sync('content: manifests(["../**"])')
    w.commit("outside")
    assert "`..`" in w.once(code=1)


def test_objects_that_nothing_keeps_are_said_so(w):
    w.commit("first", app("one"))
    w.once()
    assert "`k8s/web` names no object" in w.opsc_run("why", "k8s/web", code=1)
    said = w.opsc_run("why", "k8s/shop/ConfigMap/motd", code=1)
    assert "nothing here keeps `k8s/shop/ConfigMap/motd`" in said, said


def test_killed_agents_converge(w, kills):
    """Ended by SIGKILL at random while commits come in; the last word is Git's."""
    random.seed(4)
    many = lambda n: app(f"v{n}", *(f'file f{i} {{ path: "f{i}.txt", content: "{n} {i}" }}'
                                    for i in range(n % 3, 30 + n % 3)))
    w.sync(every="200ms")
    for n in range(kills):
        agent = w.agent()
        w.commit(f"commit {n}", many(n))
        time.sleep(random.uniform(0, 0.4))
        agent.kill()
        agent.wait()
    w.once()
    n = kills - 1
    have = {p.name: p.read_text() for p in w.out.iterdir()}
    want = {"a.txt": f"v{n}"} | {f"f{i}.txt": f"{n} {i}" for i in range(n % 3, 30 + n % 3)}
    assert have == want, (have, want)
    assert w.once() == "", "a second pass does nothing"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("opsc")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--but", action="append", default=[], help="leave this test out")
    parser.add_argument("--kills", type=int, default=int(os.environ.get("OPSC_KILLS", 20)))
    options = parser.parse_args()
    tests = {n[5:]: f for n, f in globals().items() if n.startswith("test_")}
    failed = 0
    for name, test in tests.items():
        if name in options.but or (options.names and name not in options.names):
            continue
        root = tempfile.mkdtemp(prefix="opsc-agent-")
        try:
            begin = time.monotonic()
            world = World(os.path.abspath(options.opsc), root)
            test(world, options.kills) if name.startswith("killed") else test(world)
            print(f"ok      {name} ({time.monotonic() - begin:.1f} s)")
        except Exception as error:  # one test must not hide the others
            failed += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}")
        finally:
            shutil.rmtree(root, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
