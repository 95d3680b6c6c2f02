"""A language client for tests: speaks to `opsc lsp` over pipes and holds every message, both ways, against the
LSP meta model (the types of lsprotocol are generated from it)."""
import json
import os
import pathlib
import queue
import subprocess
import threading

from lsprotocol import converters, types

CONVERTER = converters.get_converter()
OURS = {"opsc/ran"}  # beyond the protocol: see docs/editors.md


def path_to_uri(path):
    return pathlib.Path(path).absolute().as_uri()


def lost(before, after, where=""):
    """What the model does not know: keys that are gone when a message went through its types."""
    if isinstance(before, dict):
        for key, value in before.items():
            if value is None:
                continue
            if not isinstance(after, dict) or key not in after:
                yield f"{where}.{key}"
            else:
                yield from lost(value, after[key], f"{where}.{key}")
    elif isinstance(before, list) and isinstance(after, list):
        for index, (a, b) in enumerate(zip(before, after)):
            yield from lost(a, b, f"{where}[{index}]")


FREE = {"data", "arguments", "settings", "initializationOptions", "value", "registerOptions"}  # LSPAny


def validate(message, kind):
    """`message` as `kind` of the model; raises where it is none."""
    through = CONVERTER.unstructure(CONVERTER.structure(message, kind), kind)
    gone = [where for where in lost(message, through) if not FREE & set(where.replace("[", ".").split("."))]
    if gone:
        raise AssertionError(f"not in the model of {kind.__name__}: {', '.join(gone)}")


