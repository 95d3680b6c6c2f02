#!/usr/bin/env python3
"""Each capability of the server, asked for as an editor does. usage: capabilities.py OPSC [NAME…]"""
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from client import PULL, Client, Failed, path_to_uri

OPSC = sys.argv[1]

SHOP = '''edition 2026

/// Where this goes.
param env: "dev" | "prod" = "dev"
param replicas: int(1..50) = 3
let name = "shop"
let banner = "${name}-${env}"

/// Compiles the server.
task build {
  inputs: files("src/**")
  run: "make"
  limits: { timeout: 10min }
  out server: file = "out/shop"
}

task use {
  run: [build.server, "--self-test", banner]
}

pipeline release {
  goals: [build, use]
}
'''


class Scene:
    """A project in a directory of its own, and a client."""

    def __init__(self, files, **options):
        self.directory = tempfile.TemporaryDirectory(prefix="opsc-lsp-")
        self.root = pathlib.Path(self.directory.name).resolve() / "p"
        for path, text in files.items():
            at = self.root / path
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_text(text)
        self.client = Client(OPSC, self.root, cache=self.root.parent / "cache", **options)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            assert self.client.close() == 0, "the server did not leave in order"
        else:
            self.client.process.kill()
        self.directory.cleanup()

    def uri(self, path):
        return path_to_uri(self.root / path)

    def open(self, path):
        return self.client.open(self.root / path)


def labels(result):
    return [item["label"] for item in result["items"]]


def complete(c, uri, needle, shift=0, nth=0):
    return c.request("textDocument/completion", c.place(uri, needle, shift, nth))


def equal(got, wanted, what=""):
    assert got == wanted, f"{what}: got {got!r}, wanted {wanted!r}"


def holds(text, *parts):
    for part in parts:
        assert part in text, f"no {part!r} in {text!r}"


# ---------------------------------------------------------------- texts and diagnostics
def encodings_are_agreed_on():
    for offered, agreed in ((["utf-16"], "utf-16"), (["utf-8", "utf-16"], "utf-8"), (["utf-32"], "utf-32")):
        with Scene({"main.ops": ""}, encodings=offered) as s:
            equal(s.client.server["capabilities"]["positionEncoding"], agreed)


def positions_count_what_was_agreed():
    text = 'let a = "😀é\t" + 1 + wrong\r\nlet b = wrong2\n'
    for encoding in ("utf-8", "utf-16"):
        with Scene({"main.ops": text}, encodings=[encoding]) as s:
            uri = s.client.open(s.root / "main.ops", text)
            found = s.client.found(uri)
            names = {s.client.text_in(uri, d["range"]) for d in found}
            assert {"wrong", "wrong2"} <= names, names
            s.client.replace(uri, "wrong", "right")
            names = {s.client.text_in(uri, d["range"]) for d in s.client.found(uri)}
            assert {"right", "wrong2"} <= names, names


def diagnostics_are_pushed_with_all_they_know():
    with Scene({"main.ops": "let port = 1\nlet x = prot\nlet port = 2\n"}) as s:
        uri = s.open("main.ops")
        found = {d["code"]: d for d in s.client.found(uri)}
        unknown = found["OPS0201"]
        equal(s.client.text_in(uri, unknown["range"]), "prot")
        equal((unknown["severity"], unknown["source"]), (1, "opsc"))
        holds(unknown["message"], "did you mean `port`")
        page = pathlib.Path(unknown["codeDescription"]["href"].removeprefix("file://"))
        holds(page.read_text(), "OPS0201")
        twice = next(d for d in found.values() if d.get("relatedInformation"))
        equal(s.client.text_in(uri, twice["relatedInformation"][0]["location"]["range"]), "port")
        s.client.edit(uri, 0, len(s.client.texts[uri]), "let port = 1\n")
        equal(s.client.found(uri), [])


