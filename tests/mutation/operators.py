"""The small faults that are built into a module, one at a time.

Text is left as it is, and so are annotations and imports: a sentence with another word is no fault
that a test should know.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMPARED = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COUNTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult}
_DROPPED = (ast.AugAssign, ast.Delete, ast.Raise, ast.Break, ast.Continue)
_UNTOUCHED = {"annotation", "returns", "decorator_list", "bases", "cause", "type_params"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one fault.

    Attributes:
        line: where the fault is.
        before: the code that was there.
        after: what is there instead.
        source: of the whole module.
    """

    line: int
    before: str
    after: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Give a module's mutants in the order of its lines."""
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    for node, place, at, old, line in _places(tree, 1):
        for new in _faults(node, old):
            _put(node, place, at, new)
            changed = ast.unparse(tree)
            _put(node, place, at, old)
            if changed not in seen:
                seen.add(changed)
                yield Mutant(line, _short(old), _short(new), changed)


def _put(node, place, at, new):
    if at is None:
        setattr(node, place, new)
    else:
        getattr(node, place)[at] = new


def _short(node):
    return ast.unparse(node).partition("\n")[0][:120]


def _places(node, line):
    """Give each part of the code: what it is in, in which field, at which index, and its line."""
    for place, value in ast.iter_fields(node):
        if place in _UNTOUCHED:
            continue
        for at, part in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(part, ast.AST) or _is_left_alone(part):
                continue
            here = getattr(part, "lineno", line)
            yield node, place, at, part, here
            yield from _places(part, here)


def _is_left_alone(node):
    typing = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    return typing or isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr)


def _faults(parent, node):
    """Give what may stand in a part's place."""
    if isinstance(node, ast.stmt):
        yield from _statements(node)
    elif isinstance(node, ast.expr):
        if isinstance(parent, ast.If | ast.While | ast.IfExp) and node is parent.test:
            yield from _negated(node)
        yield from _expressions(node)


def _statements(node):
    if isinstance(node, _DROPPED) or _is_call(node) or _is_store(node):
        yield ast.Pass()
    elif isinstance(node, ast.Return) and not _is_constant(node.value):
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.With) and not any(item.optional_vars for item in node.items):
        yield ast.If(ast.Constant(True), node.body, [])


def _is_call(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def _is_store(node):
    aims = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(aim, ast.Attribute | ast.Subscript) for aim in aims)


def _is_constant(value):
    return value is None or isinstance(value, ast.Constant)


def _negated(test):
    if not isinstance(test, ast.Compare | ast.UnaryOp | ast.BoolOp):
        yield ast.UnaryOp(ast.Not(), test)


def _expressions(node):
    match node:
        case ast.Compare(left, [op, *ops], right) if type(op) in _COMPARED:
            yield ast.Compare(left, [_COMPARED[type(op)](), *ops], right)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for at in range(len(values)):
                rest = values[:at] + values[at + 1 :]
                yield ast.BoolOp(op, rest) if len(rest) > 1 else rest[0]
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.BinOp(left, ast.BitOr() | ast.BitAnd(), _):
            yield left
        case ast.BinOp(left, op, right) if type(op) in _COUNTED:
            yield ast.BinOp(left, _COUNTED[type(op)](), right)
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield ast.Constant(value + 1)
        case ast.Call(func, args, keywords):
            yield from _calls(func, args, keywords)


def _calls(func, args, keywords):
    if len(args) > 1 and not any(isinstance(arg, ast.Starred) for arg in args):
        yield ast.Call(func, [args[1], args[0], *args[2:]], keywords)
    for at in range(len(keywords)):
        yield ast.Call(func, args, keywords[:at] + keywords[at + 1 :])
