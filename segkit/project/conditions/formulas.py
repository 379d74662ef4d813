"""Simple conditions as data: comparisons of a column with constants, and what joins them."""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from segkit.core.predicate import BIGINT_DIGITS, AllOf, AnyOf, Compare, Formula, IsNull, Not
from segkit.core.rules import Interval, Levels

_SIDES: dict[type, tuple[str, bool]] = {
    exp.LT: ("below", False),
    exp.LTE: ("below", True),
    exp.GT: ("above", False),
    exp.GTE: ("above", True),
}


def read_formula(tree: exp.Expr) -> Formula | None:
    """What the tree says, as data; None if it is more than comparisons with constants."""
    match tree:
        case exp.Paren():
            return read_formula(tree.this)
        case exp.Not():
            inner = read_formula(tree.this)
            return None if inner is None else Not(inner)
        case exp.And() | exp.Or():
            return _connected(tree)
        case exp.Column():
            return _flag(tree)
        case exp.Is(this=exp.Column(), expression=exp.Null()):
            return IsNull(tree.this.name)
        case exp.Between(this=exp.Column()):
            return _between(tree)
        case exp.In(this=exp.Column()):
            return _in(tree)
        case exp.EQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
            return _comparison(tree)
    return None


def _connected(tree: exp.And | exp.Or) -> Formula | None:
    """``a AND b AND c`` as one, however many there are."""
    kind: type[AllOf | AnyOf] = AllOf if isinstance(tree, exp.And) else AnyOf
    parts: list[Formula] = []
    for side in tree.flatten():
        part = read_formula(side)
        if part is None:
            return None
        parts += part.parts if isinstance(part, kind) else (part,)
    return kind(tuple(parts))


def _between(tree: exp.Between) -> Formula | None:
    low, high = _number(tree.args["low"]), _number(tree.args["high"])
    may_be_turned = tree.args.get("symmetric")
    if low is None or high is None or may_be_turned:
        return None
    return Compare(tree.this.name, Interval(low, high, True, True))


def _in(tree: exp.In) -> Formula | None:
    name, items = tree.this.name, tree.args.get("expressions") or []
    texts = [text for item in items if (text := _text(item)) is not None]
    numbers = [number for item in items if (number := _number(item)) is not None]
    if items and len(texts) == len(items):
        return Compare(name, Levels(frozenset(texts)))
    if not items or len(numbers) < len(items):
        return None
    return AnyOf(tuple(Compare(name, Interval(n, n, True, True)) for n in numbers))


def _comparison(tree: exp.Binary) -> Formula | None:
    column, constant, turned = tree.left, tree.right, False
    if not isinstance(column, exp.Column):
        column, constant, turned = tree.right, tree.left, True
    if not isinstance(column, exp.Column):
        return None
    is_equality = isinstance(tree, exp.EQ | exp.NEQ)
    text, number = _text(constant), _number(constant)
    found: Formula
    if isinstance(constant, exp.Boolean) and is_equality:
        found = _flag(column) if constant.this else Not(_flag(column))
    elif text is not None and is_equality:
        found = Compare(column.name, Levels(frozenset({text})))
    elif number is not None and is_equality:
        found = Compare(column.name, Interval(number, number, True, True))
    elif number is not None:
        side, closed = _SIDES[type(tree)]
        if (side == "below") != turned:
            found = Compare(column.name, Interval(upper=number, upper_closed=closed))
        else:
            found = Compare(column.name, Interval(lower=number, lower_closed=closed))
    else:
        return None
    return Not(found) if isinstance(tree, exp.NEQ) else found


def _flag(column: exp.Column) -> Compare:
    return Compare(column.name, Levels(frozenset({"true"})), is_flag=True)


def _text(node: exp.Expr) -> str | None:
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None


def _number(node: exp.Expr) -> Decimal | None:
    """A plain decimal that is compared exactly; with an exponent it is a DOUBLE, which is not."""
    if isinstance(node, exp.Neg):
        inner = _number(node.this)
        return None if inner is None else -inner
    if not isinstance(node, exp.Literal) or node.is_string or "e" in str(node.this).lower():
        return None
    text = str(node.this)
    return Decimal(text) if len(text.replace(".", "")) <= BIGINT_DIGITS else None
