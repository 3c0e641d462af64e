"""The functions and classes that a loaded value holds: what a registry was filled with."""

from __future__ import annotations

import collections
import functools
import types
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Optional

from .model import Key
from .state import attributes
from .values import LITERALS

if TYPE_CHECKING:
    from .project import Project

MOST_MEMBERS = 10_000
MOST_ITEMS = 1_000_000
# Their instances are containers written in Python.
CONTAINER_MODULES = frozenset({"_weakrefset", "collections", "types", "weakref"})


def members(project: Project, values: Iterable[object]) -> tuple[list[Key], bool]:
    """Returns the project's functions and classes in some values, and whether all were looked at.

    Containers, attributes of instances of the project's classes, arguments of partials and implementations of
    singledispatch are followed; no code of theirs runs.
    """
    found: dict[Key, None] = {}
    pending: list[Any] = [value for value in values if type(value) not in LITERALS]
    # Holding them keeps their ids from being used again.
    seen: dict[int, object] = {}
    count = items = 0
    while pending:
        item = pending.pop()
        if id(item) in seen:
            continue
        seen[id(item)] = item
        inner = _items(item)
        if inner is None:
            count += 1
            key, inner = _opened(project, item)
            if key is not None:
                found[key] = None
        elif (key := project.class_key(type(item))) is not None:
            found[key] = None
            inner = [*inner, *attributes(item).values()]
        if count > MOST_MEMBERS or items > MOST_ITEMS:
            return list(found), False
        items += len(inner)
        pending += [value for value in inner if type(value) not in LITERALS]
    return list(found), True


def _items(value: Any) -> Optional[list[Any]]:
    """Returns what a container holds, None if the value is none."""
    if isinstance(value, dict):
        extra = [value.default_factory] if isinstance(value, collections.defaultdict) else []
        return [*dict.keys(value), *dict.values(value), *extra]
    for kind in (list, tuple, set, frozenset, collections.deque):
        if isinstance(value, kind):
            return list(kind.__iter__(value))  # type: ignore[arg-type]
    if isinstance(value, types.MappingProxyType):
        return [member for pair in value.items() for member in pair]
    return None


def _opened(project: Project, value: Any) -> tuple[Optional[Key], list[Any]]:
    """Returns the part that a value is or whose instance it is, and what else to look at."""
    if isinstance(value, types.FunctionType):
        key = project.function_key(value)
        held = function_members(value)
        return key, held if key is not None else [*held, vars(value).get("__wrapped__")]
    if isinstance(value, type):
        return project.class_key(value), []
    if isinstance(value, types.MethodType):
        return None, [value.__func__, value.__self__]
    if isinstance(value, (staticmethod, classmethod)):
        return None, [value.__func__]
    if isinstance(value, property):
        return None, [value.fget, value.fset, value.fdel]
    if isinstance(value, functools.partial):
        return None, [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, functools.singledispatchmethod):
        return None, [value.dispatcher, value.func]
    if isinstance(value, weakref.ref):
        return None, [weakref.ref.__call__(value)]
    if isinstance(value, types.ModuleType):
        return None, []
    key = project.class_key(type(value))
    if key is not None or type(value).__module__ in CONTAINER_MODULES:
        return key, list(attributes(value).values())
    wrapped = vars(value).get("__wrapped__") if isinstance(value, functools._lru_cache_wrapper) else None
    return None, [wrapped]


def function_members(function: types.FunctionType) -> list[Any]:
    """Returns the attributes that were given to a function; `registry` of singledispatch is one."""
    return [held for name, held in vars(function).items() if not name.startswith("__")]


def class_members(cls: type) -> list[Any]:
    """Returns the attributes of a class that may hold what is registered with it."""
    return [
        held
        for name, held in vars(cls).items()
        if not name.startswith("__") or (type(held) in (dict, list, set) and not name.startswith(KEPT_BY_PYTHON))
    ]


KEPT_BY_PYTHON = ("__annotations", "__dataclass_", "__pydantic_")
