"""endpoint.py OPSC EXAMPLE DIRECTORY: an endpoint whose files are damaged is mended, and one whose new version live traffic speaks
against stays with the version before; a version that takes other rows comes like any other."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

opsc, example, place = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
shutil.rmtree(place, ignore_errors=True)
(place / "data").mkdir(parents=True)
for name in ("orders.ops", "generate.py"):
    shutil.copy(example / name, place)
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
url = f"http://127.0.0.1:{port}"
order = {"id": 1, "at": "2025-06-01T10:00:00Z", "loaded": "2025-06-01T10:01:00Z", "customer": 3, "plan": "free", "channel": "app",
         "items": 2, "amount": 84.5, "coupon": None}


def run(*words, code=0):
    done = subprocess.run([opsc, *words], cwd=place, env={**os.environ, "OPSC_PARAM_port": str(port)}, capture_output=True, text=True)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def month(number, rows=600):
    subprocess.run([sys.executable, "generate.py", "7", str(number), str(rows), f"data/{number}.csv"], cwd=place, check=True)


def edit(pattern, text):
    path = place / "orders.ops"
    path.write_text(re.sub(pattern, text, path.read_text(), count=1))


def ask(**more):
    request = urllib.request.Request(url + "/predict", json.dumps({**order, **more}).encode())
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.headers["X-Model-Version"], json.load(answer)["predictions"][0]


def serial():
    with urllib.request.urlopen(url + "/deployment", timeout=5) as answer:
        return json.load(answer)["serial"]


def asking(stop, more, answers):
    while not stop.is_set():
        answers.append(ask(**more))


def apply_while_asking(*rows, code=0):
    """What it says, while a client for each of the rows asks all the time: each request is answered."""
    stop, answers = threading.Event(), [[] for _ in rows]
    clients = [threading.Thread(target=asking, args=(stop, more, into)) for more, into in zip(rows, answers)]
    for client in clients:
        client.start()
    try:
        output = run("apply", "--yes", code=code)
    finally:
        alive = [client.is_alive() for client in clients]
        stop.set()
        for client in clients:
            client.join()
    assert all(alive) and all(answers), "a request was not answered"
    return output


def server_process():
    line = next(line for line in run("status").splitlines() if line.split()[:2] == ["returns_api", "up"])
    return int(line.split()[-1])


def altered_models(directory):
    """A model that somebody has altered is not served by a server that starts."""
    trees = next(directory.glob("models/*/trees.json"))
    trees.chmod(0o644)
    altered, times = re.subn(r'"base_score":"[^"]*"', '"base_score":"9E-1"', trees.read_text())
    assert times == 1
    trees.write_text(altered)
    os.kill(server_process(), signal.SIGKILL)
    end = time.monotonic() + 30
    while "version 1 of returns is not what was deployed" not in run("logs", "returns_api"):
        assert time.monotonic() < end, run("status")
        time.sleep(0.1)
    assert "down: " in run("status")
    run("apply", "--yes")


def other_rows():
    """A new version with a column more goes through the canary: clients with the column and without it get answers, also when it
    is gone back from and comes again."""
    edit(r"abort_if: .*", "abort_if: m => m.error_rate > 1%")
    edit(r"  coupon: ratio\?", "  coupon: ratio?\n  note: string?")
    edit(r"    items: o.items", "    items: o.items\n    noted: o.note != null")
    rows = ({}, {"note": "a"})
    stages = ((None, "3"), (("model", "rollback", "returns"), "1"), (("model", "promote", "returns", "3"), "3"))
    for words, version in stages:
        if words is not None:
            run(*words)
        output = apply_while_asking(*(rows if words else ({},)))
        assert f"version {version} answers all requests" in output, output
        assert ("version 3 at 50 %" in output) == (version == "3"), output
        assert [ask(**more)[0] for more in rows] == [version] * 2


def scenario():
    for number in (1, 2, 3):
        month(number)
    edit(r"canary: .*", "canary: [50%]")
    edit(r"hold: .*", "hold: 1s")
    run("apply", "--yes")
    version, first = ask()
    assert version == "1"

    # Many rows at once, whatever the client says of its body (urllib and curl: a form).
    request = urllib.request.Request(url + "/predict", json.dumps({"rows": [order] * 500}).encode())
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert json.load(answer)["predictions"] == [first] * 500

    # What it serves from is damaged, then a file of the model: seen, and mended.
    directory = next((place / ".ops/endpoints").iterdir())
    (directory / "deployment.json").write_text("{bad")
    assert "(damaged)" in run("plan")
    run("apply", "--yes")
    trees = next(directory.glob("models/*/trees.json"))
    trees.chmod(0o644)
    trees.write_text(trees.read_text().replace("1", "2"))
    assert "1 (damaged)" in run("plan")
    run("apply", "--yes")
    assert ask() == ("1", first)
    run("plan")
    assert len(list(directory.glob("models/*"))) == 1
    altered_models(directory)
    assert ask() == ("1", first)

    # Another rule alone changes nothing that is served.
    before = serial()
    edit(r"abort_if: .*", "abort_if: m => m.mean_prediction > 0.0")
    run("apply", "--yes")
    assert serial() == before

    # Live traffic speaks against version 2: taken back, and not tried again.
    month(4, 1200)
    assert "version 2 was taken back at 50 %" in apply_while_asking({}, {}, code=4)
    assert ask()[0] == "1"
    assert "version 2 was taken back before" in run("apply", "--yes", code=4)
    assert ask()[0] == "1"
    run("model", "rollback", "returns")
    run("apply", "--yes")
    # A gate that is another asks again, and what somebody went back from waits.
    edit(r"m.auc >= 0.6 ", "m.auc >= 0.61 ")
    run("apply", "--yes")
    assert ask()[0] == "1"
    assert json.loads(run("model", "list", "--json"))[0]["versions"][1]["challenger"] is True
    other_rows()


try:
    scenario()
finally:
    run("destroy", "--yes")
