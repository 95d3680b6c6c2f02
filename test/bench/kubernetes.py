"""1,100 objects of a real API server, first, unchanged and with one change, against kubectl and Flux's engine;
and what the agent costs when it keeps them."""
import os
import pathlib
import random
import re
import signal
import statistics
import subprocess
import sys
import time

from measure import median, once, table

CLUSTER = pathlib.Path(__file__).resolve().parents[1] / "cluster"
sys.path.insert(0, str(CLUSTER / "suite"))

MAP = """apiVersion: v1
kind: ConfigMap
metadata: {{name: m{i}, namespace: {ns}, labels: {{app: bench, part: p{part}}}}}
data: {{text: "{text}", number: "{i}"}}
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: d{i}, namespace: {ns}, labels: {{app: d{i}}}}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: d{i}}}}}
  template:
    metadata: {{labels: {{app: d{i}}}}}
    spec:
      containers:
      - name: main
        image: local/pause:1
        ports: [{{name: http, containerPort: 8080}}]
        env: [{{name: NUMBER, value: "{i}"}}]
        resources: {{requests: {{cpu: 10m, memory: 16Mi}}}}
        readinessProbe: {{httpGet: {{path: /, port: http}}}}
"""
STEPS = ("first", "unchanged", "one changed")


def manifests(ns, maps, deployments, changed="same"):
    documents = [MAP.format(i=i, ns=ns, part=i % 7, text=changed if i == 0 else "same") for i in range(maps)]
    documents += [DEPLOYMENT.format(i=i, ns=ns) for i in range(deployments)]
    return "---\n".join(documents)


class Cluster:
    """etcd, the API server and the controllers, as processes of their own."""

    def __init__(self, scratch):
        self.environment = {**os.environ, "OPSC_CLUSTER_RUN": str(pathlib.Path(scratch, "c"))}
        started = subprocess.run([CLUSTER / "cluster", "control"], env=self.environment, check=True,
                                 stdout=subprocess.PIPE, text=True)
        self.kubeconfig = started.stdout.strip()
        settings = pathlib.Path(scratch, "c/settings").read_text()
        self.binary = re.search("BIN=(.*)", settings)[1]
        self.pids = [int(pathlib.Path(scratch, f"c/{name}.pid").read_text()) for name in ("etcd", "apiserver")]
        from api import Api  # of the suite
        self.api = Api(self.kubeconfig)

    def cpu(self):
        """Seconds that etcd and the API server have used."""
        fields = [pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in self.pids]
        return sum(int(f[11]) + int(f[12]) for f in fields) / os.sysconf("SC_CLK_TCK")

    def namespace(self, name):
        self.api.create("/api/v1/namespaces", {"metadata": {"name": name}})

    def down(self):
        subprocess.run([CLUSTER / "cluster", "down"], env=self.environment, check=False)


class Contender:
    """One tool, in a namespace of its own, with the same objects in its own form."""

    def __init__(self, cluster, scratch, name, number):
        self.cluster, self.ns = cluster, f"{name.split()[0]}-{number}"
        self.directory = pathlib.Path(scratch, self.ns)
        self.directory.mkdir()
        self.environment = {"KUBECONFIG": cluster.kubeconfig}
        cluster.namespace(self.ns)

    def step(self, step, maps, deployments):
        text = manifests(self.ns, maps, deployments, "changed" if step == "one changed" else "same")
        (self.directory / "all.yaml").write_text(text)
        command = self.command(step)
        os.environ.update(self.environment)
        before = self.cluster.cpu()
        sample = once(command, self.directory)
        return sample, self.cluster.cpu() - before


class Opsc(Contender):
    opsc = None

    def command(self, step):
        program = subprocess.run([self.opsc, "import", "k8s", "-q", "all.yaml"], cwd=self.directory, check=True,
                                 capture_output=True, text=True).stdout
        (self.directory / "main.ops").write_text(program)
        return [self.opsc, "apply", "--yes", "--no-wait"]  # as kubectl and Flux's engine: done when it is written


class Kubectl(Contender):
    def command(self, step):
        return [self.cluster.binary, "kubectl", "apply", "--server-side", "-f", "all.yaml"]


class Flux(Contender):
    program = None

    def command(self, step):
        return [self.program, self.cluster.kubeconfig, "all.yaml"]


