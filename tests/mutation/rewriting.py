"""Functions rewritten: the same function without one term of a sum, made from its source."""

from __future__ import annotations

import ast
import copy
import functools
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

__all__ = ["without_a_term"]

Definition = ast.Lambda | ast.FunctionDef


def without_a_term(function: Callable[..., Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each way to leave one operand of a + b or a - b out of a function, with what is left.

    That is done to the function itself and to the helpers beside it that it calls by name.
    """
    assert isinstance(function, FunctionType)
    yield from _rewritten(function)
    for name in function.__code__.co_names:
        helper = function.__globals__.get(name)
        if _is_a_helper(helper, function):
            for left, changed in _rewritten(helper):
                namespace = {**function.__globals__, name: changed}
                yield f"in {name}: {left}", _with(function, function.__code__, namespace)


def _is_a_helper(value: Any, of: FunctionType) -> bool:
    """Whether it is a plain function of the same file: an op is not, it has faults of its own."""
    return (
        isinstance(value, FunctionType)
        and value.__code__.co_filename == of.__code__.co_filename
        and value.__name__.startswith("_")
        and value is not of
    )


def _rewritten(function: FunctionType) -> Iterator[tuple[str, FunctionType]]:
    definition = _definition(function.__code__)
    for place, node in enumerate(ast.walk(definition)):
        if not _is_a_sum(node):
            continue
        for side in ("left", "right"):
            changed = copy.deepcopy(definition)
            target: Any = list(ast.walk(changed))[place]
            changed = _Replace(target, _one_side(target, side)).visit(changed)
            code = _compiled(changed, function.__code__)
            left = ast.unparse(_one_side(node, side))
            yield f"{ast.unparse(node)} → {left}", _with(function, code, function.__globals__)


def _is_a_sum(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))


def _one_side(node: Any, side: str) -> ast.expr:
    if side == "left":
        return node.left  # type: ignore[no-any-return]
    return ast.UnaryOp(ast.USub(), node.right) if isinstance(node.op, ast.Sub) else node.right


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else self.generic_visit(node)


@functools.cache
def _definitions(path: str) -> list[Definition]:
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, (ast.Lambda, ast.FunctionDef))]


def _definition(code: CodeType) -> Definition:
    """Where a function is defined: the smallest definition that holds all its instructions."""
    spots = [(p[0], p[2]) for p in code.co_positions() if None not in p and p[2] != p[3]]
    low, high = min(spots), max(spots)

    def holds(node: Any) -> bool:
        if isinstance(node, ast.FunctionDef):
            return node.name == code.co_name and node.lineno <= low[0] and high[0] <= node.end_lineno
        body = node.body
        return (body.lineno, body.col_offset) <= low and high <= (body.end_lineno, body.end_col_offset)

    wanted = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    found = [node for node in _definitions(code.co_filename) if _arguments(node) == wanted and holds(node)]
    return max(found, key=lambda node: (node.lineno, node.col_offset))


def _arguments(node: Definition) -> tuple[str, ...]:
    return tuple(a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))


def _compiled(definition: Definition, like: CodeType) -> CodeType:
    """The code of a definition that stands where the free variables of the original are local."""
    inner: ast.stmt
    if isinstance(definition, ast.Lambda):
        inner = ast.Return(definition)
    else:
        definition.decorator_list = []
        inner = definition
    factory = ast.parse(f"def factory({', '.join(like.co_freevars)}): pass")
    factory.body[0].body = [inner]  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", SyntaxWarning
        )  # 1[..., None] is what is left of (x * 0 + 1)[..., None]
        code = compile(ast.fix_missing_locations(factory), like.co_filename, "exec")
    outer = next(c for c in code.co_consts if isinstance(c, CodeType))
    return next(c for c in outer.co_consts if isinstance(c, CodeType) and c.co_name == like.co_name)


def _with(function: FunctionType, code: CodeType, namespace: dict[str, Any]) -> FunctionType:
    """The function with other code, and with names that mean what they mean in ``namespace``."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    closure = tuple(cells[name] for name in code.co_freevars)
    changed = FunctionType(code, namespace, function.__name__, function.__defaults__, closure)
    changed.__kwdefaults__ = function.__kwdefaults__
    return changed
