"""onnx_row.py MODEL_DIR ROWS RUNS: the trees of a model of opsc by onnxruntime, a row at a time on one thread; the features are
there already. CPU seconds of a row, a line a run."""
import json
import pathlib
import sys
import time

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper

place, rows, runs = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
learner = json.loads((place / "trees.json").read_text())["learner"]
width = int(learner["learner_model_param"]["num_feature"])
nodes = {name: [] for name in ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids",
                               "missing_value_tracks_true")}
leaves = {"treeids": [], "nodeids": [], "ids": [], "weights": []}
for number, tree in enumerate(learner["gradient_booster"]["model"]["trees"]):
    for node, left in enumerate(tree["left_children"]):
        leaf = left < 0
        for name, value in (("treeids", number), ("nodeids", node), ("featureids", 0 if leaf else tree["split_indices"][node]),
                            ("modes", "LEAF" if leaf else "BRANCH_LT"), ("values", 0.0 if leaf else tree["split_conditions"][node]),
                            ("truenodeids", 0 if leaf else left), ("falsenodeids", 0 if leaf else tree["right_children"][node]),
                            ("missing_value_tracks_true", 0 if leaf else int(tree["default_left"][node]))):
            nodes[name].append(value)
        if leaf:
            for name, value in (("treeids", number), ("nodeids", node), ("ids", 0), ("weights", tree["split_conditions"][node])):
                leaves[name].append(value)
ensemble = helper.make_node("TreeEnsembleRegressor", ["x"], ["margin"], domain="ai.onnx.ml", n_targets=1,
                            **{f"nodes_{name}": values for name, values in nodes.items()},
                            **{f"target_{name}": values for name, values in leaves.items()})
graph = helper.make_graph([ensemble, helper.make_node("Sigmoid", ["margin"], ["y"])], "trees",
                          [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, width])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)], ir_version=9)
onnx.checker.check_model(model)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
x = numpy.random.default_rng(7).random((rows, width), dtype=numpy.float32) * 10
for _ in range(runs):
    start = time.process_time()
    for row in range(rows):
        session.run(None, {"x": x[row:row + 1]})
    print((time.process_time() - start) / rows)
