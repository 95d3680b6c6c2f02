"""Functions over rows: compiled kernels against numpy, polars, DuckDB and pandas, on one thread."""
import json
import pathlib
import statistics
import subprocess

HERE = pathlib.Path(__file__).parent / "kernels"
FEATURES = {"rows": "row_wise", "trailing": "trailing", "joined": "joined"}
TASKS = [("five features of a row", "rows", [1_000_000, 10_000_000], ["numpy", "polars", "duckdb", "pandas"]),
         ("mean of the last day by customer", "trailing", [1_000_000], ["polars", "duckdb", "pandas"]),
         ("as-of join with 1,000,000 rows by customer", "joined", [200_000], ["polars", "duckdb", "pandas"])]


def seconds(command):
    """Runs a program that prints the CPU seconds of each run."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(line) for line in done.stdout.split()]


def kernels(opsc, scratch):
    """The serialised kernels of features.ops, as files."""
    text = subprocess.run([opsc, "check", HERE / "features.ops", "--emit=graph"], check=True, capture_output=True,
                          text=True).stdout
    paths = {}
    for node in json.loads(text)["nodes"]:
        if node["type"] != "features":
            continue
        path = pathlib.Path(scratch, node["address"] + ".json")
        path.write_text(node["fields"]["columns"])
        paths[node["address"]] = path
    return paths


def line(what, rows, tool, runs, ours):
    middle, best = statistics.median(runs), min(runs)
    ratio = f"{middle / statistics.median(ours):.1f}" if runs is not ours else ""
    return f"| {what}, {rows:,} rows | {tool} | {middle * 1e3:.1f} | {best * 1e3:.1f} | {ratio} |"


def run(opsc, rivals, scratch, quick):
    build = pathlib.Path(opsc).parent
    paths = kernels(opsc, scratch)
    lines = ["### Functions over rows", "",
             "| what | tool | CPU ms, median | least | ÷ opsc |", "| --- | --- | ---: | ---: | ---: |"]
    for what, task, sizes, tools in TASKS:
        for rows in sizes[:1] if quick else sizes:
            count = 3 if quick else 7
            own = lambda plugin: seconds([build / "kernels_bench", plugin, paths[FEATURES[task]], str(rows), str(count),
                                          "1000000" if task == "joined" else str(rows)])
            ours = own(build / "libopsc_jit.so")[1:]
            lines.append(line(what, rows, "opsc", ours, ours))
            lines.append(line(what, rows, "opsc without the plugin", own("-")[1:], ours))
            for tool in tools if rivals.python else []:
                theirs = seconds([rivals.python, HERE / "rivals.py", tool, task, str(rows), str(count)])[1:]
                lines.append(line(what, rows, tool, theirs, ours))
    return "\n".join(lines) + "\n"
