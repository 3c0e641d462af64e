"""Dagster's typed values (metadata, mappings, freshness) in assetdiff's JSON form.

Each is read either from a live object or from its serialised JSON. The fields have the same names
in both, so one converter serves both; a `Reader` says how a field and a class name are found.
Nothing here imports dagster.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assetdiff.dagster._json import Json, JsonObject, float_value, plain, utc, without_empty


@dataclass(frozen=True)
class Reader:
    """How to look into a value: live or serialised."""

    field: Callable[[Any, str], Any]
    class_name: Callable[[Any], str]


LIVE = Reader(lambda value, name: getattr(value, name, None), lambda value: type(value).__name__)
WIRE = Reader(lambda value, name: value.get(name), lambda value: str(value.get("__class__")))


def typed(type_name: str, value: Json = None) -> JsonObject:
    """Return a tagged value; one without parameters has no `value`."""
    return {"type": type_name} if value is None else {"type": type_name, "value": value}


# Metadata

_PAYLOADS = {
    "Text": ("text", "text"),
    "Url": ("url", "url"),
    "Path": ("path", "path"),
    "Notebook": ("notebook", "path"),
    "Markdown": ("markdown", "md_str"),
    "Int": ("int", "value"),
    "Bool": ("bool", "value"),
    "DagsterRun": ("run", "run_id"),
    "DagsterPipelineRun": ("run", "run_id"),
    "Pool": ("pool", "pool"),
}


def metadata_value(value: Any, read: Reader) -> JsonObject:
    """Return one of Dagster's typed metadata values.

    Raises TypeError, ValueError or OverflowError if what it holds has no JSON form.
    """
    name = read.class_name(value).removesuffix("EntryData").removesuffix("Value").removesuffix("Metadata")
    if payload := _PAYLOADS.get(name):
        type_name, field = payload
        content = read.field(value, field)
        # Old snapshots hold typed values without a value; no type of ours takes nothing.
        return typed(f"dagster.{type_name}") if content is None else typed(type_name, content)
    if converter := _CONVERTERS.get(name):
        return converter(value, read)
    return other_value(value, read)


def _float(value: Any, read: Reader) -> JsonObject:
    number = read.field(value, "value")
    return typed("dagster.float") if number is None else typed("float", float_value(number))


def _json(value: Any, read: Reader) -> JsonObject:
    # Not `typed`: the JSON `null` is a value.
    return {"type": "json", "value": plain(read.field(value, "data"))}


def _table(value: Any, read: Reader) -> JsonObject:
    records = [plain(read.field(record, "data")) for record in read.field(value, "records")]
    return typed("table", {"records": records, "schema": table_schema(read.field(value, "schema"), read)})


def _column_lineage(value: Any, read: Reader) -> JsonObject:
    lineage = read.field(value, "column_lineage") or read.field(value, "lineage")
    return typed("column_lineage", column_lineage(lineage, read))


def _code_references(value: Any, read: Reader) -> JsonObject:
    return typed("code_references", [_code_reference(item, read) for item in read.field(value, "code_references")])


def _job(value: Any, read: Reader) -> JsonObject:
    members = {
        "name": read.field(value, "job_name"),
        "code_location": read.field(value, "location_name"),
        "repository": read.field(value, "repository_name"),
    }
    return typed("job", without_empty(members))


def _python_artifact(value: Any, read: Reader) -> JsonObject:
    return typed("python_artifact", {name: read.field(value, name) for name in ("module", "name")})


_CONVERTERS: dict[str, Callable[[Any, Reader], JsonObject]] = {
    "Float": _float,
    "Json": _json,
    "Timestamp": lambda value, read: typed("timestamp", utc(read.field(value, "value"))),
    "Null": lambda value, read: typed("null"),
    "DagsterAsset": lambda value, read: typed("asset", asset_key(read.field(value, "asset_key"), read)),
    "Table": _table,
    "TableSchema": lambda value, read: typed("table_schema", table_schema(read.field(value, "schema"), read)),
    "TableColumnLineage": _column_lineage,
    "CodeReferences": _code_references,
    "DagsterJob": _job,
    "PythonArtifact": _python_artifact,
}


def other_value(value: Any, read: Reader) -> JsonObject:
    """Return a value of a class that is not known here, under the name of the class."""
    name = f"dagster.{read.class_name(value)}"
    if read is WIRE:
        return {"type": name, "value": {k: v for k, v in value.items() if k != "__class__"}}
    return {"type": name, "value": plain(getattr(value, "value", None))}


def asset_key(key: Any, read: Reader) -> list[str]:
    """Return the components of a key."""
    return list(read.field(key, "path"))


def table_schema(schema: Any, read: Reader) -> JsonObject:
    """Return the columns of a table and the constraints on all of it."""
    constraints = read.field(schema, "constraints")
    members = {
        "columns": [_column(column, read) for column in read.field(schema, "columns")],
        "constraints": list(read.field(constraints, "other") or []) if constraints else [],
    }
    return members if members["constraints"] else {"columns": members["columns"]}


def _column(column: Any, read: Reader) -> JsonObject:
    constraints = read.field(column, "constraints")
    # Put together by hand: no value is converted as often as a column.
    members = {"name": read.field(column, "name"), "data_type": read.field(column, "type")}
    if (description := read.field(column, "description")) is not None:
        members["description"] = description
    if tags := read.field(column, "tags"):
        members["tags"] = dict(tags)
    if constraints is not None:
        members["nullable"] = read.field(constraints, "nullable")
        # An object, so that it is not the same as a constraint that someone calls "unique".
        stated = [{"type": "unique"}] if read.field(constraints, "unique") else []
        if stated := stated + list(read.field(constraints, "other") or []):
            members["constraints"] = stated
    return members


def column_lineage(lineage: Any, read: Reader) -> JsonObject:
    """Return, for each column, the columns that it is made from."""
    return {
        column: [
            {"asset": asset_key(read.field(dep, "asset_key"), read), "column": read.field(dep, "column_name")}
            for dep in deps
        ]
        for column, deps in read.field(lineage, "deps_by_column").items()
    }


def _code_reference(reference: Any, read: Reader) -> JsonObject:
    label = read.field(reference, "label")
    if read.class_name(reference) == "UrlCodeReference":
        return {"url": without_empty({"label": label, "url": read.field(reference, "url")})}
    members = {
        "label": label,
        "line": read.field(reference, "line_number"),
        "path": read.field(reference, "file_path"),
    }
    return {"file": without_empty(members)}


# Partition mappings

_ALLOW_NONEXISTENT = "allow_nonexistent_upstream_partitions"
_WITHOUT_PARAMETERS = {
    "IdentityPartitionMapping": "identity",
    "AllPartitionMapping": "all",
    "LastPartitionMapping": "last",
}


def partition_mapping(mapping: Any, read: Reader) -> JsonObject | None:
    """Return one of Dagster's own partition mappings; None if it is none of them."""
    name = read.class_name(mapping)
    if plain_type := _WITHOUT_PARAMETERS.get(name):
        return typed(plain_type)
    if name == "SpecificPartitionsPartitionMapping":
        return typed("specific", list(read.field(mapping, "partition_keys")))
    if name == "StaticPartitionMapping":
        keys = read.field(mapping, "downstream_partition_keys_by_upstream_partition_key")
        return typed("static", {upstream: _static_keys(downstream) for upstream, downstream in keys.items()})
    if name == "TimeWindowPartitionMapping":
        start, end = read.field(mapping, "start_offset"), read.field(mapping, "end_offset")
        return time_window_mapping(start or 0, end or 0, bool(read.field(mapping, _ALLOW_NONEXISTENT)))
    if name == "MultiToSingleDimensionPartitionMapping":
        dimension = read.field(mapping, "partition_dimension_name")
        return typed("multi_to_single", {} if dimension is None else {"dimension": dimension})
    if name == "MultiPartitionMapping":
        return _multi_mapping(mapping, read)
    return None


