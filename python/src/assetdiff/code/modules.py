"""What the top level of a module defines, from its source."""

from __future__ import annotations

import ast
import os
import warnings
from dataclasses import dataclass, field
from typing import NamedTuple, Optional, Union

from .canonical import is_idle
from .scopes import (
    DEFINITIONS,
    FUNCTIONS,
    FunctionNode,
    Import,
    Scope,
    bindings,
    class_scope,
    function_scope,
    imports_of,
)

# Conditions, and statements that may fail in a `try` around or before.
Guards = tuple[Union[ast.expr, ast.stmt], ...]

LARGEST_SOURCE = 32 * 1024 * 1024


class Site(NamedTuple):
    """One statement that takes part in a definition, with the conditions it stands under."""

    node: ast.AST
    guards: Guards = ()
    scope: Optional[Scope] = None


class Star(NamedTuple):
    """`from x import *`, with its line, and whether it stands under a condition."""

    target: Import
    line: int
    is_guarded: bool


class Located(NamedTuple):
    """A function's source, the scope around it, and its qualified name."""

    node: ast.AST
    scope: Optional[Scope]
    qualname: str


@dataclass
class Definition:
    """Everything in a module that gives a name its value."""

    sites: list[Site] = field(default_factory=list)
    # The name is nothing but another module or a member of one.
    alias: Optional[Import] = None
    # Functions of the module that assign the name (`global NAME`) or are registered with it (`@NAME.register`).
    companions: list[str] = field(default_factory=list)


