"""endpoint.py OPSC EXAMPLE DIRECTORY: an endpoint whose files are damaged is mended, and one whose new version live traffic speaks
against stays with the version before."""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
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


def ask():
    request = urllib.request.Request(url + "/predict", json.dumps(order).encode())
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.headers["X-Model-Version"], json.load(answer)["predictions"][0]


def serial():
    with urllib.request.urlopen(url + "/deployment", timeout=5) as answer:
        return json.load(answer)["serial"]


def asking(stop):
    while not stop.is_set():
        ask()


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

    # Another rule alone changes nothing that is served.
    before = serial()
    edit(r"abort_if: .*", "abort_if: m => m.mean_prediction > 0.0")
    run("apply", "--yes")
    assert serial() == before

    # Live traffic speaks against version 2: taken back, and not tried again.
    month(4, 1200)
    stop = threading.Event()
    clients = [threading.Thread(target=asking, args=(stop,)) for _ in range(2)]
    for client in clients:
        client.start()
    try:
        assert "version 2 was taken back at 50 %" in run("apply", "--yes", code=4)
    finally:
        stop.set()
        for client in clients:
            client.join()
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


try:
    scenario()
finally:
    run("destroy", "--yes")
