"""Files that source names: `Path(__file__).parent / "x.sql"`, `open("sql/x.sql")`, and the like."""

from __future__ import annotations

import ast
import glob
import os
import re
from typing import TYPE_CHECKING, Mapping, NamedTuple, Optional

from .model import Key
from .modules import SourceModule
from .names import External, Part, Plain, Target, chain_of
from .scopes import Scope

if TYPE_CHECKING:
    from .project import Project

DEEPEST = 40
MOST_FILES = 10_000
FILE_NAME = re.compile(r"[\w.\-/ ]{1,200}\.[A-Za-z]\w{0,9}")
CANDIDATE_CALLS = frozenset(
    "FileSystemLoader PackageLoader Path files glob iterdir join joinpath open read_bytes read_text rglob"
    " with_name with_suffix".split()
)
PATH_CLASSES = frozenset({"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "os.fspath"})
SAME_PATH = frozenset({"os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser"})
SAME_METHODS = frozenset({"resolve", "absolute", "as_posix", "expanduser", "read_text", "read_bytes", "open"})
TEMPLATE_INCLUDE = re.compile(r"{%-?\s*(?:include|extends|import|from)\s+[\"']([^\"']+)")


class Named(NamedTuple):
    """What an expression says about files: those it names, or a folder of which it picks by a computed name."""

    files: tuple[str, ...] = ()
    folder: Optional[str] = None
    unknown: bool = False


class Paths:
    """Evaluates path expressions without running them."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def is_candidate(self, node: ast.expr) -> bool:
        """Tells cheaply whether an expression could name a file."""
        if isinstance(node, ast.BinOp):
            return isinstance(node.op, ast.Div)
        if isinstance(node, ast.Call):
            return getattr(node.func, "attr", getattr(node.func, "id", "")) in CANDIDATE_CALLS
        return False

    def named(self, node: ast.expr, module: SourceModule, scope: Optional[Scope], cells: Mapping[str, object]) -> Named:
        """Returns the project files that an expression names."""
        found = _Evaluation(self._project, module, scope, cells)
        path = found.path(node, 0)
        if path is not None:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                pattern = {"glob": "*", "rglob": "**/*", "iterdir": "*"}.get(node.func.attr)
                if pattern is not None:
                    return self._listed(node, path, module)
                if found.is_loader:
                    return Named((), self._folder(path, module))
            file = self.file(path, module)
            return Named((file,) if file else ())
        if found.folder is not None:
            folder = self._folder(found.folder, module)
            if folder is not None:
                return Named((), folder)
        return Named(unknown=self._reads_unknown(node, module, scope))

    def _listed(self, node: ast.Call, folder: str, module: SourceModule) -> Named:
        assert isinstance(node.func, ast.Attribute)
        known = self._folder(folder, module)
        pattern = "*"
        if node.args:
            if not (isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)):
                return Named((), known)
            pattern = node.args[0].value
        if node.func.attr == "rglob":
            pattern = f"**/{pattern}"
        if known is None:
            return Named(unknown=True)
        found = sorted(glob.glob(os.path.join(glob.escape(known), pattern), recursive=True))
        files = [path for path in found if os.path.isfile(path) and self._project.places.owns(path)]
        if len(files) > MOST_FILES:
            return Named(unknown=True)
        return Named(tuple(files))

    def _reads_unknown(self, node: ast.expr, module: SourceModule, scope: Optional[Scope]) -> bool:
        """Tells whether an expression reads a file whose path is made right here, of parts that aren't known.

        A path in a variable or parameter was looked at where it was made.
        """
        if not isinstance(node, ast.Call):
            return False
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name == "open" and isinstance(node.func, ast.Name):
            mode = next((item.value for item in node.keywords if item.arg == "mode"), None)
            mode = node.args[1] if len(node.args) > 1 else mode
            if isinstance(mode, ast.Constant) and isinstance(mode.value, str) and set(mode.value) & set("wax"):
                return False
            argument = node.args[0] if node.args else None
            return isinstance(argument, (ast.BinOp, ast.JoinedStr, ast.Call))
        if name in ("read_text", "read_bytes") and isinstance(node.func, ast.Attribute):
            return isinstance(node.func.value, (ast.BinOp, ast.Call))
        return False

    def file(self, path: str, module: SourceModule) -> Optional[str]:
        """Returns the project's file for a path as a module would write it: beside the module or from the root."""
        places = self._project.places
        for base in (os.path.dirname(module.path), *places.bases):
            full = os.path.normpath(os.path.join(base, path))
            if self._project.is_file(full) and places.owns(full) and full != module.path:
                return full
        return None

    def _folder(self, path: str, module: SourceModule) -> Optional[str]:
        for base in (os.path.dirname(module.path), *self._project.places.bases):
            full = os.path.normpath(os.path.join(base, path))
            if os.path.isdir(full) and (self._project.places.owns(full) or full == self._project.places.root):
                return full
        return None

    def literal(self, text: str, module: SourceModule) -> Optional[str]:
        """Returns the project file that a string literal names, None if it doesn't look like one."""
        return self.file(text, module) if FILE_NAME.fullmatch(text) else None

    def included(self, file: str, folder: str) -> list[str]:
        """Returns the templates that a template includes or extends."""
        try:
            with open(file, encoding="utf-8") as opened:
                names = TEMPLATE_INCLUDE.findall(opened.read())
        except (OSError, UnicodeDecodeError):
            return []
        paths = [os.path.normpath(os.path.join(folder, name)) for name in names]
        return [path for path in paths if self._project.is_file(path) and self._project.places.owns(path)]


class _Evaluation:
    """One evaluation; `folder` is the deepest known folder under a path that couldn't be known to its end."""

    def __init__(
        self, project: Project, module: SourceModule, scope: Optional[Scope], cells: Mapping[str, object]
    ) -> None:
        self._project = project
        self._module = module
        self._scope = scope
        self._cells = cells
        self.folder: Optional[str] = None
        self.is_loader = False

    def path(self, node: ast.expr, depth: int) -> Optional[str]:
        if depth > DEEPEST:
            return None
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.Add)):
            left = self.path(node.left, depth + 1)
            if left is None:
                return None
            right = self.path(node.right, depth + 1)
            if isinstance(node.op, ast.Add):
                return left + right if right is not None else self._partly(os.path.dirname(left))
            return os.path.join(left, right) if right is not None else self._partly(left)
        if isinstance(node, ast.JoinedStr):
            first = node.values[0] if node.values else None
            start = first.value if isinstance(first, ast.Constant) else None
            return self._partly(os.path.dirname(start)) if isinstance(start, str) else None
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self._name(node, depth)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
            base = self.path(node.value.value, depth + 1)
            index = node.slice.value if isinstance(node.slice, ast.Constant) else None
            if base is None or not isinstance(index, int) or not 0 <= index < DEEPEST:
                return None
            for _ in range(index + 1):
                base = os.path.dirname(base)
            return base
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        return None

    def _partly(self, folder: str) -> Optional[str]:
        self.folder = folder if self.folder is None and folder else self.folder
        return None

    def _name(self, node: ast.expr, depth: int) -> Optional[str]:
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            base = self.path(node.value, depth + 1)
            return os.path.dirname(base) if base is not None else None
        target, left = self._project.names.chain(self._module, chain_of(node), self._scope, self._cells)
        if left:
            return None
        if target == Plain("Global", "__file__"):
            return self._module.path
        if isinstance(target, Plain) and target.kind == "Local" and self._scope is not None:
            owner = self._scope.find(target.name)
            value = owner.values.get(target.name) if owner is not None else None
            return self.path(value, depth + 1) if value is not None else None
        if isinstance(target, Part):
            return self._constant(target.key, depth)
        return None

    def _constant(self, key: Key, depth: int) -> Optional[str]:
        module = self._project.module(key.module)
        sites = module.find(key.name) if module is not None else []
        if module is None or len(sites) != 1:
            return None
        node = sites[0].node
        value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
        if value is None or (isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name)):
            return None
        inner = _Evaluation(self._project, module, sites[0].scope, {})
        path = inner.path(value, depth + 1)
        self.folder = self.folder or inner.folder
        return path

    def _call(self, node: ast.Call, depth: int) -> Optional[str]:
        target: Optional[Target] = None
        left: tuple[str, ...] = ()
        if isinstance(node.func, (ast.Name, ast.Attribute)):
            target, left = self._project.names.chain(self._module, chain_of(node.func), self._scope, self._cells)
        dotted = target.dotted if isinstance(target, External) else ""
        if target in (Plain("Global", "open"), Plain("Global", "str")) and not left and node.args:
            return self.path(node.args[0], depth + 1)
        if dotted in PATH_CLASSES or dotted == "os.path.join":
            return self._joined(node.args, depth)
        if dotted in SAME_PATH or dotted in ("io.open", "codecs.open"):
            return self.path(node.args[0], depth + 1) if node.args else None
        if dotted == "os.path.dirname" and node.args:
            base = self.path(node.args[0], depth + 1)
            return os.path.dirname(base) if base is not None else None
        if dotted == "importlib.resources.files" and node.args:
            return self._package_folder(node.args[0])
        if dotted.startswith("jinja2.") and dotted.endswith("FileSystemLoader") and node.args:
            self.is_loader = True
            return self.path(node.args[0], depth + 1)
        if target is None or isinstance(target, (Part, Plain)):
            return self._method(node, depth)
        return None

    def _method(self, node: ast.Call, depth: int) -> Optional[str]:
        if not isinstance(node.func, ast.Attribute):
            return None
        base = self.path(node.func.value, depth + 1)
        if base is None:
            return None
        name = node.func.attr
        if name in SAME_METHODS or name in ("glob", "rglob", "iterdir"):
            return base
        if name == "joinpath":
            return self._joined([node.func.value, *node.args], depth)
        argument = self.path(node.args[0], depth + 1) if len(node.args) == 1 else None
        if name == "with_name":
            return os.path.join(os.path.dirname(base), argument) if argument else self._partly(os.path.dirname(base))
        if name == "with_suffix" and argument is not None:
            return os.path.splitext(base)[0] + argument
        return None

    def _joined(self, parts: list[ast.expr], depth: int) -> Optional[str]:
        path = ""
        for part in parts:
            piece = self.path(part, depth + 1)
            if piece is None:
                return self._partly(path)
            path = os.path.join(path, piece)
        return path or None

    def _package_folder(self, argument: ast.expr) -> Optional[str]:
        name: Optional[str] = None
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            name = argument.value
        elif isinstance(argument, ast.Name) and argument.id in ("__package__", "__name__"):
            name = self._module.name
            if argument.id == "__package__" and not self._module.is_package:
                name = name.rpartition(".")[0]
        module = self._project.module(name) if name else None
        if module is None:
            return None
        return module.path if os.path.isdir(module.path) else os.path.dirname(module.path)
