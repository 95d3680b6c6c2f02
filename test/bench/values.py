"""Evaluation to JSON: 10,000 Deployment-like objects from functions (untyped, typed), the same
written out (1,000 objects, 111,000 lines), and a fold of a million steps."""
import json
import pathlib
import shutil

from measure import once, side_by_side, table

HERE = pathlib.Path(__file__).resolve().parent
INPUTS = HERE / "values"


def literal(write):
    """1,000 objects as source text in the syntax of `write`: 111 lines each."""
    def deployment(i):
        containers = [{"name": f"c{k}", "image": f"registry.example.com/team/app{i}:{k}",
                       "ports": [{"containerPort": 8000 + k}],
                       "env": [{"name": f"VAR_{j}", "value": f"value-{i}-{j}"} for j in range(5)],
                       "resources": {"limits": {"cpu": "500m", "memory": "512Mi"},
                                     "requests": {"cpu": "250m", "memory": "256Mi"}}} for k in range(2)]
        labels = {"app": f"app-{i}", "team": f"team-{i % 7}"}
        return {"apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": f"app-{i}", "namespace": "prod", "labels": labels},
                "spec": {"replicas": i % 5 + 1, "selector": {"matchLabels": labels},
                         "template": {"metadata": {"labels": labels},
                                      "spec": {"containers": containers}}}}
    return write([deployment(i) for i in range(1000)])


def to_ops(value, indent=0):
    pad = "  " * (indent + 1)
    if isinstance(value, dict):
        body = "".join(f"{pad}{k}: {to_ops(v, indent + 1)}\n" for k, v in value.items())
        return "{\n" + body + "  " * indent + "}"
    if isinstance(value, list):
        body = "".join(f"{pad}{to_ops(v, indent + 1)},\n" for v in value)
        return "[\n" + body + "  " * indent + "]"
    return json.dumps(value)


def to_pkl(value, indent=0):
    pad = "  " * (indent + 1)
    if isinstance(value, dict):
        body = "".join(f"{pad}{k} {to_pkl(v, indent + 1)}\n" if isinstance(v, (dict, list))
                       else f"{pad}{k} = {json.dumps(v)}\n" for k, v in value.items())
        return "{\n" + body + "  " * indent + "}"
    body = "".join(f"{pad}new {to_pkl(v, indent + 1)}\n" for v in value)
    return "{\n" + body + "  " * indent + "}"


def write(scratch, name, text):
    path = pathlib.Path(scratch, name)
    path.write_text(text)
    return str(path)


def workloads(scratch):
    pretty = lambda v: json.dumps(v, indent=2)
    return {
        "hello": {"opsc": str(INPUTS / "hello.ops"), "jrsonnet": str(INPUTS / "hello.jsonnet"),
                  "cue": str(INPUTS / "hello.cue"), "pkl": str(INPUTS / "hello.pkl")},
        "10,000 objects, untyped": {"opsc": str(INPUTS / "gen.ops"), "jrsonnet": str(INPUTS / "gen.jsonnet"),
                                    "cue": str(INPUTS / "gen.cue"), "pkl": str(INPUTS / "gen.pkl")},
        "10,000 objects, typed": {"opsc": str(INPUTS / "typed.ops"), "cue": str(INPUTS / "typed.cue"),
                                  "pkl": str(INPUTS / "typed.pkl")},
        "1,000 objects written out": {
            "opsc": write(scratch, "literal.ops", "edition 2026\nlet result = " + literal(to_ops) + "\n"),
            "jrsonnet": write(scratch, "literal.jsonnet", literal(pretty)),
            "cue": write(scratch, "literal.cue", "result: " + literal(pretty)),
            "pkl": write(scratch, "literal.pkl", "result " + literal(to_pkl))},
        "fold of 1,000,000": {"opsc": str(INPUTS / "fold.ops"), "jrsonnet": str(INPUTS / "fold.jsonnet"),
                              "pkl": str(INPUTS / "fold.pkl")},
    }


def module_of(file, scratch):
    """A directory that holds just this file: to opsc a directory is the module."""
    directory = pathlib.Path(scratch, "module-" + pathlib.Path(file).stem)
    directory.mkdir(exist_ok=True)
    shutil.copy(file, directory / "main.ops")
    return str(directory)


def commands(opsc, rivals, scratch):
    return {
        "opsc": lambda f: [opsc, "eval", "-C", module_of(f, scratch), "--format", "json", "result"],
        "jrsonnet": rivals.jrsonnet and (lambda f: [rivals.jrsonnet, "--max-stack", "100000", f]),
        "cue": rivals.cue and (lambda f: [rivals.cue, "export", "--out", "json", f]),
        "pkl": rivals.pkl and (lambda f: [rivals.pkl, "eval", "-f", "json", f]),
    }


def run(opsc, rivals, scratch, quick):
    rows = []
    tools = commands(opsc, rivals, scratch)
    for what, files in workloads(scratch).items():
        contenders = {t: lambda t=t, f=f: once(tools[t](f), scratch) for t, f in files.items() if tools[t]}
        rows.append((what, side_by_side(contenders, 1 if quick else 3)))
    return table("Evaluation to JSON", rows)
