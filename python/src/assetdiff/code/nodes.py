"""The parts of a project: which one an object is, and what each reaches. Each is worked out once."""

from __future__ import annotations

import ast
import functools
import types
from typing import TYPE_CHECKING, Any, Optional

from .canonical import fingerprint, text_form
from .definitions import annotation_edges
from .lambdas import matching
from .model import CodeVersionError, Key, Node, PartKind
from .modules import Definition, Located, Site, SourceModule
from .names import Module
from .scopes import FUNCTIONS, Scope
from .values import LITERALS, value_pieces
from .writer import Writer

if TYPE_CHECKING:
    from .project import Project


class Nodes:
    """Makes the parts of a project on demand."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._nodes: dict[Key, Node] = {}
        # Holding the objects keeps their ids from being used again.
        self._live: dict[Key, object] = {}
        # By file as well: code objects of two files are equal if their names, lines and instructions are.
        self._functions: dict[tuple[str, types.CodeType], Optional[tuple[SourceModule, str, bool]]] = {}
        self._classes: dict[int, tuple[type, Optional[Key]]] = {}
        self._annotated: dict[Key, list[Key]] = {}
        self._ordered: dict[Key, list[Key]] = {}
        self._fingerprints: dict[tuple[Key, Optional[tuple[str, ...]]], str] = {}

    def keys_of_function(self, fn: Any) -> list[Key]:
        """Returns the part of an asset's function, then those of what is wrapped around it or bound to it.

        Raises CodeVersionError if there is no source.
        """
        if isinstance(fn, functools.partial):
            return [*self.keys_of_function(fn.func), self.project.constant_of(fn) or self._object(fn, "partial")]
        if isinstance(fn, types.MethodType):
            return [*self.keys_of_function(fn.__func__), *self.keys_of(fn.__self__)]
        if isinstance(fn, (staticmethod, classmethod)):
            return self.keys_of_function(fn.__func__)
        wrapped = getattr(fn, "__wrapped__", None)
        if wrapped is not None and not isinstance(fn, type):
            inner = self.keys_of_function(wrapped)
            return inner if self._is_told_by_decorators(inner[0]) else [*inner, *self._layer(fn)]
        if isinstance(fn, types.FunctionType):
            key = self.function_key(fn)
            if key is None:
                raise CodeVersionError(self._no_source(fn))
            return [key, *self._annotations(key)]
        if isinstance(fn, type) and self.class_key(fn) is not None:
            return self.keys_of(fn)
        method = getattr(type(fn), "__call__", None)
        if isinstance(method, types.FunctionType) and self.function_key(method) is not None:
            return [*self.keys_of_function(method), *self.keys_of(fn)]
        name = getattr(fn, "__qualname__", None) or f"an object of {type(fn).__module__}.{type(fn).__qualname__}"
        raise CodeVersionError(f"{name} has no Python source in {self.project.places.root}: pass the asset's function")

    def keys_of(self, value: Any, label: str = "") -> list[Key]:
        """Returns the parts of any further object of an asset; `label` is for what has no name in source."""
        if isinstance(value, (types.FunctionType, types.MethodType, functools.partial, staticmethod, classmethod)):
            try:
                return self.keys_of_function(value)
            except CodeVersionError:
                return [self._object(value, "object", label)]
        if isinstance(value, type):
            key = self.class_key(value)
            return [key if key is not None else self._object(value, "class", label)]
        if isinstance(value, types.ModuleType):
            found = self.project.names.live_module(value)
            if isinstance(found, Module):
                return [Key("whole module", found.module.name, "")]
        if type(value) not in LITERALS:
            constant = self.project.constant_of(value)
            if constant is not None:
                return [constant]
        return [self._object(value, "object", label)]

    def _object(self, value: Any, what: str, label: str = "") -> Key:
        if isinstance(value, functools.partial):
            inner = value.func
            name = getattr(inner, "__qualname__", type(inner).__qualname__)
            module = getattr(inner, "__module__", None)
        else:
            name = getattr(value, "__qualname__", type(value).__qualname__)
            module = getattr(value, "__module__", None)
        own = self.project.class_module(module) if isinstance(module, str) else None
        key = Key("live", own.name if own else "", f"{label or f'{what} {name}'}@{id(value)}")
        self._live[key] = value
        return key

    def _layer(self, wrapper: Any) -> list[Key]:
        """Returns the part of a function that wraps another; one from functools has nothing of its own."""
        if not isinstance(wrapper, types.FunctionType):
            return []
        key = self.function_key(wrapper)
        return [key if key is not None else self._object(wrapper, "wrapper of")]

    def _is_told_by_decorators(self, key: Key) -> bool:
        """Tells whether the source above a function says all about its wrappers: none of it is a local name."""
        sites = self._sites(key) if key.kind == "definition" and "<locals>" not in key.name else []
        return any(getattr(site.node, "decorator_list", []) for site in sites)

    def _annotations(self, key: Key) -> list[Key]:
        """Returns what a framework passes to an asset's function as its annotations ask, such as its config."""
        if key not in self._annotated:
            found: list[Key] = []
            module = self.project.module(key.module)
            for site in self._sites(key):
                if module is not None:
                    found += annotation_edges(Writer(self.project, module), site.node, site.scope)
            self._annotated[key] = found
        return self._annotated[key]

    def _sites(self, key: Key) -> list[Site]:
        module = self.project.module(key.module)
        if module is None:
            return []
        if key.kind == "definition":
            return module.find(key.name)
        value = self._live.get(key)
        if isinstance(value, types.FunctionType):
            return [Site(node, (), scope) for node, scope, _ in self._candidates(module, value)]
        return []

    def _no_source(self, fn: types.FunctionType) -> str:
        file = fn.__code__.co_filename
        if self.project.places.owns(file):
            module = self.project.module_at(file)
            if module.problem is not None:
                return f"{module.location} can't be read: {module.problem}"
            return f"{fn.__qualname__} is not in {module.location}: it was made at run time, or the file has changed"
        return f"{fn.__qualname__} has no source below the project root {self.project.places.root} (it is in {file})"

    def function_key(self, fn: types.FunctionType) -> Optional[Key]:
        """Returns the part of a function object, None if its source is not in the project."""
        code = (fn.__code__.co_filename, fn.__code__)
        if code not in self._functions:
            self._functions[code] = self._locate(fn)
        located = self._functions[code]
        if located is None:
            return None
        module, qualname, is_static = located
        if is_static:
            return Key("definition", module.name, qualname)
        key = Key("live", module.name, f"{qualname}@{id(fn)}")
        self._live[key] = fn
        return key

    def _locate(self, fn: types.FunctionType) -> Optional[tuple[SourceModule, str, bool]]:
        file = fn.__code__.co_filename
        if not file.endswith(".py") or not self.project.places.owns(file):
            return None
        module = self.project.module_at(file)
        found = self._candidates(module, fn)
        if not found:
            return None
        node, _, qualname = found[0]
        is_static = "<" not in qualname and any(site.node is node for site in module.find(qualname))
        return module, qualname, is_static

    def _candidates(self, module: SourceModule, fn: types.FunctionType) -> list[Located]:
        found = module.functions_at(fn.__code__.co_firstlineno, fn.__code__.co_name, fn.__qualname__)
        if len(found) > 1:
            same = matching(module.tree, [item.node for item in found], fn.__code__)
            return [found[index] for index in same] or found
        return found

    def class_key(self, cls: type) -> Optional[Key]:
        """Returns the part of a class, None if its source is not in the project."""
        if id(cls) not in self._classes:
            module = self.project.class_module(cls.__module__)
            is_there = module is not None and bool(module.find(cls.__qualname__))
            key = Key("definition", module.name, cls.__qualname__) if module and is_there else None
            self._classes[id(cls)] = (cls, key)
        return self._classes[id(cls)][1]

    def kind_of(self, key: Key) -> PartKind:
        """Returns what kind of part a definition is."""
        for site in self._sites(key):
            if isinstance(site.node, FUNCTIONS):
                return "function"
            if isinstance(site.node, ast.ClassDef):
                return "class"
            if isinstance(getattr(site.node, "value", None), ast.Lambda):
                return "function"
        return "constant"

    def node(self, key: Key) -> Node:
        """Returns a part."""
        known = self._nodes.get(key)
        if known is None:
            known = self._nodes[key] = self._make(key)
        return known

    def sorted_keys(self, keys: list[Key]) -> list[Key]:
        """Returns keys by the names of their parts, so that of two ways of one length always the same is told."""

        def order(key: Key) -> tuple[str, str, str]:
            node = self.node(key)
            # Closures of one function share their name.
            return node.short_name, node.long_name, self.fingerprint(key) if key.kind == "live" else ""

        return sorted(dict.fromkeys(keys), key=order)

    def ordered_edges(self, key: Key) -> list[Key]:
        """Returns what a part reaches, sorted."""
        known = self._ordered.get(key)
        if known is None:
            known = self._ordered[key] = self.sorted_keys(self.node(key).edges)
        return known

    def fingerprint(self, key: Key, names: Optional[dict[Key, str]] = None) -> str:
        """Returns the digest of a part's canonical text, in which the parts it uses stand by these or short names."""
        pieces = self.node(key).pieces
        used = None if names is None else tuple(names[piece] for piece in pieces[1::2] if isinstance(piece, Key))
        known = self._fingerprints.get((key, used))
        if known is None:
            known = self._fingerprints[key, used] = fingerprint(self.text(key, names))
        return known

    def text(self, key: Key, names: Optional[dict[Key, str]] = None) -> str:
        """Returns a part's canonical text."""
        pieces = self.node(key).pieces
        if names is None:
            return "".join(self.node(piece).short_name if isinstance(piece, Key) else piece for piece in pieces)
        return "".join(names[piece] if isinstance(piece, Key) else piece for piece in pieces)

    def _make(self, key: Key) -> Node:
        if key.kind == "file":
            return self._file(key)
        if key.kind == "package":
            text = f"Package({text_form(key.name)},{text_form(key.module)})"
            return Node("package", f"package {key.name}", f"package {key.name}", f"{key.name} {key.module}", [text])
        if key.kind == "live":
            value = self._live[key]
            # A function of elsewhere is no more than a value.
            if not isinstance(value, types.FunctionType) or self.function_key(value) != key:
                return self._value(key)
        module = self.project.module(key.module)
        assert module is not None, key
        if key.kind == "whole module":
            return self._whole_module(module)
        if key.kind == "module":
            writer = Writer(self.project, module)
            writer.sites("", module.effects)
            name = f"module {module.name}"
            line = getattr(module.effects[0].node, "lineno", 1)
            return self._written(writer, "module", name, name, f"{module.location}:{line}")
        if key.kind == "live":
            return self._live_function(key, module)
        return self._definition(key, module)

    def _definition(self, key: Key, module: SourceModule) -> Node:
        sites = self._sites(key)
        definition = module.table.get(key.name) or Definition(sites)
        writer = Writer(self.project, module)
        writer.sites(key.name, sites)
        stars = [] if "." in key.name else self.project.names.joined_stars(module, key.name, module.table.get(key.name))
        for target in stars:
            writer.write(["Star(", *writer.target_items(target), ")\n"])
        for companion in definition.companions:
            writer.write(["Companion(", Key("definition", module.name, companion), ")\n"])
        kind = self.kind_of(key)
        line = getattr(sites[0].node, "lineno", 1) if sites else 1
        label = "constant " if kind == "constant" else ""
        name = _readable(key.name)
        node = self._written(writer, kind, label + name, f"{label}{module.name}.{name}", f"{module.location}:{line}")
        owner = key.name.rpartition(".")[0]
        if owner and not owner.endswith("<locals>"):
            # A method uses the rest of its class through `self`.
            node.edges.append(Key("definition", module.name, owner))
        if module.effects:
            node.edges.append(Key("module", module.name, ""))
        node.live_edges, node.live_warnings = self.project.live.check(module, key.name, kind, sites)
        return node

    def _live_function(self, key: Key, module: SourceModule) -> Node:
        fn = self._live[key]
        assert isinstance(fn, types.FunctionType)
        cells = _cells(fn)
        writer = Writer(self.project, module, cells)
        candidates = self._candidates(module, fn)
        for node, scope, _ in candidates:
            writer.write([(node, scope), "\n"])
            self._write_free_defaults(writer, fn, node, scope, len(candidates) > 1)
        if len(candidates) > 1 and not matching(module.tree, [item.node for item in candidates], fn.__code__):
            writer.warn("which of the lambdas in a line it is")
        for name in sorted(cells):
            if not issubclass(type(cells[name]), types.ModuleType):
                pieces = value_pieces(self.project, cells[name], writer, f"{name} of {_readable(fn.__qualname__)}")
                writer.write([f"Cell({text_form(name)},", *pieces, ")\n"])
        first, _, qualname = candidates[0]
        name = _readable(qualname)
        location = f"{module.location}:{getattr(first, 'lineno', 1)}"
        made = self._written(writer, "function", name, f"{module.name}.{name}", location)
        if module.effects:
            made.edges.append(Key("module", module.name, ""))
        return made

    def _write_free_defaults(
        self, writer: Writer, fn: types.FunctionType, node: ast.AST, scope: Optional[Scope], all_of_them: bool
    ) -> None:
        """Writes the values of defaults that come from the function around, which source doesn't tell.

        Lambdas that differ in nothing but their defaults are told apart by the values of all.
        """
        arguments = getattr(node, "args", None)
        if not isinstance(arguments, ast.arguments):
            return
        pairs = list(zip(arguments.defaults, fn.__defaults__ or ()))
        by_name = fn.__kwdefaults__ or {}
        for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
            if default is not None and parameter.arg in by_name:
                pairs.append((default, by_name[parameter.arg]))
        for expression, value in pairs:
            names = [inner.id for inner in ast.walk(expression) if isinstance(inner, ast.Name)]
            if all_of_them or (scope is not None and any(scope.find(name) is not None for name in names)):
                pieces = value_pieces(self.project, value, writer, f"a default of {_readable(fn.__qualname__)}")
                writer.write(["Default(", *pieces, ")\n"])

    def _value(self, key: Key) -> Node:
        value: Any = self._live[key]
        name = key.name.rpartition("@")[0]
        module = self.project.module(key.module) if key.module else None
        own = module or SourceModule("", self.project.places.root, name, False)
        writer = Writer(self.project, own)
        pieces = value_pieces(self.project, value, writer, name)
        writer.write([*pieces, "\n"])
        location = own.location if module else ""
        at = f" ({location})" if module else ""
        writer.warnings = [warning.replace(f" ({own.location}:0)", at) for warning in writer.warnings]
        return self._written(writer, "object", _readable(name), _readable(f"{name} of {key.module}"), location)

    def _whole_module(self, module: SourceModule) -> Node:
        writer = Writer(self.project, module)
        for name in sorted(module.table):
            definition = module.table[name]
            if definition.alias is None:
                writer.write(["Part(", Key("definition", module.name, name), ")\n"])
            elif module.is_package:
                target = self.project.names.imported(module, definition.alias)
                if not isinstance(target, Module):
                    writer.write([f"Import({text_form(name)})\n", *writer.target_items(target)])
        for star in module.stars if module.is_package else ():
            target = self.project.names.imported(module, star.target._replace(attribute=None))
            if isinstance(target, Module):
                writer.write(["Star(", *writer.target_items(target), ")\n"])
        if module.problem is not None:
            writer.warn(f"{module.name}, whose source can't be read: {module.problem}")
        name = f"all of {module.name}"
        return self._written(writer, "module", name, name, f"{module.location}:1")

    def _file(self, key: Key) -> Node:
        with open(key.name, "rb") as file:
            data = file.read()
        # Line ends change with the settings of git.
        text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n") if b"\0" not in data else data.hex()
        relative = self.project.places.relative(key.name)
        name = f"file {relative}"
        return Node("file", name, name, relative, [f"File({text_form(text)})"])

    def _written(self, writer: Writer, kind: PartKind, short: str, long: str, location: str) -> Node:
        return Node(
            kind=kind,
            short_name=short,
            long_name=long,
            location=location,
            pieces=_joined(writer.pieces),
            edges=writer.edges,
            warnings=writer.warnings,
            literals=writer.literals,
            folders=writer.folders,
        )


def _readable(qualname: str) -> str:
    return qualname.replace(".<locals>", "")


def _cells(fn: types.FunctionType) -> dict[str, object]:
    cells = {}
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or ()):
        try:
            cells[name] = cell.cell_contents
        except ValueError:
            # Not assigned yet: nothing that could have been called.
            continue
    return cells


def _joined(pieces: list[Any]) -> list[Any]:
    """Returns the pieces with neighbouring texts joined; every second one is a key."""
    joined: list[Any] = []
    texts: list[str] = []
    for piece in pieces:
        if type(piece) is str:
            texts.append(piece)
        else:
            joined += ["".join(texts), piece]
            texts = []
    return [*joined, "".join(texts)]
