"""Selects assets by what is said of them."""

from __future__ import annotations

from typing import Literal

from assetdiff._changes import ChangeSet
from assetdiff._core import AssetKey
from assetdiff._core import select as _select
from assetdiff._graph import Graph, graph


def select(
    source: Graph,
    expression: str,
    *,
    language: Literal["dagster", "dbt"] = "dagster",
    base: Graph | None = None,
    changes: ChangeSet | None = None,
    include_external: bool = False,
) -> tuple[AssetKey, ...]:
    """Return the keys of the assets that a selection selects, sorted.

    ``language`` is Dagster's asset selection syntax or dbt's node selection. ``base`` is the graph before
    a change, for ``changed_in_branch:``, ``removed:``, ``state:`` and the like; the two are compared unless
    ``changes`` is their difference already. With ``include_external`` Dagster's ``*``, ``tag:``, ``kind:`` and
    ``group:`` select what cannot be made too. Raises SelectionError, with the place, for what is no selection
    and for what the graphs cannot answer.

    >>> import assetdiff
    >>> shop = [{"key": ["raw"], "tags": {"pii": ""}}, {"key": ["orders"], "dependencies": [{"key": ["raw"]}]}]
    >>> assetdiff.select(shop, "tag:pii+ and not key:raw")
    (AssetKey(['orders']),)
    >>> assetdiff.select([*shop, {"key": ["new"]}], "changed_in_branch:NEW", base=shop)
    (AssetKey(['new']),)
    >>> try:
    ...     assetdiff.select(shop, "tag:pii or")
    ... except assetdiff.SelectionError as error:
    ...     error.position
    10
    """
    core = None if changes is None else changes._core
    other = None if base is None else graph(base)
    return _select(graph(source), expression, language, base=other, changes=core, include_external=include_external)
