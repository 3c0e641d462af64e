"""Imports a project's code as a process of its own would, and leaves no module of it behind."""

from __future__ import annotations

import importlib
import importlib.util
import site
import sys
import sysconfig
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from assetdiff.errors import AssetDiffError

_TRACEBACK_FRAMES = 6
_OWN_FILES = str(Path(__file__).parent)


class LoadError(AssetDiffError):
    """Code that raises on import. `traceback` holds the last lines of its own traceback."""

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback


@contextmanager
def project_path(folders: Sequence[Path]) -> Iterator[None]:
    """Put folders first on the import path for a while.

    Modules of theirs are forgotten at the end, and what is loaded under the same names from elsewhere
    is set aside meanwhile. So two versions of a project can be loaded one after the other, each with
    its own helper modules. Code that imports when it is run must run inside.
    """
    folders = [folder.resolve() for folder in folders]
    aside = {name: module for name, module in list(sys.modules.items()) if _stands_in_the_way(name, module, folders)}
    for name in aside:
        del sys.modules[name]
    before = set(sys.modules)
    path = list(sys.path)
    sys.path[:0] = [str(folder) for folder in folders]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        for name, module in list(sys.modules.items()):
            if name not in before and _is_under(module, folders):
                del sys.modules[name]
        sys.modules.update(aside)


def _stands_in_the_way(name: str, module: ModuleType, folders: Sequence[Path]) -> bool:
    top = name.partition(".")[0]
    if top in ("__main__", "assetdiff") or _is_under(module, folders) or _is_installed(module):
        return False
    return any((folder / f"{top}.py").is_file() or (folder / top).is_dir() for folder in folders)


def _places(module: ModuleType) -> list[Path]:
    file = getattr(module, "__file__", None)
    # A package without `__init__.py` has no file but folders.
    found = [file] if file else list(getattr(module, "__path__", None) or [])
    return [Path(place) for place in found]


def _is_under(module: ModuleType, folders: Sequence[Path]) -> bool:
    return not _is_installed(module) and any(
        place.resolve().is_relative_to(folder) for place in _places(module) for folder in folders
    )


def _is_installed(module: ModuleType) -> bool:
    places = _places(module)
    return not places or any(place.is_relative_to(root) for place in places for root in _INSTALLED)


_INSTALLED = [
    Path(path)
    for path in {*sysconfig.get_paths().values(), *site.getsitepackages(), site.getusersitepackages()}
    if Path(path) != Path(sys.prefix)
]


def import_module(name: str) -> ModuleType:
    """Import a module by its dotted name. Raises LoadError with the module's own traceback."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise LoadError(f"there is no module {name}: {error}") from error
        raise load_error(f"the module {name}", error) from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise load_error(f"the module {name}", error) from error


def import_file(path: Path) -> ModuleType:
    """Import a Python file as a module of its name. Raises LoadError with the file's own traceback."""
    if not path.is_file():
        raise LoadError(f"there is no file {path}")
    # A file may be called like a module that others have loaded: `types.py`, say.
    name = path.stem if path.stem not in sys.modules else f"_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise LoadError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        sys.modules.pop(name, None)
        if isinstance(error, KeyboardInterrupt):
            raise
        raise load_error(f"the file {path}", error) from error
    return module


@contextmanager
def loading(what: str) -> Iterator[None]:
    """Raise LoadError for whatever a project's code raises meanwhile, SystemExit and its kin too; not for Ctrl-C."""
    try:
        yield
    except (KeyboardInterrupt, AssetDiffError):
        raise
    except BaseException as error:
        raise load_error(what, error) from error


def load_error(what: str, error: BaseException) -> LoadError:
    """Return the error of code that raises while it is loaded."""
    lines = str(error).strip().splitlines()
    message = f"{what} does not load: {type(error).__name__}" + (f": {lines[0]}" if lines else "")
    return LoadError(message, last_lines(error))


def last_lines(error: BaseException) -> str:
    """Return the end of a traceback without the frames of the import system and of this package."""
    told = traceback.TracebackException.from_exception(error)
    chain = told
    while chain is not None:
        frames = [frame for frame in chain.stack if not _is_machinery(frame.filename)]
        left_out = len(frames) - _TRACEBACK_FRAMES
        chain.stack = traceback.StackSummary.from_list(frames[-_TRACEBACK_FRAMES:])
        if left_out > 0:
            chain.stack.insert(0, traceback.FrameSummary(f"<{left_out} frames left out>", 0, "", lookup_line=False))
        implicit = None if chain.__suppress_context__ else chain.__context__
        chain = chain.__cause__ or implicit  # type: ignore[assignment]
    return "".join(told.format())


def _is_machinery(filename: str) -> bool:
    return filename.startswith(("<frozen importlib", _OWN_FILES)) or "/importlib/" in filename
