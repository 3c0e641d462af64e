"""A project: its modules, each parsed once, and the code versions of its assets."""

from __future__ import annotations

import ast
import functools
import gc
import os
import sys
import types
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Optional, Union

from .changes import Changes
from .live import LiveView
from .model import CodeVersion, CodeVersionError, Key
from .modules import SourceModule
from .names import Module, Names
from .nodes import Nodes
from .paths import Paths
from .places import INSTALLED, Places
from .reach import reach

PathLike = Union[str, "os.PathLike[str]"]


class Project:
    """The source files below one folder; keeps what it has read, so use one for all assets.

    `root` is the folder from which modules are imported (or the one above `src`). Modules below it are the project's,
    except in `site-packages`; with `packages` only those top-level packages are. With `annotations`, type annotations
    count. Decorators of the packages in `declarations` say what an asset is and not what it computes, so they don't
    count, except for the resources and IO managers that they bind.

    A project doesn't notice that files change: make a new one. It is not safe to share between threads.

    >>> import pathlib, sys, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> source = "def twice(x):\\n    return 2 * x\\n\\ndef fourfold(x):\\n    return twice(twice(x))\\n"
    >>> _ = (folder / "sums.py").write_text(source)
    >>> sys.path.insert(0, str(folder))
    >>> import sums
    >>> project = Project(folder)
    >>> {name: len(project.code_version(getattr(sums, name)).parts) for name in ("twice", "fourfold")}
    {'twice': 1, 'fourfold': 2}
    """

    def __init__(
        self,
        root: PathLike,
        *,
        annotations: bool = False,
        packages: Optional[Collection[str]] = None,
        declarations: Collection[str] = ("dagster",),
    ) -> None:
        if not os.path.isdir(root):
            raise CodeVersionError(f"the project root {os.fspath(root)!r} is no folder")
        self.annotations = annotations
        self.declarations = frozenset(declarations)
        self.places = Places(os.fspath(root), packages)
        self.names = Names(self)
        self.paths = Paths(self)
        self.live = LiveView(self)
        self.changes = Changes(self)
        self._nodes = Nodes(self)
        self._modules: dict[str, Optional[SourceModule]] = {}
        self._by_path: dict[str, SourceModule] = {}
        self._files: dict[str, bool] = {}
        self._eager: dict[str, frozenset[str]] = {}
        self._direct: dict[str, frozenset[str]] = {}

    @classmethod
    def of(cls, fn: object, *, annotations: bool = False) -> Project:
        """Returns the project that an object's code belongs to: the folder that holds its top-level package.

        Raises CodeVersionError if the object has no source file.
        """
        file, module_name = _origin(fn)
        folder = os.path.dirname(os.path.realpath(file))
        if module_name != "__main__":
            for _ in range(module_name.count(".") + (os.path.basename(file) == "__init__.py")):
                folder = os.path.dirname(folder)
        installed = not INSTALLED.isdisjoint(folder.split(os.sep)[-1:])
        packages = [module_name.partition(".")[0]] if installed else None
        return cls(folder, annotations=annotations, packages=packages)

    def code_version(
        self, fn: object, *, also: Union[Iterable[object], Mapping[str, object]] = (), files: Iterable[PathLike] = ()
    ) -> CodeVersion:
        """Returns the code version of a function; see `assetdiff.code.code_version`."""
        # Trees and parts stay; the collector of cycles would look through all of them again and again.
        was_on = gc.isenabled()
        gc.disable()
        try:
            roots = self._nodes.keys_of_function(fn)
            primary = roots[0]
            named = also.items() if isinstance(also, Mapping) else (("", item) for item in also)
            for name, item in named:
                roots.extend(self._nodes.keys_of(item, name))
            for path in files:
                roots.extend(self._declared(path))
            return reach(self._nodes, primary, roots, self._loaded_with(roots))
        finally:
            if was_on:
                gc.enable()

    def canonical_form(self, fn: object) -> str:
        """Returns the canonical text of a function or class itself: what its fingerprint is a digest of.

        The parts that it uses stand by their short names. Raises CodeVersionError if it has no source.
        """
        return self._nodes.text(self._nodes.keys_of_function(fn)[0])

    def _declared(self, path: PathLike) -> list[Key]:
        full = os.path.realpath(os.path.join(self.places.root, os.fspath(path)))
        if os.path.isfile(full):
            return [Key("file", "", full)]
        if not os.path.isdir(full):
            raise CodeVersionError(f"the file {os.fspath(path)!r} doesn't exist in {self.places.root}")
        found = [os.path.join(folder, name) for folder, _, names in os.walk(full) for name in names]
        return [Key("file", "", file) for file in sorted(found) if "__pycache__" not in file]

    def module(self, name: str) -> Optional[SourceModule]:
        """Returns the project's module of a dotted name, None if it has none."""
        if name not in self._modules:
            path = self.places.find(name)
            self._modules[name] = None if path is None else self.module_at(path)
        return self._modules[name]

    def module_at(self, path: str) -> SourceModule:
        """Returns the module in a file of the project."""
        path = self.places.real(path)
        known = self._by_path.get(path)
        if known is None:
            is_package = os.path.isdir(path) or os.path.basename(path) == "__init__.py"
            known = SourceModule(self.places.module_name(path), path, self.places.relative(path), is_package)
            self._by_path[path] = known
            self._modules.setdefault(known.name, known)
        return known

    def is_project_module(self, name: str) -> bool:
        """Tells whether a dotted name is that of a module of the project."""
        return self.class_module(name) is not None

    def class_module(self, name: str) -> Optional[SourceModule]:
        """Returns the project's module that was imported under a name."""
        loaded = sys.modules.get(name)
        file = vars(loaded).get("__file__") if loaded is not None else None
        if isinstance(file, str):
            return self.module_at(file) if file.endswith(".py") and self.places.owns(file) else None
        return self.module(name)

    def is_file(self, path: str) -> bool:
        """Tells whether a file exists, asking the disk once."""
        if path not in self._files:
            self._files[path] = os.path.isfile(path)
        return self._files[path]

    def loaded(self, module: SourceModule) -> Optional[types.ModuleType]:
        """Returns the loaded module of a source module, None if nothing has imported it."""
        return self.live.loaded(module)

    def function_key(self, fn: types.FunctionType) -> Optional[Key]:
        """Returns the part of a function object, None if its source is not in the project."""
        return self._nodes.function_key(fn)

    def class_key(self, cls: type) -> Optional[Key]:
        """Returns the part of a class, None if its source is not in the project."""
        return self._nodes.class_key(cls)

    def constant_of(self, value: object) -> Optional[Key]:
        """Returns the module constant that holds an object, None if none does."""
        return self.live.constant_of(value)

    def is_constant(self, key: Key) -> bool:
        """Tells whether a definition is a value, not a function or class."""
        return self._nodes.kind_of(key) == "constant"

    def edges(self, key: Key) -> list[Key]:
        """Returns what the source of a part reaches."""
        return self._nodes.node(key).edges

    def takes_plain_keywords(self, key: Key) -> bool:
        """Tells whether a definition is one undecorated function without `**kwargs`."""
        module = self.module(key.module)
        sites = module.find(key.name) if module is not None else []
        if len(sites) != 1:
            return False
        node = sites[0].node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return False
        return node.args.kwarg is None and not node.decorator_list

    def _loaded_with(self, roots: Sequence[Key]) -> frozenset[str]:
        """Returns the modules that are loaded wherever these roots are: theirs, and what those import at their top."""
        found: set[str] = set()
        for key in roots:
            if key.module:
                found |= self._imported_by(key.module)
        return frozenset(found)

    def _imported_by(self, name: str) -> frozenset[str]:
        if name not in self._eager:
            found: set[str] = set()
            pending = [name]
            while pending:
                module = self.module(pending.pop())
                if module is None or module.name in found:
                    continue
                found.add(module.name)
                pending += self._imports(module)
            self._eager[name] = frozenset(found)
        return self._eager[name]

    def _imports(self, module: SourceModule) -> frozenset[str]:
        """Returns the project's modules that one module imports when it is loaded, with their packages."""
        if module.name not in self._direct:
            parts = module.name.split(".")
            names = {".".join(parts[:length]) for length in range(1, len(parts))}
            for target in module.eager_imports:
                owner = self.names.imported(module, target._replace(attribute=None))
                if isinstance(owner, Module):
                    names.add(owner.module.name)
                    names.add(f"{owner.module.name}.{target.attribute}")
            self._direct[module.name] = frozenset(name for name in names if self.module(name) is not None)
        return self._direct[module.name]


def _origin(fn: object) -> tuple[str, str]:
    """Returns the file and module name of an object's code."""
    value: Any = fn
    while True:
        if isinstance(value, functools.partial):
            value = value.func
        elif isinstance(value, (types.MethodType, staticmethod, classmethod)):
            value = value.__func__
        elif hasattr(value, "__wrapped__"):
            value = value.__wrapped__
        else:
            break
    if isinstance(value, types.FunctionType):
        file = value.__code__.co_filename
        if os.path.isfile(file):
            return file, str(value.__globals__.get("__name__", "__main__"))
        raise CodeVersionError(f"{value.__qualname__} has no source file ({file})")
    cls = value if isinstance(value, type) else type(value)
    module = sys.modules.get(cls.__module__)
    origin = vars(module).get("__file__") if module is not None else None
    if isinstance(origin, str) and os.path.isfile(origin) and origin.endswith(".py"):
        return origin, cls.__module__
    raise CodeVersionError(f"{getattr(fn, '__qualname__', None) or repr(fn)} has no source file")
