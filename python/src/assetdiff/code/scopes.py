"""Which names a function, class or comprehension binds."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Optional, Union

FunctionNode = Union[ast.FunctionDef, ast.AsyncFunctionDef]
ComprehensionNode = Union[ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp]
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Nodes that can hold a binding; the rest (constants, operators, contexts) are most of a tree.
BINDING = (ast.expr, ast.stmt, ast.comprehension, ast.arguments, ast.pattern)
# Nodes that bind names themselves, or whose inside is another scope.
BINDS = frozenset(
    "Assign AsyncFunctionDef ClassDef ExceptHandler FunctionDef Global Import ImportFrom Lambda MatchAs MatchMapping "
    "MatchStar NamedExpr Nonlocal".split()
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Import(NamedTuple):
    """What an import binds a name to: a module, or an attribute of one."""

    level: int
    module: str
    attribute: Optional[str]


class Found(NamedTuple):
    """One place that binds a name."""

    name: str
    target: Optional[Import]
    value: Optional[ast.expr] = None


@dataclass(frozen=True)
class Scope:
    """The names of one scope; `parent` is the scope around it, None for the module's.

    `outside` marks a scope around the part that is being written: its names have values only in live closures.
    """

    names: frozenset[str]
    imports: dict[str, Import] = field(default_factory=dict)
    values: dict[str, ast.expr] = field(default_factory=dict)
    parent: Optional[Scope] = None
    is_class: bool = False
    global_names: frozenset[str] = frozenset()
    outside: bool = False
    qualname: str = ""
    nested: frozenset[str] = frozenset()
    # Annotations of a class body are the fields of a dataclass, of a named tuple, of pydantic's models.
    reads_annotations: bool = False

    def find(self, name: str) -> Optional[Scope]:
        """Returns the scope that binds the name as Python would look it up from here, None if it is a global."""
        scope: Optional[Scope] = self
        first = True
        while scope is not None:
            if name in scope.global_names:
                return None
            # The names of a class body are seen by the body itself, not by the functions in it.
            if name in scope.names and (first or not scope.is_class):
                return scope
            first = False
            scope = scope.parent
        return None

    def around_part(self) -> Scope:
        """Returns the same scope as one around the part."""
        return replace(self, outside=True)


def imports_of(statement: Union[ast.Import, ast.ImportFrom]) -> list[Found]:
    """Returns the names that an import binds; `from x import *` binds the name `*`."""
    found = []
    for alias in statement.names:
        if isinstance(statement, ast.ImportFrom):
            target = Import(statement.level, statement.module or "", alias.name)
            found.append(Found(alias.asname or alias.name, target))
        elif alias.asname:
            found.append(Found(alias.asname, Import(0, alias.name, None)))
        else:
            top = alias.name.partition(".")[0]
            found.append(Found(top, Import(0, top, None)))
    return found


def bindings(statements: list[ast.AST]) -> tuple[list[Found], set[str], set[str], set[str]]:
    """Returns what the statements bind in their own scope, and the names declared global and nonlocal, and nested."""
    found: list[Found] = []
    global_names: set[str] = set()
    nonlocal_names: set[str] = set()
    nested: set[str] = set()
    pending: list[tuple[ast.AST, bool]] = [(statement, False) for statement in reversed(statements)]
    while pending:
        node, in_comprehension = pending.pop()
        kind = type(node)
        if kind is ast.Constant:
            continue
        if kind is ast.Name:
            if not in_comprehension and not isinstance(node.ctx, ast.Load):
                found.append(Found(node.id, None))
            continue
        if kind.__name__ in BINDS:
            if isinstance(node, DEFINITIONS):
                found.append(Found(node.name, None))
                nested.add(node.name)
                pending.extend((decorator, in_comprehension) for decorator in node.decorator_list)
                continue
            if isinstance(node, ast.Lambda):
                continue
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                found.extend(imports_of(node))
                continue
            if isinstance(node, ast.Global):
                global_names.update(node.names)
            elif isinstance(node, ast.Nonlocal):
                nonlocal_names.update(node.names)
            elif isinstance(node, ast.ExceptHandler):
                if node.name:
                    found.append(Found(node.name, None))
            elif isinstance(node, (ast.MatchAs, ast.MatchStar)):
                if node.name:
                    found.append(Found(node.name, None))
            elif isinstance(node, ast.MatchMapping):
                if node.rest:
                    found.append(Found(node.rest, None))
            elif isinstance(node, ast.NamedExpr):
                # `:=` in a comprehension binds in the function around it.
                found.append(Found(node.target.id, None, node.value))
                pending.append((node.value, in_comprehension))
                continue
            elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                found.append(Found(node.targets[0].id, None, node.value))
                pending.append((node.value, in_comprehension))
                continue
        inside = in_comprehension or kind in COMPREHENSIONS
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                pending.extend([(child, inside) for child in value if isinstance(child, ast.AST)])
            elif isinstance(value, BINDING):
                pending.append((value, inside))
    return found, global_names, nonlocal_names, nested


def _scope(
    statements: list[ast.AST], extra: list[str], parent: Optional[Scope], is_class: bool, qualname: str
) -> Scope:
    found, global_names, nonlocal_names, nested = bindings(statements)
    targets: dict[str, set[Optional[Import]]] = {name: {None} for name in extra}
    values: dict[str, Optional[ast.expr]] = dict.fromkeys(extra)
    for name, target, value in found:
        targets.setdefault(name, set()).add(target)
        values[name] = None if name in values else value
    imports = {}
    for name, choices in targets.items():
        # Only a name that can be nothing but one import is followed; the rest stay plain local names.
        target = next(iter(choices))
        if len(choices) == 1 and target is not None:
            imports[name] = target
    names = frozenset(targets) - global_names - nonlocal_names
    return Scope(
        names=names,
        imports=imports,
        values={name: value for name, value in values.items() if value is not None and name in names},
        parent=parent,
        is_class=is_class,
        global_names=frozenset(global_names),
        qualname=qualname,
        nested=frozenset(nested),
    )


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Returns all parameters in the order in which they are written."""
    found = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg:
        found.append(arguments.vararg)
    found.extend(arguments.kwonlyargs)
    if arguments.kwarg:
        found.append(arguments.kwarg)
    return found


def type_parameters(node: ast.AST) -> list[str]:
    """Returns the names in `def f[T]`; empty before Python 3.12."""
    return [parameter.name for parameter in getattr(node, "type_params", [])]


def function_scope(node: Union[FunctionNode, ast.Lambda], parent: Optional[Scope], qualname: str) -> Scope:
    """Returns the scope of a function's body."""
    extra = [parameter.arg for parameter in parameters(node.args)] + type_parameters(node)
    body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    return _scope(body, extra, parent, False, qualname)


def class_scope(node: ast.ClassDef, parent: Optional[Scope], qualname: str) -> Scope:
    """Returns the scope of a class's body."""
    scope = _scope(list(node.body), type_parameters(node), parent, True, qualname)
    return replace(scope, reads_annotations=bool(node.bases or node.keywords or node.decorator_list))


def comprehension_scope(node: ComprehensionNode, parent: Optional[Scope]) -> Scope:
    """Returns the scope of a comprehension: its loop variables."""
    found = [name for loop in node.generators for name in bindings([loop.target])[0]]
    return Scope(frozenset(name for name, _, _ in found), parent=parent)
