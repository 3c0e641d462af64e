"""The code version of an asset: what is declared, what is computed from its code, or both."""

from __future__ import annotations

import os
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
        self._projects: dict[tuple[str, str], Any] = {}
        self.locations: dict[str, str] = {}
        """Where each part of the code stands, such as `lib/text.py:14`. Never compared."""

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
        from assetdiff.dagster import _private

        functions = _private.compute_functions(node)
        if not functions:
            return None
        # Bound resources and IO managers are code that the asset runs, as its own function is.
        also = [*functions[1:], *_private.resource_code(definitions, node).values()]
        known = (functions[0], *map(id, also))
        if known not in self._computed:
            self._computed[known] = self._read(functions[0], also)
        computed = self._computed[known]
        path = list(node.key.path)
        if isinstance(computed, ValueError):
            self._told.of_asset(path, f"no code version is computed: {computed}")
            return None
        for warning in computed.warnings:
            self._told.of_asset(path, warning)
        self.locations.update(computed.locations())
        return computed

    def _read(self, function: Any, also: list[Any]) -> Any:
        from assetdiff.code import CodeVersionError, Project, code_version

        try:
            project = Project.of(function) if self._root is None else Project(self._root)
            # One project for all functions of a package keeps what was read.
            package = str(getattr(function, "__module__", "")).partition(".")[0] if self._root is None else ""
            project = self._projects.setdefault((project.places.root, package), project)
            return code_version(function, also=also, project=project)
        except CodeVersionError as error:
            return error
