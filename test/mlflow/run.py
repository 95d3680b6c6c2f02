#!/usr/bin/env python3
"""run.py OPSC PYTHON: models of opsc in a real MLflow server; PYTHON is one with mlflow installed."""
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from proxy import Proxy
from server import Mlflow, free_port, tags

PROGRAM = """edition 2026

param url: string
param name: string = "shop"
param note: string = ""

type Order {
  @key id: int
  @event_time at: time
  amount: float(0..)
  plan: "free" | "pro"
  @label returned: bool
}

dataset orders { rows: Order, source: csv("data/*.csv") }

features order_features {
  of: orders
  columns: o => { amount: o.amount, is_pro: o.plan == "pro", hour: hour(o.at) }
}

model returns {
  features: order_features
  trainer: xgboost(rounds: 1200, depth: 2, learning_rate: 0.05, seed: 7)
  split: by_time(test: 25%)
  gate: m => m.auc >= 0.6 and m.auc >= m.champion.auc - 0.05
  slices: ["plan"]
  tracking: mlflow(url, experiment: "${name} trials", registered: name)
}
"""


def write_month(path, month, shuffled=False):
    r = random.Random(month)
    rows, labels = [], []
    for i in range(400):
        amount, pro = r.uniform(5, 100), r.random() < 0.4
        labels.append("true" if r.random() < (0.75 if amount > 60 else 0.1) + (0.1 if pro else 0) else "false")
        rows.append(f"{month * 1000 + i},2026-{month:02}-{1 + i * 27 // 400:02}T{i % 24:02}:00:00Z,"
                    f"{amount:.2f},{'pro' if pro else 'free'}")
    if shuffled:
        r.shuffle(labels)
    lines = ["id,at,amount,plan,returned"] + [f"{row},{label}" for row, label in zip(rows, labels)]
    path.write_text("\n".join(lines) + "\n")


class Project:
    def __init__(self, opsc, root):
        self.opsc, self.root = opsc, root
        (root / "data").mkdir(parents=True)
        (root / "shop.ops").write_text(PROGRAM)

    def start(self, *words, env=None):
        return subprocess.Popen([self.opsc, "-C", str(self.root), "--no-color", *words], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})})

    def run(self, *words, code=0, env=None):
        process = self.start(*words, env=env)
        output = process.communicate(timeout=300)[0]
        expect(process.returncode == code, f"opsc {' '.join(words)} ends with {process.returncode}, not {code}:\n{output}")
        return output

    def apply(self, url, name="shop", code=0, env=None):
        return self.run("apply", "--yes", "-p", f"url={url}", "-p", f"name={name}", code=code, env=env)

    def sync(self, *words):
        return self.run("model", "sync", *words)

    def waiting(self):
        return len(list((self.root / ".ops/tracking").glob("*.json")))

    def versions(self):
        return json.loads(self.run("model", "list", "--json"))[0]["versions"]


def expect(holds, what):
    if not holds:
        sys.exit(f"FAILED: {what}")


def say(text):
    print(text, flush=True)


def check_one(mlflow, name, project):
    """What the first version has to look like, in full."""
    runs = mlflow.runs(f"{name} trials")
    expect(len(runs) == 1, f"one run, not {len(runs)}")
    run = runs[0]
    digest = project.versions()[0]["digest"]
    got = tags(run["data"])
    expect(run["info"]["status"] == "FINISHED", "the run has ended")
    expect(got["opsc.digest"] == digest and got["opsc.model"] == "returns" and got["opsc.gate"] == "passed", f"tags: {got}")
    card = json.loads(mlflow.artifact(run, "model/model.json"))
    params = {p["key"]: p["value"] for p in run["data"]["params"]}
    metrics = {m["key"]: m["value"] for m in run["data"]["metrics"]}
    expect(params["rounds"] == "1200" and params["split.by"] == "time" and params["label"] == "returned", f"params: {params}")
    data = run["inputs"]["dataset_inputs"][0]["dataset"]
    expect(params["data.digest"] == card["data_digest"] and data["digest"] == card["data_digest"][:36], f"inputs: {data}")
    for name_of, measured in card["metrics"].items():
        expect(abs(metrics[name_of] - measured["value"]) < 1e-12, f"{name_of} is {measured['value']}, there {metrics[name_of]}")
        expect(abs(metrics[f"{name_of}_low"] - measured["low"]) < 1e-12, f"{name_of}_low")
    expect("slice/plan/pro/auc" in metrics and "importance/amount" in metrics, f"metrics: {sorted(metrics)}")
    losses = []
    token = None
    while True:
        page = mlflow.get("metrics/get-history", run_id=run["info"]["run_id"], metric_key="training_loss",
                          max_results=1000, **({"page_token": token} if token else {}))
        losses += page.get("metrics", [])
        token = page.get("next_page_token")
        if not token:
            break
    losses.sort(key=lambda m: m["step"])
    expect([m["value"] for m in losses] == card["losses"], f"{len(losses)} losses of {len(card['losses'])}")
    stored = project.root / ".ops/out/returns/training/model"
    expect(mlflow.artifact(run, "model/trees.json") == (stored / "trees.json").read_bytes(), "trees.json is the same")
    files = {f["path"] for f in mlflow.get("artifacts/list", run_id=run["info"]["run_id"], path="model")["files"]}
    expect(files == {"model/MLmodel", "model/model.json", "model/trees.json"}, f"files: {files}")
    model = mlflow.model(name)
    expect(model["aliases"] == {"champion": "1"}, f"aliases: {model['aliases']}")
    version = model["versions"][0]
    expect(len(model["versions"]) == 1 and version["run_id"] == run["info"]["run_id"] and version["status"] == "READY",
           f"versions: {model['versions']}")
    return len(params), len(metrics), len(losses)