def side_by_side(cluster, scratch, contenders, runs, size):
    """Rows for table(), and what the servers spent: step -> tool -> seconds."""
    samples, floor = {}, {}
    for run in range(runs):
        for name, kind in contenders.items():
            contender = kind(cluster, scratch, name, f"{size[0]}-{run}")
            for step in STEPS:
                sample, spent = contender.step(step, *size)
                samples.setdefault(step, {}).setdefault(name, []).append(sample)
                floor.setdefault(step, {}).setdefault(name, []).append(spent)
    what = f"{sum(size)} objects"
    rows = [(f"{what}, {step}", {name: median(all_) for name, all_ in samples[step].items()}) for step in STEPS]
    lines = [f"- {what}, {step}: CPU seconds of etcd and the API server: " +
             ", ".join(f"{name} {statistics.median(all_):.2f}" for name, all_ in floor[step].items()) for step in STEPS]
    return rows, lines


def until_healthy(opsc, cluster, scratch, count, runs):
    """Deployments, from nothing to their being available; the controllers work off so many a second."""
    kubectl = f"{cluster.binary} kubectl"
    samples = {}
    for run in range(runs):
        for tool in ("opsc", "kubectl"):
            ns = f"healthy-{tool}-{run}"
            cluster.namespace(ns)
            directory = pathlib.Path(scratch, ns)
            directory.mkdir()
            (directory / "all.yaml").write_text(manifests(ns, 0, count))
            with open(directory / "main.ops", "w") as program:
                subprocess.run([opsc, "import", "k8s", "-q", "all.yaml"], cwd=directory, check=True, stdout=program)
            os.environ["KUBECONFIG"] = cluster.kubeconfig
            wait = f"{kubectl} wait --for=condition=Available deployment --all -n {ns} --timeout=300s"
            command = {"opsc": [opsc, "apply", "--yes"],
                       "kubectl": ["sh", "-c", f"{kubectl} apply --server-side -f all.yaml && {wait}"]}[tool]
            samples.setdefault(tool, []).append(once(command, directory))
    return f"{count} Deployments, until they are available", {tool: median(all_) for tool, all_ in samples.items()}


