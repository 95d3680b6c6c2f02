"""Runs whole processes and reads the kernel's own accounting of them."""
import dataclasses
import resource
import statistics
import subprocess
import tempfile
import time


@dataclasses.dataclass
class Sample:
    """One finished run: seconds and MiB."""
    cpu: float
    wall: float
    rss: float


def once(command, cwd):
    """Runs `command` and everything it starts to the end; its output is thrown away."""
    with tempfile.NamedTemporaryFile("r") as report:
        # A process begins with the memory of the one that forked it in its account: time(1) is small.
        timed = ["/usr/bin/time", "-f", "%M", "-o", report.name, *command]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        process = subprocess.run(timed, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, check=False)
        wall = time.monotonic() - start
        if process.returncode != 0:
            errors = process.stderr.decode(errors="replace")[-2000:]
            raise RuntimeError(f"{command} exited with {process.returncode}:\n{errors}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Sample(cpu, wall, int(report.read()) / 1024)


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
