"""Records what real dbt says about every edit in `edits.py`: manifests and the answers of the `state:` selectors.

For each dbt version it makes a venv, copies `project/` to one folder, and for the base and for each edit runs
`observe.py` in a fresh process. See README.md for the files it writes to `recorded/`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from edits import EDITS

HERE = Path(__file__).resolve().parent
VERSIONS = ["1.11", "1.12"]


def make_venv(version: str, folder: Path) -> Path:
    """The Python of a venv with the packages of `requirements-<version>.txt`, which are complete: no resolving."""
    if not folder.exists():
        venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    requirements = HERE / f"requirements-{version}.txt"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements], check=True)
    return python


def observe(python: Path, work: Path, edit: str) -> tuple[str, dict]:
    """The manifest of the edited project, as dbt wrote it, and what dbt selects in it."""
    project, out = work / "project", work / "answers.json"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(HERE / "project", project, ignore=shutil.ignore_patterns("target", "logs"))
    if edit != "base":
        EDITS[edit](project)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(work),
        "PYTHONHASHSEED": "0",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    done = subprocess.run(
        [python, HERE / "observe.py", work / "state", out],
        cwd=project,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"edit {edit}: {done.stdout}")
    return (project / "target" / "manifest.json").read_text(), json.loads(out.read_text())


def record(version: str, work: Path) -> None:
    work.mkdir(parents=True, exist_ok=True)
    python = make_venv(version, work / "venv")
    shutil.rmtree(work / "state", ignore_errors=True)
    expected: dict[str, dict] = {"eager": {}, "empty": {}}
    # One stream for all manifests: each is almost the one before it, so a hundred cost little more than one.
    with (work / "manifests.jsonl").open("w") as lines:
        for edit in ["base", *EDITS]:
            manifest, answers = observe(python, work, edit)
            lines.write(f'{{"edit": {json.dumps(edit)}, "manifest": {manifest}}}\n')
            for mode, answer in answers.items():
                expected[mode][edit] = answer
            print(f"{version} {edit}", flush=True)

    recorded = HERE / "recorded" / version
    recorded.mkdir(parents=True, exist_ok=True)
    archive = recorded / "manifests.jsonl.zst"
    subprocess.run(["zstd", "--quiet", "--force", "-19", work / "manifests.jsonl", "-o", archive], check=True)
    for file, mode in [("expected.json", "eager"), ("expected-empty.json", "empty")]:
        (recorded / file).write_text(json.dumps(expected[mode], indent=1) + "\n")
    print(f"{version}: {len(EDITS)} edits, {archive.stat().st_size} bytes of manifests")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--work-dir",
        type=Path,
        default=Path(tempfile.gettempdir()) / "assetdiff-dbt",
        help="folder for venvs and project copies (default: %(default)s)",
    )
    parser.add_argument("--version", choices=VERSIONS, action="append", help="only this dbt version")
    arguments = parser.parse_args()
    if not shutil.which("zstd"):
        sys.exit("record.py needs the zstd command")
    versions, work_dir = arguments.version or VERSIONS, arguments.work_dir.resolve()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda version: record(version, work_dir / version), versions))


if __name__ == "__main__":
    main()
