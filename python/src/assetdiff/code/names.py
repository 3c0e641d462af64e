"""What a dotted name in source stands for."""

from __future__ import annotations

import ast
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Mapping, NamedTuple, Optional, Union, cast

from .model import Key
from .modules import Definition, SourceModule
from .places import BUILTINS, MODULE_NAMES
from .scopes import FUNCTIONS, Import, Scope

if TYPE_CHECKING:
    from .project import Project


class Part(NamedTuple):
    """Something that the project defines."""

    key: Key


class External(NamedTuple):
    """A member of the standard library or of a distribution, by its dotted name."""

    dotted: str


class Module(NamedTuple):
    """A module of the project, itself used as a value."""

    module: SourceModule


class Plain(NamedTuple):
    """A name without a definition to follow: `Global`, `Local`, or `Free` in a function around the part.

    `Missing` is one that only the class around has, which is no secret.
    """

    kind: str
    name: str


class Live(NamedTuple):
    """A name that only the loaded module knows."""

    name: str
    value: object


class Missing(NamedTuple):
    """A name without anything to read."""

    name: str
    why: str = "which nothing defines"


Target = Union[Part, External, Module, Plain, Live, Missing]


class Given(NamedTuple):
    """What a star import gives for a name."""

    line: int
    is_guarded: bool
    target: Target


class Chain(NamedTuple):
    """`base.a.b` in source: what it starts with, and the attributes."""

    base: ast.expr
    attributes: tuple[str, ...]


def chain_of(node: ast.expr) -> Chain:
    """Returns a name or attribute with its start; `getattr(x, "a")` is `x.a`."""
    attributes: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        elif (constant := constant_getattr(node)) is not None and isinstance(node, ast.Call) and len(node.args) == 2:
            attributes.append(constant)
            node = node.args[0]
        else:
            return Chain(node, tuple(reversed(attributes)))


