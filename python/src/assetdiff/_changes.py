"""What differs between two graphs, as frozen values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from assetdiff import _html, _network
from assetdiff._core import ArrowRows, AssetDefinition, AssetGraph, AssetKey, ChangeSetCore
from assetdiff._graph import Graph, graph
from assetdiff._kinds import ChangeKind
from assetdiff.errors import AssetDiffError

if TYPE_CHECKING:
    from assetdiff._impact import Impact

T = TypeVar("T")
K = TypeVar("K")


class Status(str, Enum):
    """What became of a definition."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    MOVED = "moved"
    MODIFIED = "modified"


@dataclass(frozen=True)
class ValueDiff(Generic[T]):
    """Both values of something that changed. An aspect's value has the snapshot's JSON form.

    ``details`` holds what differs inside, where the engine knows it: the parts of a code version,
    columns, partitions, the JSON pointers of a metadata value.
    """

    old: T
    new: T
    details: Any = None


@dataclass(frozen=True)
class MapDiff(Generic[K, T]):
    """What differs between two maps."""

    added: Mapping[K, T] = field(default_factory=dict)
    removed: Mapping[K, T] = field(default_factory=dict)
    changed: Mapping[K, ValueDiff[T]] = field(default_factory=dict)


@dataclass(frozen=True)
class SetDiff(Generic[T]):
    """What differs between two sets."""

    added: frozenset[T] = frozenset()
    removed: frozenset[T] = frozenset()


@dataclass(frozen=True)
class DependenciesDiff:
    """What differs between the assets that a definition reads, by upstream key.

    ``renamed`` leads from the old key of a renamed upstream asset to its new one.
    """

    added: Mapping[AssetKey, Any] = field(default_factory=dict)
    removed: Mapping[AssetKey, Any] = field(default_factory=dict)
    changed: Mapping[AssetKey, ValueDiff[Any]] = field(default_factory=dict)
    renamed: Mapping[AssetKey, AssetKey] = field(default_factory=dict)


@dataclass(frozen=True)
class Effects:
    """What a change means: ``own`` is none, recheck or rebuild; ``downstream`` none, by_column or all."""

    own: str
    downstream: str


