"""Takes the snapshot of whatever Dagster hands out: live, loaded, remote or serialised."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from assetdiff._pause import collector_paused
from assetdiff.dagster._code import CodeVersions
from assetdiff.dagster._definition import with_inferred_mappings
from assetdiff.dagster._json import JsonObject, without_empty
from assetdiff.dagster._load import Target, definitions_of, file_target, opened
from assetdiff.dagster._modules import loading
from assetdiff.dagster._told import Told, key_text
from assetdiff.errors import AssetDiffError

if TYPE_CHECKING:
    from assetdiff import Snapshot

FORMAT_VERSION = "1.0"
_EXPECTED = "expected Definitions, a module, a file, a RepositorySnap or a remote asset graph of Dagster"


def snapshot(
    source: Any,
    *,
    deployment: str | None = None,
    commit: str | None = None,
    code_versions: str = "declared",
    location: str | Sequence[str] | None = None,
    root: str | os.PathLike[str] | None = None,
) -> Snapshot:
    """Return the snapshot of a Dagster project.

    `source` is a `Definitions`, a module, a module's dotted name, the path of a file or of a `dg`
    project, a `RepositorySnap` or its serialised JSON, a remote asset graph; or several of them, as a
    list or as a dict by the name of the code location. `location` names the code location, or those of
    a list. `code_versions` says whether an asset's version is the declared one, computed from its code
    (`auto`) or both; `root` is the folder whose code is looked at.

    What could not be carried faithfully is in `warnings`. Nothing is run and nothing connected to.
    Raises AssetDiffError, which names the asset or module. Costs O(assets and dependencies), a
    fraction of what loading the definitions costs.

    >>> import dagster as dg
    >>> from assetdiff.dagster import snapshot
    >>> orders = dg.AssetSpec("orders", code_version="7", metadata={"opaque": object()})
    >>> taken = snapshot(dg.Definitions(assets=[orders]), deployment="prod")
    >>> [(str(asset.key), asset.code_version["version"]) for asset in taken]
    [('orders', '7')]
    >>> taken.warnings
    ("orders: metadata 'opaque' is compared by its class alone, builtins.object",)
    """
    form, warnings = snapshot_dict(
        source, deployment=deployment, commit=commit, code_versions=code_versions, location=location, root=root
    )
    return from_form(form, warnings)


def from_form(form: JsonObject, warnings: Sequence[str]) -> Snapshot:
    """Return the snapshot of a JSON form. Raises AssetDiffError, which names the asset, for what is none."""
    from assetdiff import Snapshot

    try:
        return Snapshot.from_dict(form, warnings=warnings)
    except ValueError as error:
        for asset in form["assets"]:
            try:
                Snapshot.from_dict({**form, "assets": [asset]})
            except ValueError as of_asset:
                # The place in a text that nobody has seen says nothing.
                reason = re.sub(r"^line \d+, column \d+: | \(byte \d+\)$", "", str(of_asset))
                raise AssetDiffError(f"asset {key_text(asset['key'])}: {reason}") from of_asset
        raise AssetDiffError(str(error)) from error


def snapshot_dict(
    source: Any,
    *,
    deployment: str | None = None,
    commit: str | None = None,
    code_versions: str = "declared",
    location: str | Sequence[str] | None = None,
    root: str | os.PathLike[str] | None = None,
) -> tuple[JsonObject, list[str]]:
    """Return what `snapshot` returns as the JSON form and a list of warnings."""
    told = Told()
    collector = _Collector(told, CodeVersions(code_versions, root, told))
    for one, name in _code_locations(source, location):
        collector.add(one, name)
    with collector_paused():
        assets = sorted(collector.assets, key=lambda asset: (asset["key"], asset.get("code_location", "")))
        _tell_duplicates(assets, told)
        with_inferred_mappings(assets)
    provenance = {
        "commit": commit,
        "deployment": deployment,
        "producer": "dagster",
        "producer_version": collector.version,
        "code_places": collector.code.places(),
    }
    form = {
        "format_version": FORMAT_VERSION,
        "provenance": without_empty(provenance),
        "assets": assets,
    }
    return form, told.texts()


def _code_locations(source: Any, location: str | Sequence[str] | None) -> list[tuple[Any, str | None]]:
    """Return the parts of a source, each with the name of its code location if there is one."""
    if isinstance(source, Mapping):
        if location is not None:
            raise AssetDiffError("location: the code locations have names already, as keys of the dict")
        return [(one, str(name)) for name, one in source.items()]
    if isinstance(source, (list, tuple)) and not hasattr(source, "_fields") and not _is_record(source):
        if location is None:
            # Without names only the place in the list is left to tell code locations apart.
            names: Sequence[str | None] = [
                one.location if isinstance(one, Target) else str(at) for at, one in enumerate(source, start=1)
            ]
        elif isinstance(location, str) or len(location) != len(source):
            raise AssetDiffError(
                f"location: expected a name for each of {len(source)} code locations, found {location!r}"
            )
        else:
            names = location
        return list(zip(source, names))
    if location is not None and not isinstance(location, str):
        raise AssetDiffError(f"location: expected one name, found {location!r}")
    return [(source, location)]


def _is_record(value: Any) -> bool:
    # Dagster's records are tuples underneath.
    return type(value).__module__.startswith("dagster.")


class _Collector:
    """Brings the assets of several code locations together."""

    def __init__(self, told: Told, code: CodeVersions) -> None:
        self.assets: list[JsonObject] = []
        self.version: str | None = None
        self.code = code
        self._told = told

    def add(self, source: Any, location: str | None) -> None:
        """Add the assets of one code location."""
        if isinstance(source, (bytes, bytearray)) or (isinstance(source, str) and source.lstrip().startswith("{")):
            self._add_serialised(source, location)
        elif isinstance(source, Target):
            self._add_target(source, location)
        elif isinstance(source, (str, os.PathLike)):
            for target in _targets(source):
                self._add_target(target, location or target.location)
        elif isinstance(source, ModuleType):
            self._add_live(definitions_of(source), location)
        else:
            self._add_object(source, location)

    def _add_target(self, target: Target, location: str | None) -> None:
        with opened(target) as definitions:
            self._add_live(definitions, location, str(target))

    def _add_object(self, source: Any, location: str | None) -> None:
        import dagster as dg

        from assetdiff.dagster import _private
        from assetdiff.dagster._snaps import snap_assets

        if isinstance(source, (dg.Definitions, dg.RepositoryDefinition)):
            self._add_live(source, location)
        elif _private.is_lazy(source):
            with loading(f"the code location {location}" if location else "the function with @definitions"):
                definitions = source()
            self._add_live(definitions, location)
        elif _private.is_repository_snap(source):
            self._tell_not_computed()
            self.version = dg.__version__
            nodes, checks = (((snap, location) for snap in snaps) for snaps in _private.repository_snaps(source))
            self.assets += snap_assets(nodes, checks, self._told)
        elif _private.is_remote_graph(source):
            self._tell_not_computed()
            self.version = dg.__version__
            nodes = ((snap, location or of) for snap, of in _private.remote_nodes(source))
            checks = ((snap, location or of) for snap, of in _private.remote_checks(source))
            self.assets += snap_assets(nodes, checks, self._told)
        else:
            raise AssetDiffError(f"{_EXPECTED}, found {type(source).__name__}")

    def _add_live(self, definitions: Any, location: str | None, place: str = "") -> None:
        import dagster as dg

        from assetdiff.dagster._extract import definitions_assets

        self.version = dg.__version__
        self.assets += definitions_assets(definitions, location, self.code, self._told, place)

    def _add_serialised(self, text: str | bytes | bytearray, location: str | None) -> None:
        from assetdiff import AssetGraph

        self._tell_not_computed()
        snapshot = AssetGraph.from_dagster(text, code_location=location).to_snapshot()
        for warning in snapshot.warnings:
            self._told(warning)
        self.assets += snapshot.to_dict()["assets"]

    def _tell_not_computed(self) -> None:
        if self.code.computes:
            self._told("code versions are the declared ones: what is serialised has no code to compute them from")


def _targets(source: str | os.PathLike[str]) -> list[Target]:
    path = Path(source)
    if path.is_dir():
        from assetdiff.dagster._project import targets_of_folder

        return targets_of_folder(path)
    if isinstance(source, os.PathLike) or path.suffix == ".py" or os.sep in source:
        return [file_target(path)]
    return [Target(module=source)]


def _tell_duplicates(assets: Sequence[JsonObject], told: Told) -> None:
    # Sorted as they are, those of one key stand together.
    for key, same in groupby(assets, itemgetter("key")):
        several = list(same)
        if len(several) == 1:
            continue
        names = [str(asset.get("code_location", "")) for asset in several if asset.get("asset_type") != "check_only"]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            where = f"the code location {twice}" if twice else "definitions without a code location"
            raise AssetDiffError(f"asset {key_text(key)}: defined twice in {where}")
        if len(names) > 1:
            told(f"{key_text(key)}: defined in several code locations ({', '.join(names)}); each is kept")
