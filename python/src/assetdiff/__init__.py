"""Tells what a change does to a graph of data assets.

>>> import assetdiff
>>> base = assetdiff.Snapshot([assetdiff.AssetDefinition("orders", code_version="1")])
>>> head = assetdiff.Snapshot([assetdiff.AssetDefinition("orders", code_version="2")])
>>> for change in assetdiff.diff(base, head):
...     print(change.key, change.status.value, [kind.value for kind in change.kinds])
orders modified ['code_version']
"""

from typing import TYPE_CHECKING, Any

from assetdiff._affected import AffectedPartitions
from assetdiff._changes import (
    AssetChange,
    ChangeSet,
    DependenciesDiff,
    Effects,
    MapDiff,
    Modification,
    SetDiff,
    Status,
    ValueDiff,
)
from assetdiff._compare import diff, diff_files, differences
from assetdiff._core import (
    ArrowRows,
    AssetDefinition,
    AssetGraph,
    AssetKey,
    Difference,
    DiffOptions,
    PartitionKeys,
    PartitionsDelta,
    PartitionSubset,
    Snapshot,
    __version__,
    compare_partitions,
    diff_json,
    downstream_partitions,
    upstream_partitions,
)
from assetdiff._graph import graph
from assetdiff._impact import (
    AffectedAsset,
    Cause,
    Explanation,
    Impact,
    Path,
    Spared,
    Step,
    Stop,
    impact,
)
from assetdiff._kinds import ChangeKind
from assetdiff._plan import Plan, PlannedAsset
from assetdiff._project import BrokenBy, PolicyAsset, PolicyReport, PolicyResult, Project
from assetdiff._select import select
from assetdiff._store import Pruned, Pushed, Store, Verified, Version
from assetdiff._three_way import Alike, MergeConflict, ThreeWay, diff3
from assetdiff.errors import AssetDiffError, ConfigError, Problem, SelectionError, SnapshotError, StoreError

if TYPE_CHECKING:
    from assetdiff.code import CodeVersion, code_version

__all__ = [
    "AffectedAsset",
    "AffectedPartitions",
    "Alike",
    "ArrowRows",
    "AssetChange",
    "AssetDefinition",
    "AssetDiffError",
    "AssetGraph",
    "AssetKey",
    "BrokenBy",
    "Cause",
    "ChangeKind",
    "ChangeSet",
    "CodeVersion",
    "ConfigError",
    "DependenciesDiff",
    "Difference",
    "DiffOptions",
    "Effects",
    "Explanation",
    "Impact",
    "MapDiff",
    "MergeConflict",
    "Modification",
    "PartitionKeys",
    "PartitionSubset",
    "PartitionsDelta",
    "Path",
    "Plan",
    "PlannedAsset",
    "PolicyAsset",
    "PolicyReport",
    "PolicyResult",
    "Problem",
    "Project",
    "Pruned",
    "Pushed",
    "SelectionError",
    "SetDiff",
    "Snapshot",
    "SnapshotError",
    "Spared",
    "Status",
    "Step",
    "Stop",
    "Store",
    "StoreError",
    "ThreeWay",
    "ValueDiff",
    "Verified",
    "Version",
    "__version__",
    "code_version",
    "compare_partitions",
    "diff",
    "diff3",
    "diff_files",
    "diff_json",
    "differences",
    "downstream_partitions",
    "graph",
    "impact",
    "select",
    "upstream_partitions",
]


def __getattr__(name: str) -> Any:
    # Who only compares does not pay for what reads code.
    if name in ("CodeVersion", "code_version"):
        from assetdiff import code

        return getattr(code, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
