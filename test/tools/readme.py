#!/usr/bin/env python3
"""Runs the tour of the README and prints it with real output.  usage: readme.py [--check] OPSC
With --check: fails where the README says something else, but for times."""
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def blocks_of(text, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.M | re.S)


def run(opsc, source, steps):
    with tempfile.TemporaryDirectory() as scratch:
        project = pathlib.Path(scratch, "hello")
        project.mkdir()
        (project / "main.ops").write_text(source)
        for step in steps:
            done = subprocess.run(["sh", "-c", step], cwd=project, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, env={"PATH": f"{opsc.parent}:/usr/bin:/bin", "HOME": scratch})
            yield f"$ {step}\n{done.stdout.rstrip()}\n"


def timeless(text):
    return re.sub(r"\b[0-9.]+m?s\b", "TIME", text).splitlines()


def main():
    tour = README.read_text().split("## A tour")[1].split("\n## ")[0]
    written = blocks_of(tour, "console")
    steps = [block.splitlines()[0].removeprefix("$ ") for block in written]
    real = list(run(pathlib.Path(sys.argv[-1]).resolve(), blocks_of(tour, "ops")[0], steps))
    if "--check" not in sys.argv:
        print("\n".join(f"```console\n{block}```\n" for block in real))
        return 0
    wrong = False
    for before, now in zip(written, real):
        difference = list(difflib.unified_diff(timeless(before), timeless(now), "README.md", "opsc", lineterm=""))
        wrong |= bool(difference)
        print("\n".join(difference))
    return wrong


if __name__ == "__main__":
    sys.exit(main())
