"""Conditions, and what is one of several values: compared only where DuckDB answers the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from segkit.core.columns import Kind
from segkit.importing.exact.number_rules import date_of
from segkit.importing.exact.rewrite import DOUBLE_DIGITS, Doubt, Exact, Value, call, operand
from segkit.importing.exact.value_rules import clamped

_NULL_SAFE = (exp.NullSafeEQ, exp.NullSafeNEQ)


def connector(exact: Exact, node: exp.Connector) -> Value:
    left, right = exact.condition(node.this), exact.condition(node.expression)
    return Value(type(node)(this=left.node, expression=right.node), Kind.BOOLEAN)


def negation(exact: Exact, node: exp.Not) -> Value:
    return Value(exp.Not(this=exact.condition(node.this).node), Kind.BOOLEAN)


def comparison(exact: Exact, node: exp.Binary) -> Value:
    if isinstance(node.expression, exp.Null) and not isinstance(node, _NULL_SAFE):
        return Value(node.copy(), Kind.BOOLEAN)  # for no row
    left, right = exact.side(node.this), exact.side(node.expression)
    is_ordered = isinstance(node, exp.LT | exp.LTE | exp.GT | exp.GTE)
    one, other = _compared(exact, left, right, node, is_ordered=is_ordered)
    return Value(type(node)(this=one, expression=other), Kind.BOOLEAN)


def is_state(exact: Exact, node: exp.Is) -> Value:
    if isinstance(node.expression, exp.Null):
        if isinstance(node.this.unnest(), exp.Column):
            return Value(node.copy(), Kind.BOOLEAN)
        inner = exact.side(node.this)
        return Value(exp.Is(this=inner.node, expression=exp.Null()), Kind.BOOLEAN)
    if not isinstance(node.expression, exp.Boolean):
        raise Doubt(node, f"{exact.old.title} may mean something else by IS")
    inner = exact.side(node.this)
    if inner.kind is not Kind.BOOLEAN:
        raise Doubt(node, "it is no condition, but a value that would have to become one")
    return Value(exp.Is(this=inner.node, expression=node.expression.copy()), Kind.BOOLEAN)


def in_list(exact: Exact, node: exp.In) -> Value:
    left = exact.side(node.this)
    items = [item for item in node.expressions if not isinstance(item, exp.Null)]
    first, listed = _alike(exact, left, [exact.side(item) for item in items], node)
    nulls = [exp.Null() for item in node.expressions if isinstance(item, exp.Null)]
    return Value(exp.In(this=first, expressions=[*listed, *nulls]), Kind.BOOLEAN)


def between(exact: Exact, node: exp.Between) -> Value:
    value, low, high = (exact.side(node.args[key]) for key in ("this", "low", "high"))
    one, low_sql = _compared(exact, value, low, node, is_ordered=True)
    other, high_sql = _compared(exact, value, high, node, is_ordered=True)
    if one != other:
        raise Doubt(node, f"{exact.old.title} may convert one of them")
    return Value(exp.Between(this=one, low=low_sql, high=high_sql), Kind.BOOLEAN)


def like(exact: Exact, node: exp.Like) -> Value:
    text, pattern = exact.side(node.this), exact.side(node.expression)
    literal = pattern.node.unnest()
    written = str(literal.this)
    is_plain = isinstance(literal, exp.Literal) and text.kind is pattern.kind is Kind.TEXT
    if not is_plain or exact.old.like is None:
        raise Doubt(node, f"{exact.old.title} may take other texts for alike")
    if "\\" in written and exact.old.like == "same":
        raise Doubt(node, f"a backslash may be more than itself in {exact.old.title}")
    negate = bool(node.args.get("negate"))
    if exact.old.like == "same" or not re.search("[A-Za-z]", written):
        made: exp.Expr = exp.Like(this=text.node, expression=pattern.node, negate=negate)
        return Value(made, Kind.BOOLEAN)
    expression = exp.Literal.string("".join(map(_regexp, written)))
    made = call("regexp_full_match", text.node, expression, exp.Literal.string("s"))
    return Value(exp.Not(this=made) if negate else made, Kind.BOOLEAN)


def _regexp(character: str) -> str:
    """One character of a LIKE pattern that folds ASCII letters."""
    if character in "%_":
        return ".*" if character == "%" else "."
    if character.isascii() and character.isalpha():
        return f"[{character.upper()}{character.lower()}]"
    return re.escape(character) if character.isascii() else character


# CASE, COALESCE, NULLIF, GREATEST -----------------------------------------------------------------


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
    operand = exact.side(node.this)
    plain = [each for each in asked if not isinstance(each, exp.Null)]
    first, others = _alike(exact, operand, [exact.side(each) for each in plain], node)
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
    left, right = exact.side(node.this), exact.side(node.expression)
    _, (other,) = _alike(exact, left, [right], node)
    made = exp.Nullif(this=left.node, expression=other)
    return replace(left, node=made, is_constant=False)


def greatest(exact: Exact, node: exp.Greatest | exp.Least) -> Value:
    values = [exact.side(each) for each in (node.this, *node.expressions)]
    common = _common(exact, values, node)
    is_ordered = all(v.is_numeric for v in values) or common.kind is Kind.DATE
    if exact.old.greatest is None or not is_ordered or common.is_mixed:
        raise Doubt(node, f"{exact.old.title} may choose another of them, or NULL")
    for value in values[1:]:
        if value.is_numeric:
            _check_numbers(exact, values[0], value, node)
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
    values.append(exact.side(node) if isinstance(node, exp.Connector) else exact.value(node))
    return values[-1].node


def _chosen(exact: Exact, made: exp.Expr, values: Sequence[Value], node: exp.Expr) -> Value:
    if not values:
        raise Doubt(node, "it is NULL for every row")
    return replace(_common(exact, values, node), node=made)


def _common(exact: Exact, values: Sequence[Value], node: exp.Expr) -> Value:
    """What is known of a value that is one of these; its node is the first one's."""
    kinds = {value.kind for value in values}
    if len(kinds) > 1:
        _check_kinds(exact, values, node)
    is_mixed = any(value.is_mixed for value in values)
    is_mixed |= len(kinds) > 1 and not exact.old.exact_decimals
    digits = max(value.digits for value in values)
    kind = next(k for k in (Kind.DOUBLE, Kind.DECIMAL, values[0].kind) if k in kinds)
    overflow = any(value.may_overflow for value in values)
    return Value(values[0].node, kind, digits, is_mixed=is_mixed, may_overflow=overflow)


