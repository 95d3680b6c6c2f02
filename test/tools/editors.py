#!/usr/bin/env python3
"""editors.py [--check]: writes the lists of keywords, units, types and functions of all editor plugins from grammar/,
the compiler's tables and stdlib/prelude/. With --check it changes nothing and fails when one of them is stale.

A generated part is a whole file, or stands in a file between a line with `generated: NAME` and one with
`generated: end`."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
EDITORS = ROOT / "editors"
NOTE = "Written by test/tools/editors.py; do not edit."

# What each keyword is to a reader; a new keyword of the grammar must be put somewhere here.
KEYWORDS = {
    "declaration": "import param let out fn type component extern assert moved removed edition",
    "conditional": "if then else match",
    "loop": "for in",
    "operator": "and or not",
    "modifier": "as check secret to with",
    "constant": "true false null",
}


def read(path):
    return (ROOT / path).read_text()


def table(path, begin, row):
    """The first groups of `row` in the initialiser that follows `begin`."""
    text = read(path)
    start = text.index(begin)
    found = re.findall(row, text[start : text.index(";\n", start)])
    assert found, f"{path}: nothing found after {begin}"
    return found


def keywords():
    return re.findall(r"^K_\w+: '(\w+)';", read("grammar/OpsLexer.g4"), re.M)


def groups(words):
    """The keywords by what they are; fails when the grammar has one that KEYWORDS does not name, or the reverse."""
    named = {group: row.split() for group, row in KEYWORDS.items()}
    odd = set(words).symmetric_difference(word for row in named.values() for word in row)
    if odd:
        sys.exit(f"test/tools/editors.py: KEYWORDS and grammar/OpsLexer.g4 differ in {', '.join(sorted(odd))}")
    return named


def units():
    return table("compiler/syntax/number.cpp", "kUnits[]", r'\{"(\w+)", Unit::')


def primitives():
    return table("compiler/sema/type_expr.cpp", "kPrims{", r'PrimRow\{"(\w+)"')


def annotations():
    return table("compiler/sema/nominal.cpp", "kAnnotations{", r'"(\w+)"')


def prelude(pattern):
    texts = "".join(path.read_text() for path in sorted((ROOT / "stdlib/prelude").glob("*.ops")))
    return sorted(set(re.findall(pattern, texts, re.M)))


def lists():
    words = keywords()
    named = {f"keywords_{group}": row for group, row in groups(words).items()}
    return named | {
        "keywords": words,
        "units": units(),
        "primitives": primitives(),
        "annotations": annotations(),
        "functions": prelude(r"^(?:extern )?fn (\w+)"),
        "kinds": prelude(r"^extern type ([a-z]\w*)"),
        "types": prelude(r"^(?:extern )?type ([A-Z]\w*)"),
    }


# ---------------------------------------------------------------- how each file writes them


def scanner_header(known):
    rows = lambda macro, names: "\n".join([f"#ifdef {macro}", *(f"{macro}({name})" for name in names), "#endif"])
    return f"// {NOTE}\n{rows('KEYWORD', known['keywords'])}\n{rows('UNIT', known['units'])}\n"


def any_of(names):
    """A pattern of the words, longest first, so that none hides another."""
    return "|".join(sorted(names, key=lambda name: (-len(name), name)))


def textmate(known):
    text = read("editors/vscode/syntaxes/ops.tmLanguage.in.json")
    for name, names in known.items():
        text = text.replace(f"@{name}@", any_of(names))
    left = re.search(r"@\w+@", text)
    if left:
        sys.exit(f"editors/vscode/syntaxes/ops.tmLanguage.in.json: nothing is called {left[0]}")
    grammar = {"information_for_contributors": [NOTE]} | json.loads(text)
    return json.dumps(grammar, indent=2) + "\n"


CAPTURES = {
    "declaration": "keyword",
    "conditional": "keyword.conditional",
    "loop": "keyword.repeat",
    "operator": "keyword.operator",
    "modifier": "keyword.modifier",
}


def queries(known):
    def quoted(names):
        return "\n".join(f'    "{name}"' for name in names)

    def words(capture, pattern, names):
        return f"({pattern.replace('@', '@' + capture)}\n  (#any-of? @{capture}\n{quoted(known[names])}))"

    parts = [f"[\n{quoted(known['keywords_' + group])}\n] @{capture}" for group, capture in CAPTURES.items()]
    parts += [
        words("type.builtin", "(named_type name: (qualified_name . (identifier) @ .))", "primitives"),
        words("function.builtin", "(call_expression function: (identifier) @)", "functions"),
        words("function.builtin", "(call_expression function: (member_expression member: (identifier) @))", "functions"),
    ]
    return "\n\n".join(parts)


def vim(known):
    """Matches, not `syn keyword`, which would win over a field of that name."""
    def match(group, names, after=""):
        return f"syn match {group} /\\<\\%({vim_any(names)}\\)\\>{after}/"

    called = [name for name in known["primitives"] if name in known["functions"]]
    rows = [match(f"opsKeyword{group.title()}", known["keywords_" + group]) for group in KEYWORDS]
    rows += [
        match("opsFunction", known["functions"], r"\ze\s*("),
        match("opsType", [name for name in known["primitives"] if name not in called] + known["types"]),
        match("opsType", called, r"\%(\s*(\)\@!"),
        f"syn match opsKind /^\\s*\\zs\\%({vim_any(known['kinds'])}\\)\\ze\\s\\+\\h\\w*/",
        f"syn match opsNumber /\\<\\d[0-9_]*\\%(\\.\\d\\+\\)\\=\\%(\\%({vim_any(known['units'])}\\)\\>\\|%\\)/",
    ]
    return "\n".join(rows)


def vim_any(names):
    return any_of(names).replace("|", r"\|")


def region(path, name, body):
    """The file with the lines between the markers of `name` replaced."""
    text = (ROOT / path).read_text()
    pattern = re.compile(rf"(^.*generated: {name}\b.*\n)(?:.*\n)*?(^.*generated: end.*$)", re.M)
    if not pattern.search(text):
        sys.exit(f"{path}: has no lines `generated: {name}` and `generated: end`")
    return pattern.sub(lambda found: found[1] + body + "\n" + found[2], text)


def outputs(known):
    ts = "editors/tree-sitter-ops"
    out = {
        f"{ts}/keywords.json": json.dumps(known["keywords"], indent=2) + "\n",
        f"{ts}/src/keywords.h": scanner_header(known),
        f"{ts}/queries/highlights.scm": region(f"{ts}/queries/highlights.scm", "words", queries(known)),
        "editors/vim/syntax/ops.vim": region("editors/vim/syntax/ops.vim", "words", vim(known)),
        "editors/vscode/syntaxes/ops.tmLanguage.json": textmate(known),
    }
    # Neovim reads queries from its own folder; they are the grammar's.
    for query in sorted((ROOT / ts / "queries").glob("*.scm")):
        text = out.get(f"{ts}/queries/{query.name}", query.read_text())
        out[f"editors/nvim/queries/ops/{query.name}"] = f"; {NOTE} From {ts}/queries.\n{text}"
    return out


def main():
    stale = []
    for path, text in outputs(lists()).items():
        file = ROOT / path
        if file.exists() and file.read_text() == text:
            continue
        stale.append(path)
        if "--check" not in sys.argv[1:]:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path}: stale; run test/tools/editors.py")
        if not stale:
            print("the lists of all editors are those of the grammar and the prelude")
        return 1 if stale else 0
    print("\n".join(f"wrote {path}" for path in stale) or "nothing to do")
    return 0


if __name__ == "__main__":
    sys.exit(main())