def diagnostics_are_pulled():
    with Scene({"main.ops": "let x = y\n"}, capabilities=PULL, options={"diagnostics": "pull"}) as s:
        assert s.client.server["capabilities"]["diagnosticProvider"]["interFileDependencies"]
        uri = s.open("main.ops")
        report = s.client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        equal([d["code"] for d in report["items"]], ["OPS0201"])
        again = s.client.request("textDocument/diagnostic",
                                 {"textDocument": {"uri": uri}, "previousResultId": report["resultId"]})
        equal(again["kind"], "unchanged")
        whole = s.client.request("workspace/diagnostic", {"previousResultIds": []})
        equal([r["uri"] for r in whole["items"]], [uri])
        equal(s.client.diagnostics, {}, "pushed all the same")


def unsaved_text_stands_over_the_disk():
    with Scene({"a.ops": "let a = 1\n", "b.ops": "let b: int = a\n"}) as s:
        b = s.open("b.ops")
        equal(s.client.found(b), [])
        a = s.open("a.ops")
        s.client.replace(a, "1", '"text"')
        s.client.wait(lambda: s.client.diagnostics[b]["diagnostics"], "the error in the other file")
        s.client.notify("textDocument/didClose", {"textDocument": {"uri": a}})
        s.client.wait(lambda: not s.client.diagnostics[b]["diagnostics"], "the end of the error")


def files_that_change_on_disk_are_seen():
    with Scene({"a.ops": "let a = 1\n", "b.ops": "let b: int = a\nlet c = d\n"}) as s:
        b = s.open("b.ops")
        equal([d["code"] for d in s.client.found(b)], ["OPS0201"])
        registered = [r for r in s.client.requests if r["method"] == "client/registerCapability"]
        assert registered, "files are not watched"
        (s.root / "d.ops").write_text("let d = 4\n")
        (s.root / "a.ops").write_text('let a = "x"\n')
        s.client.notify("workspace/didChangeWatchedFiles", {"changes": [
            {"uri": s.uri("d.ops"), "type": 1}, {"uri": s.uri("a.ops"), "type": 2}]})
        s.client.wait(lambda: [d["code"] for d in s.client.diagnostics[b]["diagnostics"]] == ["OPS0301"],
                      "what changed on disk")
        (s.root / "d.ops").unlink()
        s.client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": s.uri("d.ops"), "type": 3}]})
        s.client.wait(lambda: len(s.client.diagnostics[b]["diagnostics"]) == 2, "what was deleted")


def folders_are_programs_of_their_own():
    with Scene({"one/main.ops": "let x = 1\n", "two/main.ops": "let x = missing\n"}, folders=[]) as s:
        folder = {"uri": s.uri("two"), "name": "two"}
        s.client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
        two = s.uri("two/main.ops")
        s.client.wait(lambda: s.client.diagnostics.get(two, {}).get("diagnostics"), "the other folder")
        one = s.open("one/main.ops")
        equal(s.client.found(one), [])
        s.client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
        s.client.wait(lambda: not s.client.diagnostics[two]["diagnostics"], "the end of the folder")


def modules_are_checked_where_they_are_imported():
    files = {"main.ops": 'import "./lib"\nlib site { size: "big" }\n', "lib/lib.ops": "param size: int\n"}
    with Scene(files) as s:
        main = s.open("main.ops")
        equal([s.client.text_in(main, d["range"]) for d in s.client.found(main)], ['"big"'])
        lib = s.open("lib/lib.ops")
        s.client.replace(lib, "int", "string")
        s.client.wait(lambda: not s.client.diagnostics[main]["diagnostics"], "the other type")


def a_buffer_without_a_file_is_checked():
    with Scene({"main.ops": ""}) as s:
        uri = s.client.open("", 'let x = y\n', uri="untitled:Untitled-1")
        equal([d["code"] for d in s.client.found(uri)], ["OPS0201"])
        equal(s.client.request("textDocument/hover", s.client.place(uri, "x"))["contents"]["kind"], "markdown")


