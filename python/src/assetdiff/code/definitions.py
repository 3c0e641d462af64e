"""Writes functions and classes: parameters, decorators, and what of an asset's declaration counts."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Optional

from .canonical import text_form
from .model import Key
from .names import External, Part, chain_of
from .scopes import (
    DEFINITIONS,
    FUNCTIONS,
    FunctionNode,
    Scope,
    class_scope,
    function_scope,
    parameters,
)

if TYPE_CHECKING:
    from .writer import Item, Writer

# Arguments of a declaration such as @asset that hand code to the asset; the others are compared as what they declare.
BOUND_CODE = frozenset({"io_manager_def", "resource_defs"})
READ_ANNOTATIONS_OF_FUNCTIONS = frozenset({"register", "validate_call", "validate_arguments"})


def _arguments(writer: Writer, arguments: ast.arguments, scope: Optional[Scope], annotations: bool) -> list[Item]:
    items: list[Item] = ["Arguments("]
    groups = (
        ("posonlyargs", arguments.posonlyargs),
        ("args", arguments.args),
        ("vararg", [arguments.vararg] if arguments.vararg else []),
        ("kwonlyargs", arguments.kwonlyargs),
        ("kwarg", [arguments.kwarg] if arguments.kwarg else []),
    )
    for name, group in groups:
        if group:
            items += [name, "=", *writer.list_items([parameter.arg for parameter in group], scope), ","]
    for name, defaults in (("defaults", arguments.defaults), ("kw_defaults", arguments.kw_defaults)):
        if defaults:
            items += [name, "=", *writer.list_items(defaults, scope), ","]
    if annotations:
        for parameter in parameters(arguments):
            if parameter.annotation is not None:
                items += [f"annotation={text_form(parameter.arg)}:", (parameter.annotation, scope), ","]
    return [*items, ")"]


def _decorators(writer: Writer, nodes: list[ast.expr], scope: Optional[Scope]) -> list[Item]:
    items: list[Item] = []
    for node in nodes:
        items += _decorator(writer, node, scope)
    return ["decorators=[", *items, "],"] if items else []


def _decorator(writer: Writer, node: ast.expr, scope: Optional[Scope]) -> list[Item]:
    func = node.func if isinstance(node, ast.Call) else node
    target, _ = writer.project.names.chain(writer.module, chain_of(func), scope, writer.cells)
    if not isinstance(target, External) or target.dotted.partition(".")[0] not in writer.project.declarations:
        return [(node, scope), ","]
    keywords = node.keywords if isinstance(node, ast.Call) else []
    bound = [item for item in keywords if item.arg in BOUND_CODE]
    return ["Declaration(", *writer.list_items(bound, scope), "),"] if bound else []


def function_items(writer: Writer, node: FunctionNode, scope: Optional[Scope]) -> list[Item]:
    annotations = writer.project.annotations or any(
        getattr(decorator, "attr", getattr(decorator, "id", "")) in READ_ANNOTATIONS_OF_FUNCTIONS
        for decorator in (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
    )
    qualname = node.name if scope is None else f"{scope.qualname}.{node.name}"
    inner = function_scope(node, scope, qualname)
    items: list[Item] = [f"{type(node).__name__}(name={text_form(node.name)},"]
    items += _decorators(writer, node.decorator_list, scope)
    items += ["args=", *_arguments(writer, node.args, scope, annotations), ","]
    if annotations and node.returns is not None:
        items += ["returns=", (node.returns, scope), ","]
    return [*items, "body=", *writer.list_items(writer.statements(node.body, inner), inner), ",)"]


def lambda_items(writer: Writer, node: ast.Lambda, scope: Optional[Scope]) -> list[Item]:
    inner = function_scope(node, scope, "<lambda>")
    return ["Lambda(args=", *_arguments(writer, node.args, scope, False), ",body=", (node.body, inner), ",)"]


def class_items(writer: Writer, node: ast.ClassDef, scope: Optional[Scope], part: Optional[str] = None) -> list[Item]:
    """Writes a class; of a class that is a part itself, methods and inner classes are parts too."""
    inner = class_scope(node, scope, part or node.name)
    items: list[Item] = [f"ClassDef(name={text_form(node.name)},"]
    items += _decorators(writer, node.decorator_list, scope)
    if node.bases:
        items += ["bases=", *writer.list_items(node.bases, scope), ","]
    if node.keywords:
        items += ["keywords=", *writer.list_items(node.keywords, scope), ","]
    items.append("body=[")
    for statement in writer.statements(node.body, inner):
        if part is not None and isinstance(statement, DEFINITIONS):
            items += ["Part(", Key("definition", writer.module.name, f"{part}.{statement.name}"), "),"]
        else:
            items += [(statement, inner), ","]
    return [*items, "],)"]


def annotation_edges(writer: Writer, node: ast.AST, scope: Optional[Scope]) -> list[Key]:
    """Returns the project's definitions that the annotations of a function's parameters name."""
    if not isinstance(node, FUNCTIONS):
        return []
    found: list[Key] = []
    pending: list[ast.AST] = [p.annotation for p in parameters(node.args) if p.annotation is not None]
    while pending:
        item = pending.pop()
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            try:
                pending.append(ast.parse(item.value, mode="eval").body)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                # A text that is no annotation names nothing.
                continue
        elif isinstance(item, (ast.Name, ast.Attribute)):
            target, _ = writer.project.names.chain(writer.module, chain_of(item), scope, writer.cells)
            if isinstance(target, Part):
                found.append(target.key)
        else:
            pending.extend(ast.iter_child_nodes(item))
    return found
