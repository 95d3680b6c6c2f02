"""Random forests of scikit-learn, by the contract of `python(…)` (docs/models.md): train.py JOB."""
import json
import pathlib
import sys

import joblib
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

job = json.loads(pathlib.Path(sys.argv[1]).read_text())
model = pathlib.Path(job["model"], "forest.joblib")
table = pq.read_table(job["rows"])
texts = [name for name in job["features"] if pa.types.is_dictionary(table.schema.field(name).type)]
columns = [table[name].to_pylist() for name in job["features"]]
rows = [[float("nan") if value is None else value for value in row] for row in zip(*columns)]


def fit():
    params = job["params"]
    at = [job["features"].index(name) for name in texts]
    numbers = [i for i in range(len(job["features"])) if i not in at]
    forest = make_pipeline(
        make_column_transformer((OneHotEncoder(handle_unknown="ignore"), at), (SimpleImputer(), numbers)),
        RandomForestClassifier(params["trees"], min_samples_leaf=params["min_leaf"], oob_score=True,
                               random_state=job["seed"]))
    forest.fit(rows, table[job["label"]].to_pylist())
    joblib.dump(forest, model)
    pathlib.Path(job["metrics"]).write_text(json.dumps({"oob_accuracy": forest[-1].oob_score_}))
    print(f"{params['trees']} trees from {len(rows)} rows")


def predict():
    scores = joblib.load(model).predict_proba(rows)[:, 1]
    pq.write_table(pa.table({"prediction": scores}), job["predictions"])


fit() if job["do"] == "fit" else predict()
