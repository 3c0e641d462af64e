"""Says in Dagster's words what the engine found between two asset graphs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assetdiff._core import branch_changes
from assetdiff._kinds import ChangeKind
from assetdiff.dagster._definition import INFERRED_MAPPING, KIND_PREFIX
from assetdiff.dagster._json import Json, JsonObject

Path = tuple[str, ...]

KINDS = tuple(dict.fromkeys(branch_changes().values()))
"""Everything that Dagster has a word for, in the order of its own enum."""


@dataclass
class Names:
    """The names of entries that differ."""

    added: set[Any] = field(default_factory=set)
    changed: set[Any] = field(default_factory=set)
    removed: set[Any] = field(default_factory=set)

    def take(self, diff: Mapping[str, Any], prefix: str = "") -> None:
        """Add the names of a map's or set's difference."""
        self.added |= {prefix + name for name in diff.get("added", ())}
        self.changed |= {prefix + name for name in diff.get("changed", ())}
        self.removed |= {prefix + name for name in diff.get("removed", ())}

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass
class Answer:
    """What became of one asset; of all its definitions if several code locations have one."""

    existence: ChangeKind | None = None
    """Added or removed; nothing else is said then."""
    code_version: tuple[str | None, str | None] | None = None
    partitions: tuple[str | None, str | None] | None = None
    dependencies: Names = field(default_factory=Names)
    tags: Names = field(default_factory=Names)
    metadata: Names = field(default_factory=Names)

    def kinds(self) -> list[str]:
        """Return the names of the changes in the order of `KINDS`."""
        stated = {
            ChangeKind.CODE_VERSION: self.code_version,
            ChangeKind.DEPENDENCIES: self.dependencies,
            ChangeKind.PARTITIONS: self.partitions,
            ChangeKind.TAGS: self.tags,
            ChangeKind.METADATA: self.metadata,
        }
        kinds = [self.existence] if self.existence else [kind for kind, value in stated.items() if value]
        return sorted((name for kind in kinds if (name := kind.in_branch)), key=KINDS.index)


def answers(base: Any, head: Any) -> dict[Path, Answer]:
    """Return what changed between two snapshots, by the key's components; other assets are left out.

    A key that nothing defines is in neither graph. What means the same in Dagster is no change: the
    mapping that it infers and the same one written down, two spellings of one schedule.
    """
    import assetdiff

    # Dagster has no word for a rename.
    options = assetdiff.DiffOptions(renames="off")
    changes = assetdiff.diff(base, head, options).to_dict()
    sides = _Side(base), _Side(head)
    found: dict[Path, Answer] = {}
    for definition in changes["added"]:
        key = tuple(definition["key"])
        if key not in sides[0].defined and key in sides[1].defined:
            found[key] = Answer(existence=ChangeKind.ADDED)
    for definition in changes["removed"]:
        key = tuple(definition["key"])
        if key not in sides[1].defined and key in sides[0].defined:
            found[key] = Answer(existence=ChangeKind.REMOVED)
    moved = [(entry["new"]["key"], entry["modification"]) for entry in changes["moved"]]
    modified = [(entry["key"], entry["modification"]) for entry in changes["modified"]]
    for path, modification in moved + modified:
        key = tuple(path)
        if all(key in side.defined for side in sides):
            _take(found.setdefault(key, Answer()), key, modification, sides)
        elif any(key in side.defined for side in sides):
            # One side only checks it, which is no definition for Dagster.
            found[key] = Answer(existence=ChangeKind.ADDED if key in sides[1].defined else ChangeKind.REMOVED)
    return {key: answer for key, answer in sorted(found.items()) if answer.kinds()}


class _Side:
    """Which keys a snapshot defines, and which of them are partitioned."""

    def __init__(self, snapshot: Any) -> None:
        forms: Iterable[JsonObject] = snapshot.to_dict()["assets"]
        own = [form for form in forms if form.get("asset_type") != "check_only"]
        self.defined = {tuple(form["key"]) for form in own}
        self.partitioned = {tuple(form["key"]) for form in own if form.get("partitions")}


def _take(answer: Answer, key: Path, modification: JsonObject, sides: tuple[_Side, _Side]) -> None:
    if code := modification.get("code_version"):
        old, new = ((code[side] or {}).get("version") for side in ("old", "new"))
        answer.code_version = (old, new)
    partitions = modification.get("partitions")
    if partitions and _same_meaning(partitions["old"]) != _same_meaning(partitions["new"]):
        answer.partitions = (partitions_text(partitions["old"]), partitions_text(partitions["new"]))
    answer.tags.take(modification.get("tags") or {})
    answer.tags.take(modification.get("kinds") or {}, KIND_PREFIX)
    answer.metadata.take(modification.get("metadata") or {})
    dependencies = modification.get("dependencies") or {}
    answer.dependencies.added |= {tuple(item["key"]) for item in dependencies.get("added", ())}
    answer.dependencies.removed |= {tuple(item["key"]) for item in dependencies.get("removed", ())}
    for pair in dependencies.get("changed", ()):
        old, new = (_effective(pair[name], key, side) for name, side in zip(("old", "new"), sides))
        if old != new:
            answer.dependencies.changed.add(tuple(pair["new"]["key"]))


def _effective(dependency: JsonObject, key: Path, side: _Side) -> Json:
    """Return the mapping that Dagster uses."""
    if side.partitioned.isdisjoint([key, tuple(dependency["key"])]):
        return {"type": "all"}
    mapping = dependency.get("mapping") or dependency.get(INFERRED_MAPPING) or {"type": "all"}
    return {name: value for name, value in mapping.items() if value is not None}


_CRON_NAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def _same_meaning(partitions: Json) -> Json:
    """Return a partitions definition with its schedules spelled in one way."""
    if not partitions:
        return partitions
    value = partitions.get("value")
    if partitions["type"] == "multi":
        return {"type": "multi", "value": {name: _same_meaning(inner) for name, inner in value.items()}}
    if partitions["type"] != "time_window":
        return partitions
    cron = " ".join(value["cron"].split()).lower()
    return {"type": "time_window", "value": {**value, "cron": _CRON_NAMES.get(cron, cron)}}


_CLASSES = {
    "time_window": "TimeWindowPartitionsDefinition",
    "static": "StaticPartitionsDefinition",
    "dynamic": "DynamicPartitionsDefinition",
    "multi": "MultiPartitionsDefinition",
}


def partitions_text(partitions: Json) -> str | None:
    """Return Dagster's name for a partitions definition with what sets it apart."""
    if not partitions:
        return None
    value = partitions.get("value") or {}
    name = _CLASSES.get(partitions["type"], partitions["type"])
    if partitions["type"] == "multi":
        members = {dimension: partitions_text(inner) for dimension, inner in sorted(value.items())}
    else:
        members = {field: json.dumps(inner, ensure_ascii=False) for field, inner in sorted(value.items())}
    return f"{name}({', '.join(f'{field}={text}' for field, text in members.items())})"
