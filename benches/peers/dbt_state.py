"""dbt's own state selection beside assetdiff, in one process: from two manifests on disk to what is modified.

    python benches/peers/dbt_state.py [--models 5000] [--runs 5] [--json FILE]

Needs dbt-core, dbt-duckdb and assetdiff. The manifests are those of examples/dbt with everything but the macros
repeated under other package names; one copy in a hundred has the changes of head, and each node of head another time of
making, as after every parse. dbt reads them with `json.load` and
`WritableManifest`, and compares with the code behind `state:modified`, with the flags as in tests/dbt. Ours is told twice:
`diff_files`, which also tells every difference, and both graphs read and `state:modified` selected by dbt's rules, which has
to give what dbt gives.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import report

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/dbt"))

PROJECT = "jaffle"
REPEATED = [
    "nodes", "sources", "exposures", "metrics", "groups", "parent_map", "child_map", "group_map", "saved_queries",
    "semantic_models", "unit_tests", "functions",
]  # fmt: skip
TYPES = [
    "model", "test", "seed", "snapshot", "source", "exposure", "metric", "group", "saved_query", "semantic_model", "unit_test",
]  # fmt: skip


def repeated(manifest: dict[str, Any], number: int) -> dict[str, Any]:
    """Return what a manifest holds beside macros, under the names of another package."""
    text = json.dumps({section: manifest[section] for section in REPEATED})
    for name in TYPES:
        text = text.replace(f'"{name}.{PROJECT}.', f'"{name}.{PROJECT}_{number}.')
    return json.loads(text.replace(f'"package_name": "{PROJECT}"', f'"package_name": "{PROJECT}_{number}"'))


def generate(models: int, folder: Path) -> list[Path]:
    """Write base and head with at least so many models."""
    base, head = (json.loads((ROOT / f"examples/dbt/{side}.manifest.json").read_text()) for side in ("base", "head"))
    in_one = sum(node["resource_type"] == "model" for node in base["nodes"].values())
    copies = -(-models // in_one)
    files = []
    for name, manifest in (("base", base), ("head", head)):
        result = {**base, **{section: {} for section in REPEATED}}
        for number in range(copies):
            for section, entries in repeated(manifest if number % 100 == 0 else base, number).items():
                result[section].update(entries)
        nodes = (node for section in [*REPEATED, "macros"] for node in result[section].values())
        for node in nodes:
            if "created_at" in node:
                node["created_at"] = float(len(files))
        files.append(folder / f"{name}.json")
        files[-1].write_text(json.dumps(result))
    return files


def theirs(base: Path, head: Path) -> set[str]:
    from dbt.artifacts.schemas.manifest import WritableManifest
    from dbt.contracts.graph.manifest import Manifest
    from measure_state import select

    def read(path: Path) -> Manifest:
        with path.open() as file:
            return Manifest.from_writable_manifest(WritableManifest.from_dict(json.load(file)))

    return set(select(read(base), read(head)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    import assetdiff
    from dbt.adapters.factory import FACTORY
    from dbt.flags import set_flags

    set_flags(SimpleNamespace(state_modified_compare_more_unrendered_values=True))
    FACTORY.load_plugin("duckdb")
    FACTORY.adapters["duckdb"] = FACTORY.get_adapter_class_by_name("duckdb")  # only its constants are read

    with tempfile.TemporaryDirectory() as folder:
        base, head = generate(options.models, Path(folder))

        def select() -> tuple[Any, ...]:
            old, new = assetdiff.AssetGraph.read_pair(base, head)
            return assetdiff.select(new, "state:modified", language="dbt", base=old)

        # Tests are checks of their assets here, not assets.
        modified = {tuple(name.split(".")) for name in theirs(base, head) if not name.startswith("test.")}
        selected, changed = {key.components for key in select()}, assetdiff.diff_files(base, head)
        assert selected == modified, selected ^ modified
        print(f"{base.stat().st_size / 1e6:.0f} MB each, {len(modified)} modified without tests, {len(changed)} changes")
        ours, by_rules, their = report.in_turn(
            options.runs, lambda: assetdiff.diff_files(base, head), select, lambda: theirs(base, head)
        )
    peer = "dbt: json.load, WritableManifest, state:modified"
    lines = [
        report.compared("two dbt manifests to changes (Python)", options.models, ours, peer, their, faster=20),
        report.compared("two dbt manifests to state:modified (Python)", options.models, by_rules, peer, their),
    ]
    report.write(options.json, lines)


if __name__ == "__main__":
    main()