# ---------------------------------------------------------------- writing
def completion_knows_the_place():
    with Scene({"main.ops": SHOP}) as s:
        uri = s.open("main.ops")
        c = s.client
        c.replace(uri, '  run: "make"\n', '  run: "make"\n  \n')
        got = complete(c, uri, '"make"\n  ', len('"make"\n  '))
        assert "env" in labels(got) and "run" not in labels(got), labels(got)
        item = next(i for i in got["items"] if i["label"] == "env")
        holds(c.request("completionItem/resolve", item)["documentation"]["value"], "env")
        c.replace(uri, '"make"\n  \n', '"make"\n')
        c.replace(uri, "[build.server,", "[build.,")
        assert "server" in labels(complete(c, uri, "build.,", 6))
        c.replace(uri, "[build.,", "[bu,")
        got = complete(c, uri, "[bu,", 3)
        assert {"build", "banner", "env"} <= set(labels(got)), labels(got)
        c.replace(uri, "[bu,", "[build.server,")
        c.replace(uri, '= "dev"', "= ")
        assert {'"dev"', '"prod"'} <= set(labels(complete(c, uri, '"prod" = ', 9)))
        c.replace(uri, '"prod" = ', '"prod" = "')
        assert {"dev", "prod"} <= set(labels(complete(c, uri, '"prod" = "', 10)))
        c.replace(uri, '"prod" = "', '"prod" = "dev"')
        c.replace(uri, "10min", "10")
        assert {"10s", "10min", "10h"} <= set(labels(complete(c, uri, "timeout: 10", 11)))


def completion_where_a_declaration_begins():
    with Scene({"main.ops": "edition 2026\n\nta"}) as s:
        uri = s.open("main.ops")
        got = complete(s.client, uri, "\nta", 3)
        assert {"task", "param", "let", "import"} <= set(labels(got)), labels(got)
        task = next(i for i in got["items"] if i["label"] == "task")
        equal(task["insertTextFormat"], 2)
        holds(task["textEdit"]["newText"], "task ${1:name} {", "run: ")


def completion_of_types_imports_and_broken_code():
    with Scene({"main.ops": 'param x: \nimport std.', "lib/a.ops": ""}) as s:
        uri = s.open("main.ops")
        c = s.client
        assert "k8s" in labels(complete(c, uri, "std.", 4))
        assert {"string", "int", "duration"} <= set(labels(complete(c, uri, "x: ", 3)))
        c.edit(uri, 0, len(c.texts[uri]), 'import "./')
        assert "./lib" in labels(complete(c, uri, '"./', 3))
        c.edit(uri, 0, len(c.texts[uri]), "let xs = [1, 2]\nlet y = xs.map(x => x.\ntask t {\n  li\n")
        got = complete(c, uri, "  li", 4)
        assert "limits" in labels(got), labels(got)
        assert "run" in labels(got), labels(got)
        c.edit(uri, 0, len(c.texts[uri]), "type P { host: string, port: int = 1 }\nlet p: P = { \n}\nlet q = p.")
        assert {"host", "port"} <= set(labels(complete(c, uri, "{ \n", 2)))
        assert {"host", "port"} <= set(labels(complete(c, uri, "q = p.", 6)))
        c.edit(uri, 0, len(c.texts[uri]), "import std.k8s\nk8s.")
        assert "Deployment" in labels(complete(c, uri, "\nk8s.", 5))


