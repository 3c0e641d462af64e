"""The canonical form of live values: what closures hold, arguments of partials, the state of resources."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import functools
import logging
import os
import pathlib
import re
import types
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Optional, Union

from .canonical import constant_form, text_form
from .model import Key
from .names import Module
from .places import STDLIB
from .state import state

if TYPE_CHECKING:
    from .project import Project
    from .writer import Writer

Pieces = list[Union[str, Key]]

DEEPEST = 60
LONGEST_PATH = 4096
LITERALS = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis))
# Their repr holds all there is to them, on every version of Python.
SPOKEN = (
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.timezone,
    decimal.Decimal,
    fractions.Fraction,
    range,
    slice,
    uuid.UUID,
)
FUNCTION_TYPES = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
)
BOUND_BUILTINS = (types.BuiltinMethodType, types.MethodWrapperType)
# How to get the plain value out of an instance of a subclass, without running code of its own.
PLAIN_VALUES: dict[type, Callable[[Any], Any]] = {
    list: list.copy,
    tuple: lambda value: tuple(tuple.__iter__(value)),
    dict: dict.copy,
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
    str: str.__str__,
    bytes: lambda value: bytes(memoryview(value)),
    int: int.__index__,
    float: float.__float__,
}


def value_pieces(project: Project, value: object, writer: Writer, what: str) -> Pieces:
    """Returns the form of a value; what of it can't be seen becomes a warning of the writer, which names `what`."""
    return _Values(project, writer, what).pieces(value, 0)


