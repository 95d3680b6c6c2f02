"""N tasks `cat src_i out_{i-10} > out_i`: cold, all cached, one input changed; against ninja, make,
go-task and plain sh."""
import pathlib
import shutil

from measure import once, side_by_side, table


def sources(directory, n):
    (directory / "src").mkdir(parents=True)
    for i in range(n):
        (directory / "src" / str(i)).write_text(f"source {i}\n")


def inputs(i):
    return f"src/{i}" if i < 10 else f"src/{i} out/{i - 10}"


def ops_file(n):
    # Written out, as a generator would for ninja: the same text size for all tools.
    lines = ["edition 2026"]
    for i in range(n):
        before = f", t_{i - 10}.o" if i >= 10 else ""
        shell = f"cat src/{i} ${{t_{i - 10}.o}} > o" if i >= 10 else f"cat src/{i} > o"
        lines.append(f'task t_{i} {{ inputs: [file("src/{i}"){before}], run: "{shell}", out o: file = "o" }}')
    goals = ", ".join(f"t_{i}" for i in range(n))
    lines.append(f"pipeline all {{ goals: [{goals}] }}")
    return "\n".join(lines) + "\n"


def ninja_file(n):
    lines = ["rule cat", "  command = cat $in > $out"]
    lines += [f"build out/{i}: cat {inputs(i)}" for i in range(n)]
    return "\n".join(lines) + "\n"


def make_file(n):
    lines = ["all: " + " ".join(f"out/{i}" for i in range(n))]
    for i in range(n):
        lines += [f"out/{i}: {inputs(i)}", f"\t@mkdir -p out; cat {inputs(i)} > $@"]
    return "\n".join(lines) + "\n"


def task_file(n):
    lines = ["version: '3'", "silent: true", "tasks:", "  all:", "    deps: [" + ", ".join(f"t{i}" for i in range(n)) + "]"]
    for i in range(n):
        lines += [f"  t{i}:"]
        if i >= 10:
            lines += [f"    deps: [t{i - 10}]"]
        lines += [f"    sources: [{', '.join(inputs(i).split())}]", f"    generates: [out/{i}]",
                  f"    cmds: ['cat {inputs(i)} > out/{i}']"]
    return "\n".join(lines) + "\n"


def shell_file(n):
    return "\n".join(f"sh -c 'cat {inputs(i)} > out/{i}'" for i in range(n)) + "\n"


GO_TASK_UP_TO = 1000  # tasks; 1,000 take it a CPU minute when cold, more would be all that is measured


def contenders_of(opsc, rivals, n, quick):
    tools = {
        "opsc": ("main.ops", ops_file(n), [opsc, "run", "all"]),
        "opsc --no-sandbox": ("main.ops", ops_file(n), [opsc, "run", "--no-sandbox", "all"]),
        "ninja": ("build.ninja", ninja_file(n), ["ninja", "--quiet"]),
        "make": ("Makefile", make_file(n), ["make", "-s", "-j2", "all"]),
        "sh": ("all.sh", shell_file(n), ["sh", "all.sh"]),
    }
    if rivals.task and n <= (GO_TASK_UP_TO // 10 if quick else GO_TASK_UP_TO):
        tools["go-task"] = ("Taskfile.yml", task_file(n), [rivals.task, "all"])
    return tools


def run(opsc, rivals, scratch, quick):
    rows = []
    for n in (100, 1000) if quick else (100, 1000, 10000):
        tools = contenders_of(opsc, rivals, n, quick)
        directories = {}
        for tool, (file, text, _) in tools.items():
            directory = pathlib.Path(scratch, f"tasks-{n}-{tool.replace(' ', '')}")
            shutil.rmtree(directory, ignore_errors=True)
            sources(directory, n)
            (directory / "out").mkdir()
            (directory / file).write_text(text)
            directories[tool] = directory

        def cold(tool):
            return once(tools[tool][2], directories[tool])

        def changed(tool):
            (directories[tool] / "src" / "0").write_text(f"changed {changed.count}\n")
            changed.count += 1
            return once(tools[tool][2], directories[tool])
        changed.count = 0

        cachers = [t for t in tools if t != "sh"]
        rows.append((f"{n} tasks, cold", side_by_side({t: lambda t=t: cold(t) for t in tools}, 1)))
        rows.append((f"{n} tasks, cached", side_by_side({t: lambda t=t: cold(t) for t in cachers}, 3 if quick else 5)))
        rows.append((f"{n} tasks, one input changed", side_by_side({t: lambda t=t: changed(t) for t in cachers}, 1 if quick else 3)))
    return table("Tasks", rows)