def constant_getattr(node: ast.expr) -> Optional[str]:
    """Returns the name that `getattr(x, "name")` reads."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
        if len(node.args) in (2, 3) and not node.keywords and isinstance(node.args[1], ast.Constant):
            name = node.args[1].value
            return name if isinstance(name, str) and name.isidentifier() else None
    return None


class Names:
    """Resolves names across the modules of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def imported(self, module: SourceModule, target: Import, seen: frozenset[tuple[str, str]] = frozenset()) -> Target:
        """Returns what an import in a module gives."""
        dotted = target.module
        if target.level:
            package = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
            package = package[: len(package) - target.level + 1]
            dotted = ".".join([*package, *([dotted] if dotted else [])])
        found = self.module(dotted)
        if target.attribute is None or not isinstance(found, (Module, External)):
            return found
        return self.member(found, target.attribute, seen)

    def module(self, dotted: str) -> Target:
        """Returns the module of a dotted name."""
        own = self._project.module(dotted)
        if own is not None:
            return Module(own)
        if self._project.module(dotted.partition(".")[0]) is not None:
            return Missing(dotted, "which has no Python source")
        return External(dotted)

    def member(
        self, owner: Union[Module, External], name: str, seen: frozenset[tuple[str, str]] = frozenset()
    ) -> Target:
        """Returns what an attribute of a module is."""
        if isinstance(owner, External):
            return External(f"{owner.dotted}.{name}")
        module = owner.module
        definition = module.table.get(name)
        if module.stars and (module.name, name) not in seen:
            given = self._given(module, name, definition, seen)
            if given is not None:
                return given
        # `from . import text` in a package's own __init__ names itself: then it is the submodule.
        if definition is not None and (module.name, name) not in seen:
            if definition.alias is None:
                return Part(Key("definition", module.name, name))
            found = self.imported(module, definition.alias, seen | {(module.name, name)})
            if not isinstance(found, Missing):
                return found
        submodule = self._project.module(f"{module.name}.{name}")
        if submodule is not None:
            return Module(submodule)
        return self._unwritten(module, name)

    def _given(
        self, module: SourceModule, name: str, definition: Optional[Definition], seen: frozenset[tuple[str, str]]
    ) -> Optional[Target]:
        """Returns what a star import gives for a name, None if a statement of the module is the last to bind it.

        If it isn't sure which of several is the last, all of them make up a definition of the module.
        """
        found = self.stars(module, name, seen)
        if not found:
            return None
        _, is_guarded, target = found[-1]
        if definition is None:
            return target if len(found) == 1 or not is_guarded else Part(Key("definition", module.name, name))
        last = max((getattr(site.node, "lineno", 0) for site in definition.sites), default=0)
        if found[-1][0] > last and not is_guarded and not definition.companions:
            return target
        return Part(Key("definition", module.name, name)) if self.joined_stars(module, name, definition, seen) else None

    def joined_stars(
        self,
        module: SourceModule,
        name: str,
        definition: Optional[Definition],
        seen: frozenset[tuple[str, str]] = frozenset(),
    ) -> list[Target]:
        """Returns what star imports add to a definition of their module: what it may be as well, or is made of."""
        found = self.stars(module, name, seen) if module.stars else []
        if definition is None or not found:
            return [target for _, _, target in found]
        lines = [getattr(site.node, "lineno", 0) for site in definition.sites if not site.guards]
        last = max(lines, default=0)
        later = [target for line, _, target in found if line > last]
        if later or not any(_reads(site.node, name) for site in definition.sites):
            return later
        return [found[-1].target]

    def stars(
        self, module: SourceModule, name: str, seen: frozenset[tuple[str, str]] = frozenset()
    ) -> list[Given]:
        """Returns what each star import of a module gives for a name, in the order of lines."""
        found: list[Given] = []
        for star in module.stars:
            source = self.imported(module, star.target._replace(attribute=None), seen)
            target: Optional[Target] = None
            if isinstance(source, Module) and (source.module.name, name) not in seen and source.module.exports(name):
                target = self.member(source, name, seen | {(module.name, name)})
            elif isinstance(source, External) and _is_exported(source.dotted, name):
                target = External(f"{source.dotted}.{name}")
            if target is not None and not isinstance(target, (Missing, Plain)):
                found.append(Given(star.line, star.is_guarded, target))
        own = [given for given in found if not isinstance(given.target, Module)]
        # A submodule is a name of its package only if something has imported it.
        return own or found

    def _unwritten(self, module: SourceModule, name: str) -> Target:
        """Returns what a name is that no statement of the module binds."""
        if name in MODULE_NAMES:
            return Plain("Global", name)
        if module.problem is not None:
            return Missing(f"{module.name}.{name}", f"whose module can't be read: {module.problem}")
        loaded = self._project.loaded(module)
        if loaded is not None and name in vars(loaded):
            return Live(name, vars(loaded)[name])
        if len(module.stars) == 1 and name not in BUILTINS and not name.startswith("_"):
            source = self.imported(module, module.stars[0].target._replace(attribute=None))
            # Whether a function has already imported it must not matter.
            if isinstance(source, External) and source.dotted not in sys.modules:
                return External(f"{source.dotted}.{name}")
        if "__getattr__" in module.table:
            return Part(Key("definition", module.name, "__getattr__"))
        return Missing(f"{module.name}.{name}")

    def name(self, module: SourceModule, name: str, scope: Optional[Scope], cells: Mapping[str, object]) -> Target:
        """Returns what a bare name in a scope of a module stands for."""
        owner = scope.find(name) if scope is not None else None
        if owner is not None and owner.is_class and owner.outside:
            # In a decorator or default of a method (`@size.setter`): the class is a part of its own and has the value.
            found = self.name(module, name, None, cells)
            return Plain("Missing", name) if isinstance(found, Missing) else found
        if owner is None:
            if name in BUILTINS and name not in module.table and not module.stars:
                return Plain("Global", name)
            found = self.member(Module(module), name)
            if isinstance(found, (Missing, Module)) and name in BUILTINS and name not in module.table:
                return Plain("Global", name)
            # A submodule is no name of its package unless something imports it.
            return Missing(name, found.why) if isinstance(found, Missing) else found
        if name in owner.imports:
            return self.imported(module, owner.imports[name])
        if not owner.outside:
            return Plain("Local", name)
        if name in cells:
            value = cells[name]
            if issubclass(type(value), ModuleType):
                return self.live_module(cast(ModuleType, value))
        elif name in owner.nested:
            return Part(Key("definition", module.name, f"{owner.qualname}.<locals>.{name}"))
        return Plain("Free", name)

    def live_module(self, value: ModuleType) -> Target:
        """Returns the target of a module object."""
        file = vars(value).get("__file__")
        if isinstance(file, str) and file.endswith(".py") and self._project.places.owns(file):
            own = self._project.module(self._project.places.module_name(self._project.places.real(file)))
            if own is not None:
                return Module(own)
        return External(value.__name__)

    def chain(
        self, module: SourceModule, chain: Chain, scope: Optional[Scope], cells: Mapping[str, object]
    ) -> tuple[Optional[Target], tuple[str, ...]]:
        """Returns what a chain stands for and the attributes that are left; None if it starts with an expression."""
        target: Optional[Target] = None
        if isinstance(chain.base, ast.Name):
            target = self.name(module, chain.base.id, scope, cells)
        elif isinstance(chain.base, ast.Call):
            target = self.imported_by_call(module, chain.base, scope, cells)
        left = chain.attributes
        while left and isinstance(target, (Module, External)):
            if isinstance(target, Module) and left[0] == "__dict__":
                break
            target = self.member(target, left[0])
            left = left[1:]
        return target, left

    def imported_by_call(
        self, module: SourceModule, call: ast.Call, scope: Optional[Scope], cells: Mapping[str, object]
    ) -> Optional[Target]:
        """Returns what `importlib.import_module("name")` and the like give, None for any other call."""
        if not call.args or not isinstance(call.args[0], ast.Constant):
            return None
        name = call.args[0].value
        if not isinstance(name, str) or not isinstance(call.func, (ast.Name, ast.Attribute)):
            return None
        if getattr(call.func, "id", getattr(call.func, "attr", "")) == "":
            return None
        func, left = self.chain(module, chain_of(call.func), scope, cells)
        if left or not isinstance(func, External):
            return None
        if func.dotted == "importlib.import_module":
            return self._imported_by_name(module, name, [*call.args[1:], *(item.value for item in call.keywords)])
        if func.dotted in ("pkgutil.resolve_name", "pydoc.locate") and len(call.args) == 1 and not call.keywords:
            return self._located(name)
        return None

    def _imported_by_name(self, module: SourceModule, name: str, rest: list[ast.expr]) -> Optional[Target]:
        dots = len(name) - len(name.lstrip("."))
        if not dots:
            return self.module(name)
        package: object = None
        if len(rest) == 1 and isinstance(rest[0], ast.Constant):
            package = rest[0].value
        elif len(rest) == 1 and isinstance(rest[0], ast.Name):
            own = module.name if module.is_package else module.name.rpartition(".")[0]
            package = {"__package__": own, "__name__": module.name if module.is_package else None}.get(rest[0].id)
        if not isinstance(package, str) or package.count(".") + 1 < dots:
            return None
        above = package.split(".")[: package.count(".") + 2 - dots]
        return self.module(".".join([*above, name[dots:]]))

    def _located(self, text: str) -> Optional[Target]:
        """Returns what `module:name` or `module.name` names, None for an attribute of something else."""
        dotted, colon, attributes = text.partition(":")
        parts = dotted.split(".")
        length = len(parts)
        while not colon and length > 1 and self._project.module(".".join(parts[:length])) is None:
            length -= 1
        if not colon and self._project.module(parts[0]) is None:
            return External(dotted)
        target = self.module(".".join(parts[:length]))
        for name in [*parts[length:], *(attributes.split(".") if attributes else [])]:
            if not isinstance(target, (Module, External)):
                return None
            target = self.member(target, name)
        return target


def _is_exported(dotted: str, name: str) -> bool:
    """Tells whether a loaded module from outside of the project gives a name to `from module import *`."""
    origin = sys.modules.get(dotted)
    held = vars(origin) if origin is not None else {}
    exported = held.get("__all__")
    return name in exported if isinstance(exported, (list, tuple)) else name in held and not name.startswith("_")


def _reads(statement: ast.AST, name: str) -> bool:
    """Tells whether a statement that binds a name uses the value that the name has before."""
    parts: list[ast.AST] = [statement]
    if isinstance(statement, ast.AugAssign):
        return True
    if isinstance(statement, FUNCTIONS):
        arguments = statement.args
        parts = [*statement.decorator_list, *arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for part in parts
        for node in ast.walk(part)
    )