def _check_kinds(exact: Exact, values: Sequence[Value], node: exp.Expr) -> None:
    if not exact.old.is_run or not all(value.is_numeric for value in values):
        raise Doubt(node, f"{exact.old.title} makes values of one kind of these")
    is_long = any(v.kind is Kind.DECIMAL and v.digits > DOUBLE_DIGITS for v in values)
    if is_long and any(value.kind is Kind.DOUBLE for value in values):
        raise Doubt(node, "numbers of so many digits may be rounded before")


# what is compared ---------------------------------------------------------------------------------


def _compared(
    exact: Exact, left: Value, right: Value, node: exp.Expr, *, is_ordered: bool
) -> tuple[exp.Expr, exp.Expr]:
    """Both sides, as DuckDB compares them in the same way."""
    if left.is_numeric and right.is_numeric:
        _check_numbers(exact, left, right, node)
        return _without_cut(left, right), _without_cut(right, left)
    if left.kind is right.kind is Kind.TEXT:
        is_same = exact.old.texts_by_bytes if is_ordered else exact.old.equal_texts_are_same
        if not is_same:
            what = "orders texts" if exact.old.equal_texts_are_same else "compares texts"
            raise Doubt(node, f"{exact.old.title} {what} by a collation, DuckDB by bytes")
        return left.node, right.node
    one, other = (_as_kind(exact, a, b.kind, node) for a, b in ((left, right), (right, left)))
    if one.kind is other.kind and (one.kind is Kind.DATE or not is_ordered):
        return one.node, other.node
    raise Doubt(node, f"it compares two kinds of values, and {exact.old.title} converts one")


def _alike(
    exact: Exact, left: Value, others: Sequence[Value], node: exp.Expr
) -> tuple[exp.Expr, list[exp.Expr]]:
    """What is equal to one of others, and the others: with the same answers in DuckDB."""
    pairs = [_compared(exact, left, other, node, is_ordered=False) for other in others]
    if not pairs or any(one != pairs[0][0] for one, _ in pairs):
        raise Doubt(node, f"{exact.old.title} may convert one of them")
    return pairs[0][0], [other for _, other in pairs]


def _as_kind(exact: Exact, value: Value, kind: Kind, node: exp.Expr) -> Value:
    """A constant as what it is compared with: 1 as TRUE, '2024-01-31' as a date."""
    literal = value.node.unnest()
    if not isinstance(literal, exp.Literal):
        return value
    text = str(literal.this)
    if kind is Kind.BOOLEAN and exact.old.flags_are_numbers and text in ("0", "1"):
        return Value(exp.Boolean(this=text == "1"), Kind.BOOLEAN)
    if kind is Kind.DATE and exact.old.date_texts and value.kind is Kind.TEXT:
        return date_of(literal, node)
    return value


def _check_numbers(exact: Exact, left: Value, right: Value, node: exp.Expr) -> None:
    """Doubt whether DuckDB compares the numbers that are there, and not what becomes of them."""
    is_plain = Kind.DOUBLE in (left.kind, right.kind) and (left.is_constant or right.is_constant)
    for each in _rounded_before(exact, (left, right)):
        other = right if each is left else left
        is_whole = each.kind is Kind.INTEGER or each.is_mixed
        is_near = is_whole and is_plain and other.is_constant
        if each.digits > DOUBLE_DIGITS and not (is_near and other.digits):
            raise Doubt(node, "numbers of so many digits may be rounded before")


def _rounded_before(exact: Exact, sides: tuple[Value, Value]) -> list[Value]:
    """Numbers that the old engine compares as something with fewer digits."""
    kinds = {side.kind for side in sides}
    if Kind.DOUBLE in kinds:
        kept = {Kind.INTEGER} if exact.old.widens_to_double else set()
        return [
            side
            for side in sides
            if side.kind not in kept and (side.kind is not Kind.DOUBLE or side.is_mixed)
        ]
    if Kind.DECIMAL in kinds and not exact.old.exact_decimals:
        return [side for side in sides if side.kind is Kind.DECIMAL]
    return []


def _without_cut(value: Value, other: Value) -> exp.Expr:
    """``trunc(x)`` for its CAST to a BIGINT beside a constant: it fails for no number."""
    node = value.node
    if not other.is_constant or other.digits > DOUBLE_DIGITS:
        return node
    cast = node.args.get("default") if isinstance(node, exp.Case) else node
    cut = cast.this if isinstance(cast, exp.Cast) else None
    if isinstance(cut, exp.Anonymous) and cut.name == "trunc":
        return cut if cast is node or node == clamped(cut) else node
    return node
