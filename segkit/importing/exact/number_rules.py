"""Numbers and dates: division, overflow, decimals, halves; days between, their parts."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlglot import exp

from segkit.core.columns import Kind
from segkit.importing.exact.rewrite import (
    DOUBLE_DIGITS,
    MANY,
    WHOLE_DIGITS,
    Doubt,
    Exact,
    Value,
    call,
    operand,
)

_ISO_DATE = re.compile(r"(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


def with_sign(exact: Exact, node: exp.Neg | exp.Abs) -> Value:
    inner = _number(exact, node.this)
    is_constant = isinstance(node, exp.Neg) and isinstance(inner.node, exp.Literal)
    return replace(inner, node=type(node)(this=_widened(inner)), is_constant=is_constant)


def arithmetic(exact: Exact, node: exp.Binary) -> Value:
    left, right = exact.value(node.this), exact.value(node.expression)
    if Kind.DATE in (left.kind, right.kind):
        return _date_arithmetic(exact, node, left, right)
    _check_number(exact, node.this, left)
    _check_number(exact, node.expression, right)
    kinds = {left.kind, right.kind}
    if kinds == {Kind.INTEGER}:
        first = left.node if _is_wide(left) or _is_wide(right) else _as_bigint(left)
        return Value(type(node)(this=first, expression=right.node), Kind.INTEGER, MANY)
    if Kind.DOUBLE in kinds:
        return _of_doubles(exact, node, left, right)
    if not exact.old.exact_decimals:
        raise Doubt(node, f"{exact.old.title} has rules of its own for decimals")
    return Value(type(node)(this=left.node, expression=right.node), Kind.DECIMAL, digits=MANY)


def _of_doubles(exact: Exact, node: exp.Binary, left: Value, right: Value) -> Value:
    for each in (left, right):
        if each.is_mixed or (each.kind is Kind.DECIMAL and not is_nearest_double(exact, each)):
            raise Doubt(node, f"{exact.old.title} may compute it with other numbers")
    if isinstance(node, exp.Div):
        if exact.old.non_finite == "unordered" and (right.is_zero or not right.is_constant):
            raise Doubt(node, f"{exact.old.title} has an order of its own for what 0 divides")
        right = replace(right, node=_divisor(right))
    made = type(node)(this=_as_double(left), expression=_as_double(right))
    return Value(_without_nan(exact, made, node, left, right), Kind.DOUBLE, may_overflow=True)


def is_nearest_double(exact: Exact, value: Value) -> bool:
    """Whether a decimal beside a double is the double nearest to it."""
    return value.digits <= DOUBLE_DIGITS and (value.is_constant or exact.old.is_run)


def _without_nan(
    exact: Exact, made: exp.Expr, node: exp.Expr, left: Value, right: Value
) -> exp.Expr:
    """inf - inf: NULL in SQLite, greater than all in DuckDB."""
    if not (left.may_overflow or right.may_overflow):
        return made
    if exact.old.non_finite == "unordered":
        raise Doubt(node, f"{exact.old.title} has an order of its own for NaN")
    if exact.old.non_finite != "null":
        return made
    nan = exp.cast(exp.Literal.string("nan"), "DOUBLE")
    return exp.Nullif(this=made, expression=nan)


def division(exact: Exact, node: exp.Div) -> Value:
    left, right = _numbers(exact, node)
    kinds = {left.kind, right.kind}
    if Kind.DOUBLE in kinds and not (left.is_mixed or right.is_mixed):
        return _of_doubles(exact, node, left, right)
    if kinds != {Kind.INTEGER} or exact.old.whole_division is None:
        raise Doubt(node, f"{exact.old.title} divides such numbers in its own way")
    divisor = _divisor(right)
    if exact.old.whole_division == "whole":
        whole = exp.IntDiv(this=_dividend(left, right), expression=divisor)
        return Value(whole, Kind.INTEGER, max(left.digits, 1))
    return Value(exp.Div(this=left.node, expression=divisor), Kind.DOUBLE)


def _dividend(left: Value, right: Value) -> exp.Expr:
    """As wide as what -1 makes of the least whole number, where that may be divided by."""
    is_other = right.is_constant and float(str(right.node.unnest().sql())) != -1
    return left.node if is_other or _is_wide(right) else _widened(left)


def _divisor(value: Value) -> exp.Expr:
    """NULL for 0: so it is in SQLite and MySQL, and elsewhere the old CASE fails."""
    if value.is_constant and not value.is_zero:
        return value.node
    return exp.Nullif(this=value.node.unnest(), expression=exp.Literal.number(0))


def whole_division(exact: Exact, node: exp.IntDiv) -> Value:
    left, right = _whole_numbers(exact, node)
    divisor = operand(_divisor(right))
    made = exp.IntDiv(this=operand(_dividend(left, right)), expression=divisor)
    return Value(made, Kind.INTEGER, max(left.digits, 1))


def remainder(exact: Exact, node: exp.Mod) -> Value:
    left, right = _whole_numbers(exact, node)
    made = exp.Mod(this=_dividend(left, right), expression=_divisor(right))
    return Value(made, Kind.INTEGER, max(right.digits, 1))


def floor(exact: Exact, node: exp.Floor | exp.Ceil) -> Value:
    value = _number(exact, node.this)
    if value.kind is Kind.INTEGER or not exact.old.exact_decimals:
        raise Doubt(node, f"{exact.old.title} may return another kind of number")
    return replace(value, node=call(node.key, value.node), is_constant=False)


def rounded(exact: Exact, node: exp.Round) -> Value:
    value = _number(exact, node.this)
    digits = node.args.get("decimals")
    is_plain = digits is None or (isinstance(digits, exp.Literal) and digits.is_int)
    is_plain &= value.kind is Kind.DECIMAL or (value.kind is Kind.DOUBLE and digits is None)
    if not exact.old.exact_decimals or not is_plain:
        raise Doubt(node, f"{exact.old.title} rounds halves in its own way")
    if value.kind is Kind.DECIMAL:
        more = [digits.copy()] if digits is not None else []
        return replace(value, node=call("round", value.node, *more), is_constant=False)
    even = call("round_even", value.node, exp.Literal.number(0))
    return replace(value, node=even, is_constant=False)


def _number(exact: Exact, node: exp.Expr) -> Value:
    found = exact.value(node)
    _check_number(exact, node, found)
    return found


def _numbers(exact: Exact, node: exp.Binary) -> tuple[Value, Value]:
    left, right = exact.value(node.this), exact.value(node.expression)
    _check_number(exact, node.this, left)
    _check_number(exact, node.expression, right)
    return left, right


def _whole_numbers(exact: Exact, node: exp.Binary) -> tuple[Value, Value]:
    left, right = _numbers(exact, node)
    if {left.kind, right.kind} != {Kind.INTEGER}:
        raise Doubt(node, f"{exact.old.title} divides such numbers in its own way")
    return left, right


def _check_number(exact: Exact, node: exp.Expr, value: Value) -> None:
    if not value.is_numeric:
        raise Doubt(node, f"it is no number, and {exact.old.title} makes one of it")


def _is_wide(value: Value) -> bool:
    return value.digits > WHOLE_DIGITS["INTEGER"] and not value.is_constant


def _as_bigint(value: Value) -> exp.Expr:
    """What is computed is 64 bits wide in SQLite; where it is less, the old engine fails."""
    inner = value.node.unnest()
    return value.node if _is_bigint(inner) else exp.cast(inner, "BIGINT")


def _widened(value: Value) -> exp.Expr:
    """As wide as the opposite of the least whole number."""
    is_plain = value.kind is not Kind.INTEGER or isinstance(value.node.unnest(), exp.Literal)
    return value.node if is_plain or _is_wide(value) else _as_bigint(value)


def _is_bigint(node: exp.Expr) -> bool:
    """Whether it is written as one already."""
    while isinstance(node, exp.Neg | exp.Abs | exp.Paren):
        node = node.this
    return isinstance(node, exp.Cast) and node.to.is_type("BIGINT")


def _as_double(value: Value) -> exp.Expr:
    """A constant with a point, which DuckDB takes for a decimal."""
    text = str(value.node.this)
    is_literal = isinstance(value.node, exp.Literal) and value.kind is Kind.DOUBLE
    if is_literal and "e" not in text.lower():
        return exp.Literal.number(f"{text}e0")
    if value.is_constant and value.kind is Kind.DOUBLE:
        return exp.cast(value.node.unnest(), "DOUBLE")
    return value.node


# dates --------------------------------------------------------------------------------------------


def date_of(literal: exp.Expr, node: exp.Expr) -> Value:
    """The date that a text is; ``node`` is what a doubt is about."""
    if not _ISO_DATE.fullmatch(str(literal.this)):
        raise Doubt(node, "a date is plain as 'YYYY-MM-DD' only")
    return Value(exp.cast(literal.copy(), "DATE"), Kind.DATE)


def _date_arithmetic(exact: Exact, node: exp.Binary, left: Value, right: Value) -> Value:
    """Days of PostgreSQL: a date and a number, or two dates."""
    is_days = exact.old.is_run and isinstance(node, exp.Add | exp.Sub)
    if is_days and left.kind is Kind.DATE and right.kind is Kind.INTEGER:
        days = exp.cast(right.node.unnest(), "INTEGER")
        return Value(type(node)(this=left.node, expression=days), Kind.DATE)
    if is_days and isinstance(node, exp.Sub) and left.kind is right.kind is Kind.DATE:
        return Value(exp.Sub(this=left.node, expression=right.node), Kind.INTEGER, 10)
    raise Doubt(node, f"{exact.old.title} has rules of its own for dates")


def extract(exact: Exact, node: exp.Extract) -> Value:
    """A number of PostgreSQL's, which divides as a decimal does."""
    value = exact.value(node.expression)
    part = node.name.upper()
    if value.kind is not Kind.DATE or part not in ("YEAR", "MONTH", "DAY"):
        raise Doubt(node, f"{exact.old.title} may count it in its own way")
    made = exp.Extract(this=exp.var(part), expression=value.node)
    return Value(made, Kind.DECIMAL, 5)