def check_champion(python, url, directory):
    """MLflow's own client opens the model by its alias and predicts what opsc does."""
    script = str(pathlib.Path(__file__).parent / "champion.py")
    out = subprocess.run([python, script, url, "shop", str(directory)], capture_output=True, text=True, timeout=300)
    expect(out.returncode == 0, out.stderr)
    rows, difference = out.stdout.split(" rows, ")
    expect(int(rows) == 100 and float(difference) < 1e-6, out.stdout)
    say(f"champion: MLflow loads it; its scores of {rows} rows differ by {difference.strip()} at the most")


def check_counts(mlflow, name, runs, versions, aliases):
    there = mlflow.runs(f"{name} trials")
    expect(len(there) == runs, f"{name}: {len(there)} runs instead of {runs}")
    expect(all(r["info"]["status"] == "FINISHED" for r in there), f"{name}: a run has not ended")
    model = mlflow.model(name)
    digests = [tags(v)["opsc.digest"] for v in model["versions"]]
    expect(len(digests) == versions and len(set(digests)) == versions, f"{name}: versions {digests}")
    expect(model["aliases"] == aliases, f"{name}: aliases {model['aliases']} instead of {aliases}")


def scene_down(project, url):
    write_month(project.root / "data/1.csv", 1)
    output = project.apply(url)
    expect("tracking server" in output and "opsc model sync" in output, output)
    expect(project.waiting() == 2, f"{project.waiting()} events wait")
    project.run("model", "sync", code=1)
    say("down: the apply is done, 2 events wait")


def scene_silent(project, url, port):
    """It takes connections and never answers."""
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind(("127.0.0.1", port))
        silent.listen(50)
        began = time.monotonic()
        output = project.apply(url)
        expect("2 events about models wait" in output, output)
        say(f"silent: an apply with nothing else to do took {time.monotonic() - began:.1f} s")


def scene_told(project, mlflow, proxy, python):
    output = project.run("model", "sync")
    expect(output == "2 told, 0 waiting\n", output)
    params, metrics, losses = check_one(mlflow, "shop", project)
    say(f"told: {params} params, {metrics} metrics, {losses} losses in {len(proxy.seen)} requests")
    check_champion(python, f"http://127.0.0.1:{mlflow.port}", project.root / ".ops/out/returns/training/model")


def scene_life(project, mlflow, url):
    """New data, a refused candidate, a rollback, a promotion: each is there afterwards."""
    write_month(project.root / "data/2.csv", 2)
    project.apply(url)
    project.sync()
    check_counts(mlflow, "shop", 2, 2, {"champion": "2"})
    write_month(project.root / "data/3.csv", 3, shuffled=True)
    project.apply(url, code=4)
    project.sync()
    check_counts(mlflow, "shop", 3, 2, {"champion": "2"})
    refused = [r for r in mlflow.runs("shop trials") if tags(r["data"])["opsc.gate"] == "refused"]
    expect(len(refused) == 1 and "champion" in tags(refused[0]["data"])["mlflow.note.content"], "the refused one says why")
    (project.root / "data/3.csv").unlink()
    project.apply(url)
    project.run("model", "rollback", "returns")
    project.sync()
    check_counts(mlflow, "shop", 3, 2, {"champion": "1"})
    promotions = tags(mlflow.model("shop")["versions"][0])["opsc.promotions"]
    expect("rolled back from 2" in promotions and "passed its gate" in promotions, promotions)
    project.run("model", "promote", "returns", "2")
    project.sync()
    check_counts(mlflow, "shop", 3, 2, {"champion": "2"})
    say("life: 3 runs (1 refused), 2 versions, the alias follows rollback and promotion")


