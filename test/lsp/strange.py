#!/usr/bin/env python3
"""What a server meets that nobody meant: odd files, files that go and come, clients that ask for what is not there.

usage: strange.py OPSC [NAME…]
"""
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from capabilities import Scene, equal, holds
from client import Client, Failed

OPSC = sys.argv[1]
QUESTIONS = ("completion", "hover", "definition", "references", "signatureHelp", "documentHighlight", "prepareRename")
OF_THE_TEXT = ("documentSymbol", "semanticTokens/full", "foldingRange", "codeLens", "documentLink")


def ask_all(client, uri, position):
    place = {"textDocument": {"uri": uri}}
    for question in QUESTIONS:
        extra = {"context": {"includeDeclaration": True}} if question == "references" else {}
        client.request(f"textDocument/{question}", {**place, "position": position, **extra})
    for question in OF_THE_TEXT:
        client.request(f"textDocument/{question}", place)


def codes(client, uri):
    return [d["code"] for d in client.found(uri)]


def an_empty_file():
    with Scene({"main.ops": ""}) as s:
        uri = s.open("main.ops")
        equal(s.client.found(uri), [])
        ask_all(s.client, uri, {"line": 0, "character": 0})


def a_byte_order_mark_and_carriage_returns():
    text = "\ufefflet a = 1\r\nlet b: string = a\r\n"
    with Scene({}) as s:
        s.root.mkdir()
        (s.root / "main.ops").write_bytes(text.encode())
        uri = s.client.open(s.root / "main.ops", text)
        found = s.client.found(uri)
        equal([d["range"]["start"] for d in found if d["code"] == "OPS0301"], [{"line": 1, "character": 16}])
        ask_all(s.client, uri, {"line": 0, "character": 1})


def bytes_that_are_no_text():
    with Scene({"main.ops": "let a = b\n"}) as s:
        (s.root / "more.ops").write_bytes(b"let b = \"\xff\xfe\"\n\x00\x01")
        uri = s.open("main.ops")
        s.client.found(uri)
        more = s.uri("more.ops")
        s.client.wait(lambda: s.client.diagnostics.get(more, {}).get("diagnostics"), "what is wrong with the bytes")
        s.client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": more, "type": 2}]})
        (s.root / "more.ops").write_text("let b = 1\n")
        s.client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": more, "type": 2}]})
        s.client.wait(lambda: not s.client.diagnostics[more]["diagnostics"], "the mended file")
        s.client.wait(lambda: not s.client.diagnostics[uri]["diagnostics"], "the name that the mended file gives")


def a_large_file():
    text = "".join(f'task t{i} {{\n  run: "echo {i}"\n  env: {{ A: "{"x" * 60}" }}\n}}\n' for i in range(1500))
    with Scene({"main.ops": text}) as s:  # 160 kB
        uri = s.open("main.ops")
        equal(s.client.found(uri), [])
        at = {"line": 3_001, "character": 4}
        ask_all(s.client, uri, at)
        begin = text.index('"echo 700"')
        for letter in "abcdefgh":
            s.client.edit(uri, begin, begin, letter)
            begin += 1
        assert s.client.found(uri), "letters before a string are no error"


def thousands_of_errors():
    text = "".join(f"let a{i} = missing{i}\n" for i in range(600)) + "let x = )\n" * 3000
    with Scene({"main.ops": text}) as s:
        uri = s.open("main.ops")
        assert len(s.client.found(uri)) >= 100
        ask_all(s.client, uri, {"line": 3, "character": 10})
        s.client.edit(uri, 0, len(text), "let a = 1\n")
        equal(s.client.found(uri), [])


def a_file_that_is_deleted_while_it_is_open():
    with Scene({"a.ops": "let a = 1\n", "b.ops": "let b: int = a\n"}) as s:
        a, b = s.open("a.ops"), s.open("b.ops")
        equal(codes(s.client, b), [])
        (s.root / "a.ops").unlink()
        s.client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": a, "type": 3}]})
        s.client.replace(b, "int", "string")
        equal(codes(s.client, b), ["OPS0301"])  # the editor's text stands
        s.client.replace(b, "string", "int")
        s.client.notify("textDocument/didClose", {"textDocument": {"uri": a}})
        s.client.wait(lambda: [d["code"] for d in s.client.diagnostics[b]["diagnostics"]] == ["OPS0201"], "its end")


def a_directory_that_is_renamed():
    files = {"main.ops": 'import "./lib"\nlet x: int = lib.y\n', "lib/a.ops": "let y = 1\n"}
    with Scene(files) as s:
        main = s.open("main.ops")
        equal(codes(s.client, main), [])
        (s.root / "lib").rename(s.root / "other")
        s.client.notify("workspace/didChangeWatchedFiles", {"changes": [
            {"uri": s.uri("lib/a.ops"), "type": 3}, {"uri": s.uri("other/a.ops"), "type": 1}]})
        s.client.wait(lambda: s.client.diagnostics[main]["diagnostics"], "the module that is gone")
        s.client.replace(main, '"./lib"', '"./other" as lib')
        equal(codes(s.client, main), [])


