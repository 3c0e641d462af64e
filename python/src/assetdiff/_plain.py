"""What stands for what in plain data: the forms that the engine reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from enum import Enum
from os import PathLike, fspath
from typing import Any

from assetdiff._core import AssetDefinition, AssetKey, DiffOptions, PartitionKeys, PartitionSubset, Snapshot


def plain(value: Any) -> Any:
    """Return plain data for a value that JSON does not know; used as ``json.dumps(default=...)``."""
    if isinstance(value, AssetKey):
        return list(value.components)
    if isinstance(value, (AssetDefinition, Snapshot)):
        return value.to_dict()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Set):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, PathLike):
        return fspath(value)
    raise TypeError(f"expected plain data (dict, list, str, int, float, bool, None), found {type(value).__name__}")


def definition(aspects: dict[str, Any]) -> dict[str, Any]:
    """Return the snapshot form of what the constructor of AssetDefinition takes."""
    data = {name: value for name, value in aspects.items() if name != "extra"}
    data.update(aspects.get("extra") or {})
    if isinstance(data.get("code_version"), str):
        data["code_version"] = {"version": data["code_version"]}
    if "dependencies" in data:
        data["dependencies"] = [_dependency(item) for item in data["dependencies"]]
    if "columns" in data:
        data["columns"] = [{"name": item} if isinstance(item, str) else item for item in data["columns"]]
    if "checks" in data:
        data["checks"] = [{"name": item} if isinstance(item, str) else item for item in data["checks"]]
    if "metadata" in data:
        data["metadata"] = {name: _typed(value) for name, value in data["metadata"].items()}
    for name in ("kinds", "owners"):
        if name in data:
            data[name] = _texts(name, data[name])
    return data


def _texts(name: str, values: Iterable[str]) -> list[str]:
    # A text is an iterable of its letters, which nobody means.
    if isinstance(values, str):
        raise TypeError(f"expected {name} to be an iterable of texts, found the text {values!r}")
    return sorted(set(values))


def _dependency(item: Any) -> Any:
    if isinstance(item, AssetKey):
        return {"key": item}
    if isinstance(item, str):
        return {"key": AssetKey.parse(item)}
    if isinstance(item, Mapping):
        return item
    return {"key": AssetKey(item)}


def _typed(value: Any) -> Any:
    """Return the typed form of a metadata value; one that has it already stays."""
    if isinstance(value, Mapping) and "type" in value and value.keys() <= {"type", "value"}:
        return value
    if isinstance(value, AssetKey):
        return {"type": "asset", "value": value}
    # A bool is an int, so it is asked for first.
    for type_, name in ((bool, "bool"), (int, "int"), (float, "float"), (str, "text")):
        if isinstance(value, type_):
            return {"type": name, "value": value}
    if value is None:
        return {"type": "null"}
    return {"type": "json", "value": value}


def diff_options(arguments: dict[str, Any]) -> DiffOptions:
    """Return the options again that were pickled."""
    return DiffOptions(**arguments)


def partition_subset(keys: PartitionKeys, names: list[str], is_rest: bool) -> PartitionSubset:
    """Return the subset again that was pickled: these names, or all but these."""
    named = keys.subset(names)
    return keys.all() - named if is_rest else named
