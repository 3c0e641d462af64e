"""Takes the assets out of the node snapshots that Dagster has in memory, in a `RepositorySnap` or a remote graph.

Serialised ones are read by the engine. To serialise these for it would take four times as long as reading them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import dagster as dg

from assetdiff.dagster import _private
from assetdiff.dagster._definition import STUB_KEY, asset_definition, check_definition, check_only
from assetdiff.dagster._json import JsonObject
from assetdiff.dagster._live import LiveValues, automation, condition_by_structure
from assetdiff.dagster._told import Told, of_asset
from assetdiff.dagster._values import freshness
from assetdiff.errors import AssetDiffError

_UNSERIALIZABLE = re.compile(r"^\[.+\] \(unserializable\)$")
_FRESHNESS_KEY = "dagster/internal_freshness_policy"


def snap_assets(
    nodes: Iterable[tuple[Any, str | None]], checks: Iterable[tuple[Any, str | None]], told: Told
) -> list[JsonObject]:
    """Return the definitions of asset nodes and checks, each with its code location.

    Raises AssetDiffError, which names the asset that is at fault.
    """
    values = LiveValues(told)
    checks_of: dict[tuple[str | None, tuple[str, ...]], list[JsonObject]] = {}
    for check, location in checks:
        key = tuple(_private.key_path(check.asset_key))
        try:
            checks_of.setdefault((location, key), []).append(_check(check, values, told))
        except (AssetDiffError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise of_asset(error, key, f"the check {check.name}: ") from error
    assets = []
    for snap, location in nodes:
        key = tuple(_private.key_path(snap.asset_key))
        own = checks_of.pop((location, key), [])
        if STUB_KEY in snap.metadata:
            assets += [check_only(key, location, own)] if own else []
            continue
        try:
            assets.append(_asset(snap, location, own, values, told))
        except (AssetDiffError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise of_asset(error, key) from error
    # Old versions have no node for a key that is only checked.
    return assets + [check_only(key, location, own) for (location, key), own in checks_of.items()]


def _asset(
    snap: Any, location: str | None, checks: list[JsonObject], values: LiveValues, told: Told
) -> JsonObject:
    path = _private.key_path(snap.asset_key)
    metadata = values.metadata(snap.metadata, path)
    for label, value in metadata.items():
        if value["type"] == "text" and _UNSERIALIZABLE.match(value["value"]):
            told.of_asset(path, f"metadata {label!r} has only its class: Dagster does not serialise such values")
    code_version, backfill = snap.code_version, snap.backfill_policy
    return asset_definition(
        key=path,
        execution_type=_private.execution_type(snap),
        code_location=location,
        code_version=None if code_version is None else {"version": code_version},
        dependencies=[_dependency(edge, path, values) for edge in snap.parent_edges],
        description=snap.description,
        group=snap.group_name,
        tags=snap.tags or {},
        metadata=metadata,
        owners=snap.owners or [],
        partitions=values.partitions(_private.partitions_of_snap(snap.partitions), path),
        automation=_automation(snap, values, told),
        freshness=freshness(_freshness_policy(snap), snap.legacy_freshness_policy),
        backfill=None if backfill is None else {"max_partitions_per_run": backfill.max_partitions_per_run},
        execution=_execution(snap),
        checks=checks,
        # No field of a snapshot in 1.12.
        is_virtual=bool(getattr(snap, "is_virtual", False)),
    )


def _dependency(edge: Any, path: list[str], values: LiveValues) -> JsonObject:
    upstream = _private.key_path(edge.parent_asset_key)
    if edge.partition_mapping is None:
        return {"key": upstream}
    return {"key": upstream, "mapping": values.mapping(edge.partition_mapping, path, upstream)}


def _automation(snap: Any, values: LiveValues, told: Told) -> JsonObject | None:
    policy = snap.auto_materialize_policy
    # Policies from before there were conditions hold rules.
    condition = policy if policy is None or policy.asset_condition is None else policy.asset_condition
    return _condition(snap, condition, values, told)


def _condition(snap: Any, condition: Any, values: LiveValues, told: Told) -> JsonObject | None:
    # Conditions are tuples underneath, and those without fields are empty.
    if condition is not None:
        return automation(values.serialised(condition))
    if (structure := snap.automation_condition_snapshot) is None:
        return None
    return condition_by_structure(_private.key_path(snap.asset_key), json.loads(dg.serialize_value(structure)), told)


def _freshness_policy(snap: Any) -> Any:
    if snap.freshness_policy is not None or _FRESHNESS_KEY not in snap.metadata:
        return snap.freshness_policy
    # Before it had a field the policy travelled as text in the metadata.
    text = snap.metadata[_FRESHNESS_KEY].value
    return dg.deserialize_value(text) if text else None


def _execution(snap: Any) -> JsonObject:
    op_names = list(snap.op_names)
    return {
        "auto_observe_interval_minutes": snap.auto_observe_interval_minutes,
        "compute_kind": snap.compute_kind,
        "execution_set_id": snap.execution_set_identifier,
        "job_names": _job_names(snap),
        "op_name": snap.op_name,
        "op_names": op_names if op_names != [snap.op_name] else None,
        "output_name": None if snap.output_name == "result" else snap.output_name,
        "pools": sorted(snap.pools or ()),
        "required_resources": sorted(snap.required_top_level_resources or []),
    }


def _job_names(snap: Any) -> list[str]:
    return sorted(name for name in snap.job_names or () if not name.startswith(_private.IMPLICIT_JOBS))


def _check(snap: Any, values: LiveValues, told: Told) -> JsonObject:
    path = _private.key_path(snap.asset_key)
    partitions = _private.partitions_of_snap(getattr(snap, "partitions_def_snapshot", None))
    return check_definition(
        name=snap.name,
        blocking=bool(snap.blocking),
        description=snap.description,
        additional_keys=[_private.key_path(key) for key in snap.additional_asset_keys],
        extra={
            "dagster.automation": _condition(snap, snap.automation_condition, values, told),
            "dagster.execution_set_id": snap.execution_set_identifier,
            "dagster.job_names": _job_names(snap),
            "dagster.partitions": values.partitions(partitions, path),
        },
    )