def links_that_lead_in_a_circle():
    with Scene({"main.ops": "let a = 1\n", "deep/b.ops": "let b = 1\n"}) as s:
        os.symlink("..", s.root / "deep/up")
        os.symlink("self.ops", s.root / "self.ops")
        os.symlink("nowhere.ops", s.root / "dangling.ops")
        uri = s.open("main.ops")
        s.client.found(uri)
        s.client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": s.uri("self.ops"), "type": 1}]})
        s.client.wait(lambda: s.client.diagnostics.get(s.uri("self.ops"), {}).get("diagnostics"), "the unreadable link")
        ask_all(s.client, s.uri("deep/up/deep/up/main.ops"), {"line": 0, "character": 4})


def documents_that_nobody_opened():
    with Scene({"main.ops": "let a = 1\n"}) as s:
        c = s.client
        s.open("main.ops")
        for uri in (s.uri("none.ops"), s.uri("none/of/these.ops"), "untitled:Untitled-9", "git:/x.ops?y", "file:///",
                    "http://example.com/a.ops", "nonsense", ""):
            ask_all(c, uri, {"line": 7, "character": 7})
            c.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": 3},
                                                "contentChanges": [{"text": "let b = 1\n"}]})
            c.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
            c.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        equal(c.request("workspace/symbol", {"query": "a"})[0]["name"], "a")


def edits_that_come_faster_than_answers():
    with Scene({"main.ops": "let a = 1\nlet b: int = a\n" * 1}) as s:
        uri = s.open("main.ops")
        for i in range(4000):
            s.client.replace(uri, "= 1" if i % 2 == 0 else '= "x"', '= "x"' if i % 2 == 0 else "= 1")
        equal(codes(s.client, uri), [])
        s.client.replace(uri, "= 1", '= "x"')
        equal(codes(s.client, uri), ["OPS0301"])


def versions_and_ranges_that_are_wrong():
    with Scene({"main.ops": "let a = 1\n"}) as s:
        uri = s.open("main.ops")
        far = {"start": {"line": 900, "character": 900}, "end": {"line": 2, "character": 1}}
        s.client.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": -4}, "contentChanges": [
            {"range": far, "text": "let b = a\n"}]})
        whole = {"textDocument": {"uri": uri, "version": 9}, "contentChanges": [{"text": "let c = 😀\n"}]}
        s.client.notify("textDocument/didChange", whole)
        s.client.texts[uri], s.client.versions[uri] = "let c = 😀\n", 9
        assert s.client.found(uri)
        s.client.open(s.root / "main.ops", "let a = 2\n")  # opened twice
        equal(s.client.found(uri), [])


def the_client_dies_and_comes_again():
    with Scene({"main.ops": "let a = 1\nlet b: string = a\n"}) as s:
        first = Client(OPSC, s.root, cache=s.root.parent / "cache")
        first.open(s.root / "main.ops")
        first.process.stdin.close()
        equal(first.process.wait(30), 1)  # it left without a word
        second = Client(OPSC, s.root, cache=s.root.parent / "cache")
        second.open(s.root / "main.ops")
        second.process.kill()
        uri = s.open("main.ops")
        equal(codes(s.client, uri), ["OPS0301"])


def bytes_that_are_no_message():
    with Scene({"main.ops": ""}) as s:
        pipe = s.client.process.stdin
        pipe.write(b"Content-Length: nonsense\r\n\r\n" + b"X-Other: 1\r\nContent-Length: 2\r\n\r\n{}")
        pipe.flush()
        wanted = s.client.next_id = s.client.next_id + 1
        body = json.dumps({"jsonrpc": "2.0", "id": wanted, "method": "workspace/symbol", "params": {"query": ""}}).encode()
        pipe.write(b"Content-Type: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        pipe.flush()
        equal(s.client.answer(wanted), [])


def help_says_what_it_is():
    import subprocess
    out = subprocess.run([OPSC, "lsp", "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
    holds(out, "opsc lsp", "Language Server Protocol")


TESTS = [value for name, value in list(globals().items())
         if callable(value) and getattr(value, "__module__", "") == "__main__" and name.islower()
         and name not in ("ask_all", "codes") and value.__code__.co_argcount == 0]


def main():
    wanted = sys.argv[2:]
    for test in TESTS:
        if wanted and test.__name__ not in wanted:
            continue
        begin = time.monotonic()
        test()
        print(f"{test.__name__} {time.monotonic() - begin:.1f} s", flush=True)


if __name__ == "__main__":
    main()