class Failed(Exception):
    """An error response."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]


class Client:
    def __init__(self, opsc, root=None, environment=None, encodings=("utf-16",), capabilities=None, folders=None,
                 options=None, cache=None):
        env = {**os.environ, **(environment or {})}
        if cache:
            env["XDG_CACHE_HOME"] = str(cache)
        self.process = subprocess.Popen([opsc, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        self.inbox = queue.Queue()
        self.diagnostics = {}  # by URI: the last that were published
        self.notifications = []
        self.requests = []  # of the server
        self.next_id = 0
        self.sent = {}  # methods of open requests
        self.texts = {}
        self.versions = {}
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.capabilities = capabilities if capabilities is not None else FULL
        self.capabilities = {**self.capabilities, "general": {"positionEncodings": list(encodings)}}
        if folders is None:
            folders = [root] if root else []
        self.server = self.request("initialize", {
            "processId": os.getpid(), "rootUri": path_to_uri(root) if root else None,
            "capabilities": self.capabilities, **({"initializationOptions": options} if options else {}),
            "workspaceFolders": [{"uri": path_to_uri(f), "name": pathlib.Path(f).name} for f in folders]})
        self.notify("initialized", {})

    # ------------------------------------------------------------ the wire
    def _read(self):
        out = self.process.stdout
        while True:
            length = None
            while (line := out.readline().strip()):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if length is None:
                self.inbox.put(None)
                return
            self.inbox.put(json.loads(out.read(length)))

    def raw(self, body):
        data = body if isinstance(body, bytes) else body.encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.process.stdin.flush()

    def notify(self, method, params):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        validate(message, types.METHOD_TO_TYPES[method][0])
        self.raw(json.dumps(message))

    def send(self, method, params):
        self.next_id += 1
        message = {"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params}
        validate(message, types.METHOD_TO_TYPES[method][0])
        self.sent[self.next_id] = method
        self.raw(json.dumps(message))
        return self.next_id

    def take(self, timeout=60):
        """The next message; answers requests of the server."""
        message = self.inbox.get(timeout=timeout)
        if message is None:
            raise EOFError("the server is gone")
        if "method" in message:
            method = message["method"]
            if method not in OURS:
                validate(message, types.METHOD_TO_TYPES[method][0])
            if "id" in message:
                self.requests.append(message)
                self.raw(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": None}))
            else:
                self.notifications.append(message)
                if method == "textDocument/publishDiagnostics":
                    self.diagnostics[message["params"]["uri"]] = message["params"]
        elif "error" not in message and message.get("id") in self.sent:
            validate(message, types.METHOD_TO_TYPES[self.sent[message["id"]]][1])
        return message

    def answer(self, wanted):
        while True:
            message = self.take()
            if "method" not in message and message.get("id") == wanted:
                self.sent.pop(wanted, None)
                if "error" in message:
                    raise Failed(message["error"])
                return message["result"]

    def request(self, method, params):
        return self.answer(self.send(method, params))

    def wait(self, condition, what="that"):
        while not condition():
            try:
                self.take(timeout=60)
            except queue.Empty:
                raise AssertionError(f"{what} did not come") from None

    # ------------------------------------------------------------ documents
    def open(self, path, text=None, uri=None):
        uri = uri or path_to_uri(path)
        text = pathlib.Path(path).read_text() if text is None else text
        self.texts[uri], self.versions[uri] = text, 1
        self.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "ops", "version": 1,
                                                              "text": text}})
        return uri

    def units(self, text):
        """Characters as the server counts them."""
        if self.server["capabilities"]["positionEncoding"] == "utf-8":
            return len(text.encode())
        return len(text.encode("utf-16-le")) // 2

    def position(self, uri, offset):
        before = self.texts[uri][:offset]
        line = before.count("\n")
        return {"line": line, "character": self.units(before[before.rfind("\n") + 1:])}

    def at(self, uri, needle, shift=0, nth=0):
        """The position `shift` characters behind the begin of a text."""
        offset = -1
        for _ in range(nth + 1):
            offset = self.texts[uri].index(needle, offset + 1)
        return self.position(uri, offset + shift)

    def place(self, uri, needle, shift=0, nth=0):
        return {"textDocument": {"uri": uri}, "position": self.at(uri, needle, shift, nth)}

    def range(self, uri, begin, end):
        return {"start": self.position(uri, begin), "end": self.position(uri, end)}

    def edit(self, uri, begin, end, text):
        """One change in the middle of a document."""
        change = {"range": self.range(uri, begin, end), "text": text}
        self.texts[uri] = self.texts[uri][:begin] + text + self.texts[uri][end:]
        self.versions[uri] += 1
        self.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": self.versions[uri]},
                                               "contentChanges": [change]})

    def replace(self, uri, old, new, nth=0):
        offset = -1
        for _ in range(nth + 1):
            offset = self.texts[uri].index(old, offset + 1)
        self.edit(uri, offset, offset + len(old), new)

    def found(self, uri):
        """The diagnostics of the text as it is now."""
        def current():
            known = self.diagnostics.get(uri)
            return known is not None and known.get("version") == self.versions.get(uri)
        self.wait(current, f"diagnostics of {uri}")
        return self.diagnostics[uri]["diagnostics"]

    def text_in(self, uri, range_):
        lines = self.texts[uri].split("\n")

        def offset(position):
            line = lines[position["line"]]
            units, at = 0, 0
            while at < len(line) and units < position["character"]:
                units += self.units(line[at])
                at += 1
            return sum(len(x) + 1 for x in lines[:position["line"]]) + at
        return self.texts[uri][offset(range_["start"]):offset(range_["end"])]

    def apply(self, uri, edits):
        """The text with edits applied."""
        text = self.texts[uri]
        lines = text.split("\n")

        def offset(position):
            line = lines[position["line"]]
            units, at = 0, 0
            while at < len(line) and units < position["character"]:
                units += self.units(line[at])
                at += 1
            return sum(len(x) + 1 for x in lines[:position["line"]]) + at
        spans = [(offset(e["range"]["start"]), offset(e["range"]["end"]), e["newText"]) for e in edits]
        for begin, end, new in sorted(spans, key=lambda span: span[:2], reverse=True):
            text = text[:begin] + new + text[end:]
        return text

    def close(self):
        self.request("shutdown", None)
        self.raw(json.dumps({"jsonrpc": "2.0", "method": "exit"}))
        return self.process.wait(timeout=30)


FULL = {
    "window": {"workDoneProgress": True},
    "workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}, "workspaceFolders": True,
                  "codeLens": {"refreshSupport": True}, "configuration": True},
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True, "codeDescriptionSupport": True, "versionSupport": True},
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
        "hover": {"contentFormat": ["markdown"]},
        "rename": {"prepareSupport": True},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
    },
}
PULL = {**FULL, "textDocument": {**FULL["textDocument"], "diagnostic": {}}}
