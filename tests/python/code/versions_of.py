"""Prints, for each copy of the shop project, the versions of its assets as JSON; each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from loading import load_package  # noqa: E402


def versions(folder):
    sys.dont_write_bytecode = True
    sys.path[:0] = [folder, os.path.join(folder, "installed/site-packages")]
    from shop.definitions import ASSETS

    project = load_package().Project(folder, annotations="--annotations" in sys.argv)
    found = {name: project.code_version(fn) for name, fn in ASSETS.items()}
    return {
        name: {**version.to_dict(), "warnings": list(version.warnings), "locations": version.locations()}
        for name, version in found.items()
    }


def in_new_process(folder):
    options = [argument for argument in sys.argv[1:] if argument.startswith("--")]
    if not hasattr(os, "fork"):
        run = [sys.executable, __file__, *options, "--here", folder]
        return json.loads(subprocess.run(run, capture_output=True, check=True).stdout)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            answer = versions(folder)
        except BaseException as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(writer, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        answer = json.load(pipe)
    os.waitpid(child, 0)
    return answer


if __name__ == "__main__":
    load_package()
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    if "--here" in sys.argv:
        print(json.dumps(versions(folders[0])))
    else:
        print(json.dumps([in_new_process(folder) for folder in folders]))
