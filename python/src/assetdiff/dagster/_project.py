"""Finds the code locations of a workspace or of a project that the `dg` command made."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assetdiff.dagster._load import Target, file_target
from assetdiff.errors import AssetDiffError


def targets_of_folder(folder: Path) -> list[Target]:
    """Return the code locations of the project or workspace in a folder."""
    for name in ("pyproject.toml", "dg.toml"):
        if (folder / name).is_file() and (targets := _toml_targets(folder / name)):
            return targets
    if (folder / "workspace.yaml").is_file():
        return workspace_targets(folder / "workspace.yaml")
    raise AssetDiffError(f"{folder}: expected a Dagster project or workspace; name a module with -m or a file with -f")


def project_targets(folder: Path) -> list[Target]:
    """Return the code location of a project: a folder with a `pyproject.toml`, or that file."""
    path = folder if folder.is_file() else folder / "pyproject.toml"
    if targets := _toml_targets(path):
        return targets
    raise AssetDiffError(f"{path}: expected a table tool.dg.project, tool.dg.workspace or tool.dagster, found none")


def _toml_targets(path: Path) -> list[Target]:
    settings = _read_toml(path)
    # In dg.toml the tables stand at the top.
    dg = settings if path.name == "dg.toml" else settings.get("tool", {}).get("dg", {})
    folder = path.parent
    if project := dg.get("project"):
        return [_dg_target(folder, project, path)]
    if workspace := dg.get("workspace"):
        projects = workspace.get("projects", [])
        targets = [target for item in projects for target in project_targets(folder / item["path"])]
        return _of_different_names(targets, path, "code_location_name")
    if old := settings.get("tool", {}).get("dagster"):
        return [_module_target(folder, old["module_name"], old.get("attribute"), old.get("code_location_name"))]
    return []


def _dg_target(folder: Path, project: Mapping[str, Any], path: Path) -> Target:
    root = project.get("root_module")
    if not root:
        raise AssetDiffError(f"{path}: expected root_module in tool.dg.project, found none")
    location = project.get("code_location_name") or folder.resolve().name
    target = project.get("code_location_target_module") or f"{root}.definitions"
    folders = _source_folders(folder)
    if not any(_holds_module(source, target) for source in folders) and project.get("autoload_defs"):
        return Target(defs_of=folder, folders=folders, location=location)
    return Target(module=target, folders=folders, location=location)


def _module_target(folder: Path, module: str, attribute: str | None, location: str | None) -> Target:
    return Target(module=module, attribute=attribute, folders=_source_folders(folder), location=location or module)


def _source_folders(folder: Path) -> tuple[Path, ...]:
    return (folder / "src", folder) if (folder / "src").is_dir() else (folder,)


def _holds_module(folder: Path, module: str) -> bool:
    path = folder.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise AssetDiffError(f"{path}: {error.strerror}") from error
    if sys.version_info >= (3, 11):
        import tomllib as toml
    else:
        import tomlkit as toml  # A requirement of dagster itself.
    try:
        return dict(toml.loads(text))
    except ValueError as error:
        raise AssetDiffError(f"{path}: {error}") from error


def workspace_targets(path: Path) -> list[Target]:
    """Return the code locations of a `workspace.yaml`, in its order.

    Raises AssetDiffError for what cannot be loaded in this process: servers, to which nothing here
    connects, and locations with an interpreter of their own.
    """
    import yaml  # type: ignore[import-untyped]

    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AssetDiffError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise AssetDiffError(f"{path}: {error}") from error
    entries = loaded.get("load_from") if isinstance(loaded, dict) else None
    if not isinstance(entries, list) or not entries:
        raise AssetDiffError(f"{path}: expected a list load_from of code locations, found none")
    return _of_different_names([_workspace_target(entry, path) for entry in entries], path, "location_name")


def _of_different_names(targets: list[Target], path: Path, setting: str) -> list[Target]:
    """Return the targets. Raises AssetDiffError if two have one name, as Dagster does."""
    by_name: dict[str | None, list[Target]] = {}
    for target in targets:
        by_name.setdefault(target.location, []).append(target)
    for name, same in by_name.items():
        if len(same) > 1:
            places = ", ".join(_place(target) for target in same)
            raise AssetDiffError(
                f"{path}: expected code locations of different names, found {len(same)} called {name} ({places}); "
                f"set {setting}"
            )
    return targets


def _place(target: Target) -> str:
    return str(target) if target.file or target.defs_of else f"{target} in {target.folders[-1]}"


def _workspace_target(entry: Any, path: Path) -> Target:
    if not isinstance(entry, dict) or len(entry) != 1:
        raise AssetDiffError(f"{path}: expected an entry such as `python_module: name`, found {entry!r}")
    ((kind, settings),) = entry.items()
    names = {"python_module": "module_name", "python_package": "package_name", "python_file": "relative_path"}
    if kind not in names:
        raise AssetDiffError(f"{path}: expected {', '.join(names)}, found {kind}; make a snapshot where that runs")
    if not isinstance(settings, dict):
        settings = {names[kind]: settings}
    name = settings.get(names[kind])
    if not isinstance(name, str):
        raise AssetDiffError(f"{path}: expected {names[kind]} in {kind}, found none")
    if executable := settings.get("executable_path"):
        raise AssetDiffError(f"{path}: {name} has an interpreter of its own; make its snapshot with {executable}")
    attribute = settings.get("attribute")
    folder = path.parent / settings.get("working_directory", ".")
    if kind == "python_file":
        location = settings.get("location_name") or _location_name(Path(name).name, attribute)
        return file_target(path.parent / name, attribute, folder, location)
    location = settings.get("location_name") or _location_name(name, attribute)
    return Target(module=name, attribute=attribute, folders=(folder,), location=location)


def _location_name(name: str, attribute: str | None) -> str:
    return f"{name}:{attribute}" if attribute else name
