"""`check` of N instances, cold and of unchanged sources, and start-up."""
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
        cold = side_by_side({"opsc": lambda: once([opsc, "check"], directory)}, 3)
        (directory / ".ops").mkdir(exist_ok=True)  # where a check is remembered
        once([opsc, "check"], directory)
        warm = side_by_side({"opsc": lambda: once([opsc, "check"], directory)}, 5)
        rows += [(f"check {n} instances", cold), (f"check {n} instances, unchanged", warm)]
        notes.append(f"- {n} instances: {megabytes:.2f} MB, {megabytes / cold['opsc'].cpu:.1f} MB/s of CPU, "
                     f"{cold['opsc'].rss / megabytes:.0f} MiB a MB; unchanged "
                     f"{megabytes / warm['opsc'].cpu:.0f} MB/s")
    rows.append(("version", side_by_side({"opsc": lambda: once([opsc, "version"], scratch)}, 11)))
    return table("Front end", rows) + "\n" + "\n".join(notes) + "\n"
