"""Everything that an asset reaches, each part with the shortest way to it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Optional

from .canonical import fingerprint
from .dynamic import UNSEEN
from .model import CodePart, CodeVersion, Key, Node

if TYPE_CHECKING:
    from .nodes import Nodes


def reach(nodes: Nodes, primary: Key, roots: Sequence[Key], loaded: frozenset[str]) -> CodeVersion:
    """Returns the code version of what is reached from the roots, in O(parts and references).

    The way to a part starts after `primary`, the asset's own function. Only modules in `loaded` are asked for what
    they hold in memory.
    """
    found = _Reached(nodes, loaded)
    found.walk(primary, roots)
    return found.version(primary)


class _Reached:
    def __init__(self, nodes: Nodes, loaded: frozenset[str]) -> None:
        self._nodes = nodes
        self._loaded = loaded
        self._changed_by = nodes.project.changes.made_by(loaded)
        self._parents: dict[Key, Optional[Key]] = {}
        self._reached: dict[Key, Node] = {}
        self._warnings: set[str] = set()
        self._unsure: list[tuple[Node, set[Key]]] = []

    def walk(self, primary: Key, roots: Sequence[Key]) -> None:
        level: list[Key] = []
        for key in (primary, *roots):
            if key not in self._parents:
                self._parents[key] = None
                level.append(key)
        # What the asset's own function uses is as near to the asset as its other roots.
        level = [*level, *self._next(level[0], direct=True)]
        first = True
        while level:
            ahead: list[Key] = []
            for key in level[1:] if first else level:
                ahead.extend(self._next(key))
            level = ahead
            first = False
        self._add_picked_files()
        self._warn_of_unsure()

    def _next(self, key: Key, direct: bool = False) -> list[Key]:
        node = self._reached[key] = self._nodes.node(key)
        self._warnings.update(node.warnings)
        new: list[Key] = []
        edges = self._nodes.ordered_edges(key)
        if key in self._changed_by:
            # The statements of another module that change this part when it is imported.
            edges = self._nodes.sorted_keys([*edges, *(Key("module", name, "") for name in self._changed_by[key])])
        for edge in edges:
            if edge not in self._parents:
                self._parents[edge] = None if direct else key
                new.append(edge)
        if node.live_edges or node.live_warnings:
            is_loaded = key.module in self._loaded
            if is_loaded:
                self._warnings.update(node.live_warnings)
            sure = [edge for edge in node.live_edges if is_loaded and edge.module in self._loaded]
            for edge in self._nodes.sorted_keys(sure):
                if edge not in self._parents:
                    self._parents[edge] = None if direct else key
                    new.append(edge)
            if len(sure) < len(node.live_edges):
                self._unsure.append((node, set(node.live_edges).difference(sure)))
        return new

    def _warn_of_unsure(self) -> None:
        """Tells what registries hold that another process, which loads fewer modules, would not see."""
        for node, edges in self._unsure:
            modules = sorted({edge.module for edge in edges if not self._is_seen(edge)})
            if modules:
                told = ", ".join(modules[:3]) + (f" and {len(modules) - 3} more" if len(modules) > 3 else "")
                what = f"what {node.short_name} holds of {told}, which the asset's module does not import"
                self._warnings.add(f"{UNSEEN}{what} ({node.location})")

    def _is_seen(self, key: Key) -> bool:
        """Tells whether a part is reached, or stands within a definition that is."""
        if key in self._parents:
            return True
        module = self._nodes.project.module(key.module)
        if module is None or self._nodes.node(key).kind != "function":
            return False
        line = int(self._nodes.node(key).location.rpartition(":")[2] or 0)
        around = [
            name
            for name, definition in module.table.items()
            for site in definition.sites
            if getattr(site.node, "lineno", 0) <= line <= getattr(site.node, "end_lineno", 0)
        ]
        return any(Key("definition", module.name, name) in self._parents for name in around)

    def _add_picked_files(self) -> None:
        """Adds the files that a reached text names in a folder of which reached code picks files by name."""
        folders = sorted({folder for node in self._reached.values() for folder in node.folders})
        if not folders:
            return
        literals = [(key, text) for key, node in self._reached.items() for text in node.literals]
        listed = [folder for folder, warning in folders if not warning]
        for folder, warning in folders:
            picked = not warning or any(f"{folder}{os.sep}".startswith(f"{whole}{os.sep}") for whole in listed)
            for key, text in literals:
                path = os.path.normpath(os.path.join(folder, text))
                if self._nodes.project.is_file(path) and self._nodes.project.places.owns(path):
                    picked = True
                    self._add_template(path, folder, key)
            if not picked:
                self._warnings.add(warning)

    def _add_template(self, path: str, folder: str, parent: Key) -> None:
        pending = [(path, parent)]
        while pending:
            file, user = pending.pop()
            key = Key("file", "", file)
            if key not in self._parents:
                self._parents[key] = user
                self._reached[key] = self._nodes.node(key)
                included = self._nodes.project.paths.included(file, folder)
                pending.extend((name, key) for name in reversed(included))

    def _names(self) -> dict[Key, str]:
        reached = self._reached
        names = {key: node.short_name for key, node in reached.items()}
        uses = Counter(names.values())
        if len(uses) == len(names):
            return names
        taken: set[str] = set()
        for key, node in reached.items():
            name = node.short_name if uses[node.short_name] == 1 else node.long_name
            if name in taken:
                number = 2
                while f"{name} #{number}" in taken:
                    number += 1
                name = f"{name} #{number}"
            taken.add(name)
            names[key] = name
        return names

    def _via(self, key: Key, primary: Key, names: dict[Key, str]) -> tuple[str, ...]:
        way: list[str] = []
        parent = self._parents[key]
        while parent is not None and parent != primary:
            way.append(names[parent])
            parent = self._parents[parent]
        return tuple(reversed(way))

    def version(self, primary: Key) -> CodeVersion:
        names = self._names()
        is_short = all(names[key] == node.short_name for key, node in self._reached.items())
        parts = []
        for key, node in self._reached.items():
            name = names[key]
            digest = self._nodes.fingerprint(key, None if is_short else names)
            parts.append(CodePart(name, node.kind, digest, self._via(key, primary, names), node.location))
        parts.sort(key=lambda part: part.name)
        lines = [f"root {names[primary]}", *(f"{part.fingerprint} {part.name}" for part in parts)]
        return CodeVersion(fingerprint("\n".join(lines)), tuple(parts), tuple(sorted(self._warnings)))