class _Values:
    def __init__(self, project: Project, writer: Writer, what: str) -> None:
        self._project = project
        self._writer = writer
        self._what = what
        self._open: list[int] = []

    def pieces(self, value: Any, depth: int) -> Pieces:
        if type(value) is str and os.sep in value:
            return self._text(value)
        if type(value) in LITERALS:
            return [constant_form(value)]
        if depth > DEEPEST:
            self._writer.warn(f"{self._what}, which is nested too deeply")
            return ["TooDeep"]
        if id(value) in self._open:
            return [f"Seen({len(self._open) - self._open.index(id(value))})"]
        self._open.append(id(value))
        try:
            return self._compound(value, depth + 1)
        except Exception as error:  # Any code of the value's own may have run.
            self._writer.warn(f"{self._what}, which can't be read: {type(error).__name__}")
            return ["Unreadable(", *self._class(type(value)), ")"]
        finally:
            self._open.pop()

    def _compound(self, value: Any, depth: int) -> Pieces:
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, enum.Enum):
            return ["Member(", *self._class(type(value)), f",{text_form(value.name)})"]
        if isinstance(value, FUNCTION_TYPES):
            return self._function(value, depth)
        if isinstance(value, (staticmethod, classmethod)):
            return self.pieces(value.__func__, depth)
        if isinstance(value, types.MethodType):
            return ["Method(", *self.pieces(value.__func__, depth), ",", *self.pieces(value.__self__, depth), ")"]
        if isinstance(value, functools.partial):
            parts: list[Any] = [value.func, list(value.args), dict(value.keywords)]
            return self._sequence("Partial", parts, depth)
        if isinstance(value, types.ModuleType):
            found = self._project.names.live_module(value)
            if isinstance(found, Module):
                return ["Part(", Key("whole module", found.module.name, ""), ")"]
            return self._external(value.__name__)
        if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
            return self._sequence("Tuple" if isinstance(value, tuple) else "List", list(value), depth)
        if isinstance(value, (set, frozenset)):
            # Their order changes with the hash seed.
            members = sorted((self.pieces(item, depth) for item in value), key=str)
            return ["Set(", *(piece for member in members for piece in [*member, ","]), ")"]
        if value is os.environ:
            return self._external("os.environ")
        if isinstance(value, collections.deque) and type(value) is collections.deque:
            return self._sequence("Deque", [value.maxlen, *value], depth)
        if isinstance(value, Mapping) and type(value).__module__.partition(".")[0] in STDLIB:
            return self._mapping(value, depth)
        if isinstance(value, pathlib.PurePath):
            return self._path(value)
        if isinstance(value, re.Pattern):
            return [f"Pattern({value.pattern!r},{value.flags})"]
        if type(value) in SPOKEN or isinstance(value, SPOKEN):
            return [f"Value({type(value).__qualname__},{text_form(repr(value))})"]
        if isinstance(value, logging.Logger):
            return [f"Logger({text_form(value.name)})"]
        wrapped = getattr(value, "__wrapped__", None) if callable(value) else None
        if wrapped is not None:
            return ["Wrapped(", *self._class(type(value)), ",", *self.pieces(wrapped, depth), ")"]
        return self._instance(value, depth)

    def _sequence(self, name: str, values: list[Any], depth: int) -> Pieces:
        return [f"{name}(", *(piece for value in values for piece in [*self.pieces(value, depth), ","]), ")"]

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> Pieces:
        # A Counter and a dict answer otherwise to what they don't hold.
        kind = [] if type(value) in (dict, types.MappingProxyType) else [*self._class(type(value)), ","]
        pieces: Pieces = ["Dict(", *kind]
        if isinstance(value, collections.defaultdict):
            pieces += [*self.pieces(value.default_factory, depth), ","]
        for key, item in value.items():
            pieces += [*self.pieces(key, depth), ":", *self.pieces(item, depth), ","]
        return [*pieces, ")"]

    def _text(self, value: str) -> Pieces:
        """Writes a text; the path of something in the project is written from the root, which is another elsewhere."""
        scheme = re.match(r"[\w+.-]+://(?:/(?=/))?", value)
        start = scheme.end() if scheme else 0
        full = self._in_project(value[start:])
        if full is None:
            return [constant_form(value)]
        if self._project.is_file(full) and self._project.places.owns(full):
            self._writer.edges.append(Key("file", "", full))
        path = self._project.places.relative(full) + ("/" if value.endswith(os.sep) else "")
        return [f"Rooted({text_form(value[:start])},{text_form(path)})"]

    def _in_project(self, path: str) -> Optional[str]:
        """Returns an absolute path if it leads into the project, by its text or through links."""
        if not os.path.isabs(path) or len(path) > LONGEST_PATH or "\0" in path:
            return None
        folder = self._project.places.root.rstrip(os.sep) + os.sep
        full = os.path.normpath(path)
        if not (full + os.sep).startswith(folder):
            full = os.path.realpath(path)
        return full if (full + os.sep).startswith(folder) else None

    def _path(self, value: pathlib.PurePath) -> Pieces:
        full = self._in_project(os.path.join(self._project.places.root, str(value)))
        if full is None:
            return [f"Path({text_form(value.as_posix())})"]
        if self._project.is_file(full) and self._project.places.owns(full):
            self._writer.edges.append(Key("file", "", full))
        return [f"Path({text_form(self._project.places.relative(full))})"]

    def _external(self, dotted: str) -> Pieces:
        self._writer.external(dotted)
        return [f"External({text_form(dotted)})"]

    def _class(self, value: type) -> Pieces:
        key = self._project.class_key(value)
        if key is not None:
            return ["Part(", key, ")"]
        if self._project.is_project_module(value.__module__):
            self._writer.warn(f"class {value.__qualname__}, which has no source")
            return [f"External({text_form(value.__qualname__)})"]
        return self._external(f"{value.__module__}.{value.__qualname__}")

    def _function(self, value: Any, depth: int) -> Pieces:
        key = self._project.function_key(value) if isinstance(value, types.FunctionType) else None
        if key is not None:
            return ["Part(", key, ")"]
        owner = getattr(value, "__self__", None) if isinstance(value, BOUND_BUILTINS) else None
        if owner is not None and not isinstance(owner, (type, types.ModuleType)):
            return [f"Bound({text_form(value.__name__)},", *self.pieces(owner, depth), ")"]
        module = getattr(value, "__module__", None) or "builtins"
        code = getattr(value, "__code__", None)
        if code is not None and (self._project.is_project_module(module) or code.co_filename.startswith("<")):
            self._writer.warn(f"function {value.__qualname__}, which has no source")
        wrapped = getattr(value, "__wrapped__", None)
        if wrapped is not None:
            return ["Wrapped(", *self._external(_defined_in(value)), ",", *self.pieces(wrapped, 1), ")"]
        return self._external(f"{module}.{value.__qualname__}")

    def _instance(self, value: Any, depth: int) -> Pieces:
        constant = self._project.constant_of(value)
        if constant is not None:
            return ["Part(", constant, ")"]
        kind = type(value)
        pieces: Pieces = ["Instance(", *self._class(kind), ","]
        if kind.__module__.partition(".")[0] in STDLIB and not isinstance(value, types.SimpleNamespace):
            self._writer.warn(f"{self._what}, whose state is that of a {kind.__module__}.{kind.__qualname__}")
            return [*pieces, ")"]
        is_own = self._project.class_key(kind) is not None
        plain = next((get for base, get in PLAIN_VALUES.items() if isinstance(value, base)), None)
        # Clients and the like hold sockets, ids and caches, which differ each time.
        is_told = is_own or plain is not None or _has_fields(kind) or self._project.is_project_module(kind.__module__)
        held = state(value, is_own) if is_told or isinstance(value, types.SimpleNamespace) else {}
        if not held and not is_own and plain is None:
            self._writer.warn(f"{self._what}, whose state is that of a {kind.__module__}.{kind.__qualname__}")
        if plain is not None:
            pieces += [*self.pieces(plain(value), depth), ","]
        if isinstance(value, collections.defaultdict):
            pieces += [*self.pieces(value.default_factory, depth), ","]
        for name in sorted(held):
            pieces += [text_form(name), ":", *self.pieces(held[name], depth), ","]
        return [*pieces, ")"]


def _has_fields(kind: type) -> bool:
    """Tells whether a class states what its value consists of: pydantic, dataclasses, attrs."""
    return any(hasattr(kind, name) for name in ("__pydantic_fields__", "__dataclass_fields__", "__attrs_attrs__"))


def _defined_in(function: Any) -> str:
    """Returns the dotted name of what made a wrapper; its own name is that of the wrapped function."""
    return f"{function.__globals__.get('__name__', 'builtins')}.{function.__code__.co_name}"
