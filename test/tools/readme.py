#!/usr/bin/env python3
"""Runs the tour of the README and prints it with real output.  usage: readme.py OPSC"""
import pathlib
import re
import subprocess
import sys
import tempfile

STEPS = ["opsc plan", "opsc apply --yes", "opsc plan", "opsc apply --yes -p who=moon", "echo drift > out/greeting.txt; opsc plan -p who=moon", "opsc explain greeting.content"]


def main():
    opsc = pathlib.Path(sys.argv[1]).resolve()
    readme = pathlib.Path(__file__).resolve().parents[2] / "README.md"
    source = re.search(r"^```ops\n(.*?)^```", readme.read_text(), re.M | re.S)[1]
    with tempfile.TemporaryDirectory() as scratch:
        project = pathlib.Path(scratch, "hello")
        project.mkdir()
        (project / "main.ops").write_text(source)
        for step in STEPS:
            done = subprocess.run(["sh", "-c", step], cwd=project, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, env={"PATH": f"{opsc.parent}:/usr/bin:/bin", "HOME": scratch})
            print(f"```console\n$ {step}\n{done.stdout.rstrip()}\n```\n")


if __name__ == "__main__":
    main()
