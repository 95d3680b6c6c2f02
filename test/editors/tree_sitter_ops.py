#!/usr/bin/env python3
"""tree_sitter_ops.py OPSC [COUNT [SEED]]: holds the tree-sitter grammar of editors/tree-sitter-ops: the committed parser is that of
grammar.js, the trees of its corpus, what its queries colour, and that it accepts exactly the texts that `opsc` reads:
every .ops file and fuzz input of this tree, and as many texts again with a random change.

The parser is compiled from the committed src/parser.c, which only the tool `tree-sitter` can write anew: see
editors/tree-sitter-ops/README.md."""
import ctypes
import hashlib
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import tree_sitter

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRAMMAR = ROOT / "editors/tree-sitter-ops"
SEED = 20261128
# Of the messages of syntax (OPS01xx), those that are not about the form: what cannot be read at all (101, 102, 122),
# limits (115, 121), numbers that do not fit (117) and the indentation of """ strings (119).
FORM = {"OPS0110", "OPS0111", "OPS0112", "OPS0113", "OPS0114", "OPS0116", "OPS0118", "OPS0120"}
LIMITS = {"OPS0115", "OPS0121", "OPS0122"}
BOM = b"\xef\xbb\xbf"  # tree-sitter skips it before any grammar sees it
PIECES = """let param type fn out for in if then else match with not and or secret check to true null = : , . .. ... ? ?. ??
=> -> < > >= == + - * / % | @ ( ) [ ] { } ${ " \""" // /* */ /^a/ r"x" "s" "${a}" 1 2.5 3ms 4% 5x 1e3 a b.c _""".split()


def load(folder):
    library = pathlib.Path(folder) / "ops.so"
    sources = [str(GRAMMAR / "src" / name) for name in ("parser.c", "scanner.c")]
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-std=c11", "-Wall", "-Wno-unused", "-I", str(GRAMMAR / "src"),
                    *sources, "-o", str(library)], check=True)
    function = ctypes.CDLL(str(library)).tree_sitter_ops
    function.restype = ctypes.c_void_p
    capsule = ctypes.pythonapi.PyCapsule_New
    capsule.restype, capsule.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return tree_sitter.Language(capsule(function(), b"tree_sitter.Language", None))


# ---------------------------------------------------------------- the committed parser


def digest():
    sums = hashlib.sha256()
    for name in ("grammar.js", "keywords.json"):
        sums.update((GRAMMAR / name).read_bytes())
    return sums.hexdigest()


def check_parser():
    recorded = (GRAMMAR / "src/grammar.sha256").read_text().strip()
    if recorded != digest():
        yield "src/parser.c is not that of grammar.js: run editors/tree-sitter-ops/generate"


# ---------------------------------------------------------------- test/corpus


def sexp(text):
    return re.sub(r"\s+", " ", text).replace("( ", "(").replace(" )", ")").strip()


def check_corpus(parser):
    cases = 0
    for file in sorted((GRAMMAR / "test/corpus").glob("*.txt")):
        parts = re.split(r"^=+\n(.+)\n=+\n", file.read_text(), flags=re.M)[1:]
        for name, body in zip(parts[::2], parts[1::2]):
            cases += 1
            source, expected = re.split(r"^---+\n", body, maxsplit=1, flags=re.M)
            # Without the names of fields, as `tree-sitter test` compares where none is expected.
            actual = re.sub(r"\w+: ", "", str(parser.parse(source.strip().encode()).root_node))
            if actual != sexp(expected):
                yield f"{file.name}: {name}\n  expected {sexp(expected)}\n  got      {actual}"
    if cases == 0:
        yield "test/corpus holds nothing"


# ---------------------------------------------------------------- test/highlight


def captures_at(query, tree, source):
    """The last capture of each byte, as an editor colours it: of two patterns for one node the later one wins."""
    at = {}
    found = tree_sitter.QueryCursor(query).matches(tree.root_node)
    spans = [(node.start_byte, -node.end_byte, pattern, name) for pattern, names in found
             for name, nodes in names.items() for node in nodes if not name.startswith("_") and name != "none"]
    for begin, end, _, name in sorted(spans):
        for byte in range(begin, -end):
            at[byte] = name
    return at


