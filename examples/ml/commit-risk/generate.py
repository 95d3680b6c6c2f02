#!/usr/bin/env python3
"""A bare repository with a made-up history, the same for the same seed: generate.py SEED COMMITS DIRECTORY

Authors differ in how careful they are, directories in how easily they break; large commits and those of the night
break more often. What breaks is fixed days later, in a file that the commit touched.
"""
import datetime
import heapq
import math
import random
import subprocess
import sys

START = int(datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc).timestamp())
DAY = 86400
DIRECTORIES = [f"{part}/{name}" for part in ("core", "web", "tools", "docs") for name in "abcdefghij"]
FILES = 40  # of a directory
LINES = 120  # of a file, at first


class History:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.authors = [(self.random.gauss(0, 1.8), self.random.choice([-300, 0, 0, 60, 120])) for _ in range(12)]
        self.fragile = {directory: self.random.gauss(0, 1.4) for directory in DIRECTORIES}
        self.contents = {}
        self.stream = []

    def edit(self, path, lines):
        """So many lines of the file are replaced, a few come."""
        content = self.contents.setdefault(path, [f"line {i} of {path}" for i in range(LINES)])
        for _ in range(lines):
            at = self.random.randrange(len(content))
            text = f"{self.random.getrandbits(40):x}"
            if self.random.random() < 0.2:
                content.insert(at, text)
            else:
                content[at] = text
        return "\n".join(content) + "\n"

    def commit(self, time, author, subject, edits):
        zone = self.authors[author][1]
        offset = f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02}{abs(zone) % 60:02}"
        who = f"Author {author} <author{author}@example.com>"
        self.stream.append(f"commit refs/heads/main\nauthor {who} {time - 60} {offset}\n"
                           f"committer {who} {time} {offset}\ndata {len(subject)}\n{subject}\n")
        for path, lines in edits.items():
            text = self.edit(path, lines)
            self.stream.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n")

    def risk(self, time, author, directory, lines):
        carelessness, zone = self.authors[author]
        hour = (time // 3600 + zone // 60) % 24
        score = -2.2 + carelessness + self.fragile[directory] + 0.9 * math.log(lines / 20) + (0.8 if hour < 6 else 0)
        return 1 / (1 + math.exp(-score))

    def change(self, time, fixes):
        author = min(int(self.random.expovariate(1 / 3)), len(self.authors) - 1)
        directory = self.random.choice(DIRECTORIES)
        paths = {f"{directory}/{self.random.randrange(FILES)}.txt" for _ in range(self.random.choice([1, 1, 1, 2, 3]))}
        lines = 1 + min(int(self.random.lognormvariate(2.7, 0.9)), 200)
        edits = {path: max(1, lines // len(paths)) for path in sorted(paths)}
        self.commit(time, author, f"Change {directory}", edits)
        if self.random.random() < self.risk(time, author, directory, lines):
            later = time + int(self.random.uniform(0.2, 12) * DAY)
            heapq.heappush(fixes, (later, author, sorted(paths)[0]))

    def make(self, commits):
        time, fixes = START, []
        while commits > 0:
            if fixes and fixes[0][0] <= time:
                due, author, path = heapq.heappop(fixes)
                self.commit(due, author, f"Fix {path}", {path: 2})
            else:
                self.change(time, fixes)
                time += 1 + int(self.random.expovariate(1 / (4 * 3600)))
            commits -= 1


def main():
    seed, commits, directory = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    history = History(seed)
    history.make(commits)
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", directory], check=True)
    subprocess.run(["git", "-C", directory, "fast-import", "--quiet"], input="".join(history.stream).encode(), check=True)


main()
