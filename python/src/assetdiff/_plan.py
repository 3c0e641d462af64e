"""What has to be made again, and what can be read from base."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assetdiff._affected import AffectedPartitions
from assetdiff._core import AssetKey, PlanCore

if TYPE_CHECKING:
    from collections.abc import Callable

    from assetdiff._impact import Impact

    _Have = list[tuple[AssetKey, list[str] | None]]


@dataclass(frozen=True)
class PlannedAsset:
    """An asset to make: which of its partitions (None if it has none or no time was given), of how many."""

    key: AssetKey
    is_new: bool
    partitions: AffectedPartitions | None
    total_partitions: int | None


class Plan:
    """The least that has to be made again because of a change, in order; made by ``Impact.plan``.

    >>> import assetdiff
    >>> def shop(version):
    ...     return [
    ...         {"key": ["raw"]},
    ...         {"key": ["orders"], "code_version": {"version": version}, "dependencies": [{"key": ["raw"]}]},
    ...         {"key": ["report"], "dependencies": [{"key": ["orders"]}]},
    ...     ]
    >>> plan = assetdiff.impact(shop("1"), shop("2")).plan()
    >>> plan
    <Plan: rebuild 2 of 3 assets, reuse 1>
    >>> [[str(asset.key) for asset in layer] for layer in plan.layers]
    [['orders'], ['report']]
    >>> plan.asset_selection
    'key:"orders" or key:"report"'
    >>> plan.commands("dagster", "-m", "shop.definitions")
    ['dagster asset materialize --select \\'key:"orders" or key:"report"\\' -m shop.definitions']

    It can be pickled, as what it was made of, which it keeps; nothing of it changes, so a copy is the same.
    """

    def __init__(self, core: PlanCore, made: tuple[Impact, _Have]) -> None:
        self._core = core
        self._made = made

    def __copy__(self) -> Plan:
        return self

    def __deepcopy__(self, memo: object) -> Plan:
        return self

    def __reduce__(self) -> tuple[Callable[..., Plan], tuple[Impact, _Have]]:
        return _planned, self._made

    @cached_property
    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self._core.to_json())
        return data

    @property
    def summary(self) -> dict[str, int]:
        """How many assets there are of each sort."""
        return self._core.summary()

    @cached_property
    def layers(self) -> tuple[tuple[PlannedAsset, ...], ...]:
        """The assets to make; each layer needs only those before it."""
        return tuple(
            tuple(
                PlannedAsset(
                    AssetKey(asset["key"]),
                    asset["is_new"],
                    AffectedPartitions.of(asset["partitions"]),
                    asset["total_partitions"],
                )
                for asset in layer
            )
            for layer in self._data["layers"]
        )

    @property
    def recheck(self) -> dict[AssetKey, tuple[str, ...]]:
        """The assets whose checks have to run again, with the checks; all of them if there is none."""
        return {AssetKey(r["key"]): tuple(r["checks"]) for r in self._data["recheck"]}

    @property
    def broken(self) -> dict[AssetKey, tuple[AssetKey, ...]]:
        """The assets that cannot be made, with the keys that they name and that are gone."""
        return {AssetKey(b["key"]): _keys(b["missing_upstreams"]) for b in self._data["broken"]}

    @property
    def blocked(self) -> dict[AssetKey, tuple[AssetKey, ...]]:
        """The assets that wait until broken ones are mended, with those."""
        return {AssetKey(b["key"]): _keys(b["by"]) for b in self._data["blocked"]}

    @property
    def not_made(self) -> tuple[AssetKey, ...]:
        """The affected assets that the tool does not make, such as sources and exposures."""
        return _keys(self._data["not_made"])

    @property
    def removed(self) -> tuple[AssetKey, ...]:
        """The assets that head does not define any more."""
        return _keys(self._data["removed"])

    @property
    def already_made(self) -> tuple[AssetKey, ...]:
        """The assets that would have to be made and were already."""
        return _keys(self._data["already_made"])

    @cached_property
    def reused(self) -> dict[AssetKey, str]:
        """The assets that can be read from base: ``"identical"`` with all upstream, or with the ``"same_data"``."""
        return dict(self._core.reused())

    @property
    def asset_selection(self) -> str:
        """The assets to make, as a text of Dagster's ``AssetSelection.from_string``."""
        return self._core.asset_selection()

    def commands(self, tool: str, *more: str) -> list[str]:
        """Return the commands of ``"dagster"`` or ``"dbt"`` that carry the plan out, with ``more`` at their ends.

        :meth:`notes` says what they leave out.
        """
        return self._core.commands(tool, list(more))[0]

    def notes(self, tool: str) -> list[str]:
        """Return what no command of a tool does, a sentence each."""
        return self._core.commands(tool, [])[1]

    def to_json(self) -> str:
        """Return the JSON form; the same text for the same plan."""
        return self._core.to_json()

    def to_text(self, *, width: int = 100, color: bool = False) -> str:
        """Return the plan for a terminal, in lines of at most ``width`` columns."""
        return self._core.to_text(width=width, color=color)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        summary = self.summary
        return f"<Plan: rebuild {summary['rebuild']} of {summary['assets']} assets, reuse {summary['reuse']}>"


def _keys(keys: list[list[str]]) -> tuple[AssetKey, ...]:
    return tuple(AssetKey(key) for key in keys)


def _planned(impact: Impact, have: _Have) -> Plan:
    return impact.plan(have=dict(have))
