"""Runs whole processes and reads the kernel's own accounting of them."""
import dataclasses
import os
import resource
import statistics
import subprocess
import time


@dataclasses.dataclass
class Sample:
    """One finished run: seconds and MiB."""
    cpu: float
    wall: float
    rss: float


def once(command, cwd, env=None, ok=(0,)):
    """Runs `command` and everything it starts to the end; its output is thrown away."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=cwd, env={**os.environ, **(env or {})},
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code
    if code not in ok:
        raise RuntimeError(f"{command} exited with {code}:\n{errors.decode(errors='replace')[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # The difference counts grandchildren that the command waited for, which wait4 alone counts too.
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Sample(cpu, wall, usage.ru_maxrss / 1024)


def median(samples):
    """Field by field."""
    return Sample(*(statistics.median(getattr(s, f.name) for s in samples)
                    for f in dataclasses.fields(Sample)))


def side_by_side(contenders, runs):
    """`contenders`: name -> function that prepares and returns a Sample. In turn, A B A B …, so that
    a drift of the machine's speed falls on all. Returns name -> median Sample."""
    samples = {name: [] for name in contenders}
    for _ in range(runs):
        for name, run in contenders.items():
            samples[name].append(run())
    return {name: median(values) for name, values in samples.items()}


def table(title, rows):
    """`rows`: list of (what, {tool: Sample}); the first tool of each row is ours."""
    lines = [f"### {title}", "", "| what | tool | CPU s | wall s | MiB | CPU ÷ opsc | MiB ÷ opsc |",
             "| --- | --- | ---: | ---: | ---: | ---: | ---: |"]
    for what, results in rows:
        ours = results["opsc"]
        for tool, s in results.items():
            ratio = f"{s.cpu / max(ours.cpu, 1e-3):.1f}" if tool != "opsc" else ""
            memory = f"{s.rss / max(ours.rss, 1e-3):.1f}" if tool != "opsc" else ""
            lines.append(f"| {what} | {tool} | {s.cpu:.3f} | {s.wall:.3f} | {s.rss:.0f} | {ratio} | {memory} |")
    return "\n".join(lines) + "\n"
