"""How an asset of Dagster becomes an asset definition of assetdiff, wherever it was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from assetdiff.dagster._json import Json, JsonObject, without_empty
from assetdiff.dagster._values import time_window_mapping, typed

KIND_PREFIX = "dagster/kind/"
STUB_KEY = "dagster/auto_created_stub_asset"
COLUMN_SCHEMA_KEY = "dagster/column_schema"
INFERRED_MAPPING = "dagster.inferred_mapping"
ASSET_TYPES = {"MATERIALIZATION": None, "OBSERVATION": "observable", "UNEXECUTABLE": "external"}


def asset_definition(
    *,
    key: list[str],
    execution_type: str,
    code_location: str | None,
    code_version: Json,
    dependencies: Iterable[JsonObject],
    description: str | None,
    group: str | None,
    tags: Mapping[str, str],
    metadata: dict[str, JsonObject],
    owners: Iterable[str],
    partitions: JsonObject | None,
    automation: JsonObject | None,
    freshness: JsonObject | None,
    backfill: Any,
    execution: JsonObject,
    checks: Iterable[JsonObject],
    is_virtual: bool,
    partitions_class: str | None = None,
) -> JsonObject:
    """Return an asset definition; `backfill` is an object with `max_partitions_per_run`, or None.

    `partitions_class` is the user's own class of the partitions definition, if it has one.
    """
    kinds, other_tags = [], {}
    for name, value in tags.items():
        if name.startswith(KIND_PREFIX):
            kinds.append(name.removeprefix(KIND_PREFIX))
        else:
            other_tags[name] = value
    definition = without_empty(
        {
            "key": key,
            "asset_type": asset_type(execution_type),
            "code_location": code_location,
            "code_version": code_version,
            "dependencies": sorted(dependencies, key=itemgetter("key")),
            "description": description,
            "group": group,
            "kinds": sorted(kinds),
            "tags": other_tags,
            "metadata": metadata,
            "owners": sorted(set(owners)),
            "partitions": partitions,
            "automation": automation,
            "freshness": freshness,
            "backfill": backfill,
            "execution": without_empty(execution),
            "checks": sorted(checks, key=lambda check: str(check["name"])),
            "dagster.is_virtual": True if is_virtual else None,
            "dagster.partitions_class": partitions_class,
        }
    )
    columns = metadata.get(COLUMN_SCHEMA_KEY)
    if columns and columns["type"] == "table_schema":
        definition["columns"] = columns["value"]["columns"]
    return definition


def asset_type(execution_type: str) -> str | None:
    """Return the type of an asset; None for materializable ones, which is what nothing stands for."""
    return ASSET_TYPES[execution_type] if execution_type in ASSET_TYPES else execution_type.lower()


def check_definition(
    *,
    name: str,
    blocking: bool,
    description: str | None,
    additional_keys: Iterable[Sequence[str]],
    extra: Mapping[str, Json],
) -> JsonObject:
    """Return a check; `extra` are its members that assetdiff has no field for."""
    members = {
        "name": name,
        "blocking": True if blocking else None,
        "description": description,
        "additional_dependencies": sorted(list(key) for key in additional_keys),
    }
    return without_empty(members | dict(extra))


def check_only(key: Sequence[str], code_location: str | None, checks: Iterable[JsonObject]) -> JsonObject:
    """Return the definition of an asset that is defined elsewhere and only checked here."""
    members = {
        "key": list(key),
        "asset_type": "check_only",
        "code_location": code_location,
        "checks": sorted(checks, key=lambda check: str(check["name"])),
    }
    return without_empty(members)


def with_inferred_mappings(assets: list[JsonObject]) -> list[JsonObject]:
    """Marks each dependency without a mapping with the one that Dagster infers for it.

    The mark stands apart from the mapping: what somebody wrote down and what Dagster makes of the
    partitions on both sides are different facts, and the second changes when the upstream does.
    Nothing is marked where neither side is partitioned. Changes the assets in place. O(dependencies).
    """
    if not any("partitions" in asset for asset in assets):
        return assets
    # A key that several code locations define reads as the one that can be materialized, as in Dagster.
    preference = {"materializable": 0, None: 0, "observable": 1, "external": 2}
    by_preference = sorted(assets, key=lambda asset: preference.get(asset.get("asset_type"), 3))
    partitions = {tuple(asset["key"]): asset.get("partitions") for asset in reversed(by_preference)}
    for asset in assets:
        downstream = asset.get("partitions")
        for dependency in asset.get("dependencies", ()):
            upstream = partitions.get(tuple(dependency["key"]))
            # The engine marks the dependencies of one repository; several together may say otherwise.
            dependency.pop(INFERRED_MAPPING, None)
            if (upstream or downstream) and "mapping" not in dependency:
                dependency[INFERRED_MAPPING] = _inferred(upstream, downstream)
    return assets


def _inferred(upstream: JsonObject | None, downstream: JsonObject | None) -> JsonObject:
    if upstream is None or downstream is None:
        return typed("all")
    types = [upstream["type"], downstream["type"]]
    if types.count("multi") == 1 and _one_dimension_fits(upstream, downstream):
        return typed("multi_to_single", {})
    return time_window_mapping() if types == ["time_window"] * 2 else typed("identity")


def _one_dimension_fits(upstream: JsonObject, downstream: JsonObject) -> bool:
    multi, single = (upstream, downstream) if upstream["type"] == "multi" else (downstream, upstream)
    dimensions = list(multi["value"].values())
    equal = dimensions.count(single)
    if equal:
        return equal == 1
    windows = [dimension["type"] for dimension in dimensions].count("time_window")
    return windows == 1 and bool(single["type"] == "time_window")
