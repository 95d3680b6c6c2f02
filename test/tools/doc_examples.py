#!/usr/bin/env python3
"""Checks every ```ops block of the manual: it must pass `opsc check`, or, as ```ops OPS0301, fail with
exactly that code.  usage: doc_examples.py OPSC FILE.md…"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```ops[ \t]*([A-Z0-9]*)\n(.*?)^```", re.M | re.S)


def problem(opsc, text, code):
    with tempfile.TemporaryDirectory() as directory:
        source = pathlib.Path(directory, "example.ops")
        source.write_text(text)
        done = subprocess.run([opsc, "check", str(source)], capture_output=True, text=True, cwd=directory)
    output = done.stdout + done.stderr
    if not code:
        return None if done.returncode == 0 else output
    if done.returncode == 0:
        return f"passes, but {code} was announced"
    codes = set(re.findall(r"OPS\d{4}", output))
    return None if codes == {code} else f"announced {code}, got {sorted(codes)}\n{output}"


def main():
    opsc, *pages = map(os.path.abspath, sys.argv[1:])
    failures = count = 0
    for page in pages:
        text = pathlib.Path(page).read_text()
        for match in BLOCK.finditer(text):
            count += 1
            found = problem(opsc, match[2], match[1])
            if found:
                failures += 1
                line = text.count("\n", 0, match.start()) + 1
                print(f"{page}:{line}: {found}")
    print(f"{count} examples, {failures} failed")
    return 1 if failures or not count else 0


if __name__ == "__main__":
    sys.exit(main())
