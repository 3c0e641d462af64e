"""The code version of an asset: what is declared, what is computed from its code, or both."""

from __future__ import annotations

import os
import types
from typing import Any

from assetdiff.dagster._json import JsonObject, without_empty
from assetdiff.dagster._told import Told
from assetdiff.errors import AssetDiffError

MODES = ("declared", "auto", "both")


class CodeVersions:
    """Gives each asset its code version; code that makes many assets is read once."""

    def __init__(self, mode: str, root: str | os.PathLike[str] | None, told: Told) -> None:
        if mode not in MODES:
            raise AssetDiffError(f"code_versions: expected one of {', '.join(MODES)}, found {mode!r}")
        self._mode = mode
        self.computes = mode != MODES[0]
        """Whether versions are computed at all."""
        self._root = root
        self._told = told
        self._computed: dict[Any, Any] = {}
        self._bound: dict[int, tuple[Any, Any]] = {}
        self._projects: dict[tuple[str, str], Any] = {}
        self._places: dict[str, dict[str, set[str]]] = {}

    def of(self, definitions: Any, node: Any) -> JsonObject | None:
        """Return the code version of a live asset node; None if it has none."""
        declared: str | None = node.code_version
        computed = self._compute(definitions, node) if self.computes else None
        if computed is None:
            version = None if self._mode == "auto" else declared
            return None if version is None else {"version": version}
        version = computed.version
        if self._mode == "both" and declared is not None:
            version = f"{declared}+{version}"
        return without_empty({"version": version, "parts": computed.to_dict().get("parts")})

    def _compute(self, definitions: Any, node: Any) -> Any:
        from assetdiff.dagster._bound import compute_functions

        functions = compute_functions(node)
        if not functions:
            return None
        function, *_ = functions.values()
        also = {**dict([*functions.items()][1:]), **self._bound_to(definitions, node)}
        known = (function, *((name, id(value)) for name, value in also.items()))
        if known not in self._computed:
            self._computed[known] = self._read(function, also)
        computed = self._computed[known]
        path = list(node.key.path)
        if isinstance(computed, ValueError):
            self._told.of_asset(path, f"no code version is computed: {computed}")
            return None
        for warning in computed.warnings:
            self._told.of_asset(path, warning)
        for part in filter(lambda part: part.location, computed.parts):
            self._places.setdefault(part.name, {}).setdefault(part.fingerprint, set()).add(part.location)
        return computed

    def places(self) -> JsonObject:
        """Return where the parts of the code stand, such as `lib/text.py:14`: of parts that share a name, by fingerprint.

        It is never compared.
        """
        form: JsonObject = {}
        for name, places in sorted(self._places.items()):
            all_places = set().union(*places.values())
            each = {fingerprint: sorted(found) for fingerprint, found in sorted(places.items())}
            form[name] = all_places.pop() if len(all_places) == 1 else each
        return form

    def _bound_to(self, definitions: Any, node: Any) -> dict[str, Any]:
        """Return the resources and IO managers that an asset runs as it does its own function, and its wiring."""
        from assetdiff.dagster._bound import BoundCode

        try:
            # With the definitions, whose id nothing else may then have.
            known = self._bound.get(id(definitions))
            known = known or self._bound.setdefault(id(definitions), (definitions, BoundCode(definitions)))
            found: dict[str, Any] = known[1].of(node)
        except Exception as error:  # Properties of resources are anybody's code.
            reason = f"{type(error).__name__}: {error}"
            self._told.of_asset(list(node.key.path), f"what is bound to it can't be read: {reason}")
            return {}
        return found

    def _read(self, function: Any, also: dict[str, Any]) -> Any:
        from assetdiff.code import CodeVersionError, Project, code_version

        try:
            project = Project.of(function) if self._root is None else Project(self._root)
            # One project for all functions of a package keeps what was read.
            package = str(getattr(function, "__module__", "")).partition(".")[0] if self._root is None else ""
            project = self._projects.setdefault((project.places.root, package), project)
            return code_version(function, also=also | _keyed(project, also), project=project)
        except CodeVersionError as error:
            return error


def _keyed(project: Any, bound: dict[str, Any]) -> dict[str, Any]:
    """Return the resources that count by names of their own, by their keys: two of them may change places."""
    named = {
        name.removeprefix("resource "): value
        for name, value in bound.items()
        if name.startswith("resource ")
        and (isinstance(value, (type, types.FunctionType)) or project.constant_of(value) is not None)
    }
    return {"keys of resources": named} if len(named) > 1 else {}
