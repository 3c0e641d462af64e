"""`python -m assetdiff.dagster`: writes the snapshot of a Dagster project."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import BinaryIO, NoReturn

from assetdiff import AssetGraph, Snapshot
from assetdiff.dagster._code import MODES
from assetdiff.dagster._load import LoadError, load
from assetdiff.dagster._snapshot import from_form
from assetdiff.errors import AssetDiffError, SnapshotError

_DESCRIPTION = """Write a snapshot of the assets of a Dagster project. Without -m, -f or -w the project or workspace
is the one of the working directory (pyproject.toml, dg.toml or workspace.yaml)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a snapshot; return 0, or 2 if there is none, with the reason on stderr and no file."""
    options = _parser().parse_args(arguments)
    try:
        # Checked first: nobody waits for a project to load to learn that it cannot be written.
        output = _output_path(options.output)
        with _stdout_for_the_result() as stdout, _exits_are_told():
            form, warnings = load(
                module=options.module,
                file=options.file,
                workspace=options.workspace,
                working_directory=options.working_directory,
                attribute=options.attribute,
                location=options.location,
                deployment=options.deployment,
                commit=options.commit,
                code_versions=options.code_versions,
                root=options.root,
            )
            snapshot = from_form(form, warnings)
            _check_graph(snapshot, options.module or options.file or options.workspace or options.working_directory)
            text = snapshot.to_json()
            if output is None:
                stdout.write(text)
                stdout.flush()
            else:
                write_whole(output, text)
    except LoadError as error:
        sys.stderr.write(error.traceback)
        print(f"error: {error}", file=sys.stderr)
        return 2
    except (AssetDiffError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return 0


def _check_graph(snapshot: Snapshot, source: str | None) -> None:
    """Raise AssetDiffError for assets upstream of themselves: only here it is known where they were loaded from."""
    try:
        AssetGraph(snapshot)
    except SnapshotError as error:
        locations: dict[str, list[str]] = {}
        for asset in snapshot:
            if asset.code_location:
                locations.setdefault(str(asset.key), []).append(asset.code_location)
        named = {
            name: " and ".join(locations[name])
            for problem in error.problems
            if problem.kind == "cycle"
            for name in problem.message.rpartition("found ")[2].split(" -> ")
            if name in locations
        }
        where = ", ".join(f"{name} in {location}" for name, location in named.items())
        raise AssetDiffError(
            f"{source or 'the project'}: {error}" + (f" ({where})" if where else "")
        ) from error


@contextmanager
def _exits_are_told() -> Iterator[None]:
    """Have `os._exit` raise SystemExit meanwhile: a project that calls it would take the reason with it."""
    exits, process = os._exit, os.getpid()

    def told(code: int) -> NoReturn:
        # A child process that was forked has to end there.
        if os.getpid() != process:
            exits(code)
        raise SystemExit(code)

    os._exit = told  # type: ignore[assignment]
    try:
        yield
    finally:
        os._exit = exits


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="assetdiff snapshot dagster", description=_DESCRIPTION)
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "-m", "--module-name", dest="module", metavar="MODULE", help="a module that holds the definitions"
    )
    source.add_argument("-f", "--python-file", dest="file", metavar="FILE", help="a Python file that holds them")
    source.add_argument("-w", "--workspace", metavar="FILE", help="a workspace.yaml, with any number of code locations")
    parser.add_argument("-d", "--working-directory", metavar="DIR", help="where modules are looked for (default: here)")
    parser.add_argument("-a", "--attribute", metavar="NAME", help="the name of the definitions in the module or file")
    parser.add_argument("--location", metavar="NAME", help="the name of the code location of -m or -f")
    parser.add_argument("--deployment", metavar="NAME", help="such as prod; kept in the snapshot, never compared")
    parser.add_argument("--commit", metavar="ID", help="the commit of the code; kept, never compared")
    parser.add_argument("--code-versions", choices=MODES, default=MODES[0], help="where code versions come from")
    parser.add_argument("--root", metavar="DIR", help="the folder whose code makes up computed code versions")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write (default: standard output)")
    return parser


def _output_path(output: str | None) -> Path | None:
    if output is None or output == "-":
        return None
    path = Path(output)
    if path.is_dir():
        raise AssetDiffError(f"{path} is a folder")
    if not path.parent.is_dir():
        raise AssetDiffError(f"there is no folder {path.parent}")
    return path


@contextmanager
def _stdout_for_the_result() -> Iterator[BinaryIO]:
    """Lead everything that a project prints, its child processes too, to standard error meanwhile."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with open(kept, "wb", closefd=False) as stdout, redirect_stdout(sys.stderr):
            yield stdout
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def write_whole(path: Path, text: bytes) -> None:
    """Write a file whole or not at all: what stands there is replaced when the new text is on the disk."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for the owner alone; this one is for whoever may read a new file.
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
