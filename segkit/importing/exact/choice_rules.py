"""What is one of several values: CASE, COALESCE, NULLIF, GREATEST."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from segkit.core.columns import Kind
from segkit.importing.exact.comparison_rules import alike, check_numbers, side
from segkit.importing.exact.rewrite import DOUBLE_DIGITS, Doubt, Exact, Value, call, operand


def case(exact: Exact, node: exp.Case) -> Value:
    arms, values = node.args["ifs"], list[Value]()
    operand, asked = questions(exact, node)
    ifs = [
        exp.If(this=condition, true=_or_null(exact, arm.args["true"], values))
        for condition, arm in zip(asked, arms, strict=True)
    ]
    default = node.args.get("default")
    otherwise = None if default is None else _or_null(exact, default, values)
    return _chosen(exact, exp.Case(this=operand, ifs=ifs, default=otherwise), values, node)


def questions(exact: Exact, node: exp.Case) -> tuple[exp.Expr | None, list[exp.Expr]]:
    """What a CASE looks at, if it is a simple one, and what stands after each WHEN."""
    asked = [arm.this for arm in node.args["ifs"]]
    if node.this is None:
        return None, [exact.condition(each).node for each in asked]
    operand = side(exact, node.this)
    plain = [each for each in asked if not isinstance(each, exp.Null)]
    first, others = alike(exact, operand, [side(exact, each) for each in plain], node)
    found = iter(others)
    return first, [exp.Null() if isinstance(e, exp.Null) else next(found) for e in asked]


def if_else(exact: Exact, node: exp.If) -> Value:
    values: list[Value] = []
    asked = exact.condition(node.this).node
    true = _or_null(exact, node.args["true"], values)
    false = node.args.get("false")
    otherwise = None if false is None else _or_null(exact, false, values)
    made = exp.Case(ifs=[exp.If(this=asked, true=true)], default=otherwise)
    return _chosen(exact, made, values, node)


def coalesce(exact: Exact, node: exp.Coalesce) -> Value:
    values: list[Value] = []
    first, *others = [_or_null(exact, each, values) for each in (node.this, *node.expressions)]
    return _chosen(exact, exp.Coalesce(this=first, expressions=others), values, node)


def nullif(exact: Exact, node: exp.Nullif) -> Value:
    left, right = side(exact, node.this), side(exact, node.expression)
    _, (other,) = alike(exact, left, [right], node)
    made = exp.Nullif(this=left.node, expression=other)
    return replace(left, node=made, is_constant=False)


def greatest(exact: Exact, node: exp.Greatest | exp.Least) -> Value:
    values = [side(exact, each) for each in (node.this, *node.expressions)]
    common = _common(exact, values, node)
    is_ordered = all(v.is_numeric for v in values) or common.kind is Kind.DATE
    if exact.old.greatest is None or not is_ordered or common.is_mixed:
        raise Doubt(node, f"{exact.old.title} may choose another of them, or NULL")
    for value in values[1:]:
        check_numbers(exact, values[0], value, node) if value.is_numeric else None
    name = "greatest" if isinstance(node, exp.Greatest) else "least"
    made: exp.Expr = call(name, *(value.node for value in values))
    if exact.old.greatest == "null":
        tests = [exp.Is(this=operand(v.node), expression=exp.Null()) for v in values]
        known = exp.Not(this=exp.Paren(this=exp.or_(*tests, wrap=False)))
        made = exp.Case(ifs=[exp.If(this=known, true=made)])
    return replace(common, node=made)


def _or_null(exact: Exact, node: exp.Expr, values: list[Value]) -> exp.Expr:
    if isinstance(node, exp.Null):
        return node.copy()
    values.append(side(exact, node) if isinstance(node, exp.Connector) else exact.value(node))
    return values[-1].node


def _chosen(exact: Exact, made: exp.Expr, values: Sequence[Value], node: exp.Expr) -> Value:
    if not values:
        raise Doubt(node, "it is NULL for every row")
    return replace(_common(exact, values, node), node=made)


def _common(exact: Exact, values: Sequence[Value], node: exp.Expr) -> Value:
    """What is known of a value that is one of these; its node is the first one's."""
    kinds = {value.kind for value in values}
    if len(kinds) > 1 and not (exact.old.is_run and all(v.is_numeric for v in values)):
        raise Doubt(node, f"{exact.old.title} makes values of one kind of these")
    if any(value.kind is Kind.DECIMAL and len(kinds) > 1 for value in values):
        _check_decimals(values, node)
    is_mixed = any(value.is_mixed for value in values)
    is_mixed |= len(kinds) > 1 and not exact.old.exact_decimals
    digits = max(value.digits for value in values)
    kind = next(k for k in (Kind.DOUBLE, Kind.DECIMAL, values[0].kind) if k in kinds)
    overflow = any(value.may_overflow for value in values)
    return Value(values[0].node, kind, digits, is_mixed=is_mixed, may_overflow=overflow)


def _check_decimals(values: Sequence[Value], node: exp.Expr) -> None:
    for value in values:
        is_lost = value.kind is Kind.DECIMAL and value.digits > DOUBLE_DIGITS
        if is_lost and any(each.kind is Kind.DOUBLE for each in values):
            raise Doubt(node, "numbers of so many digits may be rounded before")