@dataclass(frozen=True)
class Modification:
    """What differs between two definitions of an asset: one field per aspect, None where they agree."""

    asset_type: ValueDiff[str] | None = None
    automation: ValueDiff[Any] | None = None
    backfill: ValueDiff[Any] | None = None
    checks: MapDiff[str, Any] | None = None
    code_location: ValueDiff[str | None] | None = None
    code_version: ValueDiff[Any] | None = None
    columns: ValueDiff[Any] | None = None
    dependencies: DependenciesDiff | None = None
    description: ValueDiff[str | None] | None = None
    execution: MapDiff[str, Any] | None = None
    extra: MapDiff[str, Any] | None = None
    freshness: ValueDiff[Any] | None = None
    group: ValueDiff[str | None] | None = None
    kinds: SetDiff[str] | None = None
    metadata: MapDiff[str, Any] | None = None
    owners: SetDiff[str] | None = None
    partitions: ValueDiff[Any] | None = None
    tags: MapDiff[str, str] | None = None

    def __repr__(self) -> str:
        aspects = [name for name in self.__dataclass_fields__ if getattr(self, name) is not None]
        return f"<Modification of {', '.join(aspects) or 'nothing'}>"

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Iterate over the names and diffs of the aspects that differ."""
        for name in self.__dataclass_fields__:
            if (value := getattr(self, name)) is not None:
                yield name, value


@dataclass(frozen=True)
class AssetChange:
    """A change of one definition.

    ``key`` is the key in head, or in base of a removed asset. ``old`` and ``new`` are whole
    definitions where the asset was added, removed, renamed or moved; of a modified one,
    ``modification`` holds both values of what differs.
    """

    key: AssetKey
    status: Status
    code_location: str | None
    kinds: frozenset[ChangeKind]
    effects: Effects
    modification: Modification | None = None
    old: AssetDefinition | None = None
    new: AssetDefinition | None = None
    similarity: int | None = None

    def __repr__(self) -> str:
        kinds = ", ".join(sorted(kind.value for kind in self.kinds))
        details = f" ({kinds})" if self.modification else ""
        return f"<AssetChange {self.key}: {self.status.value}{details}>"

    def __hash__(self) -> int:
        # Values may be lists and dicts, which have no hash.
        return hash((self.key, self.status, self.code_location, self.kinds))

    def _repr_html_(self) -> str:
        return _html.change(self)


class ChangeSet:
    """What differs between two graphs, in the order of the keys; made by :func:`diff`.

    >>> import assetdiff
    >>> changes = assetdiff.diff([{"key": ["a"]}], [{"key": ["a"], "group": "g"}, {"key": ["b"]}])
    >>> changes
    <ChangeSet: 1 added, 1 modified>
    >>> [(str(change.key), change.status.value) for change in changes]
    [('a', 'modified'), ('b', 'added')]
    >>> changes["a"][0].modification.group
    ValueDiff(old=None, new='g', details=None)
    """

    __slots__ = ("__dict__", "_core", "_sides")
    __match_args__ = ("changes",)
    _core: ChangeSetCore
    # The graphs that were compared, if they are known.
    _sides: tuple[AssetGraph, AssetGraph] | None

    def __init__(self, core: ChangeSetCore, sides: tuple[AssetGraph, AssetGraph] | None = None) -> None:
        object.__setattr__(self, "_core", core)
        object.__setattr__(self, "_sides", sides)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a ChangeSet is frozen: cannot set {name}")

    @classmethod
    def from_json(cls, text: str | bytes) -> ChangeSet:
        """Return the change set of its JSON form. Raises AssetDiffError for any other text."""
        return cls(ChangeSetCore.from_json(text.decode() if isinstance(text, bytes) else text))

    @cached_property
    def changes(self) -> tuple[AssetChange, ...]:
        """All changes, sorted by key, then code location."""
        return tuple(_changes(self._core))

    @cached_property
    def _by_key(self) -> dict[AssetKey, tuple[AssetChange, ...]]:
        by_key: dict[AssetKey, tuple[AssetChange, ...]] = {}
        for change in self.changes:
            for key in {change.key} | ({change.old.key} if change.old else set()):
                by_key[key] = (*by_key.get(key, ()), change)
        return by_key

    @property
    def summary(self) -> dict[str, int]:
        """How many changes of each sort there are."""
        return self._core.summary()

    def to_json(self) -> str:
        """Return the JSON form; the same text for the same change set."""
        return self._core.to_json()

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form as plain data."""
        data: dict[str, Any] = json.loads(self._core.to_json())
        return data

    def to_text(self, *, width: int = 100, color: bool = False) -> str:
        """Return the report for a terminal, in lines of at most ``width`` columns (40 or more)."""
        return self._core.to_text(width=width, color=color)

    def to_markdown(self) -> str:
        """Return the report for a pull request's comment, at most 65,536 characters."""
        return self._core.to_markdown()

    def to_html(
        self,
        path: str | PathLike[str],
        *,
        impact: Impact | None = None,
        title: str | None = None,
        now: datetime | str | None = None,
        max_assets: int = 20_000,
    ) -> None:
        """Write the report to look at in a browser: one HTML file that needs nothing besides.

        It shows what ``impact`` says that the changes reach; without it they are followed with the default options
        and, with ``now``, partitions are looked at. Of more than ``max_assets`` assets it shows those that are affected
        first. Raises AssetDiffError if there is no impact and the change set was not made by :func:`diff`, which
        remembers the graphs.
        """
        html = self._reached(impact, now)._core.to_html(self._core, title=title, max_assets=max_assets, height=None)
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(html)

    def show(
        self,
        *,
        impact: Impact | None = None,
        title: str | None = None,
        now: datetime | str | None = None,
        max_assets: int = 1_000,
        height: int = 640,
    ) -> InlineReport:
        """Return the report to look at in a notebook: as the last line of a cell it is shown below it.

        It is the report of :meth:`to_html` in a frame of ``height`` pixels that sees nothing of the notebook, with fewer
        assets, as it is kept in the notebook's file: about 110 KB and the data. Raises what :meth:`to_html` does.
        """
        core = self._reached(impact, now)._core
        return InlineReport(core.to_html(self._core, title=title, max_assets=max_assets, height=height))

    def _reached(self, impact: Impact | None, now: datetime | str | None) -> Impact:
        from assetdiff._impact import impact as follow

        if impact is not None:
            return impact
        if self._sides is None:
            raise AssetDiffError("expected an impact, as these changes were not made by diff(), found none")
        return follow(*self._sides, self, now=now)

    def to_networkx(self) -> Any:
        """Return a ``networkx.DiGraph`` of the changed assets and the dependencies that they name."""
        return _network.of_changes(self)

    def invert(self) -> ChangeSet:
        """Return the change set from head to base."""
        return ChangeSet(self._core.invert(), self._sides and self._sides[::-1])

    def apply(self, base: Graph) -> AssetGraph:
        """Return head, made from base. Raises AssetDiffError if base is another graph."""
        return self._core.apply(graph(base))

    def __len__(self) -> int:
        return self._core.len()

    def __bool__(self) -> bool:
        return not self._core.is_empty()

    def __iter__(self) -> Iterator[AssetChange]:
        return iter(self.changes)

    def __contains__(self, key: AssetKey | str) -> bool:
        return _key(key) in self._by_key

    def __getitem__(self, key: AssetKey | str) -> tuple[AssetChange, ...]:
        """Return the changes of an asset, under its old or new key; there is one per code location."""
        return self._by_key[_key(key)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ChangeSet) and self._core == other._core

    def __hash__(self) -> int:
        return hash(self._core.to_json())

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self.summary.items() if count)
        return f"<ChangeSet: {counts or 'no change'}>"

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return _html.change_set(self)

    def __reduce__(self) -> tuple[Callable[[str], ChangeSet], tuple[str]]:
        return ChangeSet.from_json, (self.to_json(),)

    def to_arrow(self) -> ArrowRows:
        """Return one row per change for DuckDB, pandas, polars and others, made without a Python object per row.

        The columns are key, status, code_location, kinds (a list), own_effect, downstream_effect,
        old_key and similarity (percent).
        """
        return self._core.to_arrow()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Return the rows of :meth:`to_arrow` as an Arrow stream capsule."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)


