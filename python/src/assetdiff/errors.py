"""The errors of this package."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


class AssetDiffError(ValueError):
    """The root of this package's errors."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a snapshot.

    ``kind`` is one of ``format``, ``encoding``, ``version``, ``duplicate_member``, ``limit``,
    ``duplicate_asset``, ``duplicate_dependency``, ``duplicate_check``, ``cycle``, ``not_writable``
    and ``other``. ``key`` holds the components of the asset's key, if it is about one; ``line`` and
    ``column`` (in bytes, both from 1) the place in the text, if there is one.
    """

    kind: str
    message: str
    key: tuple[str, ...] | None = None
    line: int | None = None
    column: int | None = None


class SnapshotError(AssetDiffError):
    """Data that is no valid snapshot; ``problems`` lists all that is wrong, sorted.

    >>> import assetdiff
    >>> try:
    ...     assetdiff.AssetGraph([{"key": ["a"], "dependencies": [{"key": ["a"]}]}])
    ... except assetdiff.SnapshotError as error:
    ...     error.problems[0].kind
    'cycle'
    """

    problems: list[Problem]

    def __init__(self, message: str, problems: Iterable[Problem | dict[str, Any]] = ()) -> None:
        super().__init__(message)
        self.problems = [problem if isinstance(problem, Problem) else _problem(problem) for problem in problems]

    def __reduce__(self) -> tuple[type[SnapshotError], tuple[str, list[Problem]]]:
        return type(self), (self.args[0], self.problems)


class SelectionError(AssetDiffError):
    """A selection that cannot be parsed, or not be answered by the graphs at hand.

    The text shows the expression with carets under the place.

    >>> import assetdiff
    >>> assetdiff.select([], "tag:pii or")
    Traceback (most recent call last):
      ...
    assetdiff.errors.SelectionError: expected an attribute such as "key:", "sinks(", "roots(", "(", "not", "+" or "*", found the end at byte 10 of the selection
      tag:pii or
                ^
    """

    position: int
    """The place in the expression, in characters."""
    is_syntax: bool
    """Whether the expression is none of the language; otherwise there is no answer to it here."""

    def __init__(self, message: str, position: int = 0, is_syntax: bool = True) -> None:
        super().__init__(message)
        self.position = position
        self.is_syntax = is_syntax

    def __reduce__(self) -> tuple[type[SelectionError], tuple[str, int, bool]]:
        return type(self), (self.args[0], self.position, self.is_syntax)


class StoreError(AssetDiffError):
    """What a store of deployments could not do; the text says what to do about it.

    >>> import assetdiff, tempfile
    >>> try:
    ...     assetdiff.Store.open(tempfile.mkdtemp()).show("prod")
    ... except assetdiff.StoreError as error:
    ...     error.kind
    'no_deployment'
    """

    kind: str
    """What is wrong: ``url``, ``name``, ``storage``, ``corrupt``, ``version`` (of the format), ``no_deployment``,
    ``no_version``, ``contended``, ``prune_running``, ``too_large``, ``graph``, ``limit`` or ``redact``."""

    def __init__(self, message: str, kind: str = "storage") -> None:
        super().__init__(message)
        self.kind = kind

    def __reduce__(self) -> tuple[type[StoreError], tuple[str, str]]:
        return type(self), (self.args[0], self.kind)


class ConfigError(AssetDiffError):
    """What is wrong with the rules of a project; the text shows the line with carets under the place.

    >>> import assetdiff
    >>> try:
    ...     assetdiff.Project.parse('base = "prod"\\npolicy = 1')
    ... except assetdiff.ConfigError as error:
    ...     error.line, error.column
    (2, 10)
    """

    file: str
    """The name of the file."""
    line: int
    """The line, from 1."""
    column: int
    """The column in characters, from 1."""

    def __init__(self, message: str, file: str = "assetdiff.toml", line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.file = file
        self.line = line
        self.column = column

    def __reduce__(self) -> tuple[type[ConfigError], tuple[str, str, int, int]]:
        return type(self), (self.args[0], self.file, self.line, self.column)


def _problem(fields: dict[str, Any]) -> Problem:
    key = fields.get("key")
    return Problem(**{**fields, "key": None if key is None else tuple(key)})