def time_window_mapping(start_offset: int = 0, end_offset: int = 0, allow_nonexistent: bool = False) -> JsonObject:
    """Return a time-window mapping; the defaults are those of Dagster."""
    offsets: JsonObject = {"start_offset": start_offset, "end_offset": end_offset}
    return typed("time_window", offsets | {_ALLOW_NONEXISTENT: allow_nonexistent})


def _static_keys(downstream: Any) -> list[str]:
    if isinstance(downstream, dict):  # a serialised set or frozenset
        (downstream,) = downstream.values()
    # Dagster reads one key and a list of it alike, and takes the list as a set.
    return [downstream] if isinstance(downstream, str) else sorted(set(downstream))


def _multi_mapping(mapping: Any, read: Reader) -> JsonObject | None:
    dimensions: JsonObject = {}
    for upstream, dimension in read.field(mapping, "downstream_mappings_by_upstream_dimension").items():
        inner = partition_mapping(read.field(dimension, "partition_mapping"), read)
        if inner is None:
            return None
        dimensions[upstream] = {"dimension": read.field(dimension, "dimension_name"), "mapping": inner}
    return typed("multi", dimensions)


# Partitions


def time_window_partitions(
    *,
    cron: str,
    fmt: str,
    start: float,
    end: float | None,
    timezone: str | None,
    end_offset: int,
    exclusions: list[str | float],
) -> JsonObject:
    """Return a time-window definition; times are seconds since 1970."""
    members = {
        "cron": cron,
        "fmt": fmt,
        "start": utc(start),
        "end": None if end is None else utc(end),
        "timezone": timezone or "UTC",
        "end_offset": end_offset or None,
        "exclusions": [{"cron": item} if isinstance(item, str) else {"time": utc(item)} for item in exclusions],
    }
    return typed("time_window", without_empty(members))


