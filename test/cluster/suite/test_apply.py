"""Plan and apply of objects against a real API server."""
import json
import random
import re
import time

from case import ClusterCase

MAPS = """
ConfigMap motd {
  metadata: { name: "motd", namespace: "NS", labels: { tier: "front" } }
  data: { text: "TEXT", other: "same" }
}
"""


class Apply(ClusterCase):
    def test_create_then_nothing_then_update(self):
        p = self.project()
        p.write(MAPS.replace("TEXT", "hello"))
        planned = p.plan(2)
        self.assertIn("1 to create", planned)
        self.assertIsNone(p.object("configmaps", "motd"), "a plan changes nothing")
        p.apply()
        live = p.object("configmaps", "motd")
        self.assertEqual(live["data"], {"text": "hello", "other": "same"})
        self.assertEqual([m["manager"] for m in live["metadata"]["managedFields"]], ["opsc"])
        self.assertEqual(live["metadata"]["annotations"]["opsc.dev/address"], "motd")
        p.plan(0)
        p.write(MAPS.replace("TEXT", "bye"))
        planned = p.plan(2)
        self.assertIn("data.text", planned)
        self.assertNotIn("data.other", planned)
        p.apply()
        after = p.object("configmaps", "motd")
        self.assertEqual(after["data"]["text"], "bye")
        self.assertEqual(after["metadata"]["uid"], live["metadata"]["uid"])
        p.plan(0)
        p.run("destroy", "--yes")
        self.assertIsNone(p.object("configmaps", "motd"))

    def test_a_field_taken_out_of_the_source_goes(self):
        p = self.project()
        p.write(MAPS.replace("TEXT", "hello"))
        p.apply()
        p.write(MAPS.replace("TEXT", "hello").replace(', other: "same"', ""))
        self.assertIn("data.other", p.plan(2))
        p.apply()
        self.assertEqual(p.object("configmaps", "motd")["data"], {"text": "hello"})

    def test_what_others_add_is_no_drift_and_what_they_change_is(self):
        p = self.project()
        p.write(MAPS.replace("TEXT", "hello"))
        p.apply()
        p.api.merge(p.path("configmaps", "motd"), {"data": {"added": "by hand"}})
        p.plan(0)
        p.api.merge(p.path("configmaps", "motd"), {"data": {"text": "by hand"}})
        self.assertIn("data.text", p.plan(2))
        # What opsc has applied is its own: it is taken back, and the plan says from whom.
        self.assertIn("`motd` takes back `data.text` from `somebody`", p.plan(2))
        p.apply()
        self.assertEqual(p.object("configmaps", "motd")["data"],
                         {"text": "hello", "other": "same", "added": "by hand"})
        p.api.merge(p.path("configmaps", "motd"), {"data": {"text": None}})
        self.assertIn("drift", p.plan(2))
        p.apply()
        self.assertEqual(p.object("configmaps", "motd")["data"]["text"], "hello")
        p.plan(0)

    def test_conflicts_name_the_manager_and_are_not_forced(self):
        p = self.project()
        p.api.apply(p.path("configmaps", "motd"), {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "motd"}, "data": {"text": "theirs"}})
        p.write(MAPS.replace("TEXT", "ours"))
        text = p.plan(1)
        self.assertIn("`data.text` belongs to `somebody`", text)
        self.assertIn("ignore", text)
        self.assertEqual(p.object("configmaps", "motd")["data"], {"text": "theirs"})
        p.write(MAPS.replace("TEXT", "ours").replace("metadata:", 'ignore: ["data.text"]\n  metadata:'))
        p.write(MAPS.replace("TEXT", "ours").replace("metadata:", "cluster: { force: true }\n  metadata:"))
        self.assertIn("is there already", p.plan(2))
        p.apply()
        self.assertEqual(p.object("configmaps", "motd")["data"], {"text": "ours", "other": "same"})
        p.plan(0)
        # It was there before opsc: it stays.
        p.run("destroy", "--yes")
        live = p.object("configmaps", "motd")
        self.assertIsNotNone(live)
        self.assertNotIn("opsc", [m["manager"] for m in live["metadata"].get("managedFields", [])])

    def test_immutable_fields_replace_only_where_allowed(self):
        p = self.project()
        fixed = MAPS.replace("metadata:", "immutable: true\n  metadata:")
        p.write(fixed.replace("TEXT", "hello"))
        p.apply()
        uid = p.object("configmaps", "motd")["metadata"]["uid"]
        p.write(fixed.replace("TEXT", "bye"))
        text = p.plan(1)
        self.assertIn("cannot be changed in place", text)
        self.assertIn('replace_when: ["data"]', text)
        p.write(fixed.replace("TEXT", "bye").replace("metadata:", 'replace_when: ["data"]\n  metadata:'))
        self.assertIn("1 to replace", p.plan(2))
        p.apply()
        live = p.object("configmaps", "motd")
        self.assertEqual(live["data"]["text"], "bye")
        self.assertNotEqual(live["metadata"]["uid"], uid)
        p.plan(0)

    def test_prune_takes_what_opsc_made_and_nothing_else(self):
        p = self.project()
        p.api.create(f"/api/v1/namespaces/{p.name}/configmaps", {"metadata": {"name": "foreign"}, "data": {"a": "b"}})
        p.write("""
          for i in range(0, 5) { ConfigMap m[i] { metadata: { name: "m${i}", namespace: "NS" }, data: { a: "${i}" } } }
        """)
        p.apply()
        p.write("""
          for i in range(0, 2) { ConfigMap m[i] { metadata: { name: "m${i}", namespace: "NS" }, data: { a: "${i}" } } }
        """)
        self.assertIn("3 to destroy", p.plan(2))
        p.apply()
        self.assertEqual([p.object("configmaps", f"m{i}") is not None for i in range(5)],
                         [True, True, False, False, False])
        self.assertIsNotNone(p.object("configmaps", "foreign"))
        # Made anew by somebody else under the same name: not opsc's to delete.
        p.api.call("DELETE", p.path("configmaps", "m1"))
        p.api.create(f"/api/v1/namespaces/{p.name}/configmaps", {"metadata": {"name": "m1"}})
        p.write("""
          for i in range(0, 1) { ConfigMap m[i] { metadata: { name: "m${i}", namespace: "NS" }, data: { a: "${i}" } } }
        """)
        self.assertIn("is not the one that opsc made", p.apply(code=1))
        self.assertIsNotNone(p.object("configmaps", "m1"))

    def test_protected_objects_are_not_deleted(self):
        p = self.project()
        p.write(MAPS.replace("metadata:", "protect: true\n  metadata:"))
        p.apply()
        p.write("")
        self.assertIn("protected", p.plan(4))
        self.assertIsNotNone(p.object("configmaps", "motd"))

    def test_a_definition_and_its_resource_in_one_plan(self):
        p = self.project()
        p.write("""
          Widget big { metadata: { name: "big", namespace: "NS" }, spec: { size: 3 } }
          CustomResourceDefinition widgets {
            metadata: { name: "widgets.example.org" }
            spec: {
              group: "example.org"
              names: { kind: "Widget", plural: "widgets", singular: "widget" }
              versions: [
                {
                  name: "v1", served: true, storage: true,
                  schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { size: { type: "integer", maximum: 5 } } } } } },
                },
              ]
            }
          }
        """)
        planned = p.plan(2)
        self.assertIn("checked by type only: the cluster knows no Widget of `example.org/v1`, which this plan makes", planned)
        self.assertLess(planned.index("widgets"), planned.index("big"))
        p.apply()
        widget = p.api.get(f"/apis/example.org/v1/namespaces/{p.name}/widgets/big")
        self.assertEqual(widget["spec"], {"size": 3})
        p.plan(0)
        text = (p.directory / "main.ops").read_text()
        (p.directory / "main.ops").write_text(text.replace("size: 3 }", "size: 7 }"))
        self.assertIn("spec.size", p.plan(1))  # the server says what is wrong before anything is done
        p.run("destroy", "--yes")
        self.assertIsNone(p.api.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.org"))

    def test_types_of_the_definitions_of_a_cluster(self):
        """`opsc schema k8s --cluster`: what others have installed there is typed like what is built in."""
        p = self.project()
        group = "cluster-types.example.org"
        crd = {"metadata": {"name": f"gadgets.{group}"}, "spec": {
            "group": group, "scope": "Namespaced", "names": {"kind": "Gadget", "plural": "gadgets", "singular": "gadget"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                "type": "object", "properties": {"spec": {"type": "object", "required": ["size"], "properties": {
                    "size": {"type": "string", "enum": ["small", "large"]}}}}}}}]}}
        p.api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)
        program = (f'edition 2026\nimport "./types/{group}/v1" as made\n'
                   f'made.Gadget one {{ metadata: {{ name: "one", namespace: "{p.name}" }}, spec: {{ size: "small" }} }}\n')
        for _ in range(50):  # the API server publishes schemas a moment later
            p.run("schema", "k8s", "--cluster", "-o", "types", code=None)
            if (p.directory / "types" / group).exists():
                break
            time.sleep(0.2)
        (p.directory / "main.ops").write_text(program)
        p.apply()
        self.assertEqual(p.api.get(f"/apis/{group}/v1/namespaces/{p.name}/gadgets/one")["spec"], {"size": "small"})
        p.plan(0)
        (p.directory / "main.ops").write_text(program.replace("small", "medium"))
        self.assertIn("main.ops:3:", p.plan(1), "refused without asking the cluster")
        p.run("destroy", "--yes", code=None)
        p.api.call("DELETE", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.{group}")

    def test_a_namespace_and_what_is_in_it_in_one_plan(self):
        p = self.project()
        name = p.name + "-new"
        program = """
          ConfigMap inside { metadata: { name: "inside", namespace: "NS-new" }, data: { a: "b" } }
        """
        p.write(program)
        self.assertIn(f"the namespace `{name}` does not exist", p.plan(1))
        p.write(program + """
          Namespace space { metadata: { name: "NS-new" } }
        """)
        planned = p.plan(2)
        self.assertIn("1 change is checked by type only", planned)
        p.apply()
        self.assertIsNotNone(p.api.get(f"/api/v1/namespaces/{name}/configmaps/inside"))
        p.plan(0)

    def test_results_of_objects_flow_into_others(self):
        p = self.project()
        p.write("""
          ConfigMap first { metadata: { name: "first", namespace: "NS" }, data: { a: "b" } }
          ConfigMap second { metadata: { name: "second", namespace: "NS" }, data: { uid: first.uid } }
        """)
        p.apply()
        self.assertEqual(p.object("configmaps", "second")["data"]["uid"],
                         p.object("configmaps", "first")["metadata"]["uid"])
        p.plan(0)

    def test_values_that_the_server_normalises_are_no_drift(self):
        p = self.project()
        p.write("""
          LimitRange limits { metadata: { name: "limits", namespace: "NS" }, spec: { limits: [{ default: { cpu: "1000m", memory: "1024Mi" } }] } }
          Service web { metadata: { name: "web", namespace: "NS" }, spec: { ports: [{ name: "http", port: 80 }], selector: { app: "web" } } }
        """)
        p.apply()
        self.assertEqual(p.object("limitranges", "limits")["spec"]["limits"][0]["default"], {"cpu": "1", "memory": "1Gi"})
        p.plan(0)
        p.write("""
          LimitRange limits { metadata: { name: "limits", namespace: "NS" }, spec: { limits: [{ default: { cpu: "2000m", memory: "1024Mi" } }] } }
          Service web { metadata: { name: "web", namespace: "NS" }, spec: { ports: [{ name: "http", port: 81 }], selector: { app: "web" } } }
        """)
        p.apply()
        self.assertEqual(p.object("limitranges", "limits")["spec"]["limits"][0]["default"]["cpu"], "2")
        self.assertEqual(p.object("services", "web")["spec"]["ports"][0]["port"], 81)
        p.plan(0)

    def test_a_secret_is_in_the_cluster_and_nowhere_else(self):
        p = self.project()
        program = """
          Secret login { metadata: { name: "login", namespace: "NS" }, stringData: { password: secret_env("PASSWORD") } }
        """
        p.write(program)
        env = {"PASSWORD": "correct-horse"}
        shown = p.run("plan", env=env) + p.apply(env=env) + p.run("state", "pull") + p.run("history")
        self.assertNotIn("correct-horse", shown)
        self.assertNotIn("Y29ycmVjdC1ob3JzZQ", shown)
        self.assertEqual(p.object("secrets", "login")["data"], {"password": "Y29ycmVjdC1ob3JzZQ=="})
        p.run("plan", "--detailed-exitcode", code=0, env=env)
        env = {"PASSWORD": "battery-staple"}
        shown = p.run("plan", "--detailed-exitcode", code=2, env=env) + p.run("plan", "-v", env=env)
        self.assertNotIn("battery-staple", shown)
        self.assertNotIn("YmF0dGVyeS1zdGFwbGU", shown)
        saved = p.directory / "plan.json"
        p.run("plan", "-o", str(saved), env=env)
        self.assertNotIn("YmF0dGVyeS1zdGFwbGU", saved.read_text())
        p.apply(env=env)
        self.assertEqual(p.object("secrets", "login")["data"], {"password": "YmF0dGVyeS1zdGFwbGU="})

    def test_what_was_planned_is_what_changes(self):
        p = self.project()
        p.write("""
          Service web { metadata: { name: "web", namespace: "NS" }, spec: { ports: [{ name: "http", port: 80 }], selector: { app: "web" } } }
        """)
        saved = p.directory / "plan.json"
        p.run("plan", "-o", str(saved))
        planned = json.loads(saved.read_text())["changes"][0]["diff"]
        text = json.dumps(planned)
        for default in ("ClusterIP", "sessionAffinity", "targetPort", "TCP"):
            self.assertIn(default, text)
        p.apply(str(saved))
        self.assertEqual(p.object("services", "web")["spec"]["sessionAffinity"], "None")

    def test_the_objects_are_an_apply_set_that_others_can_list(self):
        p = self.project()
        p.write(MAPS.replace("TEXT", "hello") + """
          LimitRange limits { metadata: { name: "limits", namespace: "NS" }, spec: { limits: [{ max: { cpu: "1" } }] } }
        """)
        p.apply()
        member = p.object("configmaps", "motd")["metadata"]["labels"]["applyset.kubernetes.io/part-of"]
        parents = p.api.get(f"/api/v1/namespaces/default/configmaps?labelSelector=applyset.kubernetes.io/id%3D{member}")
        self.assertEqual(len(parents["items"]), 1)
        about = parents["items"][0]["metadata"]["annotations"]
        self.assertEqual(about["applyset.kubernetes.io/contains-group-kinds"], "ConfigMap,LimitRange")
        self.assertEqual(about["applyset.kubernetes.io/additional-namespaces"], p.name)
        p.plan(0)

    def test_finalizers_are_waited_for_and_told(self):
        p = self.project()
        p.write("""
          ConfigMap held { metadata: { name: "held", namespace: "NS", finalizers: ["example.org/hold"] }, data: { a: "b" } }
        """)
        p.apply()
        import threading
        release = threading.Timer(2, lambda: p.api.merge(p.path("configmaps", "held"), {"metadata": {"finalizers": None}}))
        release.start()
        shown = p.run("destroy", "--yes")
        release.join()
        self.assertIn("held by example.org/hold", shown)
        self.assertIsNone(p.object("configmaps", "held"))

    def test_status_tells_how_objects_are_doing(self):
        p = self.project()
        p.write(MAPS.replace("TEXT", "hello"))
        p.apply("--no-wait")
        self.assertRegex(p.run("status"), r"Cluster objects: 1 Healthy\n  OBJECT +HEALTH +MESSAGE\n  motd +Healthy")
        p.api.call("DELETE", p.path("configmaps", "motd"))
        told = json.loads(p.run("status", "--json"))["objects"]
        self.assertEqual([(o["kind"], o["namespace"], o["name"], o["status"]) for o in told],
                         [("ConfigMap", p.name, "motd", "Missing")])
        self.assertNotIn("Cluster objects", p.run("status", "--recorded"))
        p.kubeconfig = str(self.api.pki / "nobody.kubeconfig")
        self.assertRegex(p.run("status"), "motd +Unknown +no right to `get` configmaps")

    def test_many_objects_need_few_requests(self):
        p = self.project()
        p.write("""
          for i in range(0, 200) { ConfigMap m[i] { metadata: { name: "m${i}", namespace: "NS" }, data: { a: "${i}" } } }
        """)
        p.apply()
        proxy = self.proxy()
        p.kubeconfig = str(proxy.kubeconfig)
        started = time.time()
        p.plan(0)
        self.assertLess(len(proxy.requests), 10, proxy.requests)
        self.assertLess(time.time() - started, 20)


def leaves(value, path=""):
    """The innermost values with their paths, as plans write them."""
    if isinstance(value, dict) and value:
        for name, field in value.items():
            plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
            below = (f"{path}.{name}" if path else name) if plain else f"{path}[{json.dumps(name)}]"
            yield from leaves(field, below)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def wishes(live):
    """What of an object somebody wishes: without what the server notes of itself."""
    if live is None:
        return {}
    live = json.loads(json.dumps(live))
    live.pop("status", None)
    for name in ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"):
        live["metadata"].pop(name, None)
    for name in ("opsc.dev/intent", "opsc.dev/address"):
        live["metadata"].get("annotations", {}).pop(name, None)
    if not live["metadata"].get("annotations", True):
        live["metadata"].pop("annotations")
    return dict(leaves(live))


class Properties(ClusterCase):
    """Of random programs (seeded)."""

    def program(self, random):
        """Text, and the (resource, name) of what it makes."""
        text, made = "", []
        for i in range(6):
            if random.random() < 0.4:
                continue
            labels = ", ".join(f'"{key}": "{random.choice("xyz")}"' for key in random.sample(["app", "example.org/tier", "a-b"], 2))
            if i < 4:
                data = ", ".join(f'{key}: "{random.choice("123")}"' for key in random.sample(["one", "two", "three"], 2))
                text += f'ConfigMap m{i} {{ metadata: {{ name: "m{i}", namespace: "NS", labels: {{ {labels} }} }}, data: {{ {data} }} }}\n'
                made.append(("configmaps", f"m{i}"))
            else:
                ports = ", ".join(f'{{ name: "p{port}", port: {port} }}' for port in random.sample([80, 81, 82], 2))
                text += f'Service s{i} {{ metadata: {{ name: "s{i}", namespace: "NS", labels: {{ {labels} }} }}, spec: {{ ports: [{ports}], selector: {{ app: "{random.choice("xyz")}" }} }} }}\n'
                made.append(("services", f"s{i}"))
        return text, made

    def test_what_was_planned_is_what_changed_field_by_field(self):
        p = self.project()
        choice = random.Random(11)
        everything = [("configmaps", f"m{i}") for i in range(4)] + [("services", f"s{i}") for i in (4, 5)]
        for _ in range(12):
            text, _made = self.program(choice)
            p.write(text)
            saved = p.directory / "plan.json"
            p.run("plan", "-o", str(saved))
            before = {name: wishes(p.object(resource, name)) for resource, name in everything}
            p.apply(str(saved))
            after = {name: wishes(p.object(resource, name)) for resource, name in everything}
            planned = {}
            for change in json.loads(saved.read_text())["changes"]:
                if change["action"] == "update":
                    for field in change["diff"]:
                        planned |= {(change["address"], path): value for path, value in leaves(field["after"], field["path"])}
            for name in before:
                if not before[name] or not after[name]:
                    continue
                changed = {path for path in before[name].keys() | after[name].keys()
                           if before[name].get(path) != after[name].get(path)}
                told = {path for address, path in planned if address == name}
                ports = {path for path in changed | told if path.startswith("spec.ports")}
                self.assertEqual(changed - ports, told - ports, name)
                self.assertEqual({path: after[name].get(path) for path in told - ports},
                                 {path: planned[name, path] for path in told - ports}, name)
            p.plan(0)

    def test_prune_never_removes_what_opsc_did_not_make(self):
        p = self.project()
        choice = random.Random(12)
        foreign = [("configmaps", "m0"), ("configmaps", "m3"), ("configmaps", "theirs"), ("services", "s5")]
        for resource, name in foreign:
            body = {"metadata": {"name": name}, "data": {"theirs": "kept"}} if resource == "configmaps" else \
                {"metadata": {"name": name}, "spec": {"ports": [{"name": "theirs", "port": 9}]}}
            p.api.create(f"/api/v1/namespaces/{p.name}/{resource}", body)
        uids = {name: p.object(resource, name)["metadata"]["uid"] for resource, name in foreign}
        for step in range(12):
            text, made = self.program(choice) if step < 11 else ("", [])
            p.write(text)
            p.apply()
            for resource, name in foreign:
                live = p.object(resource, name)
                self.assertIsNotNone(live, name)
                self.assertEqual(live["metadata"]["uid"], uids[name], name)
                if resource == "configmaps":
                    self.assertEqual(live["data"]["theirs"], "kept")
            ours = {("configmaps", f"m{i}") for i in range(4)} | {("services", f"s{i}") for i in (4, 5)}
            for resource, name in ours - set(made) - set(foreign):
                self.assertIsNone(p.object(resource, name), name)


ROLES = """edition 2026
import std.k8s
k8s.Role reader { metadata: { name: "reader", namespace: "NS" }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }
k8s.Role writer { metadata: { name: "writer", namespace: "NS" }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["update"] }] }
k8s.RoleBinding binding {
  metadata: { name: "binding", namespace: "NS" }
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "ROLE" }
  subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "ada" }]
  PROTECT
}
"""


class Immutable(ClusterCase):
    def binding(self, p):
        return p.api.get(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{p.name}/rolebindings/binding")

    def write(self, p, role, protect=""):
        text = ROLES.replace("NS", p.name).replace("ROLE", role).replace("PROTECT", protect)
        (p.directory / "main.ops").write_text(text)

    def test_a_change_of_an_immutable_field_is_planned_as_a_replacement(self):
        p = self.project()
        self.write(p, "reader")
        p.apply()
        before = self.binding(p)
        self.write(p, "writer")
        planned = p.plan(2)
        self.assertIn("-/+ kubernetes binding", planned)
        self.assertIn("immutable field roleRef changed", planned)
        self.assertEqual(self.binding(p), before, "a plan changes nothing")
        p.apply()
        after = self.binding(p)
        self.assertEqual(after["roleRef"]["name"], "writer")
        self.assertNotEqual(after["metadata"]["uid"], before["metadata"]["uid"])
        p.plan(0)

    def test_what_is_protected_is_not_replaced(self):
        p = self.project()
        self.write(p, "reader", "protect: true")
        p.apply()
        self.write(p, "writer", "protect: true")
        planned = p.plan(4)
        self.assertIn("`binding` is protected and would be replaced: immutable field roleRef changed", planned)
        self.assertEqual(self.binding(p)["roleRef"]["name"], "reader")

    def test_what_holds_data_is_never_replaced_for_that(self):
        p = self.project()
        claim = ("edition 2026\nimport std.k8s\nk8s.PersistentVolumeClaim data { metadata: { name: \"data\", namespace: \"NS\" }, "
                 "spec: { accessModes: [\"MODE\"], resources: { requests: { storage: \"1Gi\" } } } }\n").replace("NS", p.name)
        (p.directory / "main.ops").write_text(claim.replace("MODE", "ReadWriteOnce"))
        p.apply()
        (p.directory / "main.ops").write_text(claim.replace("MODE", "ReadOnlyMany"))
        self.assertIn("cannot be changed in place", p.plan(1))
        allowed = claim.replace("MODE", "ReadOnlyMany").replace("{ metadata", '{ replace_when: ["spec.accessModes"], metadata')
        (p.directory / "main.ops").write_text(allowed)
        self.assertIn("-/+", p.plan(2))
