#!/usr/bin/env python3
"""Random edits and questions over the wire, every message held against the LSP meta model: what the server then says
of the text is what one that opens that text says, and its memory does not grow.

usage: edits.py OPSC [EDITS [SEED]]
"""
import os
import pathlib
import random
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from client import Client, Failed

TREE = pathlib.Path(__file__).resolve().parents[2]
PIECES = ["a", "x", " ", "\n", "\r\n", "\t", "{", "}", "(", ")", "[", "]", '"', '"""', ",", ":", ".", "=", "1", "/*", "*/", "//",
          "/// doc\n", "${", "é", "😀", "@key ", "let a = 1\n", 'task t {\n  run: "x"\n}\n', "param env: string = \"dev\"\n",
          "type T { a: int }\n", "if a {", "for x in [1] {", "fn f(a: int) -> int = a\n", "f(1)", "self.a", "out o = a\n",
          "import std.k8s\n", "component C { param p: int }\n", "C c { p: 1 }\n", "secret", "moved a to b\n"]
QUESTIONS = ["completion", "hover", "definition", "references", "signatureHelp", "documentHighlight", "prepareRename"]
OF_THE_TEXT = ["documentSymbol", "semanticTokens/full", "foldingRange", "codeLens", "documentLink", "formatting"]
QUIET = {"checkOnSave": False}  # what is saved is not what is edited


def resident(pid):
    """MiB."""
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def edit(client, uri, rng):
    text = client.texts[uri]
    begin = rng.randint(0, len(text))
    end = begin + (rng.randint(0, min(30, len(text) - begin)) if rng.random() < 0.4 else 0)
    new = "" if rng.random() < 0.2 else rng.choice(PIECES)
    if begin > 0 and text[begin - 1:begin + 1] == "\r\n":
        begin -= 1  # an editor does not stand between them
    if text[end - 1:end + 1] == "\r\n":
        end += 1
    client.edit(uri, begin, max(begin, end), new)


def ask(client, uri, rng):
    place = {"textDocument": {"uri": uri}}
    if rng.random() < 0.3:
        question = rng.choice(OF_THE_TEXT)
        extra = {"options": {"tabSize": 2, "insertSpaces": True}} if question == "formatting" else {}
        client.request(f"textDocument/{question}", {**place, **extra})
        return
    question = rng.choice(QUESTIONS)
    extra = {"context": {"includeDeclaration": True}} if question == "references" else {}
    position = client.position(uri, rng.randint(0, len(client.texts[uri])))
    client.request(f"textDocument/{question}", {**place, "position": position, **extra})


def said(client, uri):
    return sorted((d["range"]["start"]["line"], d["range"]["start"]["character"], d["code"], d["message"])
                  for d in client.found(uri))


def compare(opsc, root, cache, client, uri):
    fresh = Client(opsc, root, cache=cache, options=QUIET)
    fresh.open(None, client.texts[uri], uri)
    theirs, ours = said(fresh, uri), said(client, uri)
    fresh.close()
    assert theirs == ours, f"of {uri} after edits:\n{ours}\nfrom scratch:\n{theirs}\n{client.texts[uri]}"


def main():
    opsc, edits, seed = sys.argv[1], int((sys.argv + ["200"])[2]), int((sys.argv + ["", "1"])[3] or 1)
    rng = random.Random(seed)
    sources = sorted((TREE / "examples").glob("*/*.ops"))[:12]
    with tempfile.TemporaryDirectory(prefix="opsc-edits-") as scratch:
        root, cache = pathlib.Path(scratch).resolve() / "p", pathlib.Path(scratch, "cache")
        root.mkdir()
        (root / "main.ops").write_text("")
        client = Client(opsc, root, cache=cache, options=QUIET)
        uri = client.open(root / "main.ops")
        warm = 0
        for done in range(edits):
            if done % 100 == 0:  # another text, so that it stays one of its kind
                client.edit(uri, 0, len(client.texts[uri]), rng.choice(sources).read_text())
            edit(client, uri, rng)
            if rng.random() < 0.5:
                try:
                    ask(client, uri, rng)
                except Failed as e:
                    raise AssertionError(f"a question failed: {e}\n{client.texts[uri]}") from e
            if done % 25 == 24:
                compare(opsc, root, cache, client, uri)
            if done == edits // 4:
                client.found(uri)
                warm = resident(client.process.pid)
        end = resident(client.process.pid)
        print(f"{edits} edits; {warm:.1f} MiB after a quarter of them, {end:.1f} MiB at the end")
        assert end < 1.25 * warm + 4, "the memory grows"
        assert client.close() == 0


if __name__ == "__main__":
    main()
