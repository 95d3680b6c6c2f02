"""What holds for every program: random ones from fixed seeds, and every manifest of the corpus."""
import json
import pathlib
import random
import re
import shutil

from case import ClusterCase

CORPUS = pathlib.Path(__file__).resolve().parents[2] / "kube/corpus"
SERVERS_OWN = {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"}


def essence(live):
    """An object without what the server writes by itself."""
    if live is None:
        return None
    rest = {k: v for k, v in live.items() if k != "status"}
    rest["metadata"] = {k: v for k, v in rest["metadata"].items() if k not in SERVERS_OWN}
    for marks in ("annotations", "labels"):
        kept = {k: v for k, v in rest["metadata"].get(marks, {}).items()
                if not k.startswith(("opsc.dev/", "applyset.kubernetes.io/")) and k != "app.kubernetes.io/managed-by"}
        rest["metadata"].pop(marks, None)
        if kept:
            rest["metadata"][marks] = kept
    return rest


def leaves(value, path=()):
    """path -> scalar of everything in it."""
    if isinstance(value, dict):
        return {k: v for name, item in value.items() for k, v in leaves(item, (*path, name)).items()}
    if isinstance(value, list):
        return {k: v for i, item in enumerate(value) for k, v in leaves(item, (*path, str(i))).items()}
    return {path: value}


class World:
    """Random objects of one namespace as a program, and their paths in the API."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.objects = {}

    def value(self):
        return "".join(self.random.choice("abcxyz:#'$ ") for _ in range(self.random.randrange(1, 9)))

    def make(self, kind):
        keys = self.random.sample("abcdefgh", self.random.randrange(1, 5))
        if kind == "ConfigMap":
            return {"data": {key: self.value() for key in keys}, "labels": {}}
        if kind == "Service":
            ports = [{"name": f"p{i}", "port": 80 + i} for i in range(self.random.randrange(1, 4))]
            return {"spec": {"selector": {"app": self.random.choice("xyz")}, "ports": ports}, "labels": {}}
        return {"spec": {"limits": [{"type": "Container", "default": {"cpu": self.random.choice(["1", "1000m", "0.5", "500m"])}}]},
                "labels": {}}

    def step(self):
        """Some objects come, some go, some change."""
        for _ in range(self.random.randrange(1, 5)):
            kind = self.random.choice(["ConfigMap", "ConfigMap", "ConfigMap", "Service", "LimitRange"])
            self.objects[kind, f"o{self.random.randrange(12)}"] = self.make(kind)
        for key in list(self.objects):
            if self.random.random() < 0.2:
                del self.objects[key]
            elif self.random.random() < 0.3:
                self.objects[key]["labels"] = {"color": self.random.choice(["red", "blue"])}

    def program(self):
        def text(value):
            if isinstance(value, dict):
                return "{ " + ", ".join(f"{json.dumps(k)}: {text(v)}" for k, v in value.items()) + " }"
            if isinstance(value, list):
                return "[" + ", ".join(text(item) for item in value) + "]"
            return json.dumps(value).replace("${", "\\${") if isinstance(value, str) else str(value)

        written = []
        for (kind, name), fields in self.objects.items():
            body = "".join(f"  {field}: {text(value)}\n" for field, value in fields.items() if field != "labels")
            metadata = {"name": name, "namespace": "NS", "labels": fields["labels"]}
            written.append(f"{kind} {kind.lower()}_{name} {{\n  metadata: {text(metadata)}\n{body}}}\n")
        return "".join(written)


class Properties(ClusterCase):
    def live(self, p):
        """address -> essence, of everything in the namespace that somebody made."""
        found = {}
        for resource in ("configmaps", "services", "limitranges"):
            for item in p.api.get(f"/api/v1/namespaces/{p.name}/{resource}")["items"]:
                kind = {"configmaps": "configmap", "services": "service", "limitranges": "limitrange"}[resource]
                if item["metadata"]["name"] != "kube-root-ca.crt":
                    found[f"{kind}_{item['metadata']['name']}"] = essence(item)
        return found

    def planned(self, p):
        p.run("plan", "-o", "the.plan")
        document = json.loads(p.run("show", "--json", "the.plan"))
        return {c["address"]: c for c in document["changes"] if c["action"] not in ("noop", "read")}

    def test_what_was_planned_is_what_changed(self):
        """Field by field, as the API server tells it before and after. What the server itself picks at the
        write (addresses of a Service) no dry run can know."""
        picked = ("clusterIP", "clusterIPs", "nodePort")
        for seed in range(3):
            p = self.project()
            world = World(seed)
            for _ in range(5):
                world.step()
                p.write(world.program())
                before = self.live(p)
                planned = self.planned(p)
                p.run("apply", "--yes", "the.plan")
                after = self.live(p)
                changed = {a for a in before.keys() | after.keys() if before.get(a) != after.get(a)}
                self.assertEqual(changed, set(planned), f"seed {seed}")
                for address in changed:
                    was, is_ = leaves(before.get(address) or {}), leaves(after.get(address) or {})
                    moved = {path for path in was.keys() | is_.keys() if was.get(path) != is_.get(path)}
                    said = planned[address]
                    action = {(True, False): "delete", (False, True): "create", (True, True): "update"}[
                        address in before, address in after]
                    self.assertEqual(said["action"], action)
                    if action != "update":
                        continue
                    told = [entry["path"] for entry in said["diff"]]
                    for path in moved:
                        if not set(path) & set(picked):
                            self.assertTrue(any(covers(t, path) for t in told), (seed, address, path, told))
                    for entry in said["diff"]:
                        self.assertTrue(any(covers(entry["path"], path) for path in moved), (seed, address, entry, moved))
                p.plan(0)
            p.run("destroy", "--yes")

    def test_prune_never_takes_what_is_not_opscs(self):
        """Objects of others lie among those of opsc, some under names that programs had or will have."""
        for seed in range(3):
            p = self.project()
            world, foreign = World(100 + seed), {}
            for round_ in range(6):
                name = f"theirs-{seed}-{round_}"
                foreign[name] = p.api.create(f"/api/v1/namespaces/{p.name}/configmaps", {
                    "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": "opsc"} if round_ % 2 else {}},
                    "data": {"a": str(round_)}})["metadata"]["uid"]
                world.step()
                p.write(world.program())
                p.apply()
                if round_ == 3:  # one of opsc's, made anew by somebody else
                    mine = next((n for k, n in world.objects if k == "ConfigMap"), None)
                    if mine:
                        p.api.call("DELETE", p.path("configmaps", mine))
                        foreign[mine] = p.api.create(f"/api/v1/namespaces/{p.name}/configmaps",
                                                     {"metadata": {"name": mine}})["metadata"]["uid"]
                        del world.objects["ConfigMap", mine]
                        p.write(world.program())
                        self.assertIn("is not the one that opsc made", p.apply(code=1))
                        p.run("state", "rm", f"configmap_{mine}", code=None)  # it may have gone already
                for name, uid in foreign.items():
                    live = p.object("configmaps", name)
                    self.assertEqual(live and live["metadata"]["uid"], uid, (seed, round_, name))
            p.run("destroy", "--yes")
            for name, uid in foreign.items():
                self.assertEqual(p.object("configmaps", name)["metadata"]["uid"], uid)

    def test_the_second_plan_of_every_manifest_is_empty(self):
        """Each object of the corpus alone: no field differs after it was applied, whether it becomes healthy or not.
        What the cluster refuses (kinds that it does not serve, mistakes that are there for the parser) is counted."""
        p = self.project()
        if p.api.get("/api/v1/namespaces/shop") is None:
            p.api.create("/api/v1/namespaces", {"metadata": {"name": "shop"}})
        applied, refused = [], []
        for what, text in documents():
            shutil.rmtree(p.directory / ".ops", ignore_errors=True)
            (p.directory / "one.yaml").write_text(text)
            program = p.run("import", "k8s", "-q", "one.yaml", code=None).split("note:")[0]
            # Without controllers nothing becomes healthy, and images are not to be had.
            program = re.sub(r"^(k8s\.\w+ \w+ \{)$", r"\1\n  timeout: 2s", program, flags=re.M)
            (p.directory / "main.ops").write_text(program)
            if "Plan:" not in p.run("plan", code=None):
                refused.append(what)
                continue
            p.run("apply", "--yes", code=None)
            second = self.planned(p)
            with self.subTest(what):
                self.assertEqual([c["diff"] for c in second.values() if c["action"] == "update"], [[]] * len(second))
            (applied if all(c["action"] == "update" for c in second.values()) else refused).append(what)
            p.run("destroy", "--yes", "--timeout", "10s", code=None)
        print(f"{len(applied)} applied; refused: {', '.join(refused)}")
        self.assertGreater(len(applied), 35, refused)


def documents():
    """name, text of every object of the corpus."""
    for file in sorted(CORPUS.glob("*.yaml")):
        for text in re.split(r"^---$", file.read_text(), flags=re.M):
            kind, name = re.search(r"^kind: (\w+)", text, re.M), re.search(r"\bname: ([\w.-]+)", text)
            if kind and kind[1] != "Node":  # its controller writes into the same list of taints
                yield f"{file.name} {kind[1]} {name[1] if name else ''}", text
    for item in json.loads((CORPUS / "network.json").read_text())["items"]:
        yield f"network.json {item['kind']} {item['metadata']['name']}", json.dumps(item)


def covers(told, path):
    """Is the leaf `path` the field that a plan calls `told`, in it, or around it?"""
    names = tuple(part for part in re.split(r'\.|\["|"\]|\[|\]', told) if part)
    shorter = min(len(names), len(path))
    return names[:shorter] == path[:shorter]
