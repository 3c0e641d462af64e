"""Code versions that nobody has to type: a fingerprint of an asset's function and of everything that it reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Optional, Union

from .model import CodePart, CodeVersion, CodeVersionError
from .project import PathLike, Project

__all__ = ["CodePart", "CodeVersion", "CodeVersionError", "Project", "code_version"]


def code_version(
    fn: object,
    *,
    also: Union[Iterable[object], Mapping[str, object]] = (),
    files: Iterable[PathLike] = (),
    root: Optional[PathLike] = None,
    annotations: bool = False,
    project: Optional[Project] = None,
) -> CodeVersion:
    """Returns the fingerprint of an asset's function and of everything in its project that it reaches.

    Comments, formatting, docstrings and, unless `annotations` is set, type annotations of functions don't count.
    A distribution counts by its name and version, the standard library not at all. The value is the same on every
    machine and on Python 3.10 to 3.14; docs/code-versions.md states how it is made.

    `also` holds what belongs to the asset and isn't named in its source: resources, IO managers, the ops of a graph;
    functions, classes, instances or plain values. In a mapping, a name is that of the part where the object has none in
    its source: `{"resource db": Db(n=1)}`. `files` are SQL and template files, or folders of them, from the project
    root. `root` is the folder that holds the project's modules; without it, the one that holds the function's
    top-level package. `project` keeps what was read: make one `Project` and pass it for every asset.

    Raises CodeVersionError if the function has no source (a built-in, a function typed at a prompt), if its module
    doesn't parse, or if a declared file doesn't exist. What it reaches without a source is told in `warnings`.

    >>> import pathlib, sys, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "prices.py").write_text("RATE = 2\\n\\ndef price(x):\\n    return x * RATE\\n")
    >>> sys.path.insert(0, str(folder))
    >>> import prices
    >>> version = code_version(prices.price)
    >>> [(part.name, part.location) for part in version.parts]
    [('constant RATE', 'prices.py:1'), ('price', 'prices.py:3')]
    """
    if project is None:
        if root is not None:
            project = Project(root, annotations=annotations)
        else:
            project = Project.of(fn, annotations=annotations)
    elif root is not None or annotations:
        raise TypeError("root and annotations belong to the project: pass them to Project")
    return project.code_version(fn, also=also, files=files)
