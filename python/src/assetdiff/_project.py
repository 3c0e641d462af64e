"""The rules of a project, and what they say of a change."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from assetdiff._core import AssetKey, PolicyReportCore, ProjectCore

if TYPE_CHECKING:
    from assetdiff._impact import Impact
    from assetdiff._store import Store


@dataclass(frozen=True)
class BrokenBy:
    """A limit that was exceeded: ``selected``, ``affected``, ``rebuild`` or ``rebuild_partitions``.

    ``unknown`` is how much of it is not known, and counts as none.
    """

    limit: str
    allowed: int
    found: int
    unknown: int = 0


@dataclass(frozen=True)
class PolicyAsset:
    """An asset that breaks a policy, and why: what changed of it, or the way from the nearest change."""

    key: AssetKey
    why: str


@dataclass(frozen=True)
class PolicyResult:
    """Whether a change keeps a policy.

    ``level`` is error, warning or notice. ``select`` is the selection that the policy is about; None for all assets.
    ``assets`` are those that break it, by key, at most a thousand of ``total_assets``.
    """

    name: str
    level: str
    message: str | None
    select: str | None
    broken_by: tuple[BrokenBy, ...]
    assets: tuple[PolicyAsset, ...]
    total_assets: int

    @property
    def is_kept(self) -> bool:
        """Whether the change keeps the policy."""
        return not self.broken_by


class PolicyReport(Sequence[PolicyResult]):
    """Whether a change keeps the policies of a project, in the order of the file; made by ``Project.check_policies``."""

    def __init__(self, core: PolicyReportCore, made: tuple[Project, Impact]) -> None:
        self._core = core
        self._made = made

    @cached_property
    def results(self) -> tuple[PolicyResult, ...]:
        """One result per policy."""
        return tuple(_result(data) for data in self._core.results())

    @property
    def broken(self) -> tuple[PolicyResult, ...]:
        """The policies that are broken, errors first."""
        levels = ("error", "warning", "notice")
        broken = [result for result in self.results if not result.is_kept]
        return tuple(sorted(broken, key=lambda result: levels.index(result.level)))

    @property
    def has_error(self) -> bool:
        """Whether a policy of the level error is broken."""
        return self._core.has_error()

    def to_json(self) -> str:
        """Return the JSON form, as in that of ``assetdiff ci``."""
        return self._core.to_json()

    def to_sarif(self, *, file: str = "assetdiff.toml") -> str:
        """Return the broken policies as SARIF 2.1.0, at most 5,000 results, shown at a file."""
        return self._core.to_sarif(file)

    def to_junit(self) -> str:
        """Return the policies as JUnit: a test case each, which fails if one of the level error is broken."""
        return self._core.to_junit()

    @overload
    def __getitem__(self, index: int) -> PolicyResult: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[PolicyResult, ...]: ...
    def __getitem__(self, index: int | slice) -> PolicyResult | tuple[PolicyResult, ...]:
        return self.results[index]

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[PolicyResult]:
        return iter(self.results)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PolicyReport) and self.results == other.results

    def __hash__(self) -> int:
        return hash(self.results)

    def __copy__(self) -> PolicyReport:
        return self

    def __deepcopy__(self, memo: object) -> PolicyReport:
        return self

    def __reduce__(self) -> tuple[Callable[..., PolicyReport], tuple[Project, Impact]]:
        return Project.check_policies, self._made

    def __repr__(self) -> str:
        broken = len(self.broken)
        return f"<PolicyReport: {broken} broken, {len(self) - broken} kept>"


class Project:
    """The rules of a project, as ``assetdiff.toml`` holds them (docs/config.md).

    Wherever :func:`assetdiff.diff` and :func:`assetdiff.diff3` take options, they take a project, too: its ignore and
    normalise rules and presets.

    >>> import assetdiff
    >>> project = assetdiff.Project.parse('''
    ... [[policy]]
    ... name = "gold stays"
    ... select = 'changed_in_branch:REMOVED and tag:tier=gold'
    ... ''')
    >>> project
    <Project assetdiff.toml: base prod, 1 policy>
    >>> impact = assetdiff.impact([{"key": ["orders"], "tags": {"tier": "gold"}}], [])
    >>> report = project.check_policies(impact)
    >>> report.has_error, [(str(asset.key), asset.why) for asset in report[0].assets]
    (True, [('orders', 'changed: removed')])

    Raises ConfigError, with the place, for what is no such file.
    """

    def __init__(self, core: ProjectCore, text: str, name: str) -> None:
        self._core = core
        self._text = text
        self._name = name

    @classmethod
    def parse(cls, text: str, name: str = "assetdiff.toml") -> Project:
        """Return the rules of a file's text; the name is for errors."""
        return cls(ProjectCore.parse(text, name), text, name)

    @classmethod
    def read(cls, path: str | os.PathLike[str] = "assetdiff.toml") -> Project:
        """Return the rules of a file. Raises AssetDiffError for one that cannot be read."""
        core, text = ProjectCore.read(path)
        return cls(core, text, os.fspath(path))

    @property
    def base(self) -> str:
        """The deployment that branches are compared with."""
        return self._core.base

    @property
    def policies(self) -> tuple[str, ...]:
        """The names of the policies, in the order of the file."""
        return tuple(self._core.policies)

    @property
    def store_place(self) -> str:
        """Where deployments are kept: ``ASSETDIFF_STORE``, or what the file states, or ``.assetdiff``."""
        return self._core.store_place(None, os.environ.get("ASSETDIFF_STORE"))

    def open_store(self, place: str | os.PathLike[str] | None = None) -> Store:
        """Return the project's store, or one at another place, that works by the project's rules."""
        from assetdiff._store import Store

        return Store.open(self.store_place if place is None else place, project=self)

    def check_policies(self, impact: Impact) -> PolicyReport:
        """Return whether the changes that an impact was made from, and what they reach, keep the policies.

        Selections see both graphs and what changed. Raises SelectionError if one asks for what the graphs cannot answer.
        """
        changes = impact._made[0]
        return PolicyReport(self._core.check_policies(changes._core, impact._core), (self, impact))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Project) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[Callable[..., Project], tuple[str, str]]:
        return Project.parse, (self._text, self._name)

    def __repr__(self) -> str:
        policies = len(self.policies)
        return f"<Project {self._name}: base {self.base}, {policies} {'policy' if policies == 1 else 'policies'}>"


def _result(data: dict[str, Any]) -> PolicyResult:
    broken = []
    for item in data["broken_by"]:
        ((limit, allowed),) = item["limit"].items()
        broken.append(BrokenBy(limit, allowed, item["found"], item.get("unknown", 0)))
    assets = tuple(PolicyAsset(AssetKey(item["key"]), item["why"]) for item in data["assets"])
    return PolicyResult(**{**data, "broken_by": tuple(broken), "assets": assets})
