"""Dagster's typed values (metadata, mappings, freshness) in assetdiff's JSON form.

They are told by the names of their classes: nothing here imports dagster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assetdiff.dagster._json import Json, JsonObject, float_value, plain, utc, without_empty


def class_of(value: Any) -> str:
    """Return the name of a value's class with its module."""
    cls = type(value)
    return f"{cls.__module__}.{cls.__qualname__}"


def own_class(value: Any) -> str | None:
    """Return the name of a value's class if it is none of Dagster's own."""
    return None if type(value).__module__.startswith("dagster.") else class_of(value)


def extended_class(value: Any) -> str:
    """Return the name of the class of Dagster's that the class of a value extends."""
    return next((cls.__name__ for cls in type(value).__mro__ if cls.__module__.startswith("dagster.")), "object")


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
    "Pool": ("pool", "pool"),
}


def metadata_value(value: Any) -> JsonObject:
    """Return one of Dagster's typed metadata values.

    Raises TypeError, ValueError or OverflowError if what it holds has no JSON form.
    """
    name = type(value).__name__.removesuffix("MetadataValue")
    if payload := _PAYLOADS.get(name):
        type_name, field = payload
        content = getattr(value, field)
        # Dagster allows typed values without a value; no type of ours takes nothing.
        return typed(f"dagster.{type_name}") if content is None else typed(type_name, content)
    if converter := _CONVERTERS.get(name):
        return converter(value)
    return other_value(value)


def _float(value: Any) -> JsonObject:
    number = value.value
    return typed("dagster.float") if number is None else typed("float", float_value(number))


def _json(value: Any) -> JsonObject:
    # Not `typed`: the JSON `null` is a value.
    return {"type": "json", "value": plain(value.data)}


def _table(value: Any) -> JsonObject:
    records = [plain(record.data) for record in value.records]
    return typed("table", {"records": records, "schema": table_schema(value.schema)})


def _column_lineage(value: Any) -> JsonObject:
    return typed("column_lineage", column_lineage(value.column_lineage))


def _code_references(value: Any) -> JsonObject:
    return typed("code_references", [_code_reference(item) for item in value.code_references])


def _job(value: Any) -> JsonObject:
    members = {
        "name": value.job_name,
        "code_location": value.location_name,
        "repository": value.repository_name,
    }
    return typed("job", without_empty(members))


def _python_artifact(value: Any) -> JsonObject:
    return typed("python_artifact", {name: getattr(value, name) for name in ("module", "name")})


_CONVERTERS: dict[str, Callable[[Any], JsonObject]] = {
    "Float": _float,
    "Json": _json,
    "Timestamp": lambda value: typed("timestamp", utc(value.value)),
    "Null": lambda value: typed("null"),
    "DagsterAsset": lambda value: typed("asset", list(value.asset_key.path)),
    "Table": _table,
    "TableSchema": lambda value: typed("table_schema", table_schema(value.schema)),
    "TableColumnLineage": _column_lineage,
    "CodeReferences": _code_references,
    "DagsterJob": _job,
    "PythonArtifact": _python_artifact,
}


def other_value(value: Any) -> JsonObject:
    """Return a value of a class that is not known here, under the name of the class."""
    name = f"dagster.{type(value).__name__}"
    return {"type": name, "value": plain(getattr(value, "value", None))}


def table_schema(schema: Any) -> JsonObject:
    """Return the columns of a table and the constraints on all of it."""
    constraints = schema.constraints
    members = {
        "columns": [_column(column) for column in schema.columns],
        "constraints": list(constraints.other or []) if constraints else [],
    }
    return members if members["constraints"] else {"columns": members["columns"]}


def _column(column: Any) -> JsonObject:
    constraints = column.constraints
    # Put together by hand: no value is converted as often as a column.
    members = {"name": column.name, "data_type": column.type}
    if (description := column.description) is not None:
        members["description"] = description
    if tags := column.tags:
        members["tags"] = dict(tags)
    if constraints is not None:
        members["nullable"] = constraints.nullable
        # An object, so that it is not the same as a constraint that someone calls "unique".
        stated = [{"type": "unique"}] if constraints.unique else []
        if stated := stated + list(constraints.other or []):
            members["constraints"] = stated
    return members


def column_lineage(lineage: Any) -> JsonObject:
    """Return, for each column, the columns that it is made from."""
    return {
        column: [
            {"asset": list(dep.asset_key.path), "column": dep.column_name}
            for dep in deps
        ]
        for column, deps in lineage.deps_by_column.items()
    }


