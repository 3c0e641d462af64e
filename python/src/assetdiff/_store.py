"""Deployments: named logs of snapshots, in a folder or in object storage."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from assetdiff._changes import ChangeSet
from assetdiff._core import AssetGraph, StoreCore
from assetdiff._graph import Graph, graph
from assetdiff._impact import _time
from assetdiff._project import Project
from assetdiff._three_way import ThreeWay


@dataclass(frozen=True)
class Version:
    """A version of a deployment: what was pushed, or that it was closed; ``str`` is its name, ``prod@3``.

    ``base`` is the deployment that this one is compared with, ``pinned_base`` the version of it (None for the current
    one), and ``snapshot_base`` says which is pinned: ``on-create``, ``on-update`` or ``never``. ``redacted`` is how many
    values were redacted.
    """

    deployment: str
    number: int
    at: datetime
    closed: bool
    fingerprint: str
    assets: int
    commit: str | None
    branch: str | None
    pull_request: str | None
    author: str | None
    base: str | None
    pinned_base: int | None
    snapshot_base: str
    redacted: int
    provenance: Mapping[str, Any] = field(hash=False, repr=False)

    def __str__(self) -> str:
        return f"{self.deployment}@{self.number}"


@dataclass(frozen=True)
class Pushed:
    """What became of a push: the new version, how often another push was quicker (``retries``), and whether the graph is
    that of the version before (``unchanged``)."""

    version: Version
    retries: int
    unchanged: bool


@dataclass(frozen=True)
class Pruned:
    """What a prune closed and removed: deployments, and how many objects of how many bytes."""

    closed: tuple[str, ...]
    removed: tuple[str, ...]
    objects: int
    bytes: int


@dataclass(frozen=True)
class Verified:
    """What is in a store, and everything that is wrong with it, in sentences; true if nothing is."""

    deployments: int
    versions: int
    objects: int
    bytes: int
    problems: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.problems


class Store:
    """Named deployments, each a log of snapshots, in a folder or in object storage; see docs/deployments.md.

    A version is named ``NAME``, ``NAME@3`` or ``NAME@4f0c2a9`` (the newest of a commit). Times are datetimes with a time
    zone or ISO 8601 texts, and now if not given. Everything raises StoreError, whose ``kind`` says what is wrong.

    >>> import assetdiff, tempfile
    >>> store = assetdiff.Store.open(tempfile.mkdtemp())
    >>> store.push("prod", [{"key": ["orders"], "group": "sales"}]).version.number
    1
    >>> pushed = store.push("feature/finance", [{"key": ["orders"], "group": "finance"}], pull_request="7")
    >>> print(pushed.version, "against", pushed.version.base)
    feature/finance@1 against prod
    >>> store.diff("feature/finance")
    <ChangeSet: 1 modified>
    >>> [str(version) for version in store.list()]
    ['feature/finance@1', 'prod@1']

    One may be used by many threads and processes at once. It can be pickled, as its place.
    """

    def __init__(self, core: StoreCore, place: str, project: Project | None) -> None:
        self._core = core
        self._place = place
        self._project = project

    @classmethod
    def open(cls, place: str | os.PathLike[str], *, project: Project | None = None) -> Store:
        """Return the store at a place, and make one where there is none.

        That is the path of a folder, ``s3://BUCKET/PREFIX``, ``gs://`` or ``az://``; buckets take their credentials from
        the environment, by the names that their own tools use (``AWS_ACCESS_KEY_ID``, ...). The rules of a project say
        what differs, what is redacted and which deployment is the base; without them it is ``prod``, and what looks like
        a credential is redacted.
        """
        text = os.fspath(place)
        settings = list(os.environ.items())
        return cls(StoreCore.open(text, settings, None if project is None else project._core), text, project)

    def push(
        self,
        deployment: str,
        snapshot: Graph,
        *,
        base: str | None = None,
        snapshot_base: Literal["on-create", "on-update", "never"] | None = None,
        commit: str | None = None,
        branch: str | None = None,
        pull_request: str | None = None,
        author: str | None = None,
        at: datetime | str | None = None,
    ) -> Pushed:
        """Append a snapshot to a deployment, which is created if there is none, and opened if it is closed.

        ``base`` is the deployment that it is compared with, and ``snapshot_base`` which of its versions: when the
        deployment was created, at the last push, or what it is at the time. Both stay as they were if not given. An
        interrupted push may still be appended.
        """
        version, retries, unchanged = self._core.push(
            deployment,
            graph(snapshot),
            at=_at(at),
            base=base,
            snapshot_base=snapshot_base,
            commit=commit,
            branch=branch,
            pull_request=pull_request,
            author=author,
        )
        return Pushed(_version(version), retries, unchanged)

    def diff(self, version: str | Version, *, against: str | Version = "pinned") -> ChangeSet:
        """Return what differs between a version and its base: the ``"pinned"`` or ``"current"`` version of it, or any other.

        Without a pinned one that is the current one. Reads the parts that differ, not the graphs.
        """
        return ChangeSet(self._core.diff(str(version), str(against)))

    def diff3(self, version: str | Version) -> ThreeWay:
        """Return what a deployment and its base changed since they parted, at the pinned version of the base."""
        name = str(version)
        return ThreeWay(self._core.diff3(name), lambda: self._sides(name))

    def _sides(self, name: str) -> tuple[Any, ...]:
        bases = (self.show(self.base_of(name, against)) for against in ("pinned", "current"))
        return (*bases, self.show(name), self._project)

    def list(self, *, all: bool = False) -> tuple[Version, ...]:
        """Return the newest version of each deployment, by name; with ``all`` also of closed ones."""
        versions = (_version(data) for data in self._core.list())
        return tuple(version for version in versions if all or not version.closed)

    def log(self, deployment: str) -> tuple[Version, ...]:
        """Return the versions of a deployment, the newest first."""
        return tuple(_version(data) for data in self._core.log(deployment))

    def find(self, version: str | Version) -> Version:
        """Return the version that a name means."""
        return _version(self._core.find(str(version)))

    def base_of(self, version: str | Version, against: str | Version = "pinned") -> Version:
        """Return the version that ``diff`` compares a version with."""
        return _version(self._core.base_of(str(version), str(against)))

    def show(self, version: str | Version) -> AssetGraph:
        """Return the graph of a version, as it was pushed."""
        return self._core.show(str(version))

    def close(self, deployment: str, *, at: datetime | str | None = None) -> Version:
        """Note that a deployment is closed, as its branch is; one that is closed stays so."""
        return _version(self._core.close(deployment, _at(at)))

    def prune(
        self,
        *,
        closed_for: timedelta = timedelta(days=7),
        idle_for: timedelta | None = None,
        keep: Iterable[str] = (),
        dry_run: bool = False,
        force: bool = False,
        at: datetime | str | None = None,
    ) -> Pruned:
        """Remove deployments that are closed for that long, and objects that nothing names; tell what it was.

        Deployments without a push for ``idle_for`` are closed. The base and those in ``keep`` are neither closed nor
        removed. With ``dry_run`` it is only told; ``force`` ends a prune that did not come to its end, if none runs.
        """
        closed, removed, objects, size = self._core.prune(
            at=_at(at),
            closed_for=_seconds(closed_for),
            idle_for=None if idle_for is None else _seconds(idle_for),
            keep=[keep] if isinstance(keep, str) else sorted(keep),
            dry_run=dry_run,
            force=force,
        )
        return Pruned(tuple(closed), tuple(removed), objects, size)

    def verify(self) -> Verified:
        """Read everything in the store, compare it with what was written, and return what is wrong."""
        deployments, versions, objects, size, problems = self._core.verify()
        return Verified(deployments, versions, objects, size, tuple(problems))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Store) and (self._place, self._project) == (other._place, other._project)

    def __hash__(self) -> int:
        return hash((self._place, self._project))

    def __reduce__(self) -> tuple[Callable[..., Store], tuple[str, Project | None]]:
        return _opened, (self._place, self._project)

    def __repr__(self) -> str:
        return f"<Store at {_without_user(self._place)}>"


def _opened(place: str, project: Project | None) -> Store:
    return Store.open(place, project=project)


def _without_user(place: str) -> str:
    # A URL may hold a password.
    scheme, separator, rest = place.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2] if separator else rest}"


def _at(at: datetime | str | None) -> str:
    return _time(datetime.now(timezone.utc) if at is None else at) or ""


def _seconds(duration: timedelta) -> int:
    return max(0, int(duration.total_seconds()))


# Not in an entry if they are not known.
_ORIGIN = ("commit", "branch", "pull_request", "author")
# What only the store needs.
_INNER = ("snapshot", "id", "previous")


def _version(data: dict[str, Any]) -> Version:
    known: dict[str, Any] = {name: value for name, value in data.items() if name not in _INNER}
    known.update({name: data.get(name) for name in _ORIGIN})
    known["at"] = _datetime(data["at"])
    return Version(**{"closed": False, **known})


def _datetime(text: str) -> datetime:
    # Python 3.10 reads neither a Z nor nanoseconds.
    seconds, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{seconds}.{fraction[:6]:0<6}+00:00")
