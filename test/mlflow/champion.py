#!/usr/bin/env python3
"""champion.py URL NAME DIR: MLflow loads the registered model by its alias and computes the scores that opsc kept in
DIR/test.bin (docs/formats/model.md). Prints the largest difference."""
import pathlib
import sys

import mlflow
import numpy as np
import pandas as pd
import xgboost

mlflow.set_tracking_uri(sys.argv[1])
kept = (pathlib.Path(sys.argv[3]) / "test.bin").read_bytes()
rows, columns = np.frombuffer(kept, "<u8", 2, 8)
matrix = np.frombuffer(kept, "<f4", rows * columns, 24).reshape(rows, columns)
scores = np.frombuffer(kept, "<f8", rows, len(kept) - 8 * rows)

booster = mlflow.xgboost.load_model(f"models:/{sys.argv[2]}@champion")
by_booster = booster.predict(xgboost.DMatrix(matrix))
model = mlflow.pyfunc.load_model(f"models:/{sys.argv[2]}@champion")
names = [column.name for column in model.metadata.signature.inputs]
by_signature = model.predict(pd.DataFrame(matrix, columns=names))
print(f"{rows} rows, {max(np.abs(by_booster - scores).max(), np.abs(by_signature - scores).max()):.1e}")
