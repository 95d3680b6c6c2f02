#!/usr/bin/env python3
"""Writes a one-layer container image as a docker archive.

usage: image.py OUT.tar NAME [--entrypoint PROGRAM] [--cmd PROGRAM] PATH=FILE… PATH->TARGET… PATH/ @LIST
"""
import argparse
import hashlib
import io
import json
import os
import tarfile


def add(tar, name, kind=tarfile.REGTYPE, mode=0o644, data=b"", target=""):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.size, info.linkname = kind, mode, len(data), target
    tar.addfile(info, io.BytesIO(data))


def add_parents(tar, path, made):
    parts = path.rstrip("/").split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        directory = "/".join(parts[:depth])
        if directory not in made:
            made.add(directory)
            add(tar, directory, tarfile.DIRTYPE, 0o755)


def make_layer(items):
    layer, made = io.BytesIO(), set()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for item in items:
            if item.endswith("/"):
                add_parents(tar, item + "x", made)
            elif "->" in item:
                path, target = item.split("->", 1)
                add_parents(tar, path, made)
                add(tar, path, tarfile.SYMTYPE, 0o777, target=target)
            else:
                path, source = item.split("=", 1)
                add_parents(tar, path, made)
                with open(source, "rb") as file:
                    add(tar, path, mode=0o755 if os.access(source, os.X_OK) else 0o644, data=file.read())
    return layer.getvalue()


def main():
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("out")
    parser.add_argument("name")
    parser.add_argument("--entrypoint")
    parser.add_argument("--cmd")
    parser.add_argument("items", nargs="*")
    args = parser.parse_intermixed_args()
    layer = make_layer(args.items)
    digest = hashlib.sha256(layer).hexdigest()
    config = json.dumps({
        "architecture": "amd64", "os": "linux",
        "config": {"Env": ["PATH=/bin:/usr/bin"], "WorkingDir": "/",
                   "Entrypoint": [args.entrypoint] if args.entrypoint else [],
                   "Cmd": [args.cmd] if args.cmd else []},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest]},
        "history": [{"created_by": "image.py"}]}).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = [{"Config": config_name, "RepoTags": [args.name], "Layers": [digest + "/layer.tar"]}]
    with tarfile.open(args.out, "w") as tar:
        add(tar, config_name, data=config)
        add(tar, digest + "/layer.tar", data=layer)
        add(tar, "manifest.json", data=json.dumps(manifest).encode())


main()
