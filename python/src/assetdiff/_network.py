"""Graphs for networkx, where it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assetdiff._changes import ChangeSet
    from assetdiff._core import AssetGraph


def of_graph(graph: AssetGraph) -> Any:
    """Return a ``networkx.DiGraph``: keys, with an edge from each asset to those that read it.

    A node has the attribute ``defined``. Raises ImportError where networkx is not installed.
    """
    import networkx

    network = networkx.DiGraph()
    network.add_nodes_from(graph, defined=True)
    network.add_nodes_from(graph.undefined, defined=False)
    network.add_edges_from((upstream, key) for key in graph for upstream in graph.upstream(key))
    return network


def of_changes(changes: ChangeSet) -> Any:
    """Return a ``networkx.DiGraph`` of the changed assets.

    Nodes have the attributes ``status`` and ``change``; the edges are the dependencies that were
    added, removed or changed, or that an added or removed asset has, each with a ``status``.
    """
    import networkx

    network = networkx.DiGraph()
    for change in changes:
        network.add_node(change.key, status=change.status.value, change=change)
    for change in changes:
        definition = change.new or change.old
        if change.modification is None and definition is not None:
            for upstream in definition.upstream:
                network.add_edge(upstream, change.key, status=change.status.value)
        elif change.modification is not None and change.modification.dependencies is not None:
            dependencies = change.modification.dependencies
            for status in ("added", "removed", "changed"):
                for upstream in getattr(dependencies, status):
                    network.add_edge(upstream, change.key, status=status)
    return network
