#!/usr/bin/env python3
"""The matrix with the memo of settled runs hot: each edit comes right after a run that was answered
from the memo, and what stands in `.ops/out` afterwards is compared with what the edit should give.
Then the same edits at random, with and without pauses.

usage: settled.py OPSC DIRECTORY [SEED [STEPS]]
"""
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

MAIN = """edition 2026
import "./lib" as lib
param word: string = "word"
task copy { inputs: [file("a.txt")], run: "CAT > o", out o: file = "o" }
task list { inputs: files("src/**"), run: "ls src > o; cat src/* >> o", out o: file = "o" }
task chain { inputs: [copy.o, list.o], run: "cat ${copy.o} ${list.o} > o", out o: file = "o" }
task tree { inputs: files("src/**"), run: "mkdir d; cp src/* d", out d: file = "d" }
task said { run: "speak > o", out o: file = "o" }
task worded { run: "printf %s ${word} > o", out o: file = "o" }
task imported { run: "printf %s ${lib.text} > o", out o: file = "o" }
pipeline all { goals: [chain, tree, said, worded, imported] }
"""
SETTLES = 0.03  # seconds: longer than a change may hide behind the time stamps of another


class World:
    """A project, the programs beside it, and what its outputs should hold."""

    def __init__(self, opsc, directory):
        self.opsc = os.path.abspath(opsc)
        self.base = pathlib.Path(directory).resolve()
        shutil.rmtree(self.base, ignore_errors=True)
        self.root = self.base / "project"
        self.out = self.root / ".ops/out"
        self.env = {k: v for k, v in os.environ.items() if k != "CI" and not k.startswith("OPSC_PARAM_")}
        self.bins = [self.base / "bin0", self.base / "bin1"]
        for directory in [*self.bins, self.root / "src", self.root / "lib"]:
            directory.mkdir(parents=True)
        self.env["PATH"] = os.pathsep.join([*map(str, self.bins), self.env["PATH"]])
        self.count = 0
        self.cat = "cat a.txt"
        self.write_main()
        self.write("a.txt", self.text())
        self.write("src/0", self.text())
        self.write("src/1", self.text())
        self.write_lib()
        self.speak(self.bins[1])

    def text(self):
        """New each time, of one length."""
        self.count += 1
        return f"text {self.count:06}\n"

    def write(self, path, content):
        (self.root / path).write_text(content)

    def write_main(self):
        self.write("main.ops", MAIN.replace("CAT", self.cat))

    def write_lib(self):
        self.lib = self.text().strip()
        self.write("lib/lib.ops", f'let text = "{self.lib}"\n')

    def speak(self, directory):
        program = directory / "speak"
        program.write_text(f"#!/bin/sh\necho {self.text().strip()}\n")
        program.chmod(0o755)

    def sources(self):
        return sorted((self.root / "src").iterdir())

    def expected(self):
        """Output -> (content, executable)."""
        copy = (self.root / "a.txt").read_text() * self.cat.count("a.txt")
        listed = "".join(f"{s.name}\n" for s in self.sources()) + "".join(s.read_text() for s in self.sources())
        speaker = next(b / "speak" for b in self.bins if os.access(b / "speak", os.X_OK))
        files = {"copy/o": copy, "list/o": listed, "chain/o": copy + listed, "imported/o": self.lib,
                 "worded/o": self.env.get("OPSC_PARAM_word", "word"),
                 "said/o": speaker.read_text().split("echo ")[1]}
        expected = {path: (content, False) for path, content in files.items()}
        for s in self.sources():
            expected[f"tree/d/{s.name}"] = (s.read_text(), os.access(s, os.X_OK))
        return expected

    def found(self):
        found = {}
        for path in self.out.rglob("*"):
            if path.is_symlink() or path.is_file():
                executable = bool(path.lstat().st_mode & 0o100)
                found[str(path.relative_to(self.out))] = (path.read_text(), executable)
        return found

    def run(self):
        done = subprocess.run([self.opsc, "run", "all"], cwd=self.root, env=self.env, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def memos(self):
        """A memo that is written anew is another file."""
        return {(m.name, m.stat().st_ino, m.stat().st_mtime_ns) for m in (self.root / ".ops/cache/settled").glob("*")}

    def make_hot(self):
        time.sleep(SETTLES)
        self.run()
        time.sleep(SETTLES)  # what the run made has to be older than the next one, however fast that comes
        self.run()
        before = self.memos()
        assert before, "a settled run leaves a memo"
        said = self.run()
        assert said.startswith("No changes."), said
        assert self.memos() == before, "the memo answers, so it is not written anew"

    def check(self, edit, said):
        expected, found = self.expected(), self.found()
        assert found == expected, f"after `{edit}`: found {found}\nexpected {expected}\nsaid {said}"


def changed_under_an_older_time(w):
    stat = (w.root / "a.txt").stat()
    w.write("a.txt", w.text())
    os.utime(w.root / "a.txt", ns=(stat.st_atime_ns, stat.st_mtime_ns))


def another_file_moved_there(w):
    w.write("other", w.text())
    os.rename(w.root / "other", w.root / "a.txt")


def touched(w):
    os.utime(w.root / "a.txt")


def came(w):
    w.write(f"src/{w.count}", w.text())


def went(w):
    if len(w.sources()) > 1:
        w.sources()[-1].unlink()


def renamed(w):
    w.count += 1
    w.sources()[0].rename(w.root / "src" / f"renamed{w.count}")


def became_executable(w):
    source = w.sources()[0]
    source.chmod(source.stat().st_mode ^ 0o111)


def directory_replaced(w):
    os.rename(w.root / "src", w.root / "old")
    (w.root / "src").mkdir()
    w.write("src/0", w.text())
    shutil.rmtree(w.root / "old")


def output_deleted(w):
    (w.out / "copy/o").unlink(missing_ok=True)


def output_directory_deleted(w):
    shutil.rmtree(w.out / "tree", ignore_errors=True)


def all_outputs_deleted(w):
    shutil.rmtree(w.out, ignore_errors=True)


def output_tampered_with(w):
    path = w.out / "chain/o"
    stat = path.stat()
    path.chmod(0o644)
    path.write_text("x" * stat.st_size)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    path.chmod(stat.st_mode & 0o777)


def output_became_a_link(w):
    path = w.out / "list/o"
    path.unlink()
    path.symlink_to(w.root / "a.txt")


def output_grew(w):
    (w.out / "tree/d").chmod(0o755)
    (w.out / "tree/d/more").write_text("more")


def tool_changed(w):
    w.speak(w.bins[1])


def tool_shadowed(w):
    w.speak(w.bins[0])


def tool_unshadowed(w):
    (w.bins[0] / "speak").unlink(missing_ok=True)


def tool_shadowed_by_mode(w):
    w.speak(w.bins[0])
    (w.bins[0] / "speak").chmod(0o644)
    w.run()
    w.run()
    (w.bins[0] / "speak").chmod(0o755)


def command_changed(w):
    w.cat = "cat a.txt" if w.cat != "cat a.txt" else "cat a.txt a.txt"
    w.write_main()


def module_changed(w):
    w.write_lib()


def variable_changed(w):
    w.env["OPSC_PARAM_word"] = w.text().strip()


def variable_unset(w):
    w.env.pop("OPSC_PARAM_word", None)


def store_lost(w):
    shutil.rmtree(w.root / ".ops/store")


def blob_lost(w):
    sorted((w.root / ".ops/store/blobs").glob("*/*"))[w.count % 3].unlink()


def cache_lost(w):
    shutil.rmtree(w.root / ".ops/cache")


def memo_damaged(w):
    for memo in (w.root / ".ops/cache/settled").glob("*"):
        content = bytearray(memo.read_bytes())
        content[w.count * 7919 % len(content)] ^= 1
        memo.write_bytes(content)


def memo_torn(w):
    for memo in (w.root / ".ops/cache/settled").glob("*"):
        os.truncate(memo, memo.stat().st_size // 2)


def undeclared_file_changed(w):
    w.write("undeclared", w.text())


RUN = [changed_under_an_older_time, another_file_moved_there, came, renamed, became_executable, directory_replaced,
       tool_changed, tool_shadowed, tool_shadowed_by_mode, command_changed, module_changed, variable_changed]
REVERT = [went, tool_unshadowed, variable_unset]  # to what may be known
RESTORE = [output_deleted, output_directory_deleted, all_outputs_deleted, output_tampered_with, output_became_a_link,
           output_grew, touched, memo_damaged, memo_torn, undeclared_file_changed]
LOSE = [store_lost, blob_lost, cache_lost]


def one_by_one(world):
    for edit in RUN + REVERT + RESTORE + LOSE:
        world.make_hot()
        edit(world)
        said = world.run()
        world.check(edit.__name__, said)
        if edit in RUN:
            assert "to run" in said, f"`{edit.__name__}` was not seen: {said}"
        if edit in RESTORE:
            assert said.startswith("No changes."), f"`{edit.__name__}` ran something: {said}"
    world.make_hot()
    before = world.memos()
    undeclared_file_changed(world)
    world.run()
    assert world.memos() == before, "what nothing depends on costs nothing"


def at_random(world, seed, steps):
    print(f"seed {seed}")
    chance = random.Random(seed)
    done = []
    for _ in range(steps):
        for _ in range(chance.randint(0, 3)):
            if chance.random() < 0.5:
                time.sleep(SETTLES)
            world.run()
        for edit in chance.sample(RUN + REVERT + RESTORE + LOSE, chance.randint(1, 2)):
            try:
                edit(world)
            except FileNotFoundError:
                continue  # an edit before has taken it away
            done.append(edit.__name__)
        said = world.run()
        world.check(" ".join(done[-8:]), said)


def main():
    opsc, directory, *rest = sys.argv[1:]
    world = World(opsc, directory)
    one_by_one(world)
    at_random(world, int(rest[0]) if rest else random.randrange(1 << 32), int(rest[1]) if rest[1:] else 60)
    shutil.rmtree(world.base)
    print("every answer was right")


if __name__ == "__main__":
    main()