def check_highlights(language, parser):
    query = tree_sitter.Query(language, (GRAMMAR / "queries/highlights.scm").read_text())
    asserted = 0
    for file in sorted((GRAMMAR / "test/highlight").glob("*.ops")):
        source = file.read_text()
        at = captures_at(query, parser.parse(source.encode()), source)
        line_begin, previous = 0, 0
        for number, line in enumerate(source.splitlines(keepends=True), 1):
            found = re.match(r"//\s*(\^+|<-)\s+([\w.]+)\s*$", line)
            if found:
                asserted += 1
                column = line.index("^") if "^" in found[1] else 0
                actual = at.get(previous + column, "nothing")
                if actual != found[2]:
                    yield f"{file.name}:{number}: expected {found[2]}, got {actual}"
            else:
                previous = line_begin
            line_begin += len(line)
    if asserted == 0:
        yield "test/highlight asserts nothing"


def check_queries(language):
    for file in sorted((GRAMMAR / "queries").glob("*.scm")):
        try:
            tree_sitter.Query(language, file.read_text())
        except tree_sitter.QueryError as error:
            yield f"{file.name}: {error}"


# ---------------------------------------------------------------- what is accepted


def corpus():
    files = [*ROOT.glob("stdlib/**/*.ops"), *ROOT.glob("examples/**/*.ops"), ROOT / "ci.ops", *ROOT.glob("test/**/*.ops"),
             *ROOT.glob("test/fuzz/corpus/parse/*"), *ROOT.glob("editors/**/*.ops")]
    for file in sorted(set(files)):
        if not file.is_file() or "node_modules" in file.parts:
            continue
        text = file.read_bytes()
        try:
            text.decode()
        except UnicodeDecodeError:
            continue
        if not text.startswith(BOM) and len(text) < 200_000:
            yield file, text


def mutants(texts, chance, count):
    small = [text.decode() for text in texts if 20 < len(text) < 6000]
    for _ in range(count):
        words = re.findall(r"\w+|\s+|[^\w\s]", chance.choice(small))
        begin = chance.randrange(len(words))
        words = words[max(0, begin - 60) : begin + 60] if chance.random() < 0.8 else words
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            at = chance.randrange(len(words))
            what = chance.randrange(4)
            if what == 0:
                del words[at]
            elif what == 1:
                words.insert(at, chance.choice(PIECES))
            elif what == 2:
                words[at] = chance.choice(PIECES)
            else:
                words.insert(at, chance.choice(words))
            words = words or ["a"]
        yield "".join(words).encode()


def read_by_opsc(opsc, texts, folder):
    """Of each text, the codes of the errors that `opsc fmt` finds."""
    for number, text in enumerate(texts):
        (folder / f"{number}.ops").write_bytes(text)
    said = subprocess.run([opsc, "--no-color", "fmt", "--check", str(folder)], capture_output=True, text=True)
    codes = [set() for _ in texts]
    for number, code in re.findall(r"(\d+)\.ops:\d+:\d+: error: .*\[(OPS\d+)\]$", said.stderr, re.M):
        codes[int(number)].add(code)
    return codes


def check_accepts(opsc, parser, count, seed):
    named = list(corpus())
    names = [str(file.relative_to(ROOT)) for file, _ in named]
    texts = [text for _, text in named]
    changed = list(mutants(texts, random.Random(seed), count))
    names += [f"changed text {i}" for i in range(len(changed))]
    texts += changed
    with tempfile.TemporaryDirectory() as folder:
        codes = read_by_opsc(opsc, texts, pathlib.Path(folder))
    bad = compared = 0
    for name, text, found in zip(names, texts, codes):
        if found & LIMITS:
            continue
        compared += 1
        refused = bool(found & FORM)
        bad += refused
        if refused != parser.parse(text).root_node.has_error:
            shown = text.decode() if len(text) < 600 else ""
            yield f"{name}: opsc {'refuses: ' + ' '.join(sorted(found & FORM)) if refused else 'reads'} it\n{shown}"
    print(f"{compared} texts are read or refused as by opsc, {bad} of them refused")


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else SEED
    with tempfile.TemporaryDirectory() as folder:
        language = load(folder)
        parser = tree_sitter.Parser(language)
        checks = [check_parser(), check_queries(language), check_corpus(parser), check_highlights(language, parser),
                  check_accepts(sys.argv[1], parser, count, seed)]
        failures = [failure for check in checks for failure in check]
    print("\n".join(failures) or "ok")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
