"""Tells what a change does to a graph of data assets.

>>> import assetdiff
>>> base = assetdiff.Snapshot([assetdiff.AssetDefinition("orders", code_version="1")])
>>> head = assetdiff.Snapshot([assetdiff.AssetDefinition("orders", code_version="2")])
>>> for change in assetdiff.diff(base, head):
...     print(change.key, change.status.value, [kind.value for kind in change.kinds])
orders modified ['code_version']
"""

from typing import TYPE_CHECKING, Any

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
    graph,
)
from assetdiff._core import (
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
from assetdiff._kinds import ChangeKind
from assetdiff.errors import AssetDiffError, Problem, SnapshotError

if TYPE_CHECKING:
    from assetdiff.code import CodeVersion, code_version

__all__ = [
    "AssetChange",
    "AssetDefinition",
    "AssetDiffError",
    "AssetGraph",
    "AssetKey",
    "ChangeKind",
    "ChangeSet",
    "CodeVersion",
    "DependenciesDiff",
    "DiffOptions",
    "Effects",
    "MapDiff",
    "Modification",
    "PartitionKeys",
    "PartitionSubset",
    "PartitionsDelta",
    "Problem",
    "SetDiff",
    "Snapshot",
    "SnapshotError",
    "Status",
    "ValueDiff",
    "__version__",
    "code_version",
    "compare_partitions",
    "diff",
    "diff_json",
    "downstream_partitions",
    "graph",
    "upstream_partitions",
]


def __getattr__(name: str) -> Any:
    # Who only compares does not pay for what reads code.
    if name in ("CodeVersion", "code_version"):
        from assetdiff import code

        return getattr(code, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
