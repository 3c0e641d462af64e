"""Tells apart the lambdas that start in one line."""

from __future__ import annotations

import ast
import types
import warnings
from collections.abc import Sequence

SAME_CODE = (
    "co_name co_argcount co_posonlyargcount co_kwonlyargcount co_flags co_code co_names co_varnames co_freevars"
    " co_cellvars"
).split()


def matching(tree: ast.Module, nodes: Sequence[ast.AST], code: types.CodeType) -> list[int]:
    """Returns which of some lambdas of a module were compiled to the same code, in O(module).

    Their columns would tell as well, but only from Python 3.11 on; and what has the same code does the same.
    """
    compiled = _compiled(tree, [node for node in nodes if isinstance(node, ast.Lambda)])
    return [
        index
        for index, node in enumerate(nodes)
        if any(_is_same(found, code) for found in compiled.get(id(node), []))
    ]


def _compiled(tree: ast.Module, nodes: list[ast.Lambda]) -> dict[int, list[types.CodeType]]:
    """Returns the code objects of lambdas; each is known by lines of its own, to which it is moved for a moment."""
    beyond = max((getattr(node, "end_lineno", 0) or 0 for node in ast.walk(tree)), default=0) + 1
    found: dict[int, list[types.CodeType]] = {id(node): [] for node in nodes}
    moves: list[tuple[ast.Lambda, int]] = []
    try:
        # The whole of it: a body in another line than its start is compiled differently. One in another moves twice.
        for index, node in enumerate(nodes):
            moves.append((node, beyond * (index + 2) - node.lineno))
            _move(*moves[-1])
        by_line = {node.lineno: id(node) for node in nodes}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pending = [compile(tree, "<lambdas>", "exec", dont_inherit=True)]
        while pending:
            code = pending.pop()
            if code.co_name == "<lambda>" and code.co_firstlineno in by_line:
                found[by_line[code.co_firstlineno]].append(code)
            pending += [item for item in code.co_consts if isinstance(item, types.CodeType)]
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return {}
    finally:
        for node, lines in reversed(moves):
            _move(node, -lines)
    return found


def _move(node: ast.AST, lines: int) -> None:
    for inner in ast.walk(node):
        if isinstance(inner, (ast.expr, ast.arg, ast.keyword)):
            inner.lineno += lines
            inner.end_lineno = (inner.end_lineno or 0) + lines


def _is_same(one: types.CodeType, other: types.CodeType) -> bool:
    if any(getattr(one, name) != getattr(other, name) for name in SAME_CODE):
        return False
    if len(one.co_consts) != len(other.co_consts):
        return False
    return all(_is_same_constant(*pair) for pair in zip(one.co_consts, other.co_consts))


def _is_same_constant(one: object, other: object) -> bool:
    if isinstance(one, types.CodeType) and isinstance(other, types.CodeType):
        return _is_same(one, other)
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    # 1 is not 1.0, nor is 0.0 what -0.0 is.
    return type(one) is type(other) and repr(one) == repr(other)
