"""What stands for an asset graph."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any, Union

from assetdiff._core import AssetGraph, Snapshot

Graph = Union[AssetGraph, Snapshot, "list[Any]", "dict[str, Any]", bytes, str, "PathLike[str]"]


def graph(source: Graph) -> AssetGraph:
    """Return the asset graph of whatever stands for one.

    That is a graph, a snapshot, a list of definitions (or dicts in their form), a snapshot as a
    dict, JSON bytes (a snapshot or a dbt manifest), or the path of a file or dbt folder.
    Raises SnapshotError for anything that is no valid graph.

    >>> import assetdiff
    >>> len(assetdiff.graph([{"key": ["a"]}, {"key": ["b"], "dependencies": [{"key": ["a"]}]}]))
    2
    """
    if isinstance(source, AssetGraph):
        return source
    if isinstance(source, bytes):
        return AssetGraph.from_json(source)
    if isinstance(source, (str, PathLike)):
        return AssetGraph.read(source)
    if isinstance(source, Mapping):
        return AssetGraph(Snapshot.from_dict(dict(source)))
    return AssetGraph(source)
