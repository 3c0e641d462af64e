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
    diff,
    diff_files,
    graph,
)
from assetdiff._core import (
    ArrowRows,
    AssetDefinition,
    AssetGraph,
    AssetKey,
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
from assetdiff._select import select
from assetdiff.errors import AssetDiffError, Problem, SelectionError, SnapshotError

if TYPE_CHECKING:
    from assetdiff.code import CodeVersion, code_version

__all__ = [
    "AffectedAsset",
    "AffectedPartitions",
    "ArrowRows",
    "AssetChange",
    "AssetDefinition",
    "AssetDiffError",
    "AssetGraph",
    "AssetKey",
    "Cause",
    "ChangeKind",
    "ChangeSet",
    "CodeVersion",
    "DependenciesDiff",
    "DiffOptions",
    "Effects",
    "Explanation",
    "Impact",
    "MapDiff",
    "Modification",
    "PartitionKeys",
    "PartitionSubset",
    "PartitionsDelta",
    "Path",
    "Plan",
    "PlannedAsset",
    "Problem",
    "SelectionError",
    "SetDiff",
    "Snapshot",
    "SnapshotError",
    "Spared",
    "Status",
    "Step",
    "Stop",
    "ValueDiff",
    "__version__",
    "code_version",
    "compare_partitions",
    "diff",
    "diff_files",
    "diff_json",
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
