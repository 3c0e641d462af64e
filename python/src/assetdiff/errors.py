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


def _problem(fields: dict[str, Any]) -> Problem:
    key = fields.get("key")
    return Problem(**{**fields, "key": None if key is None else tuple(key)})
