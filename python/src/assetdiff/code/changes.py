"""What a module changes of others when it is imported: `lib.RATE = 5`, `lib.TABLE["a"] = 1`, `lib.add("a", 1)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Optional

from .model import Key
from .modules import SourceModule
from .names import Part, Target, chain_of
from .scopes import DEFINITIONS, FUNCTIONS, Scope, function_scope

if TYPE_CHECKING:
    from .project import Project

# Methods whose result is of use, and that change what they belong to.
CHANGING = frozenset("add append discard extend insert pop popitem register remove setdefault update".split())


class Changes:
    """Finds the definitions that modules change from outside, each module once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._by_module: dict[str, frozenset[Key]] = {}
        self._by_function: dict[Key, frozenset[Key]] = {}
        self._known: dict[frozenset[str], dict[Key, list[str]]] = {}

    def made_by(self, modules: frozenset[str]) -> Mapping[Key, list[str]]:
        """Returns which of some modules change a definition that is not theirs, sorted."""
        if modules not in self._known:
            found: dict[Key, list[str]] = {}
            for name in sorted(modules):
                for key in self._of_module(name):
                    found.setdefault(key, []).append(name)
            self._known[modules] = found
        return self._known[modules]

    def _of_module(self, name: str) -> frozenset[Key]:
        if name not in self._by_module:
            module = self._project.module(name)
            found: set[Key] = set()
            for site in module.effects if module is not None else ():
                assert module is not None
                found |= self._changed(module, site.node, None, True)
            self._by_module[name] = frozenset(key for key in found if key.module != name)
        return self._by_module[name]

    def _changed(self, module: SourceModule, tree: ast.AST, scope: Optional[Scope], runs: bool) -> set[Key]:
        """Returns what a statement changes; with `runs`, also what the functions change that it calls."""
        found: set[Key] = set()
        for node in _inside(tree, not runs):
            if isinstance(node, (ast.Attribute, ast.Subscript)):
                if not isinstance(node.ctx, ast.Load):
                    found |= self._key(self._owner(module, node, scope))
            elif isinstance(node, ast.Call):
                func = node.func
                if isinstance(func, ast.Name) and func.id in ("setattr", "delattr") and node.args:
                    found |= self._key(self._owner(module, node.args[0], scope))
                elif runs:
                    found |= self._called(module, func)
                elif isinstance(func, ast.Attribute) and func.attr in CHANGING:
                    found |= self._key(self._owner(module, func.value, scope))
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and not runs:
                if isinstance(node.value.func, ast.Attribute):
                    found |= self._key(self._owner(module, node.value.func.value, scope))
            elif isinstance(node, ast.Global):
                found |= {Key("definition", module.name, name) for name in node.names}
        return found

    def _owner(self, module: SourceModule, node: ast.expr, scope: Optional[Scope]) -> Optional[Target]:
        """Returns what `a.b` in `a.b[c].d(e)` is."""
        while True:
            chain = chain_of(node)
            if isinstance(chain.base, (ast.Subscript, ast.Starred)):
                node = chain.base.value
            elif isinstance(chain.base, ast.Call):
                node = chain.base.func
            else:
                return self._project.names.chain(module, chain, scope, {})[0]

    def _key(self, target: Optional[Target]) -> frozenset[Key]:
        return frozenset([target.key] if isinstance(target, Part) else [])

    def _called(self, module: SourceModule, func: ast.expr) -> set[Key]:
        """Returns what a call changes: the value or class of which it is a method, and what the code changes."""
        target = self._owner(module, func, None)
        if not isinstance(target, Part):
            return set()
        found: set[Key] = set()
        if self._project.is_constant(target.key) or (isinstance(func, ast.Attribute) and self._is_class(target.key)):
            found.add(target.key)
        seen = {target.key}
        pending = [target.key]
        while pending:
            key = pending.pop()
            found |= self._of_function(key)
            for edge in self._project.edges(key):
                if edge.kind == "definition" and edge not in seen and not self._project.is_constant(edge):
                    seen.add(edge)
                    pending.append(edge)
        return found

    def _is_class(self, key: Key) -> bool:
        module = self._project.module(key.module)
        sites = module.find(key.name) if module is not None else []
        return any(isinstance(site.node, ast.ClassDef) for site in sites)

    def _of_function(self, key: Key) -> frozenset[Key]:
        if key not in self._by_function:
            module = self._project.module(key.module)
            found: set[Key] = set()
            for site in module.find(key.name) if module is not None else []:
                if module is not None and isinstance(site.node, FUNCTIONS):
                    scope = function_scope(site.node, site.scope, key.name)
                    found |= self._changed(module, site.node, scope, False)
            self._by_function[key] = frozenset(found)
        return self._by_function[key]


def _inside(tree: ast.AST, with_functions: bool) -> Iterator[ast.AST]:
    """Returns the nodes of a statement; what it only defines does not run with it."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        for child in ast.iter_child_nodes(node):
            if with_functions or not isinstance(child, (*DEFINITIONS, ast.Lambda)):
                pending.append(child)
