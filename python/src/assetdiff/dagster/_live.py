"""Turns live values of Dagster into assetdiff's JSON form."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import dagster as dg

from assetdiff.dagster import _private
from assetdiff.dagster._json import Json, JsonObject, float_value, plain, without_empty
from assetdiff.dagster._told import Told, key_text
from assetdiff.dagster._values import (
    class_of,
    column_lineage,
    extended_class,
    freshness,
    metadata_value,
    own_class,
    partition_mapping,
    table_schema,
    time_window_partitions,
    typed,
)
from assetdiff.errors import AssetDiffError


class LiveValues:
    """Converts the values of one snapshot; what many assets share is converted once."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self._conditions: dict[str, JsonObject] = {}
        # By identity, with the definition, which keeps its place in memory from being used again.
        self._windows: dict[int, tuple[Any, JsonObject]] = {}
        self._namesakes = _private.condition_namesakes()

    def metadata(self, values: Mapping[str, Any], path: list[str], of: str = "metadata") -> dict[str, JsonObject]:
        """Return metadata by name.

        Raises AssetDiffError, which names asset and entry, if a value itself raises.
        """
        return {
            # Most values are of these types; what is made of a type of its own is looked at.
            str(name): {"type": plain_type, "value": value if plain_type != "float" else float_value(value)}
            if (plain_type := _PLAIN.get(type(value)))
            else self._metadata_value(value, path, f"{of} {name!r}")
            for name, value in values.items()
        }

    def _metadata_value(self, value: Any, path: list[str], where: str) -> JsonObject:
        try:
            if _is_typed(type(value)) and (name := own_class(value)):
                converted: JsonObject | None = {"type": name, "value": plain(value.value)}
                self.told.of_asset(path, f"{where} is compared by its class and value, {name}")
            else:
                converted = _metadata_value(value)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            self.told.of_asset(path, f"{where} is compared by its class alone: {_one_line(error)}")
        except Exception as error:
            raise AssetDiffError(
                f"asset {key_text(path)}: {where}: {type(error).__name__}: {_one_line(error)}"
            ) from error
        else:
            if converted is not None:
                return converted
            self.told.of_asset(path, f"{where} is compared by its class alone, {class_of(value)}")
        return typed(class_of(value))

    def mapping(self, mapping: Any, path: list[str], upstream: list[str]) -> JsonObject:
        """Return a partition mapping; tells of one that is not Dagster's own."""
        return partition_mapping(mapping, lambda own: self._own_mapping(own, path, upstream))

    def _own_mapping(self, mapping: Any, path: list[str], upstream: list[str]) -> JsonObject:
        attributes, how = {}, "class"
        try:
            # Dagster's are tuples; what is derived from them may have attributes besides.
            fields = mapping._asdict() if hasattr(mapping, "_asdict") else {}
            attributes = plain({**fields, **getattr(mapping, "__dict__", {})})
            how = "class and attributes" if attributes else "class"
        except (TypeError, ValueError, RecursionError):
            pass
        name = class_of(mapping)
        self.told.of_asset(path, f"the partition mapping of {key_text(upstream)}, {name}, is compared by its {how}")
        return typed(name, attributes)

    def partitions(self, definition: Any, path: list[str]) -> JsonObject | None:
        """Return a partitions definition; tells of one that is not Dagster's own."""
        if definition is None:
            return None
        if isinstance(definition, dg.TimeWindowPartitionsDefinition):
            if id(definition) not in self._windows:
                self._windows[id(definition)] = (definition, _windows(definition))
            return self._windows[id(definition)][1]
        if isinstance(definition, dg.StaticPartitionsDefinition):
            return typed("static", {"keys": list(definition.get_partition_keys())})
        if isinstance(definition, dg.MultiPartitionsDefinition):
            dimensions = {item.name: self.partitions(item.partitions_def, path) for item in definition.partitions_defs}
            return typed("multi", dimensions)
        if isinstance(definition, dg.DynamicPartitionsDefinition):
            if definition.name is None:
                self.told.of_asset(path, "the function that lists the dynamic partitions is not compared")
                return typed("dynamic", {})
            return typed("dynamic", {"name": definition.name})
        name = class_of(definition)
        self.told.of_asset(path, f"the partitions definition is compared by its class alone, {name}")
        return typed(name, {})

    def partitions_class(self, definition: Any, path: list[str], of: str = "") -> str | None:
        """Return the class of a partitions definition that extends one of Dagster's; tells of it.

        Dagster goes by what it extends, and so does the definition that is compared: `partitions`.
        """
        name = own_class(definition)
        if isinstance(definition, dg.MultiPartitionsDefinition):
            items = [(item.name, own_class(item.partitions_def)) for item in definition.partitions_defs]
            if dimensions := ", ".join(f"{dimension}: {own}" for dimension, own in items if own):
                name = f"{name or type(definition).__name__}({dimensions})"
        if name is None or not isinstance(definition, _EXTENDED):
            return None
        what = f"the partitions definition{of}"
        self.told.of_asset(path, f"{what} is compared as {extended_class(definition)} and by its class, {name}")
        return name

    def freshness(self, policy: Any, legacy: Any, path: list[str]) -> JsonObject | None:
        """Return the freshness policy; tells of one that is not Dagster's own."""
        if policy is not None:
            self.tell_class(policy, path, "the freshness policy", is_compared=True)
        return freshness(policy, legacy)

    def tell_class(self, value: Any, path: list[str], what: str, *, is_compared: bool = False) -> None:
        """Tells of a value with a class of a user's own."""
        if name := own_class(value):
            how = " and by its class" if is_compared else ", not by its class"
            self.told.of_asset(path, f"{what} is compared as {extended_class(value)}{how}, {name}")

    def automation(self, condition: Any, path: list[str]) -> JsonObject | None:
        """Return an automation condition; tells of one that Dagster cannot serialise."""
        if condition is None:
            return None
        # Dagster takes classes that have one name for one, and so does their text.
        if self._namesakes and (own := _private.condition_classes(condition) & self._namesakes):
            structure = json.loads(_private.condition_snapshot(condition))
            structure["classes"] = sorted(f"{cls.__module__}.{cls.__qualname__}" for cls in own)
            return condition_by_structure(path, structure, self.told)
        known = repr(condition)
        if known in self._conditions or _private.is_serializable(condition):
            return automation(self.serialised(condition, known))
        return condition_by_structure(path, json.loads(_private.condition_snapshot(condition)), self.told)

    def serialised(self, condition: Any, known: str | None = None) -> JsonObject:
        """Return a condition as Dagster serialises it, equal ones once; `known` is its `repr`, which takes long."""
        # Not the condition itself: for Dagster `newly_true(missing())` equals `newly_true(newly_updated())`.
        known = known or repr(condition)
        if known not in self._conditions:
            self._conditions[known] = json.loads(dg.serialize_value(condition))
        return self._conditions[known]


