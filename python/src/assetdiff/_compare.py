"""Compares two graphs, or two files."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from assetdiff._changes import ChangeSet
from assetdiff._core import AssetGraph, Difference, DiffOptions, ProjectCore
from assetdiff._core import diff as _diff
from assetdiff._core import diff_files as _diff_files
from assetdiff._core import differences as _differences
from assetdiff._graph import Graph, graph

if TYPE_CHECKING:
    from assetdiff._project import Project

_PATH = (str, PathLike)


def rules(options: DiffOptions | Project | None) -> DiffOptions | ProjectCore | None:
    """Return what the engine compares by."""
    return options if options is None or isinstance(options, DiffOptions) else options._core


def diff(base: Graph, head: Graph, options: DiffOptions | Project | None = None) -> ChangeSet:
    """Return what differs between two asset graphs; see :func:`graph` for what stands for one.

    ``options`` may be the rules of a project. Other threads can use the interpreter meanwhile. Costs one pass over both, and a few
    microseconds for each definition that differs. Raises SnapshotError for data that is no graph.

    >>> import assetdiff
    >>> changes = assetdiff.diff([{"key": ["a"]}], [{"key": ["a"], "tags": {"team": "core"}}])
    >>> sorted(kind.value for kind in changes.changes[0].kinds)
    ['tags']
    """
    if isinstance(base, _PATH) and isinstance(head, _PATH) or isinstance(base, bytes) and isinstance(head, bytes):
        # Both at once: what they have in common may be read once.
        base, head = AssetGraph.read_pair(base, head)
    sides = (graph(base), graph(head))
    return ChangeSet(_diff(*sides, rules(options)), sides)


def diff_files(
    base: str | PathLike[str], head: str | PathLike[str], options: DiffOptions | Project | None = None
) -> ChangeSet:
    """Return what differs between two files, and read of them only what it has to.

    For changes alone this is the fastest way. Columnar snapshots (``.assets``) are compared as they lie. Of two
    dbt manifests, two Dagster repositories, and two JSON snapshots however they are formatted, only the definitions are
    read whose text is not the same in both (but for what dbt writes anew each time, as ``created_at``): the others are
    not validated, there are no fingerprints of the graphs, of the undefined upstreams only the new and the lost ones are
    told, and of Dagster's warnings only those of what was read. Everything else is read whole, as by :func:`diff`.
    Columnar snapshots, and other files from 16 MiB on, are mapped: see ``Snapshot.read``. Raises what
    ``AssetGraph.read`` does.

    >>> import assetdiff, tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> assetdiff.AssetGraph([{"key": ["a"]}]).write(folder / "base.assets")
    >>> assetdiff.AssetGraph([{"key": ["a"], "group": "g"}]).write(folder / "head.assets")
    >>> [change.status.value for change in assetdiff.diff_files(folder / "base.assets", folder / "head.assets")]
    ['modified']
    """
    return ChangeSet(_diff_files(base, head, rules(options)))


def differences(base: Graph, head: Graph) -> list[Difference]:
    """Return which definitions differ and in which aspects, sorted by key, without reading their values.

    The fastest answer to what changed between two graphs at hand: one pass over fingerprints and a look at the text of what
    differs. An asset under another key is one removed and one added, and no rules apply; :func:`diff` finds renames, applies
    rules and has all values. Raises SnapshotError for data that is no graph.

    >>> import assetdiff
    >>> base = assetdiff.AssetGraph([{"key": ["a"]}, {"key": ["b"]}])
    >>> head = assetdiff.AssetGraph([{"key": ["a"], "group": "g", "owners": ["ana"]}])
    >>> assetdiff.differences(base, head)
    [<Difference a: modified (group, owners)>, <Difference b: removed>]
    """
    return _differences(graph(base), graph(head))
