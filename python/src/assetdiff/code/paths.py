"""Files that source names: `Path(__file__).parent / "x.sql"`, `open("sql/x.sql")`, and the like."""

from __future__ import annotations

import ast
import glob
import os
import re
from typing import TYPE_CHECKING, Mapping, NamedTuple, Optional

from .modules import SourceModule
from .path_values import RESOURCES, Evaluation
from .scopes import Scope

if TYPE_CHECKING:
    from .project import Project

MOST_FILES = 10_000
FILE_NAME = re.compile(r"[\w.\-/ ]{1,200}\.[A-Za-z]\w{0,9}")
CANDIDATE_CALLS = RESOURCES | frozenset(
    "FileSystemLoader PackageLoader Path files format get_data getline getlines glob iglob iterdir join joinpath"
    " listdir open read_bytes read_text rglob scandir walk with_name with_stem with_suffix".split()
)
LISTING_METHODS = {"glob": "", "iterdir": "*", "rglob": "**/"}
TEMPLATE_INCLUDE = re.compile(r"{%-?\s*(?:include|extends|import|from)\s+[\"']([^\"']+)")


class Named(NamedTuple):
    """What an expression says about files: those it names, or folders of which it picks by a computed name.

    All files of the folder `listed` are among the files.
    """

    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    unknown: bool = False
    listed: Optional[str] = None


class Paths:
    """Finds the files that expressions name."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def is_candidate(self, node: ast.expr) -> bool:
        """Tells cheaply whether an expression could name a file."""
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, (ast.Add, ast.Mod)):
                return _is_text(node.left) or (_is_text(node.right) and isinstance(node.op, ast.Add))
            return isinstance(node.op, ast.Div)
        if isinstance(node, ast.JoinedStr):
            return any(isinstance(value, ast.Constant) and _looks_like_path(value.value) for value in node.values)
        if isinstance(node, ast.Call):
            return getattr(node.func, "attr", getattr(node.func, "id", "")) in CANDIDATE_CALLS
        return False

    def named(self, node: ast.expr, module: SourceModule, scope: Optional[Scope], cells: Mapping[str, object]) -> Named:
        """Returns the project files that an expression names."""
        found = Evaluation(self._project, module, scope, cells)
        path = found.path(node)
        if found.loads is not None:
            folders = [self._folder(item, module) for item in found.loads]
            known = tuple(folder for folder in folders if folder is not None)
            return Named((), known, unknown=not known and found.read is not None and found.is_computed(found.read))
        is_text = not isinstance(node, ast.Call) and not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
        if path is not None:
            listing = _listing(node, found)
            if listing is not None:
                return self._listed(listing, path, module)
            file = self.file(path, module)
            # The working directory is taken to be the root, where the file would be.
            missing = found.is_from_here and file is None and _read_by(node) is not None
            return Named((file,) if file else (), unknown=missing)
        # What a text looks like is no path yet, unless it starts with a known folder.
        if found.folder is not None and (not is_text or os.path.isabs(found.folder)):
            folder = self._folder(found.folder, module)
            if folder is not None:
                return Named((), (folder,))
        argument = found.read or _read_by(node)
        return Named(unknown=argument is not None and found.is_computed(argument))

    def _listed(self, pattern: str, path: str, module: SourceModule) -> Named:
        """Returns the files that a listing gives: those of a pattern in a folder, or of a pattern that is the path."""
        if pattern == "pattern":
            folder = path
            while glob.has_magic(folder):
                folder = os.path.dirname(folder)
            pattern = os.path.relpath(path, folder) if folder else path
            path = folder or "."
        known = self._folder(path, module)
        if known is None:
            # A folder elsewhere holds data.
            return Named(unknown=not os.path.isabs(path))
        if not pattern:
            return Named((), (known,))
        found = sorted(glob.glob(os.path.join(glob.escape(known), pattern), recursive=True))
        files = [file for file in found if os.path.isfile(file) and self._project.places.owns(file)]
        # Compiled modules come and go.
        files = [file for file in files if "__pycache__" not in file]
        if len(files) > MOST_FILES:
            return Named(unknown=True)
        return Named(tuple(files), listed=known if pattern.endswith("*") else None)

    def file(self, path: str, module: SourceModule) -> Optional[str]:
        """Returns the project's file for a path as a module would write it: beside the module or from the root."""
        places = self._project.places
        for base in (os.path.dirname(module.path), *places.bases):
            full = os.path.normpath(os.path.join(base, path))
            if self._project.is_file(full) and places.owns(full) and full != module.path:
                return full
        return None

    def _folder(self, path: str, module: SourceModule) -> Optional[str]:
        for base in (os.path.dirname(module.path), *self._project.places.bases):
            full = os.path.normpath(os.path.join(base, path))
            if os.path.isdir(full) and (self._project.places.owns(full) or full == self._project.places.root):
                return full
        return None

    def literal(self, text: str, module: SourceModule) -> Optional[str]:
        """Returns the project file that a string literal names, None if it doesn't look like one."""
        return self.file(text, module) if FILE_NAME.fullmatch(text) else None

    def included(self, file: str, folder: str) -> list[str]:
        """Returns the templates that a template includes or extends."""
        try:
            with open(file, encoding="utf-8") as opened:
                names = TEMPLATE_INCLUDE.findall(opened.read())
        except (OSError, UnicodeDecodeError):
            return []
        paths = [os.path.normpath(os.path.join(folder, name)) for name in names]
        return [path for path in paths if self._project.is_file(path) and self._project.places.owns(path)]


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _looks_like_path(text: object) -> bool:
    return isinstance(text, str) and ("/" in text or "." in text)


def _listing(node: ast.expr, found: Evaluation) -> Optional[str]:
    """Returns the pattern of the files that an expression lists, "" if it isn't known; None if it lists nothing."""
    if found.lists is not None:
        return found.lists
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    start = LISTING_METHODS.get(node.func.attr)
    if start is None or node.func.attr == "iterdir":
        return start
    argument = found.path(node.args[0]) if node.args else None
    return start + argument if argument is not None else ""


def _read_by(node: ast.expr) -> Optional[ast.expr]:
    """Returns the path of the file that an expression reads, None if it doesn't read one."""
    if not isinstance(node, ast.Call):
        return None
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if name == "open" and isinstance(node.func, ast.Name):
        mode = next((item.value for item in node.keywords if item.arg == "mode"), None)
        mode = node.args[1] if len(node.args) > 1 else mode
        if isinstance(mode, ast.Constant) and isinstance(mode.value, str) and set(mode.value) & set("wax"):
            return None
        return node.args[0] if node.args else None
    if name in ("read_text", "read_bytes") and isinstance(node.func, ast.Attribute):
        return node.func.value
    return None
