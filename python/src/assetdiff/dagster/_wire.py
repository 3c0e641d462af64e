"""Reads the JSON in which Dagster hands a repository from process to process. Needs no Dagster.

The names on the wire are historical ("ExternalAssetNode") and older than the classes of today;
Dagster keeps them for its own sake, which makes them the steadiest interface that it has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from assetdiff.dagster._definition import STUB_KEY, asset_definition, check_definition, check_only
from assetdiff.dagster._json import Json, JsonObject, without_empty
from assetdiff.dagster._told import Told, key_text
from assetdiff.dagster._values import (
    WIRE,
    Reader,
    current_freshness,
    freshness,
    metadata_value,
    other_value,
    partition_mapping,
    time_window_partitions,
    typed,
    with_legacy,
)
from assetdiff.errors import AssetDiffError

_UNSERIALIZABLE = re.compile(r"^\[.+\] \(unserializable\)$")
_FRESHNESS_KEY = "dagster/internal_freshness_policy"
_IMPLICIT_JOBS = ("__ASSET_JOB", "__anonymous_asset_job_")


def read_repository(text: str | bytes) -> JsonObject:
    """Return a serialised RepositorySnap as an object.

    Raises AssetDiffError if it is something else.
    """
    try:
        repository = json.loads(text)
    except ValueError as error:
        raise AssetDiffError(f"expected a serialised RepositorySnap of Dagster, found no JSON: {error}") from None
    if not isinstance(repository, dict) or not isinstance(repository.get("external_asset_graph_data"), list):
        hint = ""
        if isinstance(repository, dict) and "format_version" in repository:
            hint = "; an assetdiff snapshot is read by assetdiff.Snapshot.from_json"
        raise AssetDiffError(f"expected a serialised RepositorySnap of Dagster, found other JSON{hint}")
    return repository


@dataclass(frozen=True)
class Leaves:
    """How to read what stands inside a node: serialised, or as the live objects of a remote graph."""

    read: Reader
    partitions: Callable[[Any], JsonObject | None]
    condition: Callable[[Any], Json]
    """Return the serialised form of an automation condition or of its structure."""


def repository_assets(repository: JsonObject, location: str | None, told: Told) -> list[JsonObject]:
    """Return the definitions of a repository."""
    nodes, checks = repository["external_asset_graph_data"], repository.get("external_asset_checks") or []
    return node_assets([(node, location) for node in nodes], [(check, location) for check in checks], told)


def node_assets(
    nodes: Iterable[tuple[JsonObject, str | None]],
    checks: Iterable[tuple[JsonObject, str | None]],
    told: Told,
    leaves: Leaves | None = None,
) -> list[JsonObject]:
    """Return the definitions of asset nodes and checks in their serialised form, each with its code location.

    Raises AssetDiffError, which names the asset, for a node that is not of the form.
    """
    leaves = leaves or Leaves(WIRE, partitions, lambda condition: condition)
    checks_of: dict[tuple[str | None, tuple[str, ...]], list[JsonObject]] = {}
    for check, location in checks:
        key = tuple(check["asset_key"]["path"])
        checks_of.setdefault((location, key), []).append(_check(check, leaves, told))
    assets = []
    for node, location in nodes:
        key = tuple(_key_of(node))
        own = checks_of.pop((location, key), [])
        try:
            asset = _asset(node, location, own, leaves, told)
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
            text = f"asset {key_text(key)}: not as Dagster serialises it: {type(error).__name__}: {error}"
            raise AssetDiffError(text) from error
        if asset:
            assets.append(asset)
    # Old versions have no node for a key that is only checked.
    assets += [check_only(key, location, own) for (location, key), own in checks_of.items()]
    return assets


def _key_of(node: Any) -> list[str]:
    try:
        return list(node["asset_key"]["path"])
    except (KeyError, TypeError) as error:
        raise AssetDiffError("expected a serialised RepositorySnap of Dagster, found an asset without a key") from error


def _asset(
    node: JsonObject, location: str | None, checks: list[JsonObject], leaves: Leaves, told: Told
) -> JsonObject | None:
    key = node["asset_key"]["path"]
    entries = {entry["label"]: entry["entry_data"] for entry in node.get("metadata_entries") or []}
    if STUB_KEY in entries:
        return check_only(key, location, checks) if checks else None
    metadata = {label: metadata_value(entry, leaves.read) for label, entry in entries.items()}
    for label, value in metadata.items():
        if value["type"] == "text" and _UNSERIALIZABLE.match(value["value"]):
            told.of_asset(key, f"metadata {label!r} has only its class: Dagster does not serialise such values")
    code_version = node.get("code_version")
    return asset_definition(
        key=key,
        execution_type=_execution_type(node),
        code_location=location,
        code_version=None if code_version is None else {"version": code_version},
        dependencies=[_dependency(edge, leaves.read) for edge in node.get("dependencies") or []],
        description=node.get("op_description"),
        group=node.get("group_name"),
        tags=node.get("tags") or {},
        metadata=metadata,
        owners=[_owner(owner) for owner in node.get("owners") or []],
        partitions=leaves.partitions(node.get("partitions_def_data")),
        automation=_automation(node, leaves, told),
        freshness=_freshness(node, entries, leaves.read),
        backfill=_backfill(node.get("backfill_policy"), leaves.read),
        execution=_execution(node),
        checks=checks,
        is_virtual=bool(node.get("is_virtual")),
    )


def _execution_type(node: JsonObject) -> str:
    if told := node.get("execution_type"):
        return str(told["__enum__"].partition(".")[2])
    if not node.get("is_source"):
        return "MATERIALIZATION"
    return "OBSERVATION" if node.get("is_observable") else "UNEXECUTABLE"


def _dependency(edge: JsonObject, read: Reader) -> JsonObject:
    mapping = edge.get("partition_mapping")
    key = list(edge["upstream_asset_key"]["path"])
    if mapping is None:
        return {"key": key}
    return {"key": key, "mapping": partition_mapping(mapping, read) or other_value(mapping, read)}


def _owner(owner: str) -> str:
    # Up to 1.7.7 teams came without their prefix.
    return owner if "@" in owner or owner.startswith("team:") else f"team:{owner}"


def _automation(node: JsonObject, leaves: Leaves, told: Told) -> JsonObject | None:
    policy = node.get("auto_materialize_policy")
    # Policies from before there were conditions hold rules.
    condition = None if policy is None else leaves.read.field(policy, "asset_condition")
    return _condition(node, policy if condition is None else condition, leaves, told)


def _condition(of: JsonObject, condition: Any, leaves: Leaves, told: Told) -> JsonObject | None:
    # Live ones are tuples underneath, and those without fields are empty.
    if condition is not None:
        return automation(leaves.condition(condition))
    structure = of.get("automation_condition_snapshot")
    path = of["asset_key"]["path"]
    return condition_by_structure(path, leaves.condition(structure), told) if structure is not None else None


def automation(condition: JsonObject) -> JsonObject:
    """Return a serialised automation condition with the label that it is shown by."""
    return without_empty({"condition": condition, "label": condition.get("label")})


def condition_by_structure(key: list[str], snapshot: JsonObject, told: Told) -> JsonObject:
    """Return a condition that holds a class which Dagster cannot serialise; tells so."""
    told.of_asset(key, "the automation condition is compared by its structure: a class in it is not serialisable")
    label = (snapshot.get("node_snapshot") or {}).get("label")
    return without_empty({"condition": snapshot, "label": label})


def _freshness(node: JsonObject, entries: JsonObject, read: Reader) -> JsonObject | None:
    policy, legacy = node.get("new_freshness_policy"), node.get("freshness_policy")
    if policy is None and _FRESHNESS_KEY in entries:
        # Before it had a field the policy travelled as text in the metadata.
        policy = json.loads(read.field(entries[_FRESHNESS_KEY], "text") or "null")
        return with_legacy(current_freshness(policy, WIRE) if policy else None, legacy, read)
    return freshness(policy, legacy, read)


def _backfill(policy: Any, read: Reader) -> JsonObject | None:
    return None if policy is None else {"max_partitions_per_run": read.field(policy, "max_partitions_per_run")}


def _execution(node: JsonObject) -> JsonObject:
    op_name, op_names = node.get("op_name"), node.get("op_names") or []
    return {
        "auto_observe_interval_minutes": node.get("auto_observe_interval_minutes"),
        "compute_kind": node.get("compute_kind"),
        "execution_set_id": node.get("atomic_execution_unit_id"),
        "job_names": [name for name in node.get("job_names") or [] if not name.startswith(_IMPLICIT_JOBS)],
        "op_name": op_name,
        "op_names": op_names if op_names != [op_name] else None,
        "output_name": None if node.get("output_name") == "result" else node.get("output_name"),
        "pools": sorted(_members(node.get("pools"))),
        "required_resources": sorted(node.get("required_top_level_resources") or []),
    }


def _members(serialised_set: Json) -> list[str]:
    return list(serialised_set["__set__"]) if isinstance(serialised_set, dict) else list(serialised_set or [])


def _check(check: JsonObject, leaves: Leaves, told: Told) -> JsonObject:
    extra = {
        "dagster.automation": _condition(check, check.get("automation_condition"), leaves, told),
        "dagster.partitions": leaves.partitions(check.get("partitions_def_snapshot")),
    }
    return check_definition(
        name=check["name"],
        blocking=bool(check.get("blocking")),
        description=check.get("description"),
        additional_keys=[other["path"] for other in check.get("additional_asset_keys") or []],
        extra=extra,
    )


_SCHEDULE_TYPES = {
    "HOURLY": "{minute} * * * *",
    "DAILY": "{minute} {hour} * * *",
    "WEEKLY": "{minute} {hour} * * {day}",
    "MONTHLY": "{minute} {hour} {day} * *",
}


def partitions(snap: Json) -> JsonObject | None:
    """Return a serialised partitions definition."""
    if snap is None:
        return None
    name = snap["__class__"].removeprefix("External").removesuffix("PartitionsDefinitionData")
    if name == "TimeWindow":
        return time_window_partitions(
            cron=snap.get("cron_schedule") or _cron_of_old(snap),
            fmt=snap["fmt"],
            start=snap["start"],
            # Dagster reads an end at the epoch as none.
            end=snap.get("end") or None,
            timezone=snap.get("timezone"),
            end_offset=snap.get("end_offset") or 0,
            exclusions=[item if isinstance(item, str) else item["timestamp"] for item in snap.get("exclusions") or []],
        )
    if name == "Static":
        # Snapshots from before 1.4 may hold a key twice; Dagster reads the first.
        return typed("static", {"keys": list(dict.fromkeys(snap["partition_keys"]))})
    if name == "Dynamic":
        return typed("dynamic", {"name": snap["name"]})
    if name == "Multi":
        dimensions = snap["external_partition_dimension_definitions"]
        return typed("multi", {item["name"]: partitions(item["external_partitions_def_data"]) for item in dimensions})
    return typed(f"dagster.{snap['__class__']}", {k: v for k, v in snap.items() if k != "__class__"})


def _cron_of_old(snap: JsonObject) -> str:
    kind = snap["schedule_type"]["__enum__"].partition(".")[2]
    first_day = 1 if kind == "MONTHLY" else 0
    day = snap.get("day_offset")
    return _SCHEDULE_TYPES[kind].format(
        minute=snap.get("minute_offset") or 0, hour=snap.get("hour_offset") or 0, day=first_day if day is None else day
    )
