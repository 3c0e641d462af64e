"""Writes the canonical form of a definition, and notes what it reaches and what can't be seen."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, Union

from .canonical import (
    FIELDS,
    STATEMENT_LISTS,
    constant_form,
    is_idle,
    joined_values,
    text_form,
)
from .definitions import class_items, function_items, lambda_items
from .dynamic import (
    ATTRIBUTE_FUNCTIONS,
    ATTRIBUTE_NAMES,
    BUILTIN_NAMES,
    EXTERNAL_NAMES,
    READS_ANNOTATIONS,
    UNSEEN,
)
from .model import Key, Pieces
from .modules import Site, SourceModule
from .names import (
    External,
    Live,
    Missing,
    Module,
    Part,
    Plain,
    Target,
    chain_of,
    constant_getattr,
)
from .places import STDLIB
from .scopes import (
    COMPREHENSIONS,
    Scope,
    comprehension_scope,
    imports_of,
)
from .values import value_pieces

if TYPE_CHECKING:
    from .project import Project

Item = Union[str, Key, tuple[ast.AST, Optional[Scope]]]


class Writer:
    """Writes one part. It works through a stack of its own, so nesting has no limit here."""

    def __init__(self, project: Project, module: SourceModule, cells: Optional[Mapping[str, object]] = None) -> None:
        self.project = project
        self.module = module
        self.cells = cells or {}
        self.pieces: Pieces = []
        self.edges: list[Key] = []
        self.warnings: list[str] = []
        self.literals: list[str] = []
        self.folders: list[tuple[str, str]] = []
        self._line = 0

    def sites(self, name: str, sites: list[Site]) -> None:
        """Writes a definition: its statements in order, each after the conditions that it stands under."""
        own = {id(site.node) for site in sites}
        for site in sites:
            self._line = getattr(site.node, "lineno", self._line)
            # What may fail before it and is a statement of the same definition is written anyway.
            guards = [guard for guard in site.guards if id(guard) not in own]
            items: list[Item] = ["When("] if guards else []
            for guard in guards:
                if isinstance(guard, (ast.Import, ast.ImportFrom)):
                    items += [*self._tried(guard, site.scope), ","]
                else:
                    items += [(guard, site.scope), ","]
            if isinstance(site.node, ast.ClassDef):
                items += class_items(self, site.node, site.scope, name)
            elif isinstance(site.node, (ast.Import, ast.ImportFrom)):
                items += self._import(site.node, site.scope, name)
            else:
                items.append((site.node, site.scope))
            self.write([*items, ")" if guards else "", "\n"])

    def write(self, items: Iterable[Item]) -> None:
        """Writes the items and everything in them."""
        stack: list[Any] = list(items)
        stack.reverse()
        pieces = self.pieces
        while stack:
            item = stack.pop()
            # The exact type: a key is a tuple too.
            if type(item) is tuple:
                node, scope = item
                self._line = getattr(node, "lineno", self._line)
                kind = type(node).__name__
                special = SPECIAL.get(kind)
                expanded = special(self, node, scope) if special else self._plain(node, scope, kind)
                expanded.reverse()
                stack += expanded
            else:
                pieces.append(item)
                if type(item) is Key:
                    self.edges.append(item)

    def warn(self, what: str) -> None:
        """Notes something that can't be seen, at the line of the current node."""
        self.warnings.append(f"{UNSEEN}{what} ({self.module.location}:{self._line})")

    def _plain(self, node: ast.AST, scope: Optional[Scope], kind: str) -> list[Item]:
        names = FIELDS.get(kind)
        if names is None:
            if not node._fields:
                return [kind]
            self.warn(f"syntax that this version of assetdiff does not know ({kind})")
            names = node._fields
        items: list[Item] = [kind + "("]
        for name in names:
            value = getattr(node, name, None)
            if name in STATEMENT_LISTS and isinstance(value, list):
                value = self.statements(value, scope)
            if value is None or value == []:
                continue
            items.append(name + "=")
            if isinstance(value, ast.AST):
                items.append((value, scope))
            elif isinstance(value, list):
                items += self.list_items(value, scope)
            elif isinstance(value, str):
                items.append(text_form(value))
            else:
                items.append(constant_form(value))
            items.append(",")
        items.append(")")
        return items

    def list_items(self, values: Iterable[object], scope: Optional[Scope]) -> list[Item]:
        items: list[Item] = ["["]
        for value in values:
            if isinstance(value, ast.AST):
                items.append((value, scope))
            else:
                items.append(text_form(value) if isinstance(value, str) else "None")
            items.append(",")
        items.append("]")
        return items

    def statements(self, statements: Iterable[ast.stmt], scope: Optional[Scope]) -> list[ast.stmt]:
        """Returns the statements that do something."""
        kept = []
        for statement in statements:
            if is_idle(statement) or isinstance(statement, ast.Global):
                continue
            if isinstance(statement, (ast.Import, ast.ImportFrom)) and scope is not None:
                # A name that is nothing but an import is written wherever it is used.
                if all(found.name in scope.imports for found in imports_of(statement)):
                    continue
            if isinstance(statement, ast.AnnAssign) and statement.value is None:
                if not (self.project.annotations or (scope is not None and scope.is_class and scope.reads_annotations)):
                    continue
            kept.append(statement)
        return kept

    def target_items(self, target: Target) -> list[Item]:
        if isinstance(target, Part):
            if target.key.name == "__getattr__":
                self.warn("a name that a module's __getattr__ makes")
            return ["Part(", target.key, ")"]
        if isinstance(target, External):
            self.external(target.dotted)
            return [f"External({text_form(target.dotted)})"]
        if isinstance(target, Module):
            return ["Part(", Key("whole module", target.module.name, ""), ")"]
        if isinstance(target, Live):
            pieces = value_pieces(self.project, target.value, self, target.name)
            return ["Live(", *pieces, ")"]
        if isinstance(target, Missing):
            self.warn(f"{target.name}, {target.why}")
            return [f"Missing({text_form(target.name)})"]
        if target.kind == "Global" and target.name in BUILTIN_NAMES:
            self.warn(BUILTIN_NAMES[target.name])
        elif target.kind == "Global" and target.name == "__doc__":
            self.warn(ATTRIBUTE_NAMES["__doc__"])
        return [f"{target.kind}({text_form(target.name)})"]

    def external(self, dotted: str) -> None:
        """Notes the distribution of something outside of the project."""
        for name in (dotted, dotted.rpartition(".")[0]):
            if name in EXTERNAL_NAMES and not (self.project.annotations and name in READS_ANNOTATIONS):
                self.warn(EXTERNAL_NAMES[name])
        if dotted.partition(".")[0] in STDLIB:
            return
        found = self.project.places.distributions(dotted)
        if not found:
            self.warn(f"module {dotted.partition('.')[0]}, which no installed distribution provides")
        self.edges.extend(Key("package", version, name) for name, version in found)

    def _chain(self, node: ast.expr, scope: Optional[Scope]) -> list[Item]:
        chain = chain_of(node)
        target, left = self.project.names.chain(self.module, chain, scope, self.cells)
        for name in left:
            if name in ATTRIBUTE_NAMES and not (self.project.annotations and name in READS_ANNOTATIONS):
                self.warn(ATTRIBUTE_NAMES[name])
        changes = isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del))
        if changes and chain.attributes and scope is not None and isinstance(target, (Part, External, Module)):
            self._changed(node, scope)
        base: list[Item] = [(chain.base, scope)] if target is None else self.target_items(target)
        return ["Attribute(" * len(left), *base, *(f",{text_form(name)})" for name in left)]

    def _changed(self, node: ast.expr, scope: Scope) -> None:
        """Warns if a function assigns an attribute of a module or of a class or function."""
        owner, left = self.project.names.chain(
            self.module, chain_of(node.value) if isinstance(node, ast.Attribute) else chain_of(node), scope, self.cells
        )
        if left or not isinstance(owner, (Part, External, Module)):
            return
        if isinstance(owner, Part) and self.project.is_constant(owner.key):
            return
        self.warn(f"an assignment to {ast.unparse(node)} at run time")

    def _call(self, node: ast.Call, scope: Optional[Scope]) -> list[Item]:
        before: list[Item] = []
        self._note_files(node, scope)
        if isinstance(node.func, (ast.Name, ast.Attribute)):
            func, left = self.project.names.chain(self.module, chain_of(node.func), scope, self.cells)
            if isinstance(func, Plain) and func.kind == "Global" and func.name in ATTRIBUTE_FUNCTIONS and not left:
                name = node.args[1] if len(node.args) > 1 else None
                constant = constant_getattr(node)
                if constant is not None and len(node.args) == 2:
                    return self._chain(node, scope)
                if constant is not None:
                    read = ast.Attribute(node.args[0], constant, ast.Load())
                    return ["Getattr(", (read, scope), ",", (node.args[2], scope), ")"]
                if isinstance(name, ast.Constant) and isinstance(name.value, str):
                    self._changed_by_call(node, name.value, scope)
                    return self._called([f"Global({text_form(func.name)})"], node, scope, node.keywords)
            module = self.project.names.imported_by_call(self.module, node, scope, self.cells)
            if module is not None:
                return self.target_items(module)
            before = [(node.func, scope)]
            if isinstance(func, Part) and not left and self.project.takes_plain_keywords(func.key):
                simple = all(item.arg and isinstance(item.value, (ast.Constant, ast.Name)) for item in node.keywords)
                if simple:
                    # No one can tell in which order these were given.
                    return self._called(before, node, scope, sorted(node.keywords, key=lambda item: item.arg or ""))
        return self._called(before or [(node.func, scope)], node, scope, node.keywords)

    def _called(
        self, func: list[Item], node: ast.Call, scope: Optional[Scope], keywords: list[ast.keyword]
    ) -> list[Item]:
        items: list[Item] = ["Call(func=", *func, ","]
        if node.args:
            items += ["args=", *self.list_items(node.args, scope), ","]
        if keywords:
            items += ["keywords=", *self.list_items(keywords, scope), ","]
        return [*items, ")"]

    def _changed_by_call(self, node: ast.Call, name: str, scope: Optional[Scope]) -> None:
        if scope is not None and name.isidentifier():
            self._changed(ast.Attribute(node.args[0], name, ast.Store()), scope)

    def _operation(self, node: ast.BinOp, scope: Optional[Scope]) -> list[Item]:
        self._note_files(node, scope)
        return self._plain(node, scope, "BinOp")

    def _note_files(self, node: ast.expr, scope: Optional[Scope]) -> None:
        paths = self.project.paths
        if not paths.is_candidate(node):
            return
        named = paths.named(node, self.module, scope, self.cells)
        self.edges.extend(Key("file", "", path) for path in named.files)
        for path in named.folders:
            folder = self.project.places.relative(path)
            place = f"{self.module.location}:{self._line}"
            self.folders.append((path, f"{UNSEEN}a file with a computed name in {folder} ({place})"))
        if named.listed is not None:
            self.folders.append((named.listed, ""))
        if named.unknown:
            self.warn("a file with a computed path")

    def _constant(self, node: ast.Constant, scope: Optional[Scope]) -> list[Item]:
        if isinstance(node.value, str) and node.value in ATTRIBUTE_NAMES:
            # `vars(x)["__doc__"]`, `attrgetter("__doc__")`
            if not (self.project.annotations and node.value in READS_ANNOTATIONS):
                self.warn(ATTRIBUTE_NAMES[node.value])
        if isinstance(node.value, str) and "." in node.value and len(node.value) <= 200:
            self.literals.append(node.value)
            file = self.project.paths.literal(node.value, self.module)
            if file is not None:
                self.edges.append(Key("file", "", file))
        return [constant_form(node.value)]

    def _singleton(self, node: ast.MatchSingleton, scope: Optional[Scope]) -> list[Item]:
        return [f"MatchSingleton({constant_form(node.value)})"]

    def _joined(self, node: ast.JoinedStr, scope: Optional[Scope]) -> list[Item]:
        values = joined_values(node.values)
        if all(isinstance(value, ast.Constant) for value in values):
            return [text_form("".join(str(value.value) for value in values if isinstance(value, ast.Constant)))]
        self._note_files(node, scope)
        return ["JoinedStr(", *self.list_items(values, scope), ")"]

    def _formatted(self, node: ast.FormattedValue, scope: Optional[Scope]) -> list[Item]:
        items: list[Item] = [f"{type(node).__name__}(", (node.value, scope), ","]
        if hasattr(node, "str"):
            items.append(f"str={text_form(node.str)},")
        if node.conversion != -1:
            items.append(f"conversion={chr(node.conversion)},")
        if isinstance(node.format_spec, ast.JoinedStr) and joined_values(node.format_spec.values):
            items += ["format_spec=", (node.format_spec, scope), ","]
        return [*items, ")"]

    def _import(
        self, node: Union[ast.Import, ast.ImportFrom], scope: Optional[Scope], only: Optional[str] = None
    ) -> list[Item]:
        items: list[Item] = []
        for name, target, _ in imports_of(node):
            if target is not None and (only is None or name == only):
                found = self.project.names.imported(self.module, target)
                items += [f"Import({text_form(name)},", *self.target_items(found), ")"]
        return items

    def _tried(self, node: Union[ast.Import, ast.ImportFrom], scope: Optional[Scope]) -> list[Item]:
        """Writes an import that may fail: if it does, there is nothing more to see."""
        count = len(self.warnings)
        items = self._import(node, scope)
        del self.warnings[count:]
        return items

    def _annotated(self, node: ast.AnnAssign, scope: Optional[Scope]) -> list[Item]:
        counts = self.project.annotations or (scope is not None and scope.is_class and scope.reads_annotations)
        if not counts and node.value is not None:
            return ["Assign(targets=[", (node.target, scope), ",],value=", (node.value, scope), ",)"]
        items: list[Item] = ["AnnAssign(target=", (node.target, scope), ",annotation=", (node.annotation, scope), ","]
        if node.value is not None:
            items += ["value=", (node.value, scope), ","]
        return [*items, ")"]

    def _comprehension(self, node: ast.ListComp, scope: Optional[Scope]) -> list[Item]:
        assert isinstance(node, COMPREHENSIONS)
        inner = comprehension_scope(node, scope)
        items: list[Item] = [f"{type(node).__name__}("]
        for name in ("key", "value", "elt"):
            value = getattr(node, name, None)
            if value is not None:
                items += [name, "=", (value, inner), ","]
        for index, loop in enumerate(node.generators):
            items += ["async for=" if loop.is_async else "for=", (loop.target, inner), ","]
            items += ["in=", (loop.iter, inner if index else scope), ","]
            for test in loop.ifs:
                items += ["if=", (test, inner), ","]
        return [*items, ")"]


# How each node is written that needs more than its fields.
SPECIAL: dict[str, Callable[..., list[Item]]] = {
    "AnnAssign": Writer._annotated,
    "AsyncFunctionDef": function_items,
    "Attribute": Writer._chain,
    "Call": Writer._call,
    "ClassDef": class_items,
    "Constant": Writer._constant,
    "DictComp": Writer._comprehension,
    "FormattedValue": Writer._formatted,
    "FunctionDef": function_items,
    "GeneratorExp": Writer._comprehension,
    "Import": Writer._import,
    "ImportFrom": Writer._import,
    "Interpolation": Writer._formatted,
    "JoinedStr": Writer._joined,
    "Lambda": lambda_items,
    "ListComp": Writer._comprehension,
    "MatchSingleton": Writer._singleton,
    "Name": Writer._chain,
    "SetComp": Writer._comprehension,
    "BinOp": Writer._operation,
}
