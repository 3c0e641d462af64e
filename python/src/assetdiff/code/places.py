"""Where a module comes from: the project, the standard library, or a distribution."""

from __future__ import annotations

import builtins
import importlib.metadata
import os
import re
import sys
import sysconfig
from collections.abc import Collection
from typing import Optional

# What some supported version of Python has: a fingerprint must not depend on which of them runs.
STDLIB = sys.stdlib_module_names | frozenset(
    "aifc annotationlib asynchat asyncore audioop cgi cgitb chunk compression crypt distutils imghdr imp lib2to3"
    " mailcap msilib nis nntplib ossaudiodev pathlib pipes smtpd sndhdr spwd string sunau telnetlib tomllib uu"
    " xdrlib".split()
)
BUILTINS = frozenset(dir(builtins)) | {"PythonFinalizationError", "ExceptionGroup", "BaseExceptionGroup"}
MODULE_NAMES = frozenset(
    "__builtins__ __cached__ __doc__ __file__ __loader__ __name__ __package__ __path__ __spec__ __annotations__".split()
)
INSTALLED = frozenset({"site-packages", "dist-packages"})


class Places:
    """Tells project files from others, below one root folder.

    Where the project is itself installed, its root is `site-packages`; then only `packages` belong to it.
    """

    def __init__(self, root: str, packages: Optional[Collection[str]]) -> None:
        self.root = os.path.realpath(root)
        self.packages = None if packages is None else frozenset(packages)
        self._stdlib = tuple(
            path + os.sep for path in {os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
        )
        # A root below the standard library's folder is an installed project.
        if (self.root + os.sep).startswith(self._stdlib):
            self._stdlib = ()
        source = os.path.join(self.root, "src")
        has_source = os.path.isdir(source) and not os.path.isfile(os.path.join(source, "__init__.py"))
        self.bases = [self.root, source] if has_source else [self.root]
        self._real: dict[str, str] = {}
        self._owned: dict[str, bool] = {}
        self._found: dict[str, Optional[str]] = {}
        self._providers: Optional[dict[str, list[str]]] = None
        self._distributions: dict[str, list[tuple[str, str]]] = {}

    def real(self, path: str) -> str:
        """Returns the path without links."""
        folder, name = os.path.split(path)
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        return os.path.join(self._real[folder], name)

    def owns(self, path: str) -> bool:
        """Tells whether a file belongs to the project."""
        known = self._owned.get(path)
        if known is None:
            known = self._owned[path] = self._owns(self.real(path))
        return known

    def _owns(self, path: str) -> bool:
        if not path.startswith(self.root.rstrip(os.sep) + os.sep) or path.startswith(self._stdlib or ("\0",)):
            return False
        parts = os.path.relpath(path, self.root).split(os.sep)
        if self.packages is not None and parts[0].removesuffix(".py") not in self.packages:
            return False
        return INSTALLED.isdisjoint(parts)

    def relative(self, path: str) -> str:
        """Returns the path from the root, with `/`."""
        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def module_name(self, path: str) -> str:
        """Returns a module's dotted name by its file, which is the same however the module was imported."""
        base = max((base for base in self.bases if path.startswith(base + os.sep)), key=len, default=self.root)
        parts = os.path.relpath(path, base).removesuffix(".py").split(os.sep)
        if parts[-1] == "__init__" and len(parts) > 1:
            parts.pop()
        return ".".join(parts)

    def find(self, name: str) -> Optional[str]:
        """Returns the file or the namespace folder of the project's module of that name, None if it has none."""
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _find(self, name: str) -> Optional[str]:
        parts = name.split(".")
        for base in self.bases:
            path = os.path.join(base, *parts)
            for file in (os.path.join(path, "__init__.py"), path + ".py"):
                if os.path.isfile(file) and self.owns(file):
                    return self.real(file)
        # What was put on sys.path below the root is known only from what was imported.
        loaded = sys.modules.get(name)
        origin = vars(loaded).get("__file__") if loaded is not None else None
        if isinstance(origin, str) and origin.endswith(".py") and self.owns(origin):
            return self.real(origin)
        if parts[0] not in STDLIB:
            for base in self.bases:
                path = os.path.join(base, *parts)
                if os.path.isdir(path) and self.owns(path) and _holds_python(path):
                    return self.real(path)
        return None

    def distributions(self, dotted: str) -> list[tuple[str, str]]:
        """Returns the name and version of the distributions that provide a module; more than one if it is not clear."""
        if dotted not in self._distributions:
            self._distributions[dotted] = self._find_distributions(dotted)
        return self._distributions[dotted]

    def _find_distributions(self, dotted: str) -> list[tuple[str, str]]:
        if self._providers is None:
            self._providers = {name: sorted(set(found)) for name, found in _providers().items()}
        top = dotted.partition(".")[0]
        names = self._providers.get(top, [])
        if len(names) > 1:
            names = _narrowed(names, dotted)
        found = {(re.sub(r"[-_.]+", "-", name).lower(), importlib.metadata.version(name)) for name in names}
        return sorted(found)


def _providers() -> dict[str, list[str]]:
    """Returns the distributions of each top-level name."""
    if sys.version_info >= (3, 11):
        return dict(importlib.metadata.packages_distributions())
    # Python 3.10 knows only what stands in `top_level.txt`, which many wheels no longer have.
    providers: dict[str, list[str]] = {}
    for distribution in importlib.metadata.distributions():
        stated = (distribution.read_text("top_level.txt") or "").split()
        listed = (file.parts[0] for file in distribution.files or () if file.suffix == ".py")
        for name in stated or {part.removesuffix(".py") for part in listed}:
            providers.setdefault(name, []).append(distribution.metadata["Name"])
    return providers


def _narrowed(names: list[str], dotted: str) -> list[str]:
    """Returns those of the distributions sharing a namespace that hold the longest part of the dotted name."""
    files = {name: {str(file) for file in importlib.metadata.files(name) or ()} for name in names}
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        path = "/".join(parts[:length])
        own = [
            name
            for name, held in files.items()
            if f"{path}.py" in held or f"{path}/__init__.py" in held or any(f.startswith(path + ".") for f in held)
        ]
        if own:
            return own
    return names


def _holds_python(folder: str) -> bool:
    return any(name.endswith(".py") for _, _, names in os.walk(folder) for name in names)
