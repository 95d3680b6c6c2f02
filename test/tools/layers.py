#!/usr/bin/env python3
"""Holds the layer table: every #include of a project header follows test/tools/layers.txt."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OWNERS = {  # third-party library: the folders that may include its headers
    r"antlr4-runtime|OpsLexer|OpsParser": {"compiler/syntax"},
    r"sqlite3": {"runtime/store"},
    r"CLI/": {"compiler/driver"},
    r"re2/": {"compiler/sema", "compiler/kernel", "compiler/eval", "compiler/kube", "runtime/data"},
    r"arrow/|parquet/": {"runtime/arrow"},
    r"httplib": {"runtime/httplib"},
    r"simdjson": {"runtime/data"},
    r"llvm/": {"compiler/jit"},
    r"openssl/": {"runtime/base", "runtime/value", "runtime/kube"},
    r"curl/": {"runtime/kube"},
    r"yaml-cpp/": {"runtime/kube", "runtime/yaml"},
}


def read_table():
    table = {}
    for line in (ROOT / "test/tools/layers.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            folder, _, allowed = line.partition(":")
            table[folder] = set(allowed.split())
    return table


def folder_of(path, table):
    matches = [f for f in table if path.startswith(f + "/")]
    return max(matches, key=len) if matches else None


def violations(table):
    for source in sorted([*ROOT.glob("compiler/**/*.[ch]*"), *ROOT.glob("runtime/**/*.[ch]*")]):
        name = source.relative_to(ROOT).as_posix()
        folder = folder_of(name, table)
        if folder is None:
            yield f"{name}: folder is not in the table"
            continue
        is_test = name.endswith("_test.cpp") or "/testing/" in name
        for number, line in enumerate(source.read_text().splitlines(), 1):
            include = re.match(r'\s*#include\s+["<]([^">]+)[">]', line)
            if not include:
                continue
            target = include[1]
            target_folder = folder_of(target, table)
            if target_folder and target_folder != folder:
                if "*" not in table[folder] and target_folder not in table[folder] and not is_test:
                    yield f"{name}:{number}: {folder} may not include {target_folder}"
            for pattern, owners in OWNERS.items():
                if re.match(pattern, target) and folder not in owners and not is_test:
                    yield f"{name}:{number}: {target} belongs to {', '.join(sorted(owners))}"


def same_names():
    """Two types of one name in one namespace, in two headers: the linker would merge their code."""
    seen = {}
    for header in sorted([*ROOT.glob("compiler/**/*.h"), *ROOT.glob("runtime/**/*.h")]):
        text = header.read_text()
        namespace = re.search(r"^namespace (\S+) {", text, re.M)
        for match in re.finditer(r"^(?:struct|class|enum class) (\w+)(?: final)?\s*(?::(?!:)|{)", text, re.M):
            key = (namespace[1] if namespace else "", match[1])
            name = header.relative_to(ROOT).as_posix()
            if "/testing/" not in name and seen.setdefault(key, name) != name:
                yield f"{name}: {'::'.join(key)} is also declared in {seen[key]}"


def unchecked(table):
    pipeline = (ROOT / "ci.ops").read_text()
    for folder in table:
        if f'"{folder}",' not in pipeline:
            yield f"{folder}: is not in the folders of ci.ops"


def cycles(table):
    state = {}

    def visit(folder, path):
        if state.get(folder) == "done" or folder not in table:
            return None
        if folder in path:
            return path[path.index(folder):] + [folder]
        for target in table[folder] - {"*"}:
            found = visit(target, path + [folder])
            if found:
                return found
        state[folder] = "done"
        return None

    for folder in table:
        found = visit(folder, [])
        if found:
            yield "cycle: " + " -> ".join(found)
            return


def main():
    table = read_table()
    problems = [*violations(table), *same_names(), *unchecked(table), *cycles(table)]
    print("\n".join(problems) if problems else f"{len(table)} folders keep their layers")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
