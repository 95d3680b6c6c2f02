"""N small resources: cold plan, apply, no-op plan; against terraform's builtin terraform_data."""
import pathlib
import shutil

from measure import once, side_by_side, table

OPS = """edition 2026
for i in range(0, {n}) {{
  file r[i] {{ path: "out/r${{i}}.txt", content: "value ${{i}}" }}
}}
"""
TERRAFORM = """resource "terraform_data" "r" {{
  count = {n}
  input = "value ${{count.index}}"
}}
"""


def project(scratch, name, file, text):
    directory = pathlib.Path(scratch, name)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / file).write_text(text)
    return directory


def run(opsc, rivals, scratch, quick):
    rows = []
    for n in (1000,) if quick else (1000, 10000):
        ours = project(scratch, f"opsc-resources-{n}", "main.ops", OPS.format(n=n))
        steps = {"cold plan": [opsc, "plan"], "apply": [opsc, "apply", "--yes"], "no-op plan": [opsc, "plan"]}
        theirs = None
        if rivals.terraform:
            theirs = project(scratch, f"terraform-{n}", "main.tf", TERRAFORM.format(n=n))
            once([rivals.terraform, "init"], theirs)
        their_steps = {"cold plan": ["plan"], "apply": ["apply", "-auto-approve"], "no-op plan": ["plan"]}
        for step, command in steps.items():
            repeat = 1 if step == "apply" else 3
            contenders = {"opsc": lambda c=command: once(c, ours)}
            # terraform's apply of 10,000 was not done after 20 CPU minutes.
            if theirs and (n <= 1000 or step == "cold plan"):
                args = [rivals.terraform, *their_steps[step], "-input=false", "-no-color"]
                contenders["terraform"] = lambda a=args: once(a, theirs)
            rows.append((f"{n} resources, {step}", side_by_side(contenders, repeat)))
    return table("Resources", rows)
