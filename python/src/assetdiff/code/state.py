"""The attributes of an instance, read without asking its own code."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any


def state(value: Any, is_own: bool) -> dict[str, Any]:
    """Returns the attributes that make up the value of an instance; `is_own` tells whether its class is the project's.

    What a cached property keeps is left out: whether it is there depends on who has asked for it.
    """
    found = attributes(value)
    kinds = type(value).__mro__
    for kind in kinds:
        fields = kind.__dict__.get("__pydantic_fields__")
        if isinstance(fields, dict):
            # The rest (private attributes, caches) is what a framework keeps there.
            found = {name: item for name, item in found.items() if name in fields}
            break
    else:
        if dataclasses.is_dataclass(value) and not is_own:
            fields = {item.name for item in dataclasses.fields(value) if item.compare}
            found = {name: item for name, item in found.items() if name in fields or not name.startswith("_")}
    extra = _get(value, "__pydantic_extra__")
    if isinstance(extra, dict):
        found.update(extra)
    for name in [name for name in found if _is_cached(kinds, name)]:
        del found[name]
    return found


def attributes(value: Any) -> dict[str, Any]:
    """Returns all attributes of an instance, without those that Python or a framework keeps under `__names__`."""
    found: dict[str, Any] = {}
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            # A private slot is kept under the mangled name, as it would be in `__dict__`.
            is_private = name.startswith("__") and not name.endswith("__")
            own = f"_{kind.__name__.lstrip('_')}{name}" if is_private else name
            try:
                found[own] = object.__getattribute__(value, own)
            except AttributeError:
                continue
    held = _get(value, "__dict__")
    if isinstance(held, dict):
        found.update(held)
    return {name: item for name, item in found.items() if type(name) is str and not name.startswith("__")}


def _get(value: Any, name: str) -> Any:
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return None


def _is_cached(kinds: tuple[type, ...], name: str) -> bool:
    for kind in kinds:
        if name in kind.__dict__:
            member = kind.__dict__[name]
            return isinstance(member, functools.cached_property) or type(member).__name__ == "cached_property"
    return False
