"""`check` of N instances, and start-up."""
import pathlib

from measure import once, side_by_side, table

INSTANCE = """
/// Instance {i}.
task t_{i} {{
  inputs: files("src/{i}/**", "CMakeLists.txt")
  run: "cc -O2 -o out/app{i} src/{i}/main.c"
  env: {{ MODE: "release", LEVEL: "{i}" }}
  limits: {{ cpu: 2.0, memory: 2GiB, timeout: 10min }}
  out app: file = "out/app{i}"
}}
"""


def run(opsc, rivals, scratch, quick):
    rows, notes = [], []
    for n in (1000, 10000) if quick else (1000, 10000, 100000):
        directory = pathlib.Path(scratch, f"check-{n}")
        directory.mkdir(parents=True, exist_ok=True)
        text = "edition 2026\n" + "".join(INSTANCE.format(i=i) for i in range(n))
        (directory / "main.ops").write_text(text)
        megabytes = len(text) / 1e6
        result = side_by_side({"opsc": lambda: once([opsc, "check"], directory)}, 3)
        rows.append((f"check {n} instances", result))
        ours = result["opsc"]
        notes.append(f"- {n} instances: {megabytes:.2f} MB, {megabytes / ours.cpu:.1f} MB/s of CPU, "
                     f"{ours.rss / megabytes:.0f} MiB a MB")
    rows.append(("version", side_by_side({"opsc": lambda: once([opsc, "version"], scratch)}, 11)))
    return table("Front end", rows) + "\n" + "\n".join(notes) + "\n"
