"""Evaluates path expressions without running them."""

from __future__ import annotations

import ast
import os
import re
import string
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Mapping, Optional

from .model import Key
from .modules import Site, SourceModule
from .names import External, Module, Part, Plain, Target, chain_of
from .scopes import Scope

if TYPE_CHECKING:
    from .project import Project

DEEPEST = 40
PATH_CLASSES = frozenset({"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "os.fspath"})
SAME_PATH = frozenset(
    "codecs.open glob.escape io.open linecache.getlines os.path.abspath os.path.expanduser os.path.normpath"
    " os.path.realpath".split()
)
SAME_METHODS = frozenset("absolute as_posix expanduser glob iterdir open read_bytes read_text resolve rglob".split())
HERE = frozenset({"os.getcwd", "pathlib.Path.cwd", "pathlib.PurePath.cwd"})
# Of these the first argument is a package, the second a file in it.
RESOURCES = frozenset(
    "open_binary open_text path read_binary read_text resource_filename resource_stream resource_string".split()
)
RESOURCE_MODULES = frozenset({"importlib.resources", "importlib_resources", "pkg_resources"})
LISTING_FUNCTIONS = {
    "glob.glob": "pattern",
    "glob.iglob": "pattern",
    "os.listdir": "*",
    "os.scandir": "*",
    "os.walk": "**/*",
}
PERCENT = re.compile(r"%[sd%]")


class Evaluation:
    """One evaluation; `folder` is the deepest known folder under a path that couldn't be known to its end.

    `loads` are the known folders of a loader of templates; `lists` is set for a function that lists a folder: to the
    pattern, or to "pattern" if that is in the path; `read` is the path that either was given.
    """

    def __init__(
        self, project: Project, module: SourceModule, scope: Optional[Scope], cells: Mapping[str, object]
    ) -> None:
        self._project = project
        self._module = module
        self._scope = scope
        self._cells = cells
        self.folder: Optional[str] = None
        self.loads: Optional[list[str]] = None
        self.lists: Optional[str] = None
        self.read: Optional[ast.expr] = None
        self.is_from_here = False

    def path(self, node: ast.expr, depth: int = 0) -> Optional[str]:
        """Returns the text of an expression, None if it isn't known."""
        if depth > DEEPEST:
            return None
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.BinOp):
            return self._operation(node, depth)
        if isinstance(node, ast.JoinedStr):
            return self._formatted(self._fields(node), depth)
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self._name(node, depth)
        if isinstance(node, ast.Subscript):
            return self._item(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        return None

    def _operation(self, node: ast.BinOp, depth: int) -> Optional[str]:
        left = self.path(node.left, depth + 1)
        if left is None:
            return None
        if isinstance(node.op, ast.Mod):
            arguments = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
            return self._percent(left, list(arguments), depth)
        right = self.path(node.right, depth + 1) if isinstance(node.op, (ast.Div, ast.Add)) else None
        if isinstance(node.op, ast.Add):
            return left + right if right is not None else self._partly(os.path.dirname(left))
        if isinstance(node.op, ast.Div):
            return os.path.join(left, right) if right is not None else self._partly(left)
        return None

    def _fields(self, node: ast.JoinedStr) -> list[Any]:
        """Returns the texts and fields of an f-string; None stands for a field that is formatted in its own way."""
        fields: list[Any] = []
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                is_plain = value.conversion in (-1, ord("s")) and value.format_spec is None
                fields.append(value.value if is_plain else None)
            else:
                fields.append(value.value if isinstance(value, ast.Constant) else None)
        return fields

    def _formatted(self, fields: list[Any], depth: int) -> Optional[str]:
        """Returns the text that fields make: texts, expressions, and None for what isn't known."""
        text = ""
        for field in fields:
            piece = field if isinstance(field, str) else None
            if isinstance(field, ast.Constant) and type(field.value) in (str, int):
                piece = str(field.value)
            elif isinstance(field, ast.expr):
                piece = self.path(field, depth + 1)
            if piece is None:
                return self._partly(os.path.dirname(text))
            text += piece
        return text

    def _percent(self, text: str, arguments: list[ast.expr], depth: int) -> Optional[str]:
        fields: list[Any] = []
        position = 0
        for found in PERCENT.finditer(text):
            fields.append(text[position : found.start()])
            position = found.end()
            if found.group() == "%%":
                fields.append("%")
            else:
                fields.append(arguments.pop(0) if arguments else None)
        rest = text[position:]
        return self._formatted([*fields, rest if "%" not in rest else None], depth)

    def _format(self, text: str, node: ast.Call, depth: int) -> Optional[str]:
        fields: list[Any] = []
        named = {item.arg: item.value for item in node.keywords}
        number = 0
        try:
            for literal, name, spec, conversion in string.Formatter().parse(text):
                fields.append(literal)
                if name is None:
                    continue
                index = int(name) if name.isdigit() else number if not name else None
                number += not name
                value = node.args[index] if index is not None and index < len(node.args) else named.get(name)
                fields.append(None if spec or conversion else value)
        except ValueError:
            return None
        return self._formatted(fields, depth)

    def _partly(self, folder: str) -> Optional[str]:
        self.folder = folder if self.folder is None and folder else self.folder
        return None

    def _item(self, node: ast.Subscript, depth: int) -> Optional[str]:
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if not isinstance(index, int):
            return None
        if isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
            base = self.path(node.value.value, depth + 1)
            if base is None or not 0 <= index < DEEPEST:
                return None
            for _ in range(index + 1):
                base = os.path.dirname(base)
            return base
        if isinstance(node.value, ast.Attribute) and node.value.attr == "__path__" and index == 0:
            return self._package_folder(node.value.value)
        if isinstance(node.value, ast.Call) and index in (0, 1):
            cut = {"os.path.split": os.path.split, "os.path.splitext": os.path.splitext}.get(self._dotted(node.value))
            base = self.path(node.value.args[0], depth + 1) if cut and node.value.args else None
            return cut(base)[index] if cut and base is not None else None
        return None

    def _name(self, node: ast.expr, depth: int) -> Optional[str]:
        if isinstance(node, ast.Attribute) and node.attr in ("parent", "name", "stem", "suffix"):
            base = self.path(node.value, depth + 1)
            if base is not None:
                folder, name = os.path.split(base)
                stem, suffix = os.path.splitext(name)
                return {"parent": folder, "name": name, "stem": stem, "suffix": suffix}[node.attr]
        if isinstance(node, ast.Attribute) and node.attr == "__file__":
            owner, left = self._chain(node.value)
            return owner.module.path if isinstance(owner, Module) and not left else None
        target, left = self._chain(node)
        if isinstance(target, Part):
            return self._constant(target.key, left, depth)
        if left:
            return None
        if target in (External("os.sep"), External("os.path.sep")):
            return "/"
        if target == Plain("Global", "__file__"):
            return self._module.path
        if isinstance(target, Plain):
            held = self._cells.get(target.name) if target.kind == "Free" else None
            if isinstance(held, (str, PurePath)):
                return str(held)
            value = self._local(target)
            return self.path(value, depth + 1) if value is not None else None
        return None

    def _chain(self, node: ast.expr) -> tuple[Optional[Target], tuple[str, ...]]:
        return self._project.names.chain(self._module, chain_of(node), self._scope, self._cells)

    def _local(self, target: Plain) -> Optional[ast.expr]:
        """Returns the only expression that a function assigns to a name."""
        if target.kind != "Local" or self._scope is None:
            return None
        owner = self._scope.find(target.name)
        return owner.values.get(target.name) if owner is not None else None

    def _constant(self, key: Key, left: tuple[str, ...], depth: int) -> Optional[str]:
        module = self._project.module(key.module)
        site, value = self._assigned(key, left)
        if module is None or site is None or value is None:
            return None
        inner = Evaluation(self._project, module, site.scope, {})
        path = inner.path(value, depth + 1)
        self.folder = self.folder or inner.folder
        self.is_from_here = self.is_from_here or inner.is_from_here
        return path

    def _assigned(self, key: Key, left: tuple[str, ...]) -> tuple[Optional[Site], Optional[ast.expr]]:
        """Returns the only statement that gives a constant, or an attribute of a class, its value, and that value."""
        module = self._project.module(key.module)
        sites = module.find(key.name) if module is not None else []
        if len(left) == 1 and len(sites) == 1 and isinstance(sites[0].node, ast.ClassDef):
            sites = [Site(node) for node in sites[0].node.body if _names(node, left[0])]
        elif left:
            return None, None
        if len(sites) != 1:
            return None, None
        node = sites[0].node
        if not isinstance(node, (ast.Assign, ast.AnnAssign)):
            return None, None
        if isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name):
            return None, None
        return sites[0], node.value

    def _dotted(self, node: ast.Call) -> str:
        """Returns the dotted name of the function that is called, "" if it isn't one from outside of the project."""
        target = self._chain(node.func)[0] if isinstance(node.func, (ast.Name, ast.Attribute)) else None
        return target.dotted if isinstance(target, External) else ""

    def _call(self, node: ast.Call, depth: int) -> Optional[str]:
        target: Optional[Target] = None
        left: tuple[str, ...] = ()
        if isinstance(node.func, (ast.Name, ast.Attribute)):
            target, left = self._chain(node.func)
        dotted = target.dotted if isinstance(target, External) else ""
        first = node.args[0] if node.args else None
        if target in (Plain("Global", "open"), Plain("Global", "str")) and not left and first is not None:
            return self.path(first, depth + 1)
        if dotted in PATH_CLASSES or dotted == "os.path.join":
            return self._joined(node.args, depth)
        if dotted in HERE:
            self.is_from_here = True
            return self._project.places.root
        if dotted in SAME_PATH:
            return self.path(first, depth + 1) if first is not None else None
        if dotted in LISTING_FUNCTIONS and first is not None:
            self.lists = LISTING_FUNCTIONS[dotted]
            self.read = first
            return self.path(first, depth + 1)
        if dotted == "os.path.dirname" and first is not None:
            base = self.path(first, depth + 1)
            return os.path.dirname(base) if base is not None else None
        if dotted in ("inspect.getfile", "inspect.getsourcefile") and first is not None:
            return self._defined_in(first)
        if dotted in ("os.sep.join", "os.path.sep.join"):
            return self._method(node, depth)
        if dotted:
            return self._resource(dotted, node, depth)
        if target is None or isinstance(target, (Part, Plain)):
            return self._method(node, depth)
        return None

    def _resource(self, dotted: str, node: ast.Call, depth: int) -> Optional[str]:
        module, _, name = dotted.rpartition(".")
        package = node.args[0] if node.args else None
        if package is None:
            return None
        if dotted in ("importlib.resources.files", "importlib_resources.files"):
            return self._package_folder(package)
        is_resource = module in RESOURCE_MODULES and name in RESOURCES
        if (is_resource or dotted == "pkgutil.get_data") and len(node.args) > 1:
            folder = self._package_folder(package)
            file = self.path(node.args[1], depth + 1)
            if folder is None or file is None:
                return self._partly(folder or "")
            return os.path.join(folder, file)
        if dotted.startswith("jinja2.") and name in ("FileSystemLoader", "PackageLoader"):
            self.read = package
            self.loads = self._template_folders(name, node, depth)
        return None

    def _template_folders(self, loader: str, node: ast.Call, depth: int) -> list[str]:
        package = node.args[0]
        if loader == "FileSystemLoader":
            several = package.elts if isinstance(package, (ast.List, ast.Tuple)) else [package]
            return [path for item in several for path in [self.path(item, depth + 1)] if path is not None]
        folder = self._package_folder(package)
        inner = node.args[1] if len(node.args) > 1 else None
        inner = next((item.value for item in node.keywords if item.arg == "package_path"), inner)
        below = self.path(inner, depth + 1) if inner is not None else "templates"
        return [os.path.join(folder, below)] if folder is not None and below is not None else []

    def _method(self, node: ast.Call, depth: int) -> Optional[str]:
        if not isinstance(node.func, ast.Attribute):
            return None
        base = self.path(node.func.value, depth + 1)
        if base is None:
            return None
        name = node.func.attr
        if name in SAME_METHODS:
            return base
        if name == "joinpath":
            return self._joined([node.func.value, *node.args], depth)
        if name == "format":
            return self._format(base, node, depth)
        if name == "join" and len(node.args) == 1 and isinstance(node.args[0], (ast.List, ast.Tuple)):
            fields = [field for item in node.args[0].elts for field in (base, item)][1:]
            return self._formatted(fields, depth)
        known = [self.path(argument, depth + 1) for argument in node.args]
        if name == "replace" and len(known) == 2:
            old, new = known
            return base.replace(old, new) if old is not None and new is not None else None
        argument = known[0] if len(known) == 1 else None
        if name == "with_name":
            return os.path.join(os.path.dirname(base), argument) if argument else self._partly(os.path.dirname(base))
        if name == "with_suffix" and argument is not None:
            return os.path.splitext(base)[0] + argument
        if name == "with_stem" and argument is not None:
            return os.path.join(os.path.dirname(base), argument + os.path.splitext(base)[1])
        return None

    def _joined(self, parts: list[ast.expr], depth: int) -> Optional[str]:
        path = ""
        for part in _spread(parts):
            piece = self.path(part, depth + 1)
            if piece is None:
                return self._partly(path)
            path = os.path.join(path, piece)
        return path or None

    def _defined_in(self, node: ast.expr) -> Optional[str]:
        target, _ = self._chain(node)
        if isinstance(target, Part):
            module = self._project.module(target.key.module)
            return module.path if module is not None else None
        return target.module.path if isinstance(target, Module) else None

    def _package_folder(self, argument: ast.expr) -> Optional[str]:
        name: Optional[str] = None
        if isinstance(argument, ast.Name) and argument.id in ("__package__", "__name__"):
            name = self._module.name
            if argument.id == "__package__" and not self._module.is_package:
                name = name.rpartition(".")[0]
        elif isinstance(argument, (ast.Name, ast.Attribute)) and isinstance(self._chain(argument)[0], Module):
            target = self._chain(argument)[0]
            name = target.module.name if isinstance(target, Module) else None
        else:
            name = self.path(argument, 1)
        module = self._project.module(name) if name else None
        if module is None:
            return None
        return module.path if os.path.isdir(module.path) else os.path.dirname(module.path)

    def is_computed(self, node: ast.expr) -> bool:
        """Tells whether a path was made of parts that aren't known, here or where the name for it is bound."""
        if isinstance(node, (ast.Name, ast.Attribute)):
            target, left = self._chain(node)
            if isinstance(target, Part):
                _, value = self._assigned(target.key, left)
            else:
                value = self._local(target) if isinstance(target, Plain) and not left else None
            if isinstance(value, ast.Call):
                return self._makes_path(value)
            return isinstance(value, (ast.BinOp, ast.JoinedStr))
        if isinstance(node, ast.Call):
            return not self._dotted(node).startswith("tempfile.")
        return isinstance(node, (ast.BinOp, ast.JoinedStr))

    def _makes_path(self, node: ast.Call) -> bool:
        """Tells whether a call may give the path of a file of the project: one that joins paths, or of its own."""
        target = self._chain(node.func)[0] if isinstance(node.func, (ast.Name, ast.Attribute)) else None
        if isinstance(target, External):
            return target.dotted in PATH_CLASSES | SAME_PATH | {"os.path.join", "os.path.dirname"}
        joins = ("format", "join", "joinpath", "replace", "with_name", "with_stem", "with_suffix")
        return isinstance(target, Part) or getattr(node.func, "attr", "") in joins


def _names(node: ast.stmt, name: str) -> bool:
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    target = node.target if isinstance(node, ast.AnnAssign) else target
    return isinstance(target, ast.Name) and target.id == name


def _spread(parts: list[ast.expr]) -> list[ast.expr]:
    """Returns the arguments with `*["a", "b"]` in their place."""
    spread: list[ast.expr] = []
    for part in parts:
        if isinstance(part, ast.Starred) and isinstance(part.value, (ast.List, ast.Tuple)):
            spread += part.value.elts
        else:
            spread.append(part)
    return spread
