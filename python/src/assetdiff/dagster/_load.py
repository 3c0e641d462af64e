"""Loads definitions from modules, files, workspaces and projects, and takes their snapshot."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from assetdiff.dagster._json import JsonObject
from assetdiff.dagster._modules import LoadError, import_file, import_module, loading, project_path
from assetdiff.errors import AssetDiffError


@dataclass(frozen=True)
class Target:
    """Where the definitions of one code location stand: in a module or a file."""

    module: str | None = None
    file: Path | None = None
    attribute: str | None = None
    folders: tuple[Path, ...] = ()
    """What comes first on the import path; nothing is added or forgotten if it is empty."""
    location: str | None = None
    defs_of: Path | None = None
    """The folder of a project that has no module of definitions but a folder of them."""

    def __str__(self) -> str:
        if self.defs_of:
            return f"the project {self.defs_of}"
        return f"the file {self.file}" if self.file else f"the module {self.module}"


def load(
    *,
    module: str | None = None,
    file: str | os.PathLike[str] | None = None,
    workspace: str | os.PathLike[str] | None = None,
    project: str | os.PathLike[str] | None = None,
    working_directory: str | os.PathLike[str] | None = None,
    attribute: str | None = None,
    location: str | None = None,
    deployment: str | None = None,
    commit: str | None = None,
    code_versions: str = "declared",
    root: str | os.PathLike[str] | None = None,
) -> tuple[JsonObject, list[str]]:
    """Load a project and return its snapshot's JSON form with warnings.

    Exactly one of `module`, `file`, `workspace` (a `workspace.yaml`) and `project` (a folder with a
    `pyproject.toml`) is given, or none: then it is the project or workspace in the working directory.
    Raises LoadError if the code raises, AssetDiffError if it holds no definitions.
    """
    from assetdiff.dagster._project import project_targets, targets_of_folder, workspace_targets
    from assetdiff.dagster._snapshot import snapshot_dict

    given = [name for name, value in {"-m": module, "-f": file, "-w": workspace, "project": project}.items() if value]
    if len(given) > 1:
        raise AssetDiffError(f"expected one of -m, -f and -w, found {' and '.join(given)}")
    folder = Path(working_directory or ".")
    if module:
        targets = [Target(module=module, attribute=attribute, folders=(folder,), location=location)]
    elif file:
        targets = [file_target(file, attribute, working_directory, location)]
    elif workspace:
        targets = workspace_targets(Path(workspace))
    else:
        targets = project_targets(Path(project)) if project else targets_of_folder(folder)
    return snapshot_dict(targets, deployment=deployment, commit=commit, code_versions=code_versions, root=root)


def file_target(
    file: str | os.PathLike[str],
    attribute: str | None = None,
    working_directory: str | os.PathLike[str] | None = None,
    location: str | None = None,
) -> Target:
    """Return the target of a Python file; its folder and the working directory are searched for imports."""
    path = Path(file)
    folders = [path.parent] if working_directory is None else [Path(working_directory), path.parent]
    return Target(file=path, attribute=attribute, folders=tuple(dict.fromkeys(folders)), location=location)


@contextmanager
def opened(target: Target) -> Iterator[Any]:
    """Load definitions and keep their modules loaded meanwhile. Raises LoadError, AssetDiffError."""
    with project_path(target.folders):
        if target.defs_of:
            yield _of_defs_folder(target)
        elif target.file:
            yield definitions_of(import_file(target.file), target.attribute)
        else:
            yield definitions_of(import_module(target.module or ""), target.attribute)


def _of_defs_folder(target: Target) -> Any:
    import dagster as dg

    with loading(str(target)):
        return dg.load_from_defs_folder(path_within_project=(target.defs_of or Path()).resolve())


def definitions_of(module: ModuleType, attribute: str | None = None) -> Any:
    """Return the definitions of a module as Dagster finds them.

    That is a function with `@definitions`, else the only `Definitions`, else the only repository,
    else whatever assets the module holds. Raises AssetDiffError if there is not exactly one.
    """
    import dagster as dg

    from assetdiff.dagster import _private

    if attribute:
        return _attribute(module, attribute)
    values = {id(value): (name, value) for name, value in sorted(vars(module).items())}.values()
    for fits in (
        _private.is_lazy,
        lambda value: isinstance(value, dg.Definitions),
        lambda value: isinstance(value, dg.RepositoryDefinition),
    ):
        found = [(name, value) for name, value in values if fits(value)]
        if len(found) > 1:
            names = ", ".join(name for name, _ in found)
            raise AssetDiffError(
                f"the module {module.__name__} holds several definitions ({names}); name one as attribute"
            )
        if found:
            return _resolved(found[0][1], module)
    with loading(f"the module {module.__name__}"):
        assets = dg.load_assets_from_modules([module])
        checks = dg.load_asset_checks_from_modules([module])
        definitions = dg.Definitions(assets=assets, asset_checks=checks)
    if not assets:
        raise AssetDiffError(f"the module {module.__name__} holds no Definitions and no assets")
    return definitions


def _attribute(module: ModuleType, attribute: str) -> Any:
    import dagster as dg

    value = getattr(module, attribute, None)
    if value is None:
        raise AssetDiffError(f"the module {module.__name__} has no attribute {attribute}")
    resolved = _resolved(value, module)
    if not isinstance(resolved, (dg.Definitions, dg.RepositoryDefinition)):
        found = type(resolved).__name__
        raise AssetDiffError(f"{module.__name__}.{attribute}: expected Definitions, found {found}")
    return resolved


def _resolved(value: Any, module: ModuleType) -> Any:
    import dagster as dg

    known = isinstance(value, (dg.Definitions, dg.RepositoryDefinition))
    with loading(f"the module {module.__name__}"):
        # Dagster takes a function without parameters for what it returns.
        return value() if callable(value) and not known and not isinstance(value, type) else value


__all__: Sequence[str] = ["LoadError", "Target", "definitions_of", "file_target", "load", "opened"]