class SourceModule:
    """A module of the project, parsed; a namespace package is one without statements."""

    def __init__(self, name: str, path: str, location: str, is_package: bool) -> None:
        self.name = name
        self.path = path
        self.location = location
        self.is_package = is_package
        self.table: dict[str, Definition] = {}
        self.effects: list[Site] = []
        self.stars: list[Star] = []
        # The names in `__all__`; None if there is no such list, or if it isn't known.
        self.exported: Optional[frozenset[str]] = None
        self.is_export_known = True
        self.eager_imports: list[Import] = []
        self.tree = ast.Module([], [])
        self.problem: Optional[str] = None
        self._functions: Optional[dict[tuple[int, str], list[_Place]]] = None
        self._class_scopes: dict[int, Scope] = {}
        if not os.path.isdir(path):
            self._read()

    def _read(self) -> None:
        try:
            if os.path.getsize(self.path) > LARGEST_SOURCE:
                raise ValueError(f"more than {LARGEST_SOURCE >> 20} MiB")
            with open(self.path, "rb") as file:
                source = file.read()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.tree = ast.parse(source)
        except (RecursionError, MemoryError):
            self.problem = "nested too deeply"
            return
        except (OSError, SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            self.problem = f"{getattr(error, 'msg', None) or error}" + (f" in line {line}" if line else "")
            return
        self._pending: list[tuple[str, Site]] = []
        self._visit(self.tree.body, (), True)
        for name, site in self._pending:
            definition = self.table.get(name)
            if definition is None or definition.alias is not None:
                self.effects.append(site)
            elif all(site.node is not other.node for other in definition.sites):
                definition.sites.append(site)
        if b"global" in source:
            self._find_writers()
        if "__all__" in self.table:
            self.exported = _exported(self.table["__all__"])
            self.is_export_known = self.exported is not None

    def _visit(self, statements: list[ast.stmt], guards: Guards, runs: bool) -> None:
        for node in statements:
            site = Site(node, guards)
            if is_idle(node):
                continue
            if isinstance(node, ast.If):
                is_main = _is_main(node.test)
                if is_main is not True:
                    typing_only = _names_type_checking(node.test)
                    inner = guards if is_main is False else (*guards, node.test)
                    self._visit(node.body, inner, runs and not typing_only)
                if is_main is not False:
                    self._visit(node.orelse, (*guards, ast.UnaryOp(ast.Not(), node.test)), runs)
            elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
                self._try(node, guards, runs)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                self._import(node, site, runs)
            elif isinstance(node, DEFINITIONS):
                self._bind(node.name, site)
                for decorator in node.decorator_list:
                    self._register(decorator, node.name)
            else:
                self._statement(node, site)

    def _try(self, node: ast.AST, guards: Guards, runs: bool) -> None:
        """Visits a `try`; what may fail in it decides what comes after it, and which handler runs."""
        decides: Guards = guards
        for statement in node.body:  # type: ignore[attr-defined]
            self._visit([statement], decides, runs)
            if not isinstance(statement, DEFINITIONS) and not is_idle(statement):
                decides = (*decides, statement)
        for handler in node.handlers:  # type: ignore[attr-defined]
            self._visit(handler.body, (*decides, handler.type or ast.Constant("except")), runs)
        self._visit(node.orelse, decides, runs)  # type: ignore[attr-defined]
        self._visit(node.finalbody, guards, runs)  # type: ignore[attr-defined]

    def _import(self, node: Union[ast.Import, ast.ImportFrom], site: Site, runs: bool) -> None:
        for (name, target, _), alias in zip(imports_of(node), node.names):
            if runs:
                whole = Import(0, alias.name, None) if isinstance(node, ast.Import) else target
                self.eager_imports.extend([whole] if whole else [])
            if target is not None and name == "*":
                self.stars.append(Star(target, node.lineno, bool(site.guards)))
                continue
            definition = self.table.get(name)
            if definition is None:
                self.table[name] = Definition([site], target)
            elif definition.alias != target:
                definition.alias = None
                definition.sites.append(site)

    def _bind(self, name: str, site: Site) -> None:
        definition = self.table.setdefault(name, Definition())
        definition.alias = None
        definition.sites.append(site)

    def _register(self, decorator: ast.expr, name: str) -> None:
        """Notes that `@base.register` above a function changes what `base` does."""
        func = decorator.func if isinstance(decorator, ast.Call) else decorator
        base = _base_name(func)
        if base is not None and isinstance(func, ast.Attribute):
            definition = self.table.get(base)
            if definition is not None and definition.alias is None and name != base:
                definition.companions.append(name)

    def _statement(self, node: ast.stmt, site: Site) -> None:
        found_names = bindings([node])[0]
        for found in found_names:
            if found.name == "*" and found.target is not None:
                # In a `with` or a loop: whether it ran is not known.
                self.stars.append(Star(found.target, node.lineno, True))
        bound = sorted({found.name for found in found_names} - {"*"})
        changed, unknown = _changed_names(node)
        for name in bound:
            self._bind(name, site)
        self._pending.extend((name, site) for name in changed if name not in bound)
        if unknown:
            self.effects.append(site)

    def _find_writers(self) -> None:
        for node, qualname in _top_functions(self.tree.body):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Global):
                    for name in inner.names:
                        self.table.setdefault(name, Definition()).companions.append(qualname)

    def exports(self, name: str) -> bool:
        """Tells whether `from module import *` may give a name."""
        if self.exported is not None:
            return name in self.exported
        return not self.is_export_known or not name.startswith("_")

    def find(self, qualname: str) -> list[Site]:
        """Returns where a dotted name is defined: `f`, `Class.method`, `f.<locals>.inner`; empty if nowhere."""
        definition = self.table.get(qualname)
        if definition is not None:
            return definition.sites
        parent, _, name = qualname.rpartition(".")
        if not parent:
            return []
        if parent.endswith(".<locals>"):
            outer = parent.removesuffix(".<locals>")
            return [
                Site(node, (), scope.around_part())
                for site in self.find(outer)
                if isinstance(site.node, FUNCTIONS)
                for scope in [function_scope(site.node, site.scope, outer)]
                for node in _named(site.node, name)
            ]
        return [
            Site(node, (), scope)
            for site in self.find(parent)
            if isinstance(site.node, ast.ClassDef)
            for scope in [self._class_scope(site.node, site.scope, parent)]
            for node in site.node.body
            if isinstance(node, DEFINITIONS) and node.name == name
        ]

    def _class_scope(self, node: ast.ClassDef, scope: Optional[Scope], qualname: str) -> Scope:
        """Returns the scope of a class as one around its methods."""
        if id(node) not in self._class_scopes:
            self._class_scopes[id(node)] = class_scope(node, scope, qualname).around_part()
        return self._class_scopes[id(node)]

    def functions_at(self, line: int, name: str, hint: str) -> list[Located]:
        """Returns the functions (or lambdas) of a name that start in a line; `hint` may be the qualname of one."""
        for site in self.find(hint):
            if getattr(site.node, "name", None) == name and first_line(site.node) == line:
                return [Located(site.node, site.scope, hint)]
        if self._functions is None:
            self._functions = _functions_of(self.tree)
        return [Located(place.node, place.scope(), place.qualname) for place in self._functions.get((line, name), [])]


class _Place(NamedTuple):
    """A function and the functions around it, outermost first."""

    node: Union[FunctionNode, ast.Lambda]
    qualname: str
    around: tuple[tuple[Union[FunctionNode, ast.Lambda], str], ...]

    def scope(self) -> Optional[Scope]:
        scope: Optional[Scope] = None
        for node, qualname in self.around:
            scope = function_scope(node, scope, qualname).around_part()
        return scope