def an_unfinished_line_leaves_the_item_below_it():
    with Scene({"main.ops": SHOP}) as s:
        uri = s.open("main.ops")
        c = s.client
        for line in ("import std.\n", "let half = \n", "let half = name.\n"):
            begin = c.texts[uri].index("task use")
            c.edit(uri, begin, begin, line)
            equal(len(c.found(uri)), 1, line)
            tree = c.request("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
            assert {"use", "release"} <= {t["name"] for t in tree}, (line, [t["name"] for t in tree])
            c.edit(uri, begin, begin + len(line), "")


def required_fields_come_as_a_snippet():
    with Scene({"main.ops": "type P { host: string, port: int, path: string = \"/\" }\nlet p: P = {  }\n"}) as s:
        uri = s.open("main.ops")
        got = complete(s.client, uri, "= {  }", 4)
        whole = next(i for i in got["items"] if i["label"].startswith("…"))
        equal(whole["textEdit"]["newText"], 'host: "${1}"\nport: ${2:0}')


def signatures_follow_the_argument():
    with Scene({"main.ops": "fn add(a: int, b: int = 1) -> int = a + b\nlet x = add(1, \n"}) as s:
        uri = s.open("main.ops")
        help_ = s.client.request("textDocument/signatureHelp", s.client.place(uri, "add(1, ", 7, nth=0))
        equal(help_["signatures"][0]["label"], "add(a: int, b: int = 1) -> int")
        equal(help_["signatures"][0]["activeParameter"], 1)


def fixes_are_offered_and_right():
    with Scene({"main.ops": "let port = 1\nlet x = prot\ntask t { }\n"}) as s:
        uri = s.open("main.ops")
        c = s.client
        found = c.found(uri)
        unknown = next(d for d in found if d["code"] == "OPS0201")
        actions = c.request("textDocument/codeAction", {
            "textDocument": {"uri": uri}, "range": unknown["range"], "context": {"diagnostics": [unknown]}})
        equal([a["title"] for a in actions], ["replace with `port`"])
        text = c.apply(uri, actions[0]["edit"]["changes"][uri])
        holds(text, "let x = port")
        missing = next(d for d in found if "run" in d["message"] and d["code"] != "OPS0201")
        actions = c.request("textDocument/codeAction", {
            "textDocument": {"uri": uri}, "range": missing["range"], "context": {"diagnostics": [missing]}})
        fix = next(a for a in actions if "missing" in a["title"])
        fixed = c.apply(uri, fix["edit"]["changes"][uri])
        c.edit(uri, 0, len(c.texts[uri]), fixed)
        assert missing["code"] not in [d["code"] for d in c.found(uri)], (fixed, c.found(uri))


def formatting_is_that_of_fmt():
    text = "let  a=1\nlet b   =   2\n"
    with Scene({"main.ops": text}) as s:
        uri = s.open("main.ops")
        edits = s.client.request("textDocument/formatting", {
            "textDocument": {"uri": uri}, "options": {"tabSize": 2, "insertSpaces": True}})
        equal(s.client.apply(uri, edits), "let a = 1\nlet b = 2\n")


# ---------------------------------------------------------------- reading
def hover_tells_type_docs_value_and_origin():
    with Scene({"main.ops": SHOP, "more.ops": "let copy = name\n"}) as s:
        uri = s.open("main.ops")
        c = s.client

        def hover(needle, shift=0, nth=0, at=uri):
            return c.request("textDocument/hover", c.place(at, needle, shift, nth))["contents"]["value"]
        holds(hover("env}"), "param env", "Where this goes.", "the default")
        holds(hover("build", nth=1), "task build", "Compiles the server.")
        holds(hover("server,"), "out server", "pending")
        holds(hover("files("), "fn files")
        holds(hover("timeout:"), "timeout")
        more = s.open("more.ops")
        holds(hover("name", at=more), "let name", '"shop"', "main.ops:6")


def definitions_lead_also_into_the_stdlib():
    with Scene({"main.ops": SHOP}) as s:
        uri = s.open("main.ops")
        c = s.client
        at = c.request("textDocument/definition", c.place(uri, "build.server"))
        equal((at["uri"], c.text_in(uri, at["range"])), (uri, "build"))
        at = c.request("textDocument/definition", c.place(uri, "server,"))
        equal(at["range"]["start"], c.at(uri, "server: file"))
        at = c.request("textDocument/definition", c.place(uri, "task use"))
        path = pathlib.Path(at["uri"].removeprefix("file://"))
        line = path.read_text().split("\n")[at["range"]["start"]["line"]]
        holds(line, "extern type task")
        assert not path.stat().st_mode & 0o222, "the copy can be written"
        std = c.open(path)
        equal(c.request("textDocument/documentSymbol", {"textDocument": {"uri": std}})[0]["kind"] > 0, True)
        at = c.request("textDocument/typeDefinition", c.place(uri, "build.server"))
        equal(pathlib.Path(at["uri"].removeprefix("file://")), path)


def references_are_found_in_all_files():
    with Scene({"main.ops": SHOP, "more.ops": "let copy = name\n"}) as s:
        uri = s.open("main.ops")
        c = s.client
        got = c.request("textDocument/references", {**c.place(uri, "name = "), "context": {"includeDeclaration": True}})
        equal(sorted((pathlib.Path(r["uri"]).name, r["range"]["start"]["line"]) for r in got),
              [("main.ops", 5), ("main.ops", 6), ("more.ops", 0)])
        marks = c.request("textDocument/documentHighlight", c.place(uri, "name = "))
        equal(sorted(m["kind"] for m in marks), [2, 3])


def renames_cross_files_and_leave_a_moved():
    with Scene({"main.ops": SHOP, "more.ops": "let copy = build.server\n"}) as s:
        uri = s.open("main.ops")
        c = s.client
        ready = c.request("textDocument/prepareRename", c.place(uri, "build {"))
        equal(ready["placeholder"], "build")
        change = c.request("textDocument/rename", {**c.place(uri, "build {"), "newName": "compile"})["changes"]
        text = c.apply(uri, change[uri])
        holds(text, "task compile {", "[compile.server,", "goals: [compile, use]", "moved build to compile")
        equal(len(change[s.uri("more.ops")]), 1)
        c.edit(uri, 0, len(c.texts[uri]), text)
        for bad in ("not a name", "1"):
            try:
                c.request("textDocument/rename", {**c.place(uri, "compile {"), "newName": bad})
                raise AssertionError("renamed to no name")
            except Failed as e:
                holds(str(e), "no name")
        equal(c.request("textDocument/prepareRename", c.place(uri, "task use")), None)


def symbols_of_documents_and_workspace():
    with Scene({"main.ops": SHOP}) as s:
        uri = s.open("main.ops")
        c = s.client
        tree = c.request("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
        equal([t["name"] for t in tree], ["env", "replicas", "name", "banner", "build", "use", "release"])
        equal([t["name"] for t in tree[4]["children"]], ["inputs", "run", "limits", "server"])
        found = c.request("workspace/symbol", {"query": "rel"})
        equal([f["name"] for f in found], ["release", "replicas"])  # what begins with it, then what has its letters
        found = c.request("workspace/symbol", {"query": "UIL"})
        equal([f["name"] for f in found], ["build"])


def links_lead_to_modules():
    with Scene({"main.ops": 'import "./lib"\nimport "./none"\nlib site { }\n', "lib/a.ops": "let x = 1\n"}) as s:
        uri = s.open("main.ops")
        c = s.client
        links = c.request("textDocument/documentLink", {"textDocument": {"uri": uri}})
        got = {c.text_in(uri, link["range"]): link["target"] for link in links}
        equal(got, {'import "./lib"': s.uri("lib/a.ops")})


def tokens_are_coloured_by_what_they_are():
    with Scene({"main.ops": 'let a = "x"\nlet b = a // why\n'}) as s:
        uri = s.open("main.ops")
        legend = s.client.server["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"]
        data = s.client.request("textDocument/semanticTokens/full", {"textDocument": {"uri": uri}})["data"]
        got, line, column = [], 0, 0
        lines = s.client.texts[uri].split("\n")
        for i in range(0, len(data), 5):
            line += data[i]
            column = data[i + 1] if data[i] else column + data[i + 1]
            got.append((lines[line][column:column + data[i + 2]], legend[data[i + 3]]))
        equal(got, [("let", "keyword"), ("a", "variable"), ("=", "operator"), ('"x"', "string"), ("let", "keyword"),
                    ("b", "variable"), ("=", "operator"), ("a", "variable"), ("// why", "comment")])
        part = s.client.request("textDocument/semanticTokens/range", {
            "textDocument": {"uri": uri}, "range": s.client.range(uri, 0, 5)})["data"]
        assert 0 < len(part) < len(data)


def hints_show_types_defaults_and_pending():
    with Scene({"main.ops": SHOP}) as s:
        uri = s.open("main.ops")
        c = s.client
        whole = {"textDocument": {"uri": uri}, "range": c.range(uri, 0, len(c.texts[uri]))}
        hints = {h["label"]: h for h in c.request("textDocument/inlayHint", whole)}
        assert any(label.startswith(": ") for label in hints), hints
        assert "after apply" in hints, hints
        assert any("network: false" in label for label in hints), hints  # a default that the instance takes
        c.notify("workspace/didChangeConfiguration", {"settings": {"opsc": {"inlayHints": {
            "types": False, "defaults": False, "pending": False}}}})
        equal(c.request("textDocument/inlayHint", whole), [])


def structure_of_the_text():
    with Scene({"main.ops": SHOP}) as s:
        uri = s.open("main.ops")
        c = s.client
        folds = c.request("textDocument/foldingRange", {"textDocument": {"uri": uri}})
        line = c.at(uri, "task build")["line"]
        assert any(f["startLine"] == line and f["endLine"] == line + 4 for f in folds), folds
        chain = c.request("textDocument/selectionRange", {"textDocument": {"uri": uri},
                                                          "positions": [c.at(uri, '"--self-test"', 3)]})[0]
        texts = []
        while chain:
            texts.append(c.text_in(uri, chain["range"]))
            chain = chain.get("parent")
        equal(texts[0], '"--self-test"')
        equal(texts[-1], SHOP)
        assert all(inner in outer for inner, outer in zip(texts, texts[1:])), texts


def lenses_run_and_show_the_result():
    text = 'task hello {\n  run: "echo hi"\n}\ntest sums { expect: m => 1 + 1 == 2 }\nnotes x { }\n'
    with Scene({"main.ops": text.replace("notes x { }\n", "")}) as s:
        uri = s.open("main.ops")
        c = s.client
        lenses = c.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
        equal([lens["command"]["title"] for lens in lenses], ["run", "test"])
        test = lenses[1]["command"]
        c.request("workspace/executeCommand", {"command": test["command"], "arguments": test["arguments"]})
        c.wait(lambda: any(n["method"] == "opsc/ran" for n in c.notifications), "the end of the run")
        ran = next(n for n in c.notifications if n["method"] == "opsc/ran")["params"]
        equal(ran["exit"], 0, ran["output"])
        lenses = c.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
        holds(lenses[1]["command"]["title"], "test: ✓")
        assert any(r["method"] == "workspace/codeLens/refresh" for r in c.requests)
        try:
            c.request("workspace/executeCommand", {"command": "rm", "arguments": [{}]})
            raise AssertionError("ran what it does not know")
        except Failed as e:
            holds(str(e), "no command")


def values_are_checked_when_they_are_saved():
    text = 'param size: int\nlet sizes = [1, 2]\nout last = sizes[2]\nassert sizes[0] > 1 else "too small"\n'
    with Scene({"main.ops": text}) as s:
        uri = s.open("main.ops")
        c = s.client

        def messages():
            return [d["message"] for d in c.diagnostics.get(uri, {}).get("diagnostics", [])]
        both = ["index 2 is outside of a list of 2", "assertion failed: too small"]
        c.wait(lambda: messages() == both, both)
        equal([c.text_in(uri, d["range"]) for d in c.diagnostics[uri]["diagnostics"]][0], "sizes[2]")
        c.replace(uri, "sizes[2]", "sizes[1]")
        equal([d["message"] for d in c.found(uri)], both[1:])  # what is edited is not known any more
        (s.root / "main.ops").write_text(c.texts[uri].replace("> 1", "> 0"))
        c.replace(uri, "> 1", "> 0")
        equal(c.found(uri), [])
        c.replace(uri, "sizes[1]", "sizes[7]")
        (s.root / "main.ops").write_text(c.texts[uri])
        c.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        c.wait(lambda: messages() == ["index 7 is outside of a list of 2"], "what is saved is evaluated")


# ---------------------------------------------------------------- calm
def bad_messages_are_answered_and_survived():
    with Scene({"main.ops": SHOP}) as s:
        uri = s.open("main.ops")
        c = s.client
        c.found(uri)
        for body in ("{", "[]", "3", '{"jsonrpc":"2.0"}', '{"id":{},"method":1}', b"\xff\xfe"):
            c.raw(body)
            while "error" not in c.take():
                pass
        for params in ({}, {"textDocument": 3}, {"textDocument": {"uri": uri}, "position": "x"}):
            wanted = c.next_id = c.next_id + 1
            c.raw(__import__("json").dumps({"jsonrpc": "2.0", "id": wanted, "method": "textDocument/hover",
                                            "params": params}))
            try:
                c.answer(wanted)
                raise AssertionError("took nonsense")
            except Failed as e:
                equal(e.code, -32602)
        assert any(n["method"] == "window/logMessage" for n in c.notifications), "nothing was logged"
        far = {"textDocument": {"uri": uri}, "position": {"line": 100000, "character": 100000}}
        c.request("textDocument/hover", far)
        c.request("textDocument/completion", far)
        wanted = c.next_id = c.next_id + 1
        c.raw('{"jsonrpc":"2.0","id":%d,"method":"textDocument/nonsense"}' % wanted)
        try:
            c.answer(wanted)
        except Failed as e:
            equal(e.code, -32601)
        assert c.request("textDocument/hover", c.place(uri, "env}"))


def cancelled_requests_are_answered_as_such():
    with Scene({"main.ops": SHOP}) as s:
        uri = s.open("main.ops")
        c = s.client
        c.found(uri)
        c.process.stdin.flush()
        wanted = [c.next_id + 1, c.next_id + 2]
        c.next_id += 2
        hover = '{"jsonrpc":"2.0","id":%d,"method":"textDocument/hover","params":{"textDocument":{"uri":"' + uri + \
            '"},"position":{"line":3,"character":7}}}'
        cancel = '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":%d}}'
        bodies = [cancel % wanted[1], hover % wanted[0], hover % wanted[1]]
        c.process.stdin.write(b"".join(b"Content-Length: %d\r\n\r\n" % len(b.encode()) + b.encode() for b in bodies))
        c.process.stdin.flush()
        assert c.answer(wanted[0])
        try:
            c.answer(wanted[1])
            raise AssertionError("answered in spite of it")
        except Failed as e:
            equal(e.code, -32800)


def progress_is_shown():
    with Scene({"main.ops": SHOP}) as s:
        c = s.client
        c.wait(lambda: [n["params"]["value"]["kind"] for n in c.notifications if n["method"] == "$/progress"]
               == ["begin", "end"], "progress")


def idle_costs_nothing():
    with Scene({"main.ops": SHOP}) as s:
        uri = s.open("main.ops")
        s.client.found(uri)
        stat = pathlib.Path(f"/proc/{s.client.process.pid}/stat")

        def ticks():
            fields = stat.read_text().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])
        s.client.request("textDocument/hover", s.client.place(uri, "env}"))
        before = ticks()
        time.sleep(1)
        assert ticks() - before <= 1, "it works while nobody asks"


TESTS = [value for name, value in list(globals().items())
         if callable(value) and getattr(value, "__module__", "") == "__main__" and name.islower()
         and name not in ("labels", "complete", "equal", "holds") and value.__code__.co_argcount == 0]


def main():
    wanted = sys.argv[2:]
    for test in TESTS:
        if wanted and test.__name__ not in wanted:
            continue
        print(test.__name__, flush=True)
        test()
    print(f"{len(TESTS)} capabilities")


if __name__ == "__main__":
    main()
