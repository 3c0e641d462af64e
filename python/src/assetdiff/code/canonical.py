"""The canonical form of Python source, as docs/code-versions.md states it: the same on every version of Python."""

from __future__ import annotations

import ast
import json
from hashlib import blake2b

# Only what is named here is written, in this order, and never what is empty: a field that a newer Python adds
# changes no fingerprint. Nodes that need more than this are written by `writer`.
FIELDS: dict[str, tuple[str, ...]] = {
    "Assert": ("test", "msg"),
    "Assign": ("targets", "value"),
    "AsyncFor": ("target", "iter", "body", "orelse"),
    "AsyncWith": ("items", "body"),
    "AugAssign": ("target", "op", "value"),
    "Await": ("value",),
    "BinOp": ("left", "op", "right"),
    "BoolOp": ("op", "values"),
    "Break": (),
    "Compare": ("left", "ops", "comparators"),
    "Continue": (),
    "Delete": ("targets",),
    "Dict": ("keys", "values"),
    "ExceptHandler": ("type", "name", "body"),
    "Expr": ("value",),
    "For": ("target", "iter", "body", "orelse"),
    "FormattedValue": ("value", "conversion", "format_spec"),
    "Global": ("names",),
    "If": ("test", "body", "orelse"),
    "IfExp": ("test", "body", "orelse"),
    "Interpolation": ("value", "str", "conversion", "format_spec"),
    "JoinedStr": ("values",),
    "List": ("elts",),
    "Match": ("subject", "cases"),
    "MatchAs": ("pattern", "name"),
    "MatchClass": ("cls", "patterns", "kwd_attrs", "kwd_patterns"),
    "MatchMapping": ("keys", "patterns", "rest"),
    "MatchOr": ("patterns",),
    "MatchSequence": ("patterns",),
    "MatchSingleton": ("value",),
    "MatchStar": ("name",),
    "MatchValue": ("value",),
    "NamedExpr": ("target", "value"),
    "Nonlocal": ("names",),
    "Raise": ("exc", "cause"),
    "Return": ("value",),
    "Set": ("elts",),
    "Slice": ("lower", "upper", "step"),
    "Starred": ("value",),
    "Subscript": ("value", "slice"),
    "TemplateStr": ("values",),
    "Try": ("body", "handlers", "orelse", "finalbody"),
    "TryStar": ("body", "handlers", "orelse", "finalbody"),
    "Tuple": ("elts",),
    "TypeAlias": ("name", "value"),
    "UnaryOp": ("op", "operand"),
    "While": ("test", "body", "orelse"),
    "With": ("items", "body"),
    "Yield": ("value",),
    "YieldFrom": ("value",),
    "keyword": ("arg", "value"),
    "match_case": ("pattern", "guard", "body"),
    "withitem": ("context_expr", "optional_vars"),
}

STATEMENT_LISTS = frozenset({"body", "orelse", "finalbody"})


def fingerprint(text: str) -> str:
    """Returns the digest of a canonical text: the first 16 bytes of BLAKE2b as 32 hexadecimal digits."""
    return blake2b(text.encode("utf-8"), digest_size=16).hexdigest()


def text_form(value: str) -> str:
    """Returns a string as JSON in ASCII: how it was spelled and whether it holds half surrogates doesn't matter."""
    return json.dumps(value)


def constant_form(value: object) -> str:
    """Returns the form of a literal: numbers in hexadecimal, which is exact and has no limit on digits."""
    if value is None or value is True or value is False:
        return str(value)
    if value is Ellipsis:
        return "Ellipsis"
    if isinstance(value, str):
        return text_form(value)
    if isinstance(value, bytes):
        return f"Bytes({value.hex()})"
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, float):
        return f"Float({value.hex()})"
    if isinstance(value, complex):
        return f"Complex({value.real.hex()},{value.imag.hex()})"
    raise TypeError(f"no literal of Python is a {type(value).__name__}")


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def joined_values(values: list[ast.expr]) -> list[ast.expr]:
    """Returns the pieces of an f-string with neighbouring texts joined: Python 3.12 splits them differently."""
    joined: list[ast.expr] = []
    for value in values:
        inner = joined_values(value.values) if isinstance(value, ast.JoinedStr) else [value]
        for piece in inner:
            last = joined[-1] if joined else None
            if isinstance(piece, ast.Constant) and isinstance(last, ast.Constant):
                joined[-1] = ast.Constant(str(last.value) + str(piece.value))
            elif not (isinstance(piece, ast.Constant) and piece.value == ""):
                joined.append(piece)
    return joined


def is_idle(statement: ast.stmt) -> bool:
    """Tells whether a statement does nothing: `pass`, a docstring, a `...` or another literal alone."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Pass)
