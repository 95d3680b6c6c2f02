#!/usr/bin/env python3
"""run.py OPSC EXAMPLE: examples/ml/scikit with scikit-learn from PyPI: trained, kept, compared, predicted with, as it itself predicts."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

opsc, example = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
place = pathlib.Path(tempfile.mkdtemp(prefix="opsc-scikit-"))

# What the model says of new rows, asked without opsc: the artefact alone.
ASK = """
import json, sys
import joblib, pyarrow.parquet as pq
import csv, math
forest = joblib.load(sys.argv[1] + "/fitted/forest.joblib")
rows = []
for row in csv.DictReader(open(sys.argv[2])):
    hours, vibration = float(row["hours"]), float(row["vibration"])
    temperature = float(row["temperature"] or "nan")
    rows.append([row["site"], hours, vibration, temperature, math.log1p(vibration * hours)])
said = pq.read_table(sys.argv[3])["prediction"].to_pylist()
print(max(abs(a - b) for a, b in zip(said, forest.predict_proba(rows)[:, 1])), len(said))
"""


def run(*words, code=0):
    done = subprocess.run([opsc, "-C", place, "--no-color", *words], capture_output=True, text=True)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def generate(seed, machines, path):
    subprocess.run([sys.executable, "generate.py", str(seed), str(machines), path], cwd=place, check=True)


def edit(name, old, new):
    text = (place / name).read_text()
    assert old in text
    (place / name).write_text(text.replace(old, new))


def model(*words):
    return json.loads(run("model", "show", "failures", *words, "--json"))


def scenario():
    for path in example.iterdir():
        shutil.copy(path, place)
    generate(1, 60, "data/1.csv")
    generate(2, 10, "new/2.csv")
    first = run("apply", "--yes", "failures")
    assert "80 trees from " in first and "failures/environment: run" in first
    card = model()["card"]
    assert card["metrics"]["auc"]["value"] > 0.8 and len(card["slices"]) == 3, card["metrics"]
    assert card["script"]["reported"]["oob_accuracy"] > 0.7 and card["params"] == {"trees": 80, "min_leaf": 5, "seed": 7}
    assert card["trainer"].startswith("CPython 3."), card["trainer"]
    assert "No changes." in run("apply", "--yes", "failures")

    # The same again, from nothing: the same model, byte for byte.
    digest = model()["digest"]
    run("apply", "--yes", "failures", "--replace", "failures/training")
    assert model()["digest"] == digest

    # A batch, and the same by the artefact alone.
    assert "200 predictions by version 1" in run("run", "risks")
    artefact = place / ".ops/out/failures/training/model"
    predictions = next((place / ".ops/out/risks/part").iterdir()) / "predictions.parquet"
    asked = subprocess.run([sys.executable, "-S", "-c", ASK, artefact, place / "new/2.csv", predictions], check=True, text=True,
                           capture_output=True, env={**os.environ, "PYTHONPATH": str(artefact / "environment")})
    apart, rows = asked.stdout.split()
    assert float(apart) == 0 and rows == "200", asked.stdout

    # Other parameters: the environment is kept, the model is another one, the first one stays whole.
    edit("machines.ops", "trees: 80", "trees: 40")
    again = run("apply", "--yes", "failures")
    assert "failures/environment: run" not in again and "40 trees from " in again
    assert model("1")["digest"] == digest and model("2")["digest"] != digest
    assert "200 predictions by version 2" in run("run", "risks")
    run("model", "rollback", "failures")
    run("run", "risks")
    run("model", "compare", "failures", "1", "2", "--html", str(place / "page.html"))
    assert "<svg" in (place / "page.html").read_text()

    # A lock that another package stands behind is refused, and nothing is trained.
    edit("requirements.lock", "sha256:", "sha256:0")
    assert "hash" in run("apply", "--yes", "failures", code=1).lower()


try:
    scenario()
    print("ok")
finally:
    shutil.rmtree(place, ignore_errors=True)
