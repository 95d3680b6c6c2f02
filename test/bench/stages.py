"""100 stages with nothing to do: what would be done, and a run, against DVC."""
import pathlib
import shutil
import subprocess

from measure import once, side_by_side, table
from tasks import inputs, ops_file, sources

STAGES = 100


def dvc_file(n):
    lines = ["stages:"]
    for i in range(n):
        lines += [f"  s{i}:", f"    cmd: cat {inputs(i)} > out/{i}", "    deps:"]
        lines += [f"    - {path}" for path in inputs(i).split()]
        lines += ["    outs:", f"    - out/{i}"]
    return "\n".join(lines) + "\n"


def run(opsc, rivals, scratch, quick):
    places = {}
    for tool, file, text in (("opsc", "main.ops", ops_file(STAGES)), ("dvc", "dvc.yaml", dvc_file(STAGES))):
        if tool == "dvc" and not rivals.dvc:
            continue
        places[tool] = pathlib.Path(scratch, f"stages-{tool}")
        shutil.rmtree(places[tool], ignore_errors=True)
        sources(places[tool], STAGES)
        (places[tool] / "out").mkdir()
        (places[tool] / file).write_text(text)
    if "dvc" in places:
        subprocess.run([rivals.dvc, "init", "--no-scm", "-q"], cwd=places["dvc"], check=True)
        subprocess.run([rivals.dvc, "config", "core.analytics", "false"], cwd=places["dvc"], check=True)
    asked = {"a plan": {"opsc": [opsc, "plan", "all"], "dvc": [rivals.dvc, "status"]},
             "a run": {"opsc": [opsc, "run", "all"], "dvc": [rivals.dvc, "repro", "-q"]}}
    for tool, place in places.items():  # done once, looked at once
        for what in ("a run", "a plan", "a run"):
            once(asked[what][tool], place)
    rows = [(f"{STAGES} stages, nothing to do: {what}",
             side_by_side({tool: lambda tool=tool, c=commands: once(c[tool], places[tool]) for tool in places}, 3 if quick else 7))
            for what, commands in asked.items()]
    return table("Stages with nothing to do", rows)
