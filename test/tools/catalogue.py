#!/usr/bin/env python3
"""Holds the catalogue of diagnostics: each code of catalogue.def is expected by a golden and stands in the manual, is
used by the compiler, and no golden expects a code that does not exist."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# A line of FileCheck: `// CHECK: … [OPS0201]`, `NEAR-NEXT: …`. What is expected not to come does not count.
EXPECTED = re.compile(r"^\s*(?://|#)?\s*[A-Z][A-Z0-9_-]*(?<!-NOT)(?<!RUN):.*?(OPS\d{4})", re.M)


def catalogue():
    text = (ROOT / "compiler/diag/catalogue.def").read_text()
    return {f"OPS{int(number):04}": name for name, number in re.findall(r"^DIAG\((\w+), (\d+),", text, re.M)}


def expected():
    codes = set()
    for pattern in ("test/**/*.ops", "test/**/*.test"):
        for golden in ROOT.glob(pattern):
            if golden.is_file() and not {"Inputs", "corpus"} & set(golden.parts):
                codes.update(EXPECTED.findall(golden.read_text(errors="replace")))
    return codes


def used_names():
    names = set()
    for source in ROOT.glob("compiler/**/*.cpp"):
        if not source.name.endswith("_test.cpp"):
            names.update(re.findall(r"Diag::(k\w+)", source.read_text()))
    return names


def problems(codes):
    goldens, used = expected(), used_names()
    manual = set(re.findall(r"^### (OPS\d{4})$", (ROOT / "docs/diagnostics.md").read_text(), re.M))
    for code, name in sorted(codes.items()):
        if code not in goldens:
            yield f"{code} ({name}): no golden under test/ expects it"
        if code not in manual:
            yield f"{code} ({name}): not in docs/diagnostics.md; test/driver/manual says how to write it anew"
        if name not in used:
            yield f"{code} ({name}): nothing reports it"
    for code in sorted((goldens | manual) - codes.keys()):
        yield f"{code}: expected by a golden or in the manual, but not in the catalogue"


def main():
    codes = catalogue()
    found = list(problems(codes))
    print("\n".join(found) if found else f"{len(codes)} diagnostics are expected by goldens and in the manual")
    return 1 if found or not codes else 0


if __name__ == "__main__":
    sys.exit(main())
