"""CAST, where both engines make the same of a value."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from segkit.core.columns import Kind
from segkit.importing.exact.date_rules import date_of
from segkit.importing.exact.number_rules import is_nearest_double
from segkit.importing.exact.rewrite import DOUBLE_DIGITS, Doubt, Exact, Value, call

_BEYOND = "9.223372036854775808e18"  # 2^63, the first double that is no BIGINT
_WHOLE_TYPES = ("TINYINT", "SMALLINT", "INT", "BIGINT")


def cast(exact: Exact, node: exp.Cast) -> Value:
    to = node.to
    name = to.this.value if isinstance(to.this, exp.DType) else ""
    literal = node.this.unnest()
    if name == "DATE" and isinstance(literal, exp.Literal) and exact.old.dates:
        return date_of(literal, node)
    value = exact.value(node.this)
    if name in _WHOLE_TYPES:
        made = None if to.expressions else _as_whole(exact, value)
        value = Value(value.node, Kind.INTEGER, 19)
    else:
        made, value = _converted(exact, name, to, value)
    if made is None:
        raise Doubt(node, f"{exact.old.title} has rules of its own for this CAST")
    return replace(value, node=made, is_constant=False)


def _converted(
    exact: Exact, name: str, to: exp.DataType, value: Value
) -> tuple[exp.Expr | None, Value]:
    """The CAST to what is no whole number (None where it may mean something else), and its kind."""
    made: exp.Expr | None = None
    if name == "DOUBLE" and value.is_numeric and not value.is_mixed:
        is_near = value.kind is not Kind.DECIMAL or is_nearest_double(exact, value)
        made = exp.cast(value.node.unnest(), "DOUBLE") if is_near else None
        value = replace(value, kind=Kind.DOUBLE, digits=0)
    elif name in ("TEXT", "VARCHAR") and not to.expressions and exact.old.is_run:
        made = as_text(value)
        value = replace(value, kind=Kind.TEXT)
    elif name == "DECIMAL" and _has_digits(to) and exact.old.exact_decimals:
        is_exact = value.kind in (Kind.INTEGER, Kind.DECIMAL)
        made = exp.Cast(this=value.node.unnest(), to=to.copy()) if is_exact else None
        value = replace(value, kind=Kind.DECIMAL, digits=int(to.expressions[0].name))
    return made, value


def _as_whole(exact: Exact, value: Value) -> exp.Expr | None:
    inner = value.node.unnest()
    how = exact.old.whole_cast
    if value.kind is Kind.INTEGER:
        return exp.cast(inner, "BIGINT")  # where it is too large the old engine fails
    if how is None or (value.is_mixed and value.digits > DOUBLE_DIGITS):
        return None
    if value.kind is Kind.BOOLEAN and exact.old.is_run:
        return exp.cast(inner, "BIGINT")
    if value.kind is Kind.DECIMAL and how == "cut" and value.digits > DOUBLE_DIGITS:
        return None
    if value.kind is Kind.DOUBLE and exact.old.casts_to_limits:
        return clamped(call("trunc", inner)) if _can_be_repeated(inner) else None
    if value.is_numeric:
        cut = call("trunc", inner) if how == "cut" else inner
        return exp.cast(cut, "BIGINT")
    return None


def clamped(cut: exp.Expr) -> exp.Expr:
    """A double without fraction as a BIGINT, and the limit of those for one beyond it."""
    asked = [
        exp.If(this=sign(this=cut.copy(), expression=_number(limit)), true=_number(whole))
        for sign, limit, whole in (
            (exp.GTE, _BEYOND, "9223372036854775807"),
            (exp.LTE, f"-{_BEYOND}", "-9223372036854775808"),
        )
    ]
    return exp.Case(ifs=asked, default=exp.cast(cut.copy(), "BIGINT"))


def _number(text: str) -> exp.Expr:
    return exp.Literal.number(text)


def _can_be_repeated(node: exp.Expr) -> bool:
    """It is written three times: a cast of casts of casts would have no end."""
    return len(list(node.find_all(exp.Case))) <= 1


def as_text(value: Value) -> exp.Expr | None:
    """The text that each engine makes of it; None if they differ."""
    if value.kind is Kind.TEXT:
        return value.node
    is_whole = value.kind is Kind.INTEGER and not value.is_mixed
    return exp.cast(value.node.unnest(), "VARCHAR") if is_whole else None


def _has_digits(to: exp.DataType) -> bool:
    return bool(to.expressions) and all(each.name.isdecimal() for each in to.expressions)
