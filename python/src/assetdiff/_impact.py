"""What a change reaches, and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from assetdiff._affected import AffectedPartitions
from assetdiff._changes import ChangeSet
from assetdiff._compare import diff
from assetdiff._core import AssetGraph, AssetKey, ExplanationCore, ImpactCore
from assetdiff._core import impact as _follow
from assetdiff._graph import Graph, graph
from assetdiff._kinds import ChangeKind
from assetdiff._plan import Plan


@dataclass(frozen=True)
class AffectedAsset:
    """An asset that changed or that a change reaches.

    ``distance`` is the number of steps from the nearest change, 0 if it changed itself (``is_direct``).
    ``effect`` is none, recheck or rebuild. ``columns`` are those with other data: a set, ``"all"``,
    ``"unknown"`` (they count as all), or ``"none"``. ``missing_upstreams`` are keys that it still names and
    head does not define any more. ``partitions`` are those to make again, None if it has none or no time was
    given; ``partitions_change`` is what its own change does to its keys, with ``added``, ``removed``, ``kept``,
    ``is_safe`` and ``is_equivalent``.
    """

    key: AssetKey
    is_direct: bool
    is_new: bool
    is_removed: bool
    distance: int
    effect: str
    columns: frozenset[str] | str
    missing_upstreams: tuple[AssetKey, ...]
    partitions: AffectedPartitions | None
    partitions_change: dict[str, Any] | None

    def __repr__(self) -> str:
        return f"<AffectedAsset {self.key}: {self.effect}, distance {self.distance}>"

    @classmethod
    def _of(cls, data: dict[str, Any]) -> AffectedAsset:
        columns = data["columns"]
        return cls(
            **{
                **data,
                "key": AssetKey(data["key"]),
                "columns": columns if isinstance(columns, str) else frozenset(columns["some"]),
                "missing_upstreams": tuple(AssetKey(key) for key in data["missing_upstreams"]),
                "partitions": AffectedPartitions.of(data["partitions"]),
            }
        )


@dataclass(frozen=True)
class Cause:
    """A change that reaches an asset: the changed asset, and a shortest path from it, with both ends."""

    key: AssetKey
    path: tuple[AssetKey, ...]


@dataclass(frozen=True)
class Stop:
    """An asset that a change reaches and does not pass: a barrier, or the limit of the distance.

    ``downstream`` is how many assets read it.
    """

    key: AssetKey
    reason: str
    downstream: int


@dataclass(frozen=True)
class Spared:
    """An asset that reads affected ones (``upstream``) but uses nothing of them that changed.

    ``upstream`` maps each to ``"columns"`` or ``"partitions"``.
    """

    key: AssetKey
    upstream: Mapping[AssetKey, str]


@dataclass(frozen=True)
class Step:
    """An asset on a path, and the column by which the change goes on, if only columns do."""

    key: AssetKey
    column: str | None = None


@dataclass(frozen=True)
class Path:
    """A path by which a change reaches an asset: what happened to its first asset, and all its assets."""

    kinds: frozenset[ChangeKind]
    steps: tuple[Step, ...]


class Explanation:
    """Why an asset is affected: the paths from the changes to it, the shortest first.

    ``total_paths`` is how many there are; ``is_cut`` whether some are not listed.
    """

    __slots__ = ("_core", "_made", "asset", "is_cut", "paths", "total_paths")
    __match_args__ = ("asset", "paths")

    asset: AffectedAsset
    paths: tuple[Path, ...]
    total_paths: int
    is_cut: bool

    def __init__(self, core: ExplanationCore, made: tuple[Impact, AssetKey, int]) -> None:
        self._core = core
        self._made = made
        data = json.loads(core.to_json())
        self.asset = AffectedAsset._of(data["asset"])
        self.paths = tuple(
            Path(
                frozenset(ChangeKind(kind) for kind in path["kinds"]),
                tuple(Step(AssetKey(step["key"]), step["column"]) for step in path["steps"]),
            )
            for path in data["paths"]
        )
        self.total_paths = data["total_paths"]
        self.is_cut = data["is_cut"]

    def to_json(self) -> str:
        """Return the JSON form."""
        return self._core.to_json()

    def to_text(self, *, width: int = 100, color: bool = False) -> str:
        """Return the paths for a terminal, in lines of at most ``width`` columns."""
        return self._core.to_text(width=width, color=color)

    def to_dot(self) -> str:
        """Return the paths as a directed graph for Graphviz."""
        return self._core.to_dot()

    def to_mermaid(self) -> str:
        """Return the paths as a Mermaid flowchart."""
        return self._core.to_mermaid()

    def __copy__(self) -> Explanation:
        return self

    def __deepcopy__(self, memo: object) -> Explanation:
        return self

    def __reduce__(self) -> tuple[Callable[..., Explanation | None], tuple[Impact, AssetKey, int]]:
        return _explained, self._made

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Explanation of {self.asset.key}: {len(self.paths)} of {self.total_paths} paths>"


class Impact:
    """What a change reaches, in the order of the keys, assets that are gone last; made by :func:`impact`.

    >>> import assetdiff
    >>> def shop(version):
    ...     return [
    ...         {"key": ["raw"], "code_version": {"version": version}},
    ...         {"key": ["orders"], "dependencies": [{"key": ["raw"]}]},
    ...     ]
    >>> impact = assetdiff.impact(shop("1"), shop("2"))
    >>> impact
    <Impact: 2 of 2 assets to rebuild>
    >>> [(str(asset.key), asset.distance) for asset in impact]
    [('orders', 1), ('raw', 0)]
    >>> impact.causes("orders")[0].path
    (AssetKey(['raw']), AssetKey(['orders']))

    It can be pickled, as what it was made of; nothing of it changes, so a copy is the same.
    """

    __slots__ = ("_core", "_made")

    def __init__(self, core: ImpactCore, made: tuple[ChangeSet, AssetGraph, AssetGraph, dict[str, Any]]) -> None:
        self._core = core
        self._made = made

    @property
    def summary(self) -> dict[str, int]:
        """How many assets are affected, and how."""
        return self._core.summary()

    @property
    def stops(self) -> tuple[Stop, ...]:
        """The assets that a change stops at, by key."""

        def reason(data: dict[str, Any]) -> str:
            if "barrier" in data:
                return f"barrier {data['barrier']}"
            return f"distance {data['distance']}"

        return tuple(Stop(AssetKey(s["key"]), reason(s["reason"]), s["downstream"]) for s in self._core.stops())

    @property
    def spared(self) -> tuple[Spared, ...]:
        """The assets that read an affected one and use nothing of it that changed, by key."""
        return tuple(
            Spared(AssetKey(s["key"]), {AssetKey(up["key"]): up["by"] for up in s["upstream"]})
            for s in self._core.spared()
        )

    def causes(self, key: AssetKey | str, *, max_causes: int = 100) -> tuple[Cause, ...]:
        """Return the changes that reach an asset, the nearest first; at most ``max_causes``."""
        causes = self._core.causes(_key(key), max_causes)["causes"]
        return tuple(Cause(AssetKey(c["key"]), tuple(AssetKey(step) for step in c["path"])) for c in causes)

    def shortest_path(self, key: AssetKey | str) -> tuple[AssetKey, ...]:
        """Return a shortest path from the nearest change to an asset; empty if no change reaches it."""
        return self._core.shortest_path(_key(key))

    def explain(self, key: AssetKey | str, *, max_paths: int = 10) -> Explanation | None:
        """Return why an asset is affected; None if no change reaches it."""
        core = self._core.explain(_key(key), max_paths)
        return None if core is None else Explanation(core, (self, _key(key), max_paths))

    def plan(self, *, have: Mapping[AssetKey | str, Iterable[str] | None] | None = None) -> Plan:
        """Return the least that has to be made again, in order.

        ``have`` is what was made already by head's definitions: the partitions of an asset, or None for all
        of it. It is left out of the plan.
        """
        made = [(_key(key), None if keys is None else list(keys)) for key, keys in (have or {}).items()]
        return Plan(self._core.plan(made), (self, made))

    def to_json(self, *, max_causes: int = 100) -> str:
        """Return the JSON form, with at most so many causes of an asset."""
        return self._core.to_json(max_causes)

    def to_text(self, *, width: int = 100, color: bool = False) -> str:
        """Return the report for a terminal, in lines of at most ``width`` columns."""
        return self._core.to_text(width=width, color=color)

    def __len__(self) -> int:
        return self._core.len()

    def __iter__(self) -> Iterator[AffectedAsset]:
        return iter([AffectedAsset._of(data) for data in self._core.assets()])

    def __contains__(self, key: AssetKey | str) -> bool:
        return self._core.get(_key(key)) is not None

    def __getitem__(self, key: AssetKey | str) -> AffectedAsset:
        data = self._core.get(_key(key))
        if data is None:
            raise KeyError(str(key))
        return AffectedAsset._of(data)

    def __copy__(self) -> Impact:
        return self

    def __deepcopy__(self, memo: object) -> Impact:
        return self

    def __reduce__(self) -> tuple[Callable[..., Impact], tuple[ChangeSet, AssetGraph, AssetGraph, dict[str, Any]]]:
        return _followed, self._made

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        summary = self.summary
        return f"<Impact: {summary['rebuild']} of {summary['assets']} assets to rebuild>"


def impact(
    base: Graph,
    head: Graph,
    changes: ChangeSet | None = None,
    *,
    max_distance: int | None = None,
    barriers: Mapping[str, Iterable[AssetKey | str]] | None = None,
    narrow_columns: bool = True,
    now: datetime | str | None = None,
    changed_partitions: Mapping[AssetKey | str, Iterable[str]] | None = None,
) -> Impact:
    """Return what the changes between two asset graphs reach.

    ``changes`` is their difference, made with the default options if it is not given. Changes are followed no
    further than ``max_distance`` steps and not beyond the assets of a barrier, by its name (``assetdiff.select``
    gives the keys of a selection). ``narrow_columns=False`` leaves column lineage aside. With ``now``, an aware
    datetime or a text such as ``2024-03-15T12:00:00Z``, partitions are looked at; ``changed_partitions`` then
    names assets of which only some partitions changed. Raises SnapshotError for data that is no graph, and
    AssetDiffError for a time without an offset.

    >>> import assetdiff
    >>> chain = [{"key": ["b"], "dependencies": [{"key": ["a"]}]}, {"key": ["c"], "dependencies": [{"key": ["b"]}]}]
    >>> stopped = assetdiff.impact([{"key": ["a"]}, *chain], chain, barriers={"reviewed": ["b"]})
    >>> [str(asset.key) for asset in stopped]
    ['b', 'a']
    >>> stopped.stops
    (Stop(key=AssetKey(['b']), reason='barrier reviewed', downstream=1),)
    """
    from_graph, to_graph = graph(base), graph(head)
    found = diff(from_graph, to_graph) if changes is None else changes
    policy = {
        "max_distance": max_distance,
        "barriers": [(name, [_key(key) for key in keys]) for name, keys in (barriers or {}).items()],
        "narrow_columns": narrow_columns,
        "now": _time(now),
        "changed_partitions": [(_key(key), list(keys)) for key, keys in (changed_partitions or {}).items()],
    }
    return _followed(found, from_graph, to_graph, policy)


def _followed(changes: ChangeSet, base: AssetGraph, head: AssetGraph, policy: dict[str, Any]) -> Impact:
    return Impact(_follow(changes._core, base, head, **policy), (changes, base, head, policy))


def _explained(impact: Impact, key: AssetKey, max_paths: int) -> Explanation | None:
    return impact.explain(key, max_paths=max_paths)


def _key(key: AssetKey | str) -> AssetKey:
    return AssetKey.parse(key) if isinstance(key, str) else key


def _time(now: datetime | str | None) -> str | None:
    if isinstance(now, datetime) and now.tzinfo is not None:
        return now.astimezone(timezone.utc).isoformat()
    # The engine says what is wrong with a text that is no time.
    return None if now is None else str(now)