# Freshness


def freshness(policy: Any, legacy: Any, read: Reader) -> JsonObject | None:
    """Return the freshness policy, the deprecated one, or both as a type of their own."""
    return with_legacy(None if policy is None else current_freshness(policy, read), legacy, read)


def with_legacy(current: JsonObject | None, legacy: Any, read: Reader) -> JsonObject | None:
    """Return a converted freshness policy together with the deprecated one."""
    if legacy is None:
        return current
    fields = ("maximum_lag_minutes", "cron_schedule", "cron_schedule_timezone")
    old = typed("dagster.legacy", without_empty({field: read.field(legacy, field) for field in fields}))
    return old if current is None else typed("dagster.both", {"legacy": old["value"], "policy": current})


def current_freshness(policy: Any, read: Reader) -> JsonObject:
    """Return a freshness policy that is not deprecated."""
    name = read.class_name(policy)
    if name == "TimeWindowFreshnessPolicy":
        warn = read.field(policy, "warn_window")
        members = {
            "fail_after_seconds": _seconds(read.field(policy, "fail_window"), read),
            "warn_after_seconds": None if warn is None else _seconds(warn, read),
        }
        return _whole_seconds("time_window", without_empty(members))
    if name == "CronFreshnessPolicy":
        members = {
            "deadline_cron": read.field(policy, "deadline_cron"),
            "lower_bound_seconds": _seconds(read.field(policy, "lower_bound_delta"), read),
            "timezone": read.field(policy, "timezone"),
        }
        return _whole_seconds("cron", members)
    return typed(f"dagster.{name}", plain(policy) if read is WIRE else {})


def _whole_seconds(type_name: str, members: JsonObject) -> JsonObject:
    # The format has whole seconds; a span with a fraction is a type of its own rather than cut.
    fraction = any(isinstance(value, float) for value in members.values())
    return typed(f"dagster.{type_name}" if fraction else type_name, members)


def _seconds(delta: Any, read: Reader) -> int | float:
    days, seconds, micros = (read.field(delta, name) for name in ("days", "seconds", "microseconds"))
    whole: int = days * 86400 + seconds
    return whole + micros / 10**6 if micros else whole
