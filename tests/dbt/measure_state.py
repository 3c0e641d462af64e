"""Times each step of dbt's `state:modified` on two manifests. Run it with a Python that has dbt-core and dbt-duckdb.

Usage: measure_state.py BASE.json HEAD.json
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

from dbt.adapters.factory import FACTORY
from dbt.artifacts.schemas.manifest import WritableManifest
from dbt.contracts.graph.manifest import Manifest
from dbt.flags import set_flags
from dbt.graph.selector_methods import StateSelectorMethod

T = TypeVar("T")


def timed(step: str, work: Callable[[], T]) -> T:
    start = time.perf_counter()
    result = work()
    print(f"{step:<26}{time.perf_counter() - start:8.3f} s")
    return result


def select(base: Manifest, head: Manifest) -> list[str]:
    parts = [
        head.nodes,
        head.sources,
        head.exposures,
        head.metrics,
        head.semantic_models,
        head.saved_queries,
        head.unit_tests,
        head.functions,
    ]
    method = StateSelectorMethod(head, SimpleNamespace(manifest=base), [])
    return list(method.search({unique_id for part in parts for unique_id in part}, "modified"))


def main() -> None:
    set_flags(SimpleNamespace(state_modified_compare_more_unrendered_values=True))
    FACTORY.load_plugin("duckdb")
    FACTORY.adapters["duckdb"] = FACTORY.get_adapter_class_by_name("duckdb")  # only its constants are read

    texts = [Path(file).read_text() for file in sys.argv[1:3]]
    dicts = timed("json.load, both", lambda: [json.loads(text) for text in texts])
    base, head = timed(
        "dbt's objects, both", lambda: [Manifest.from_writable_manifest(WritableManifest.from_dict(d)) for d in dicts]
    )
    modified = timed("comparison", lambda: select(base, head))
    print(f"modified: {len(modified)}")


if __name__ == "__main__":
    main()