class Agent:
    """`opsc agent` that keeps `count` ConfigMaps of a Git repository."""

    def __init__(self, opsc, kubeconfig, scratch, ns, count, every="1h"):
        self.directory = pathlib.Path(scratch, "agent-" + ns)
        self.repository = self.directory / "repository"
        self.opsc, self.ns, self.count = opsc, ns, count
        self.repository.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.commit("same")
        (self.directory / "main.ops").write_text(
            f'edition 2026\nsync all {{ source: git("repository"), every: {every}, self_heal: true }}\n')
        self.process = subprocess.Popen([opsc, "agent"], cwd=self.directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env={**os.environ, "KUBECONFIG": str(kubeconfig)})

    def git(self, *words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=self.repository, check=True)

    def commit(self, text):
        """All objects as ever, but for the first."""
        (self.directory / "all.yaml").write_text(manifests(self.ns, self.count, 0, text))
        program = subprocess.run([self.opsc, "import", "k8s", "-q", "all.yaml"], cwd=self.directory, check=True,
                                 capture_output=True, text=True).stdout
        (self.repository / "main.ops").write_text(program)
        self.git("add", "-A")
        self.git("commit", "-qm", text)

    def memory(self, what):
        """The resident set (VmRSS), or the largest so far (VmHWM), MiB."""
        return int(re.search(rf"{what}:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1]) / 1024

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


def wait_until(condition, seconds=300):
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise RuntimeError("it did not happen")
        time.sleep(0.005)


def text_of(cluster, ns, i):
    live = cluster.api.get(f"/api/v1/namespaces/{ns}/configmaps/m{i}")
    return live and live["data"]["text"]


def drift(opsc, cluster, scratch, drifts):
    """From a change by hand to its being healed, among 1,100 objects."""
    ns = "drift"
    cluster.namespace(ns)
    agent = Agent(opsc, cluster.kubeconfig, scratch, ns, 1100)
    try:
        wait_until(lambda: text_of(cluster, ns, 1099) == "same" and text_of(cluster, ns, 0) == "same")
        time.sleep(3)
        chosen, took = random.Random(1), []
        for _ in range(drifts):
            i = chosen.randrange(1100)
            begin = time.monotonic()
            cluster.api.merge(f"/api/v1/namespaces/{ns}/configmaps/m{i}", {"data": {"text": "by hand"}}, manager="eve")
            wait_until(lambda i=i: text_of(cluster, ns, i) == "same")
            took.append(time.monotonic() - begin)
        commits = []
        for k in range(10):
            agent.commit(f"commit {k}")
            begin = time.monotonic()
            wait_until(lambda k=k: text_of(cluster, ns, 0) == f"commit {k}")
            commits.append(time.monotonic() - begin)
        took.sort()
        return (f"- one changed object in a commit of 1,100, commit to cluster: median {statistics.median(commits):.3f} s, "
                f"longest {max(commits):.3f} s\n- drift to healed among 1,100 objects, {drifts} times: median {statistics.median(took):.3f} s, "
                f"95 % within {took[int(len(took) * 0.95) - 1]:.3f} s, longest {took[-1]:.3f} s")
    finally:
        agent.stop()


def watching(opsc, cluster, scratch, count, seconds):
    """Requests, memory and processor time of an agent whose passes find nothing to do."""
    from proxy import Proxy  # of the suite
    ns = f"watch-{count}"
    cluster.namespace(ns)
    first = Agent(opsc, cluster.kubeconfig, scratch, ns, count, every="1s")
    try:
        wait_until(lambda: text_of(cluster, ns, count - 1) == "same" and text_of(cluster, ns, 0) == "same")
        time.sleep(5)
        memory, peak, before = first.memory("VmRSS"), first.memory("VmHWM"), first.cpu()
        time.sleep(seconds)
        spent = first.cpu() - before
    finally:
        first.stop()
    # The same agent again, with somebody who counts what it asks for.
    proxy = Proxy(cluster.api)
    again = subprocess.Popen([opsc, "agent"], cwd=first.directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env={**os.environ, "KUBECONFIG": str(proxy.kubeconfig)})
    try:
        time.sleep(15)
        seen = len(proxy.requests)
        time.sleep(seconds)
        asked = [f"{method} {path}" for method, path in proxy.requests[seen:] if "watch=1" not in path]
    finally:
        again.send_signal(signal.SIGTERM)
        again.wait(timeout=60)
        proxy.close()
    return (f"- an agent that keeps {count} objects: {memory:.0f} MiB, {peak:.0f} at most; in {seconds} passes that find nothing to do "
            f"{len(asked)} requests and {spent / seconds * 1000:.0f} ms of CPU a pass")


def offline(opsc, scratch, count):
    """A plan of one changed object among `count`, between two commits, without a cluster."""
    directory = pathlib.Path(scratch, "offline")
    directory.mkdir()

    def git(*words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=directory, check=True)

    git("init", "-q", "-b", "main")
    for text in ("same", "changed"):
        (directory / "all.yaml").write_text(manifests("offline", count, 0, text))
        program = subprocess.run([opsc, "import", "k8s", "-q", "all.yaml"], cwd=directory, check=True, capture_output=True, text=True)
        (directory / "all.yaml").unlink()
        (directory / "main.ops").write_text(program.stdout)
        git("add", "main.ops")
        git("commit", "-qm", text)
    os.environ["KUBECONFIG"] = "/nowhere"
    samples = [once([opsc, "plan", "--from", "HEAD~1", "--to", "HEAD"], directory) for _ in range(3)]
    return f"{count} objects, offline plan of one change", {"opsc": median(samples)}


def run(opsc, rivals, scratch, quick):
    Opsc.opsc, Flux.program = opsc, rivals.fluxapply
    contenders = {"opsc": Opsc, "kubectl": Kubectl}
    if rivals.fluxapply:
        contenders["flux ssa"] = Flux
    cluster = Cluster(scratch)
    try:
        rows, lines = side_by_side(cluster, scratch, contenders, 1 if quick else 3, (1000, 100))
        if not quick:
            more, servers = side_by_side(cluster, scratch, contenders, 1, (5000, 0))
            rows, lines = rows + more, lines + servers
        rows.append(until_healthy(opsc, cluster, scratch, 100, 1 if quick else 3))
        lines.append(drift(opsc, cluster, scratch, 20 if quick else 100))
        lines.append(watching(opsc, cluster, scratch, 1000 if quick else 5000, 10))
        rows.append(offline(opsc, scratch, 10000))
    finally:
        cluster.down()
    return table("Objects of a cluster", rows) + "\n" + "\n".join(lines) + "\n"
