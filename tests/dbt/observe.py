"""Parses the dbt project in the current folder and asks dbt what each state selector selects. Run by `record.py`.

Usage: observe.py STATE_DIR OUT, with STATE_DIR the folder of the base manifest. It is filled first when it has none.
"""

import json
import shutil
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

SELECTORS = [
    "state:new",
    "state:old",
    "state:modified",
    "state:unmodified",
    "state:modified.body",
    "state:modified.configs",
    "state:modified.relation",
    "state:modified.persisted_descriptions",
    "state:modified.macros",
    "state:modified.contract",
]
# What the selection adds by itself: `eager` is dbt's default, `empty` leaves the answer of the selector alone.
INDIRECT = ["eager", "empty"]


def parse() -> Manifest:
    result = dbtRunner().invoke(["--quiet", "--no-partial-parse", "parse"])
    if not result.success:
        sys.exit(f"dbt parse failed: {result.exception}")
    return result.result


def select(manifest: Manifest, selector: str, indirect: str, state: str) -> list[str] | dict[str, str]:
    result = dbtRunner(manifest=manifest).invoke(
        [
            "--quiet",
            "ls",
            "--resource-type",
            "all",
            "--select",
            selector,
            "--state",
            state,
            "--indirect-selection",
            indirect,
            "--output",
            "json",
            "--output-keys",
            "unique_id",
        ]
    )
    if result.exception:
        return {"error": f"{type(result.exception).__name__}: {result.exception}"}
    return sorted(json.loads(line)["unique_id"] for line in result.result)


def main() -> None:
    state, out = Path(sys.argv[1]), Path(sys.argv[2])
    manifest = parse()
    if not state.exists():
        state.mkdir()
        shutil.copy("target/manifest.json", state)
    answers = {mode: {s: select(manifest, s, mode, str(state)) for s in SELECTORS} for mode in INDIRECT}
    out.write_text(json.dumps(answers))


if __name__ == "__main__":
    main()