def scene_again(project, mlflow):
    for _ in range(2):
        expect(project.sync("--again") == "1 told, 0 waiting\n", "one registry")
        check_counts(mlflow, "shop", 3, 2, {"champion": "2"})
    mlflow.post("registered-models/alias", {"name": "shop", "alias": "champion", "version": "1"})  # by hand
    project.sync("--again")
    check_counts(mlflow, "shop", 3, 2, {"champion": "2"})
    say("again: nothing twice; an alias moved by hand is put back")


def spool(project, proxy, url, name):
    """The registry, to be told under another name: nothing of it is there yet."""
    proxy.reset(0)
    project.apply(url, name)
    expect(project.waiting() == 1, f"{project.waiting()} events wait")


def tell_whole(project, mlflow, proxy, url):
    """The requests of a replay that nothing disturbs."""
    spool(project, proxy, url, "whole")
    proxy.reset()
    project.sync()
    check_counts(mlflow, "whole", 2, 2, {"champion": "2"})
    return len(proxy.seen)


def scene_broken(project, mlflow, proxy, url, requests):
    """A connection that breaks at each request, before or after it has taken effect."""
    for number in range(requests):
        for mode in ("before", "after"):
            name = f"{mode} {number}"
            spool(project, proxy, url, name)
            proxy.reset(number, mode)
            project.run("model", "sync", code=1)
            proxy.reset()
            project.sync()
            check_counts(mlflow, name, 2, 2, {"champion": "2"})
    say(f"broken: {2 * requests} breaks, before and after each of {requests} requests, converge to the same")


def scene_opsc_killed(project, mlflow, proxy, url, requests):
    kills = range(1, requests, 3)
    for number in kills:
        name = f"killed {number}"
        spool(project, proxy, url, name)
        holder = []
        proxy.reset(number, "after", lambda: holder[0].kill())
        holder.append(project.start("model", "sync"))
        holder[0].communicate()
        expect(holder[0].returncode == -9, f"opsc was not killed at request {number}: {holder[0].returncode}")
        proxy.reset()
        project.sync()
        check_counts(mlflow, name, 2, 2, {"champion": "2"})
    say(f"killed: opsc {len(kills)} times in the middle of a replay")


def scene_server_killed(project, mlflow, proxy, url, requests):
    for number in (3, requests // 2, requests - 3):
        name = f"server {number}"
        spool(project, proxy, url, name)
        proxy.reset(number, "after", mlflow.kill)
        project.run("model", "sync", code=1)
        mlflow.start()
        proxy.reset()
        project.sync()
        check_counts(mlflow, name, 2, 2, {"champion": "2"})
    say("killed: the server 3 times in the middle of a replay")


def scene_token(project, mlflow, proxy, url):
    spool(project, proxy, url, "secret")
    proxy.reset()
    proxy.token = "s3cr3t-token-of-this-test"
    output = project.run("model", "sync", code=1)
    expect("MLFLOW_TRACKING_TOKEN" in output, output)
    output = project.run("-v", "model", "sync", env={"MLFLOW_TRACKING_TOKEN": proxy.token})
    check_counts(mlflow, "secret", 2, 2, {"champion": "2"})
    expect(proxy.token not in output, "a token is not printed")
    found = subprocess.run(["grep", "-rl", proxy.token, str(project.root)], capture_output=True, text=True).stdout
    expect(found == "", f"a token is not stored: {found}")
    proxy.token = None
    say("token: asked for, sent, neither printed nor stored")


def scene_somebody_elses(project, mlflow, proxy, url):
    mlflow.post("registered-models/create", {"name": "theirs"})
    spool(project, proxy, url, "theirs")
    proxy.reset()
    output = project.run("model", "sync", code=1)
    expect("is not this project's" in output and "registered:" in output, output)
    expect(mlflow.model("theirs")["versions"] == [], "it is left alone")
    say("somebody else's registered model is left alone")


def scenes(opsc, python, scratch, mlflow):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    project = Project(opsc, scratch / "project")
    scene_down(project, url)
    scene_silent(project, url, port)
    mlflow.start()
    proxy = Proxy(port, mlflow.port)
    scene_told(project, mlflow, proxy, python)
    scene_life(project, mlflow, url)
    scene_again(project, mlflow)
    requests = tell_whole(project, mlflow, proxy, url)
    scene_broken(project, mlflow, proxy, url, requests)
    scene_opsc_killed(project, mlflow, proxy, url, requests)
    scene_server_killed(project, mlflow, proxy, url, requests)
    scene_token(project, mlflow, proxy, url)
    scene_somebody_elses(project, mlflow, proxy, url)


def main():
    opsc, python = os.path.abspath(sys.argv[1]), sys.argv[2]
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="opsc-mlflow-"))
    mlflow = Mlflow(python, scratch / "mlflow")
    try:
        scenes(opsc, python, scratch, mlflow)
    finally:
        mlflow.kill()
        shutil.rmtree(scratch, ignore_errors=True)


main()
