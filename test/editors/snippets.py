#!/usr/bin/env python3
"""snippets.py OPSC: every snippet of the VS Code extension, as it stands after the last Tab, is a text that opsc reads and
would not format otherwise."""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def expanded(body):
    text = "\n".join(body) if isinstance(body, list) else body
    return re.sub(r"\$\{\d+:([^}]*)\}", r"\1", text)


def main():
    snippets = json.loads((ROOT / "editors/vscode/snippets/ops.json").read_text())
    failures = []
    for name, snippet in snippets.items():
        # What is left to the user: a value, an element, declarations.
        text = expanded(snippet["body"])
        text = re.sub(r"= \$0", "= x", re.sub(r"\[\$2\]", "[x]", re.sub(r", \$4\]", "]", text)))
        text = re.sub(r"\$0", "let y = x", text) + "\n"
        made = subprocess.run([sys.argv[1], "--no-color", "fmt", "-"], input=text, capture_output=True, text=True)
        if made.returncode != 0 or made.stdout != text:
            failures.append(f"{name}:\n{text}{made.stderr or made.stdout}")
    print("\n".join(failures) or f"{len(snippets)} snippets are read and formatted")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