_PLAIN = {str: "text", int: "int", bool: "bool", float: "float"}


def automation(condition: JsonObject) -> JsonObject:
    """Return a serialised automation condition with the label that it is shown by."""
    return without_empty({"condition": condition, "label": condition.get("label")})


def condition_by_structure(path: list[str], snapshot: JsonObject, told: Told) -> JsonObject:
    """Return a condition that holds a class which Dagster cannot serialise; tells so."""
    told.of_asset(path, "the automation condition is compared by its structure: a class in it is not serialisable")
    label = (snapshot.get("node_snapshot") or {}).get("label")
    return without_empty({"condition": snapshot, "label": label})


_EXTENDED = (
    dg.TimeWindowPartitionsDefinition,
    dg.StaticPartitionsDefinition,
    dg.MultiPartitionsDefinition,
    dg.DynamicPartitionsDefinition,
)


def _windows(definition: dg.TimeWindowPartitionsDefinition) -> JsonObject:
    end = definition.end
    return time_window_partitions(
        cron=definition.cron_schedule,
        fmt=definition.fmt,
        start=definition.start.timestamp(),
        end=None if end is None else end.timestamp(),
        timezone=definition.timezone,
        end_offset=definition.end_offset,
        exclusions=[_exclusion(item) for item in definition.exclusions or []],
    )


@cache
def _is_typed(value_type: type) -> bool:
    # An abstract class takes its time to say so, for each value.
    return issubclass(value_type, dg.MetadataValue)


def _metadata_value(value: Any) -> JsonObject | None:
    """Return a value of metadata as Dagster would type it; None if it would not."""
    # In Dagster's order: a bool is an int as well.
    if _is_typed(type(value)):
        return metadata_value(value)
    if isinstance(value, str):
        return typed("text", str.__str__(value))
    if isinstance(value, float):
        return typed("float", float_value(float(value)))
    if isinstance(value, bool):
        return typed("bool", value)
    if isinstance(value, int):
        return typed("int", int(value))
    if isinstance(value, (list, dict)):
        return {"type": "json", "value": plain(value)}
    if isinstance(value, os.PathLike):
        return typed("path", os.fspath(value))
    if isinstance(value, dg.AssetKey):
        return typed("asset", list(value.path))
    if isinstance(value, dg.TableSchema):
        return typed("table_schema", table_schema(value))
    if isinstance(value, dg.TableColumnLineage):
        return typed("column_lineage", column_lineage(value))
    return typed("null") if value is None else None


def _exclusion(item: Any) -> str | float:
    return item if isinstance(item, str) else float(item.timestamp() if callable(item.timestamp) else item.timestamp)


def _one_line(error: Exception) -> Json:
    text = str(error)
    return text.splitlines()[0] if text else type(error).__name__
