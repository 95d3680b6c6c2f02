#!/usr/bin/env python3
"""models_world.py OPSC EXAMPLE: the world around a model goes wrong: the disk is full, a new version never gets ready, the one in
charge is changed by hand, files arrive in halves. Who serves goes on, nothing is half done, and there is a way on.

It runs in a mount namespace of its own, so that .ops is a small file system that can run full; ends with 77 where the kernel does
not allow that."""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from model_project import Project, kill, wait_until

STEPS_KIB = (0, 24, 96, 256, 640, 1280, 2560, 5120)  # left free, until an apply fits


class Disk:
    """.ops of a project as a file system of its own; `fill` leaves so many KiB."""

    def __init__(self, project):
        self.place = project.place / ".ops"
        self.place.mkdir(exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(self.place)], capture_output=True, text=True)
        if done.returncode != 0:
            print(f"this kernel refuses the mount: {done.stderr.strip()}")
            sys.exit(77)
        self.ballast = self.place / "ballast"

    def free(self):
        there = os.statvfs(self.place)
        return there.f_bavail * there.f_bsize // 1024

    def fill(self, left):
        with open(self.ballast, "wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, max(1, self.free() - left) * 1024)
        assert self.free() <= left + 4, self.free()

    def empty(self):
        self.ballast.unlink()


def check_told(output, what):
    assert "No space left on device" in output or "the disk has room" in output, f"{what}: the output does not say why:\n{output}"


def check_whole(project, before, what):
    """One version more or none, one promotion more or none, and who is in charge is the last one promoted."""
    model, champion, versions, promotions = project.registry()[0]
    assert (len(versions) - len(before[2]), len(promotions) - len(before[3])) in ((0, 0), (1, 1)), f"{what}: {versions} {promotions}"
    assert champion == promotions[-1][0] == versions[-1][0], f"{what}: {champion} {versions} {promotions}"
    project.run("state", "verify")


def full_disk_in_training(project, disk):
    """New data, less and less room missing: an apply fails or is done, and with room again the next one is done."""
    failed = 0
    for number, left in enumerate(STEPS_KIB, 4):
        what = f"{left} KiB left"
        before = project.registry()[0]
        served = project.ask()
        project.month(number, 1200)
        disk.fill(left)
        code, output = project.run("apply", "--yes", code=(0, 1))
        during = project.ask()
        disk.empty()
        check_whole(project, before, what)
        if code == 1:
            failed += 1
            check_told(output, what)
            assert during == served or project.registry()[0] != before, f"{what}: {during} instead of {served}"
            project.run("apply", "--yes")
        after = project.registry()[0]
        assert after[1] == before[1] + 1 and len(after[2]) == len(before[2]) + 1, f"{what}: {before} {after}"
        assert project.ask()[0] == str(after[1]), f"{what}: {project.ask()} serves, not {after[1]}"
        assert "No changes." in project.run("plan")
        if code == 0 and left > 0:
            break
    assert failed > 1, "the disk was never full"
    assert code == 0, f"even {left} KiB are not enough"
    print(f"full disk: {failed} applies failed for want of room, the model in charge served on, the next apply was done", flush=True)


def full_disk_in_promotion(project, disk):
    """`promote` on a full disk: done, or not at all."""
    champion = project.registry()[0][1]
    disk.fill(0)
    code, output = project.run("model", "promote", "returns", "1", code=(0, 1))
    disk.empty()
    if code == 1:
        check_told(output, "promote")
        assert project.registry()[0][1] == champion
    project.run("model", "promote", "returns", "1")
    project.run("apply", "--yes")
    assert project.ask()[0] == "1"
    project.run("model", "promote", "returns", str(champion))
    project.run("apply", "--yes")
    assert project.ask()[0] == str(champion)
    print(f"full disk: a promotion by hand {'was refused whole' if code else 'needs no room'}", flush=True)


def full_disk_in_batch(project, disk):
    """Predictions of a part are there whole or not at all."""
    parts = project.place / ".ops/out/scores/part"
    failed = 0
    for left in STEPS_KIB:
        disk.fill(left)
        code, output = project.run("run", "scores", code=(0, 1))
        disk.empty()
        for file in parts.rglob("*.parquet"):
            project.run("data", "profile", str(file))
        if code == 0:
            break
        failed += 1
        check_told(output, f"batch, {left} KiB left")
    assert failed > 0 and code == 0, (failed, code)
    months = len(list((project.place / "data").iterdir()))
    made = len(list(parts.rglob("*.parquet")))
    assert made == months, f"{made} parts of {months}"
    print(f"full disk: a batch failed {failed} times, its {made} parts are whole", flush=True)


def is_offered(project):
    """Is a version in line that is not the one before?"""
    files = list((project.place / ".ops/endpoints").glob("*/deployment.json"))
    return len(json.loads(files[0].read_text())["versions"]) > 1


def never_ready(project, number, how, name):
    """The server falls each time that it has to serve the new version beside the one before."""
    before = project.ask()
    project.month(number, 1200)
    stop, lost, falls = threading.Event(), [], [0]

    def fell():
        while not stop.is_set():
            if is_offered(project):
                falls[0] += sum(kill(pid, how) for pid in project.processes("__serve"))
            time.sleep(0.02)

    thread = threading.Thread(target=fell)
    thread.start()
    try:
        output = project.run("apply", "--yes", code=1)
    finally:
        stop.set()
        thread.join()
        for pid in project.processes("__serve"):
            kill(pid, signal.SIGCONT)
    assert "is not served after" in output and falls[0] > 0, output
    assert not is_offered(project), "the new version is still in line"
    wait_until(f"{name}: the version before does not serve again", lambda: project.ask() == before)
    project.run("apply", "--yes")
    assert project.ask()[0] == str(project.registry()[0][1]) != before[0], f"{name}: {project.ask()}"
    print(f"a server that {name} of each new version ({falls[0]} times): the version before serves, the next apply is done", flush=True)


def trees_of(project):
    return (project.place / ".ops/out/returns/training/model/trees.json").read_bytes()


def damage(project, content):
    """Files with this content are damaged, in the store and wherever else opsc keeps them."""
    damaged = [p for p in (project.place / ".ops").rglob("*") if p.is_file() and p.stat().st_size == len(content)
               and p.read_bytes() == content]
    assert damaged, "no file has it"
    for file in damaged:
        file.chmod(0o644)
        file.write_bytes(b"{" * len(content))
    return damaged


def broken_artefact(project, number):
    """The files of a version are damaged before it is served: it is trained again. Those of one that nobody can train any more: it
    is refused, and who serves goes on."""
    project.month(number, 1200)
    project.run("apply", "--yes", "returns")
    before = project.registry()[0]
    damage(project, trees_of(project))
    project.run("apply", "--yes")
    assert project.registry()[0] == before and project.ask()[0] == str(before[1])

    old = trees_of(project)
    project.month(number + 1, 1200)
    project.run("apply", "--yes")
    served = project.ask()
    damaged = damage(project, old)
    for words in (("promote", "returns", str(before[1])), ("rollback", "returns")):
        output = project.run("model", *words, code=1)
        assert f"version {before[1]} of returns cannot be put in charge" in output and "opsc model promote returns" in output, output
    edit_state(project, before[1], True)
    output = project.run("apply", "--yes", code=1)
    assert f"version {before[1]} of returns cannot be served" in output and "opsc model promote returns" in output, output
    assert project.ask() == served, f"{project.ask()} instead of {served}"
    project.run("model", "promote", "returns", served[0])
    project.run("apply", "--yes")
    assert project.ask() == served
    for file in damaged:
        file.write_bytes(old)
    print("a version whose files are damaged: trained again; an old one: refused, who serves goes on", flush=True)


def edit_state(project, version, told):
    """Puts a version in charge by writing into the state; `told`: also what the rest of the program knows of it."""
    state = project.place / "state.json"
    pulled = json.loads(project.run("state", "pull"))
    entry = next(e for e in pulled["entries"] if e["address"] == "returns")
    promotions = entry["recorded"]["promotions"]
    promotions.append({**promotions[-1], "version": version, "reason": "edited"})
    if told:
        entry["outs"]["version"] = version
        entry["outs"]["champion"] = next(v["artefact"] for v in entry["recorded"]["versions"] if v["version"] == version)
    pulled["serial"] += 1
    state.write_text(json.dumps(pulled))
    project.run("state", "push", "state.json")


def by_hand(project):
    """Another version is in charge by promotion, by an edited state, and one is that does not exist: who serves follows."""
    champion = project.registry()[0][1]
    project.run("model", "promote", "returns", "1")
    assert "returns_api/deployment" in project.run("plan")
    project.run("apply", "--yes")
    assert project.ask()[0] == "1"
    for version, told in ((champion, False), (1, True), (champion, True)):
        edit_state(project, version, told)
        assert "No changes." not in project.run("plan")
        project.run("apply", "--yes")
        assert project.ask()[0] == str(version) == str(project.registry()[0][1]), (version, project.ask())
        assert "No changes." in project.run("plan")
    edit_state(project, champion + 7, False)
    assert project.registry()[0][1] == champion
    project.run("apply", "--yes")
    assert project.ask()[0] == str(champion)
    project.run("model", "rollback", "returns")
    project.run("apply", "--yes")
    assert project.ask()[0] == str(project.registry()[0][1]) != str(champion)
    print("in charge by hand: endpoints follow what the registry says, whoever wrote it, and there is a way back", flush=True)


def halves(project, number):
    """A CSV file that ends in the middle of a row, a Parquet file without its end."""
    before = project.registry()[0]
    project.month(number, 1200)
    whole = (project.place / f"data/{number}.csv")
    content = whole.read_bytes()
    whole.write_bytes(content[:-12])
    output = project.run("apply", "--yes", code=4)
    assert f"data/{number}.csv:1201" in output, output
    assert project.registry()[0] == before and project.ask()[0] == str(before[1])
    whole.write_bytes(content)
    project.run("apply", "--yes")
    after = project.registry()[0]
    assert after[1] == before[1] + 1 and project.ask()[0] == str(after[1])
    project.run("run", "scores")
    parquet = next((project.place / ".ops/out/scores/part").rglob("*.parquet"))
    for cut in (1, 9, 400, parquet.stat().st_size - 4):
        torn = project.place / "torn.parquet"
        torn.write_bytes(parquet.read_bytes()[:-cut])
        output = project.run("data", "profile", "torn.parquet", code=1)
        assert "torn.parquet" in output, output
    print("half a CSV file: told with its row, nothing trained; half a Parquet file: refused", flush=True)


def scenes(opsc, example, scratch):
    project = Project.of_example(opsc, example, scratch / "orders")
    project.edit("canary: [20%, 50%]", "canary: [50%]")
    project.edit("hold: 2s", "hold: 300ms")
    project.edit("m.auc >= 0.6 and m.auc >= m.champion.auc - 0.02", "m.auc >= 0.5")
    project.edit("  abort_if: m => m.error_rate > 1% or m.p99 > 250ms\n", "")
    with open(project.place / "orders.ops", "a") as program:
        program.write("\nbatch scores { model: returns, of: orders }\n")
    disk = Disk(project)
    for number in (1, 2, 3):
        project.month(number)
    try:
        project.run("apply", "--yes", "returns_api")
        full_disk_in_batch(project, disk)
        full_disk_in_training(project, disk)
        full_disk_in_promotion(project, disk)
        never_ready(project, 20, signal.SIGKILL, "dies")
        never_ready(project, 21, signal.SIGSTOP, "hangs")
        broken_artefact(project, 22)
        halves(project, 30)
        by_hand(project)
    finally:
        disk.ballast.unlink(missing_ok=True)  # destroying needs room, too
        project.run("destroy", "--yes", code=(0, 1, 2))
        subprocess.run(["umount", "-l", str(disk.place)], check=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("opsc", type=pathlib.Path)
    parser.add_argument("example", type=pathlib.Path)
    options = parser.parse_args()
    if os.environ.get("OPSC_MOUNTS") != "own":
        words = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        os.execvpe(words[0], [*words, sys.executable, *sys.argv], {**os.environ, "OPSC_MOUNTS": "own"})
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="opsc-world-"))
    try:
        scenes(options.opsc.resolve(), options.example.resolve(), scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


main()
