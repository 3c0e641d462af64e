"""What a branch and its base changed since they parted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assetdiff._changes import ChangeSet
from assetdiff._compare import rules
from assetdiff._core import AssetGraph, AssetKey, DiffOptions, ThreeWayCore
from assetdiff._core import diff3 as _diff3
from assetdiff._graph import Graph, graph

if TYPE_CHECKING:
    from assetdiff._project import Project


@dataclass(frozen=True)
class Alike:
    """A change that both sides made: of an aspect, of an ``entry`` of it, or (None) of the whole asset."""

    key: AssetKey
    code_location: str | None
    aspect: str | None
    entry: str | None


@dataclass(frozen=True)
class MergeConflict:
    """Something that does not go together; ``str`` is a sentence.

    ``type`` is one of ``both_changed``, ``removed_and_changed``, ``depends_on_removed``, ``cycle``, ``same_place`` and
    ``too_large`` (docs/three-way.md says when). ``key`` is the asset that it is about, and ``details`` holds the rest in
    its JSON form, such as ``aspect``, ``entry``, ``old``, ``yours`` and ``theirs``.
    """

    type: str
    message: str
    key: AssetKey | None
    details: Mapping[str, Any] = field(hash=False)

    def __str__(self) -> str:
        return self.message


class ThreeWay:
    """What a branch and its base changed since they parted; made by :func:`diff3`.

    >>> import assetdiff
    >>> def orders(**tags):
    ...     return [{"key": ["orders"], "tags": tags}]
    >>> three_way = assetdiff.diff3(orders(tier="silver"), orders(tier="silver", team="sales"), orders(tier="gold"))
    >>> three_way
    <ThreeWay: 1 change in the branch, 1 in the base, 0 conflicts>
    >>> three_way.merge()["orders"].tags
    {'team': 'sales', 'tier': 'gold'}
    >>> print(assetdiff.diff3(orders(), orders(tier="silver"), orders(tier="gold")).conflicts[0])
    both changed tags tier of orders differently

    It can be pickled, as what it was made of; nothing of it changes, so a copy is the same.
    """

    def __init__(self, core: ThreeWayCore, made: Callable[[], tuple[Any, ...]]) -> None:
        self._core = core
        self._made = made

    @cached_property
    def yours(self) -> ChangeSet:
        """What the branch changed: from the merge base to head."""
        return ChangeSet(self._core.yours)

    @cached_property
    def theirs(self) -> ChangeSet:
        """What the base changed meanwhile: from the merge base to base."""
        return ChangeSet(self._core.theirs)

    @cached_property
    def incoming(self) -> ChangeSet | None:
        """What merging brings to the base: from base to the merged graph; None with conflicts."""
        core = self._core.incoming
        return None if core is None else ChangeSet(core)

    @cached_property
    def alike(self) -> tuple[Alike, ...]:
        """What both changed alike, sorted."""
        return tuple(Alike(**{**item, "key": AssetKey(item["key"])}) for item in self._core.alike())

    @cached_property
    def conflicts(self) -> tuple[MergeConflict, ...]:
        """What does not go together, sorted."""
        return tuple(_conflict(data, message) for data, message in self._core.conflicts())

    def yours_alone(self) -> ChangeSet:
        """Return what only the branch changed: what both changed alike is left out."""
        return ChangeSet(self._core.yours_alone())

    def theirs_alone(self) -> ChangeSet:
        """Return what only the base changed: what both changed alike is left out."""
        return ChangeSet(self._core.theirs_alone())

    def merge(self) -> AssetGraph:
        """Return the graph as it will be after merging. Raises AssetDiffError, which tells all conflicts, if there are any."""
        return self._core.merge()

    def to_json(self) -> str:
        """Return the JSON form; the same text for the same comparison."""
        return self._core.to_json()

    def to_text(self, *, width: int = 100, color: bool = False) -> str:
        """Return the report for a terminal, in lines of at most ``width`` columns."""
        return self._core.to_text(width=width, color=color)

    def to_markdown(self) -> str:
        """Return the report for a pull request's comment, at most 65,536 characters."""
        return self._core.to_markdown()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ThreeWay) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __copy__(self) -> ThreeWay:
        return self

    def __deepcopy__(self, memo: object) -> ThreeWay:
        return self

    def __reduce__(self) -> tuple[Callable[..., ThreeWay], tuple[Any, ...]]:
        return diff3, self._made()

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        yours, theirs, conflicts = len(self.yours), len(self.theirs), len(self.conflicts)
        changes = "1 change" if yours == 1 else f"{yours} changes"
        found = "1 conflict" if conflicts == 1 else f"{conflicts} conflicts"
        return f"<ThreeWay: {changes} in the branch, {theirs} in the base, {found}>"


def diff3(
    merge_base: Graph, base: Graph, head: Graph, options: DiffOptions | Project | None = None
) -> ThreeWay:
    """Return what a branch (``head``) and its base changed since ``merge_base``, the graph at which they parted.

    Both are compared with the merge base by the same options. A definition is followed through renames and moves; what
    differs is merged by aspect, and within tags, metadata, execution settings, dependencies, checks, owners, kinds and
    code versions by entry. Raises SnapshotError for data that is no graph.
    """
    sides = (graph(merge_base), graph(base), graph(head))
    return ThreeWay(_diff3(*sides, rules(options)), lambda: (*sides, options))


def _conflict(data: dict[str, Any], message: str) -> MergeConflict:
    key = data.get("key") or next(iter(data.get("path", ())), None)
    details = {name: value for name, value in data.items() if name not in ("type", "key")}
    return MergeConflict(data["type"], message, None if key is None else AssetKey(key), details)
