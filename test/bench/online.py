"""One row online: eight features of a raw order and 100 trees of depth 6, against the trees alone in onnxruntime."""
import pathlib
import shutil
import statistics
import subprocess

HERE = pathlib.Path(__file__).parent / "online"
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples/ml/orders"
TRAINER = "xgboost(rounds: 60, depth: 3, learning_rate: 0.15, seed: 7)"


def model(opsc, scratch):
    """The orders of the example, but 100 trees of depth 6."""
    place = pathlib.Path(scratch, "online")
    shutil.copytree(EXAMPLE, place)
    (place / "data").mkdir(exist_ok=True)
    for month in (1, 2, 3):
        subprocess.run(["python3", "generate.py", "7", str(month), "5000", f"data/{month}.csv"], cwd=place, check=True)
    text = (place / "orders.ops").read_text()
    assert TRAINER in text
    (place / "orders.ops").write_text(text.replace(TRAINER, "xgboost(rounds: 100, depth: 6, seed: 7)"))
    subprocess.run([opsc, "apply", "--yes", "returns/training"], cwd=place, check=True, capture_output=True)
    return place / ".ops/out/returns/training/model"


def microseconds(command):
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(line) * 1e6 for line in done.stdout.split()][1:]


def run(opsc, rivals, scratch, quick):
    build = pathlib.Path(opsc).parent
    where = model(opsc, scratch)
    rows, runs = ("20000", "4") if quick else ("100000", "8")
    tools = {"opsc": [build / "online_bench", build / "libopsc_jit.so", where, rows, runs],
             "opsc without the plugin": [build / "online_bench", "-", where, rows, runs]}
    if rivals.onnx:
        tools["onnxruntime (trees alone)"] = [rivals.onnx, HERE / "onnx_row.py", where, "20000", runs]
    lines = ["### One row online", "", "| what | tool | CPU µs a row, median | least |", "| --- | --- | ---: | ---: |"]
    for tool, command in tools.items():
        spent = microseconds(command)
        lines.append(f"| eight features, 100 trees of depth 6 | {tool} | {statistics.median(spent):.2f} | {min(spent):.2f} |")
    return "\n".join(lines) + "\n"