def _code_reference(reference: Any) -> JsonObject:
    label = reference.label
    if type(reference).__name__ == "UrlCodeReference":
        return {"url": without_empty({"label": label, "url": reference.url})}
    members = {
        "label": label,
        "line": reference.line_number,
        "path": reference.file_path,
    }
    return {"file": without_empty(members)}


# Partition mappings

_ALLOW_NONEXISTENT = "allow_nonexistent_upstream_partitions"
_WITHOUT_PARAMETERS = {
    "IdentityPartitionMapping": "identity",
    "AllPartitionMapping": "all",
    "LastPartitionMapping": "last",
}


def partition_mapping(mapping: Any, other: Callable[[Any], JsonObject]) -> JsonObject:
    """Return a partition mapping; `other` converts what is none of Dagster's own."""
    if own_class(mapping):
        return other(mapping)
    name = type(mapping).__name__
    if plain_type := _WITHOUT_PARAMETERS.get(name):
        return typed(plain_type)
    if name == "SpecificPartitionsPartitionMapping":
        return typed("specific", list(mapping.partition_keys))
    if name == "StaticPartitionMapping":
        keys = mapping.downstream_partition_keys_by_upstream_partition_key
        return typed("static", {upstream: _static_keys(downstream) for upstream, downstream in keys.items()})
    if name == "TimeWindowPartitionMapping":
        start, end = mapping.start_offset, mapping.end_offset
        return time_window_mapping(start or 0, end or 0, bool(mapping.allow_nonexistent_upstream_partitions))
    if name == "MultiToSingleDimensionPartitionMapping":
        dimension = mapping.partition_dimension_name
        return typed("multi_to_single", {} if dimension is None else {"dimension": dimension})
    if name == "MultiPartitionMapping":
        dimensions = mapping.downstream_mappings_by_upstream_dimension.items()
        return typed("multi", {upstream: _dimension(dimension, other) for upstream, dimension in dimensions})
    return other(mapping)


def time_window_mapping(start_offset: int = 0, end_offset: int = 0, allow_nonexistent: bool = False) -> JsonObject:
    """Return a time-window mapping; the defaults are those of Dagster."""
    offsets: JsonObject = {"start_offset": start_offset, "end_offset": end_offset}
    return typed("time_window", offsets | {_ALLOW_NONEXISTENT: allow_nonexistent})


def _static_keys(downstream: Any) -> list[str]:
    # Dagster reads one key and a list of it alike, and takes the list as a set.
    return [downstream] if isinstance(downstream, str) else sorted(set(downstream))


def _dimension(dimension: Any, other: Callable[[Any], JsonObject]) -> JsonObject:
    mapping = partition_mapping(dimension.partition_mapping, other)
    return {"dimension": dimension.dimension_name, "mapping": mapping}


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


def freshness(policy: Any, legacy: Any) -> JsonObject | None:
    """Return the freshness policy, the deprecated one, or both as a type of their own."""
    current = None if policy is None else _current_freshness(policy)
    if legacy is None:
        return current
    fields = ("maximum_lag_minutes", "cron_schedule", "cron_schedule_timezone")
    old = typed("dagster.legacy", without_empty({field: getattr(legacy, field) for field in fields}))
    return old if current is None else typed("dagster.both", {"legacy": old["value"], "policy": current})


def _current_freshness(policy: Any) -> JsonObject:
    """Return a freshness policy that is not deprecated; one of a user's own by what it extends, under its own name."""
    if own := own_class(policy):
        return typed(own, _extended_freshness(policy, extended_class(policy)).get("value", {}))
    return _extended_freshness(policy, type(policy).__name__)


def _extended_freshness(policy: Any, name: str) -> JsonObject:
    if name == "TimeWindowFreshnessPolicy":
        warn = policy.warn_window
        members = {
            "fail_after_seconds": _seconds(policy.fail_window),
            "warn_after_seconds": None if warn is None else _seconds(warn),
        }
        return _whole_seconds("time_window", without_empty(members))
    if name == "CronFreshnessPolicy":
        members = {
            "deadline_cron": policy.deadline_cron,
            "lower_bound_seconds": _seconds(policy.lower_bound_delta),
            "timezone": policy.timezone,
        }
        return _whole_seconds("cron", members)
    return typed(f"dagster.{name}", {})


def _whole_seconds(type_name: str, members: JsonObject) -> JsonObject:
    # The format has whole seconds; a span with a fraction is a type of its own rather than cut.
    fraction = any(isinstance(value, float) for value in members.values())
    return typed(f"dagster.{type_name}" if fraction else type_name, members)


def _seconds(delta: Any) -> int | float:
    days, seconds, micros = delta.days, delta.seconds, delta.microseconds
    whole: int = days * 86400 + seconds
    return whole + micros / 10**6 if micros else whole
