# lit: each .ops file (and .test) below test/<phase>/<feature>/ and each example is a test; its RUN lines drive `opsc`.
import os
import shutil
import sys

import lit.formats

config.name = "opsc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".ops", ".test"]
config.excludes = ["Inputs", "cluster", "fuzz", "bench", "tools", "corpus", "demo", "faults", "editors", "unit"]
config.test_source_root = os.path.dirname(__file__)

build = os.environ["OPSC_BUILD"]
config.test_exec_root = os.path.join(build, "lit")

llvm = "/usr/lib/llvm-19/bin"
config.environment["PATH"] = os.pathsep.join([llvm, os.environ["PATH"]])
config.environment["HOME"] = os.environ["HOME"]
config.environment["NO_COLOR"] = "1"
if "OPSC_KILLS" in os.environ:  # how often agents are killed
    config.environment["OPSC_KILLS"] = os.environ["OPSC_KILLS"]
config.environment.pop("CI", None)

config.substitutions += [
    ("%opsc", os.path.join(build, "opsc")),
    ("%filecheck", shutil.which("FileCheck", path=config.environment["PATH"]) + " --dump-input-filter=error"),
    ("%python", sys.executable),
    ("%root", os.path.dirname(config.test_source_root)),
    # %fresh: an empty directory of the test's own, made anew.
    ("%fresh", "rm -rf %t && mkdir -p %t"),
]