def _functions_of(tree: ast.Module) -> dict[tuple[int, str], list[_Place]]:
    found: dict[tuple[int, str], list[_Place]] = {}
    pending: list[tuple[ast.AST, str, tuple[tuple[Union[FunctionNode, ast.Lambda], str], ...]]] = [(tree, "", ())]
    while pending:
        parent, prefix, around = pending.pop()
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
                qualname = prefix + name
                found.setdefault((first_line(node), name), []).append(_Place(node, qualname, around))
                pending.append((node, f"{qualname}.<locals>.", (*around, (node, qualname))))
            elif isinstance(node, ast.ClassDef):
                pending.append((node, f"{prefix}{node.name}.", around))
            else:
                pending.append((node, prefix, around))
    return found


def first_line(node: ast.AST) -> int:
    """Returns the line in which a definition starts, as code objects tell it: that of the first decorator."""
    lines: list[int] = [decorator.lineno for decorator in getattr(node, "decorator_list", [])]
    return min([getattr(node, "lineno", 0), *lines])


def _exported(definition: Definition) -> Optional[frozenset[str]]:
    """Returns the names in `__all__`, None if anything but literals makes it."""
    names: set[str] = set()
    for site in definition.sites:
        node = site.node
        value: Optional[ast.expr] = None
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            value = node.value
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and len(node.value.args) == 1:
            method = getattr(node.value.func, "attr", "")
            value = node.value.args[0] if method == "extend" else None
            value = ast.List(node.value.args, ast.Load()) if method == "append" else value
        if not isinstance(value, (ast.List, ast.Tuple)):
            return None
        for item in value.elts:
            if not (isinstance(item, ast.Constant) and isinstance(item.value, str)):
                return None
            names.add(item.value)
    return frozenset(names)


def _named(function: FunctionNode, name: str) -> list[ast.AST]:
    """Returns the definitions of a name in a function's own body."""
    found: list[ast.AST] = []
    pending: list[ast.AST] = list(reversed(function.body))
    while pending:
        node = pending.pop()
        if isinstance(node, DEFINITIONS):
            if node.name == name:
                found.append(node)
        elif not isinstance(node, ast.expr):
            pending.extend(reversed(list(ast.iter_child_nodes(node))))
    return found


def _top_functions(statements: list[ast.stmt]) -> list[tuple[ast.AST, str]]:
    found: list[tuple[ast.AST, str]] = []
    pending: list[tuple[ast.AST, str]] = [(statement, "") for statement in statements]
    while pending:
        node, prefix = pending.pop()
        if isinstance(node, FUNCTIONS):
            found.append((node, prefix + node.name))
        elif isinstance(node, ast.ClassDef):
            pending.extend((child, f"{prefix}{node.name}.") for child in node.body)
        elif isinstance(node, (ast.If, ast.Try)):
            pending.extend((child, prefix) for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt))
    return sorted(found, key=lambda item: item[1])


def _is_main(test: ast.expr) -> Optional[bool]:
    """Returns True for a condition that only a module holds that is run, False for only one that is imported."""
    if isinstance(test, ast.BoolOp):
        found = [_is_main(value) for value in test.values]
        return True if isinstance(test.op, ast.And) and True in found else None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _is_main(test.operand)
        return None if inner is None else not inner
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    sides = (test.left, test.comparators[0])
    if not any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides):
        return None
    if not any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides):
        return None
    return {ast.Eq: True, ast.NotEq: False}.get(type(test.ops[0]))


def _names_type_checking(test: ast.expr) -> bool:
    return any(getattr(node, "id", getattr(node, "attr", None)) == "TYPE_CHECKING" for node in ast.walk(test))


def _base_name(node: ast.AST) -> Optional[str]:
    """Returns `a` for `a.b[c].d(e)`."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _changed_names(statement: ast.stmt) -> tuple[list[str], bool]:
    """Returns the names whose values a statement changes in place, and whether it does anything else that lasts."""
    names: set[str] = set()
    unknown = False
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, (*DEFINITIONS, ast.Lambda)):
            continue
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            base = _base_name(node)
        elif isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
            value = node.value.value if isinstance(node.value, ast.Await) else node.value
            is_method = isinstance(value, ast.Call) and not isinstance(value.func, ast.Name)
            base = _base_name(value) if is_method else None
        else:
            pending.extend(ast.iter_child_nodes(node))
            continue
        if base is None:
            unknown = True
        else:
            names.add(base)
    return sorted(names), unknown
