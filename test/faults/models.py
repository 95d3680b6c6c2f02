#!/usr/bin/env python3
"""models.py OPSC EXAMPLE [--kills N] [--seed S]: trainer, agent and server of a model are killed at random. After each kill the
next run must end where one ends that was never killed: the same versions with the same content, one in charge, promoted once."""
import argparse
import pathlib
import random
import shutil
import sys
import tempfile
import time

from model_project import Project, kill, wait_until


def expect_same(project, expected, what):
    got = project.registry()
    if got != expected:
        sys.exit(f"FAILED: {what}: {got}, not {expected}")


def trainers(base, scratch, expected, took, kills, chance):
    """Either opsc itself is killed, or the process that trains, which opsc has to survive."""
    hit = 0
    for k in range(kills):
        project = base.copy(scratch / "trainer")
        child = project.start("apply", "--yes", "returns")
        time.sleep(chance.uniform(0, took))
        own = project.processes("__train") if k % 2 else []
        hit += sum(kill(pid) for pid in own)
        if not own:
            hit += child.poll() is None
            child.kill()
        child.wait()
        project.run("apply", "--yes", "returns")
        expect_same(project, expected, f"kill {k} of a training")
    print(f"{kills} kills of apply or its trainer, {hit} of them while it worked: the same versions each time", flush=True)


def agents(base, scratch, expected, took, kills, chance):
    for k in range(kills):
        project = base.copy(scratch / "agent")
        child = project.start("agent")
        time.sleep(chance.uniform(0, took))
        child.kill()
        child.wait()
        child = project.start("agent")
        wait_until(f"kill {k} of the agent: no new version", lambda: len(project.registry()[0][2]) == 2)
        child.terminate()
        child.wait()
        expect_same(project, expected, f"kill {k} of the agent")
        project.run("destroy", "--yes")
    print(f"{kills} kills of the agent: the same versions each time", flush=True)


def servers(base, scratch, kills, chance):
    """In lives of four kills each: who dies again and again is started ever later."""
    project = base.copy(scratch / "server")
    slowest = 0
    for k in range(kills):
        if k % 4 == 0:
            project.run("apply", "--yes")
            answer = project.ask()
        time.sleep(chance.uniform(0, 0.3))
        pids = project.processes("__serve")
        assert pids and all(kill(pid) for pid in pids), f"kill {k}: no server"
        began = time.monotonic()
        wait_until(f"kill {k} of the server: it does not come back", lambda: project.ask() == answer)
        slowest = max(slowest, time.monotonic() - began)
        if k % 4 == 3 or k == kills - 1:
            assert "No changes." in project.run("plan")
            project.run("destroy", "--yes", "returns_api")
    print(f"{kills} kills of the server: it answers the same again, after {slowest:.1f} s at the latest", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("opsc", type=pathlib.Path)
    parser.add_argument("example", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="opsc-models-"))
    try:
        base = Project.of_example(options.opsc.resolve(), options.example, scratch / "base")
        for number in (1, 2, 3):
            base.month(number)
        base.run("apply", "--yes", "returns")
        servers(base, scratch, options.kills, chance)
        for number in (4, 5):
            base.month(number)
        reference = base.copy(scratch / "reference")
        began = time.monotonic()
        reference.run("apply", "--yes", "returns")
        took = time.monotonic() - began
        expected = reference.registry()
        assert len(expected[0][2]) == 2 and len(expected[0][3]) == 2, expected
        trainers(base, scratch, expected, took, options.kills, chance)
        agents(base, scratch, expected, took, options.kills, chance)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


main()
