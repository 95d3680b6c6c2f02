#!/usr/bin/env python3
"""Writes local/compiler:1 as a docker archive: this machine's g++ with what it needs, and busybox.

usage: compiler.py OUT.tar
"""
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
UNWANTED = re.compile(r"/share/|/cc1$|/lto1$|/lto-wrapper$|\.py$|lib(asan|tsan|ubsan|lsan|gomp|itm|quadmath|hwasan)\b|/plugin/")


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def version():
    return run("g++", "-dumpversion").split(".")[0].strip()


def files_of(package):
    return [path for path in run("dpkg", "-L", package).splitlines() if os.path.isfile(path) or os.path.islink(path)]


def place(path):
    """Where a file goes: /lib is /usr/lib."""
    path = os.path.normpath(path)
    return path if path.startswith("/usr/") else "/usr" + path


def main():
    number = version()
    packages = [f"g++-{number}", f"gcc-{number}", f"libgcc-{number}-dev", f"libstdc++-{number}-dev", "libc6-dev", "linux-libc-dev",
                "binutils-x86-64-linux-gnu", "g++"]
    paths = {path for package in packages for path in files_of(package) if not UNWANTED.search(path)}
    paths |= {f"/usr/bin/{name}" for name in ("as", "ld")}
    programs = [run("g++", f"-print-prog-name={name}").strip() for name in ("cc1plus", "collect2", "as", "ld")] + ["/usr/bin/g++"]
    for program in programs:
        paths |= set(re.findall(r"(/\S+) \(0x", run("ldd", program if program.startswith("/") else f"/usr/bin/{program}")))
    paths |= {f"/lib/x86_64-linux-gnu/{name}" for name in ("libstdc++.so.6", "libgcc_s.so.1", "libm.so.6", "libmvec.so.1")}
    items = {}
    while paths:
        path = paths.pop()
        if place(path) in items:
            continue
        if os.path.islink(path):
            target = os.path.join(os.path.dirname(path), os.readlink(path))
            items[place(path)] = f"{place(path)[1:]}->{os.readlink(path)}"
            if os.path.exists(target):
                paths.add(os.path.normpath(target))
        else:
            items[place(path)] = f"{place(path)[1:]}={path}"
    for applet in run("/bin/busybox", "--list").split():
        items.setdefault(f"/usr/bin/{applet}", f"usr/bin/{applet}->busybox")
    items["/usr/bin/busybox"] = "usr/bin/busybox=/bin/busybox"
    links = [f"{name}->usr/{name}" for name in ("bin", "lib", "lib64")]
    listed = pathlib.Path(sys.argv[1] + ".items")
    listed.write_text("\n".join([*items.values(), *links, "tmp/"]) + "\n")
    subprocess.run([HERE / "image.py", sys.argv[1], "docker.io/local/compiler:1", "--cmd", "/bin/sh", f"@{listed}"], check=True)
    listed.unlink()


main()
