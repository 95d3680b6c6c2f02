"""Language servers on equivalent workspaces of 200 files and 50,000 lines, each asked as an editor asks."""
import json
import os
import pathlib
import queue
import statistics
import subprocess
import sys
import threading
import time

import workspaces

FOLDERS, FILES, GROUPS = 20, 10, 11  # 200 files of eleven groups of 23 to 25 lines


class Server:
    """One language server over pipes; what it sends is kept with the time at which it came."""

    def __init__(self, command, root, options):
        self.process = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.inbox = queue.Queue()
        self.ids = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.request("initialize", {
            "processId": os.getpid(), "rootUri": root.as_uri(), "initializationOptions": options,
            "workspaceFolders": [{"uri": root.as_uri(), "name": root.name}],
            "capabilities": {
                "general": {"positionEncodings": ["utf-16"]},
                "workspace": {"configuration": True, "workspaceFolders": True},
                "textDocument": {"publishDiagnostics": {"versionSupport": True},
                                 "completion": {"completionItem": {"snippetSupport": True}},
                                 "hover": {"contentFormat": ["markdown"]}}}})
        self.notify("initialized", {})

    def _read(self):
        out = self.process.stdout
        while True:
            length = 0
            while (line := out.readline().strip()):
                if line.lower().startswith(b"content-length:"):
                    length = int(line[15:])
            if not length:
                return self.inbox.put((time.monotonic(), None))
            body = out.read(length)
            self.inbox.put((time.monotonic(), body))

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def take(self, timeout):
        """(time, message); answers what the server asks. None: nothing came."""
        try:
            at, body = self.inbox.get(timeout=max(timeout, 0.001))
        except queue.Empty:
            return None
        if body is None:
            raise RuntimeError("the server is gone")
        message = json.loads(body)
        if "method" in message and "id" in message:
            many = message["method"] == "workspace/configuration"
            self.send({"id": message["id"], "result": [{} for _ in message["params"]["items"]] if many else None})
        return at, message

    def await_(self, wanted, timeout=60):
        """The time at which a message came that `wanted` takes, and the message."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            taken = self.take(left)
            if taken and wanted(taken[1]):
                return taken
        raise TimeoutError

    def request(self, method, params):
        """Seconds until the answer, and the answer."""
        self.ids += 1
        wanted = self.ids
        begin = time.monotonic()
        self.send({"id": wanted, "method": method, "params": params})
        at, message = self.await_(lambda m: m.get("id") == wanted and "method" not in m)
        return at - begin, message.get("result")

    def drain(self, quiet):
        """Until nothing came for `quiet` seconds."""
        while self.take(quiet):
            pass

    def processes(self):
        """Of the server, and what it started."""
        pids, at = [self.process.pid], 0
        while at < len(pids):
            for task in pathlib.Path(f"/proc/{pids[at]}/task").glob("*/children"):
                pids += [int(p) for p in task.read_text().split()]
            at += 1
        return pids

    def memory(self):
        """MiB that are resident now."""
        pages = sum(int(pathlib.Path(f"/proc/{p}/statm").read_text().split()[1]) for p in self.processes())
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def cpu(self):
        """Seconds so far."""
        ticks = 0
        for pid in self.processes():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.kill()
        self.process.wait()


class Buffer:
    """A document that is open."""

    def __init__(self, server, path, language):
        self.server, self.uri, self.version = server, path.as_uri(), 1
        self.text = path.read_text()
        server.notify("textDocument/didOpen", {"textDocument": {"uri": self.uri, "languageId": language, "version": 1,
                                                                "text": self.text}})

    def position(self, offset):
        return {"line": self.text.count("\n", 0, offset), "character": offset - self.text.rfind("\n", 0, offset) - 1}

    def place(self, needle, shift=0):
        return {"textDocument": {"uri": self.uri}, "position": self.position(self.text.index(needle) + shift)}

    def edit(self, begin, end, new):
        """One keystroke. Gives the time at which it was sent."""
        change = {"range": {"start": self.position(begin), "end": self.position(end)}, "text": new}
        self.text = self.text[:begin] + new + self.text[end:]
        self.version += 1
        at = time.monotonic()
        self.server.notify("textDocument/didChange", {"textDocument": {"uri": self.uri, "version": self.version},
                                                      "contentChanges": [change]})
        return at

    def replace(self, old, new):
        begin = self.text.index(old)
        return self.edit(begin, begin + len(old), new)

    def published(self, after, timeout=60):
        """Takes diagnostics of this text, not of an earlier one."""
        def wanted(message):
            if message.get("method") != "textDocument/publishDiagnostics":
                return False
            params = message["params"]
            return params["uri"] == self.uri and params.get("version", self.version) == self.version
        return self.server.await_(wanted, timeout)[0] - after


def broken(buffer, kind, count):
    """An error is made and mended in turn: seconds until the diagnostics of each are there. None: none come."""
    old, new = kind.edit
    times = []
    for i in range(count):
        try:
            times.append(buffer.published(buffer.replace(*((old, new) if i % 2 == 0 else (new, old))), 20))
        except TimeoutError:
            return None
        buffer.server.drain(0.05)
    return times


def asked(buffer, method, place, count):
    """Seconds until each answer. None: it has nothing to say here."""
    times = []
    for _ in range(count):
        seconds, answer = buffer.server.request(method, place)
        items = answer.get("items", answer.get("contents")) if isinstance(answer, dict) else answer
        if not items:
            return None
        times.append(seconds)
    return times


def typed(buffer, kind, count):
    """New lines, letter by letter, where they are broken most of the time."""
    times = []
    while len(times) < count:
        at = buffer.text.index(kind.new_line_at)
        for letter in kind.new_line:
            times.append(buffer.published(buffer.edit(at, at, letter)))
            at += 1
        buffer.edit(at - len(kind.new_line), at, "")
        buffer.server.drain(0.05)
    return times


def measured(command, kind, root, count):
    """One server on its workspace: what is measured -> seconds or MiB."""
    kind.write(root, FOLDERS, FILES, GROUPS)
    begin = time.monotonic()
    server = Server(command, root, kind.options)
    result = {}
    try:
        buffer = Buffer(server, root / kind.path, kind.language)
        if kind.says_nothing_of_good_files:
            server.drain(20)
        else:
            result["first"] = buffer.published(begin)
            server.drain(4)
            opened = time.monotonic()
            result["open"] = Buffer(server, root / kind.other, kind.language).published(opened)
        server.drain(2)
        result["edit"] = broken(buffer, kind, count)
        if kind.new_line:
            result["typed"] = typed(buffer, kind, 4 * count)
        result["hover"] = asked(buffer, "textDocument/hover", buffer.place(*kind.hover), count)
        buffer.replace(*kind.to_complete)
        server.drain(0.5)
        result["completion"] = asked(buffer, "textDocument/completion", buffer.place(*kind.complete), count)
        server.drain(2)
        result["memory"] = server.memory()
        before = server.cpu()
        time.sleep(5)
        result["idle"] = server.cpu() - before
    finally:
        server.end()
    return result


def milliseconds(result, name):
    times = result.get(name)
    if times is None:
        return "–"
    if not isinstance(times, list):
        return f"{times * 1000:.0f}"
    p95 = statistics.quantiles(times, n=20)[-1]
    return f"{statistics.median(times) * 1000:.1f} / {p95 * 1000:.1f}"


def run(opsc, rivals, scratch, quick):
    contenders = [("opsc", [opsc, "lsp"], workspaces.Ops)]
    for name, program, arguments, kind in (
            ("gopls", rivals.gopls, [], workspaces.Go),
            ("terraform-ls", rivals.terraform_ls, ["serve"], workspaces.Terraform),
            ("cue lsp", rivals.cue_lsp, ["lsp"], workspaces.Cue),
            ("yaml-language-server", rivals.yaml_language_server, ["--stdio"], workspaces.Yaml)):
        if program:
            contenders.append((name, [program, *arguments], kind))
    lines = ["### Editors", "",
             f"{FOLDERS * FILES} files, {FOLDERS * FILES * GROUPS * 23:,} lines or a few more. Milliseconds, median / p95. An "
             "edit makes or mends an error: of a type, for terraform-ls and `cue lsp` of syntax, as they publish no other. `–`: "
             "it published nothing (of files without errors, or at all), or had nothing to say.", "",
             "| server | start → first diagnostics | file opened → diagnostics | edit → diagnostics | letter typed → "
             "diagnostics | completion | hover | MiB | idle CPU, ms a second |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for name, command, kind in contenders:
        print(f"bench: {name}", file=sys.stderr)
        root = pathlib.Path(scratch, name.replace(" ", "-"))
        r = measured(command, kind, root, 20 if quick else 100)
        cells = [milliseconds(r, key) for key in ("first", "open", "edit", "typed", "completion", "hover")]
        lines.append(f"| {name} | {' | '.join(cells)} | {r['memory']:.0f} | {r['idle'] / 5 * 1000:.0f} |")
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"
