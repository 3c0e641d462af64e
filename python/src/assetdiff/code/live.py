"""What only the loaded modules know: registries that were filled, and names that were given another value."""

from __future__ import annotations

import ast
import sys
import types
from typing import TYPE_CHECKING, Any, Optional

from .dynamic import UNSEEN
from .members import MOST_MEMBERS, class_members, function_members, members
from .model import Key, PartKind
from .modules import Site, SourceModule
from .scopes import FUNCTIONS
from .values import LITERALS

if TYPE_CHECKING:
    from .project import Project


class LiveView:
    """Looks at the loaded modules of a project; never imports one."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._modules: dict[str, types.ModuleType] = {}
        self._seen = -1
        self._constants: dict[int, tuple[object, Key]] = {}
        self._indexed: set[str] = set()

    def loaded(self, module: SourceModule) -> Optional[types.ModuleType]:
        """Returns the loaded module of a source module, None if nothing has imported it."""
        self._refresh()
        return self._modules.get(module.path)

    def _refresh(self) -> None:
        if self._seen == len(sys.modules):
            return
        self._seen = len(sys.modules)
        places = self._project.places
        for module in list(sys.modules.values()):
            # Reading an attribute could load a lazy module.
            file = module.__dict__.get("__file__") if isinstance(module, types.ModuleType) else None
            if isinstance(file, str) and file.endswith(".py") and places.owns(file):
                self._modules.setdefault(places.real(file), module)

    def constant_of(self, value: object) -> Optional[Key]:
        """Returns the module constant that holds an object; its source says more than its state does."""
        self._refresh()
        for path in sorted(self._modules.keys() - self._indexed):
            self._indexed.add(path)
            module = self._project.module_at(path)
            for name, definition in sorted(module.table.items()):
                held = vars(self._modules[path]).get(name)
                if definition.alias is None and type(held) not in LITERALS:
                    self._constants.setdefault(id(held), (held, Key("definition", module.name, name)))
        held, key = self._constants.get(id(value), (None, None))
        return key if held is value else None

    def check(self, module: SourceModule, name: str, kind: PartKind, sites: list[Site]) -> tuple[list[Key], list[str]]:
        """Returns what the live value of a definition reaches beyond its source, and what differs from its source."""
        loaded = self.loaded(module)
        if loaded is None or not sites or "." in name or name not in vars(loaded):
            return [], []
        value = vars(loaded)[name]
        first = sites[0].node
        location = f"{module.location}:{getattr(first, 'lineno', 1)}"
        held: list[Any] = [value]
        warnings: list[str] = []
        edges: list[Key] = []
        if kind == "constant":
            if len(sites) == 1 and _differs(first, value):
                warnings = [f"{UNSEEN}{name} was given another value at run time ({location})"]
        elif kind == "class" and isinstance(value, type):
            edges, warnings = self._methods(module, name, sites, value)
            held = class_members(value)
        elif isinstance(value, types.FunctionType):
            held = function_members(value)
        if kind == "function" and len(sites) == 1 and isinstance(first, FUNCTIONS) and not first.decorator_list:
            edges, warnings = self._replaced(module, name, value, location)
        found, is_all = members(self._project, held)
        if not is_all:
            warnings.append(f"{UNSEEN}more than {MOST_MEMBERS} members of {name} ({location})")
        return edges + found, warnings

    def _replaced(self, module: SourceModule, name: str, value: Any, location: str) -> tuple[list[Key], list[str]]:
        """Returns the function that stands in a module's place for another one."""
        key = self._project.function_key(value) if isinstance(value, types.FunctionType) else None
        if key == Key("definition", module.name, name):
            return [], []
        return [key] if key else [], [f"{UNSEEN}{name} was replaced at run time ({location})"]

    def _methods(self, module: SourceModule, name: str, sites: list[Site], value: type) -> tuple[list[Key], list[str]]:
        edges: list[Key] = []
        warnings: list[str] = []
        if len(sites) != 1 or not isinstance(sites[0].node, ast.ClassDef):
            return edges, warnings
        for statement in sites[0].node.body:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
            attribute = target.id if isinstance(target, ast.Name) else ""
            # Enumerations, named tuples and the like turn their attributes into something else.
            if type(vars(value).get(attribute, ())) in LITERALS and _differs(statement, vars(value)[attribute]):
                where = f"{module.location}:{statement.lineno}"
                warnings.append(f"{UNSEEN}{name}.{attribute} was given another value at run time ({where})")
        plain = {
            node.name: node.lineno
            for node in sites[0].node.body
            if isinstance(node, FUNCTIONS) and not node.decorator_list
        }
        for member, held in sorted(vars(value).items()):
            if not isinstance(held, types.FunctionType):
                if member in plain and not isinstance(held, (staticmethod, classmethod)):
                    where = f"{module.location}:{plain[member]}"
                    warnings.append(f"{UNSEEN}{name}.{member} was replaced at run time ({where})")
                continue
            key = self._project.function_key(held)
            own = Key("definition", module.name, f"{name}.{member}")
            if key is not None and key != own:
                edges.append(key)
            if member in plain and key != own and own.name not in self._merged(module, own):
                where = f"{module.location}:{plain[member]}"
                warnings.append(f"{UNSEEN}{name}.{member} was replaced at run time ({where})")
        return edges, warnings

    def _merged(self, module: SourceModule, key: Key) -> frozenset[str]:
        """Returns the name if several statements define it: then any of them may be the live one."""
        return frozenset([key.name] if len(module.find(key.name)) != 1 else [])


def _differs(statement: ast.AST, value: object) -> bool:
    """Tells whether a constant written as a plain literal now has another value."""
    expression = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
    if expression is None or (isinstance(statement, ast.Assign) and not isinstance(statement.targets[0], ast.Name)):
        return False
    try:
        written = ast.literal_eval(expression)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    if type(written) in LITERALS:
        return type(value) is not type(written) or (written == written and value != written)
    return False