@dataclass(frozen=True)
class InlineReport:
    """A report in the output of a notebook's cell; see :meth:`ChangeSet.show`."""

    html: str = field(repr=False)

    def _repr_html_(self) -> str:
        return self.html


def _key(key: AssetKey | str) -> AssetKey:
    return AssetKey.parse(key) if isinstance(key, str) else key


def _changes(core: ChangeSetCore) -> list[AssetChange]:
    data = json.loads(core.to_json())
    changes = [_whole(Status.ADDED, item, core) for item in data["added"]]
    changes += [_whole(Status.REMOVED, item, core) for item in data["removed"]]
    changes += [_change(Status.RENAMED, item) for item in data["renamed"]]
    changes += [_change(Status.MOVED, item) for item in data["moved"]]
    changes += [_change(Status.MODIFIED, item) for item in data["modified"]]
    # Stable: what shares a place stays in the order of the lists.
    changes.sort(key=lambda change: (change.key, change.code_location is not None, change.code_location or ""))
    return changes


def _whole(status: Status, item: dict[str, Any], core: ChangeSetCore) -> AssetChange:
    definition = AssetDefinition.from_dict(item)
    return AssetChange(
        key=definition.key,
        status=status,
        code_location=definition.code_location,
        kinds=frozenset({ChangeKind(status.value)}),
        effects=Effects(*core.effects_of(status.value)),
        old=definition if status is Status.REMOVED else None,
        new=definition if status is Status.ADDED else None,
    )


def _change(status: Status, item: dict[str, Any]) -> AssetChange:
    old, new = (AssetDefinition.from_dict(item[side]) if side in item else None for side in ("old", "new"))
    return AssetChange(
        key=new.key if new else AssetKey(item["key"]),
        status=status,
        code_location=new.code_location if new else item.get("code_location"),
        kinds=frozenset(ChangeKind(kind) for kind in item["kinds"]),
        effects=Effects(**item["effects"]),
        modification=_modification(item["modification"]),
        old=old,
        new=new,
        similarity=item.get("similarity"),
    )


_MAPS = ("checks", "execution", "extra", "metadata", "tags")
_SETS = ("kinds", "owners")


def _modification(item: dict[str, Any]) -> Modification:
    aspects: dict[str, Any] = {}
    for name, value in item.items():
        if name in _MAPS:
            changed = {entry: _value(both) for entry, both in value.get("changed", {}).items()}
            aspects[name] = MapDiff(value.get("added", {}), value.get("removed", {}), changed)
        elif name in _SETS:
            aspects[name] = SetDiff(frozenset(value.get("added", ())), frozenset(value.get("removed", ())))
        elif name == "dependencies":
            aspects[name] = _dependencies(value)
        else:
            aspects[name] = _value(value)
    return Modification(**aspects)


def _value(item: dict[str, Any]) -> ValueDiff[Any]:
    details = next((item[name] for name in ("parts", "changes", "pointers") if item.get(name)), None)
    return ValueDiff(item["old"], item["new"], details)


def _dependencies(item: dict[str, Any]) -> DependenciesDiff:
    def by_key(dependencies: list[dict[str, Any]]) -> dict[AssetKey, Any]:
        return {AssetKey(dependency["key"]): dependency for dependency in dependencies}

    return DependenciesDiff(
        by_key(item.get("added", [])),
        by_key(item.get("removed", [])),
        {AssetKey(both["new"]["key"]): _value(both) for both in item.get("changed", [])},
        {AssetKey(both["old"]["key"]): AssetKey(both["new"]["key"]) for both in item.get("renamed", [])},
    )
