"""Values of their own: columns and constants, texts, and what a CAST makes of them."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlglot import exp

from segkit.core.columns import Kind
from segkit.importing.exact.number_rules import date_of, is_nearest_double
from segkit.importing.exact.rewrite import (
    DOUBLE_DIGITS,
    MANY,
    WHOLE_DIGITS,
    Doubt,
    Exact,
    Value,
    call,
)

_MAX_WHOLE = 18  # digits of a constant that fits a BIGINT
_BEYOND = "9.223372036854775808e18"  # 2^63, the first double that is no BIGINT
_WHOLE_TYPES = ("TINYINT", "SMALLINT", "INT", "BIGINT")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def bracketed(exact: Exact, node: exp.Paren) -> Value:
    inner = exact.value(node.this)
    return replace(inner, node=exp.Paren(this=inner.node))


def typed_column(exact: Exact, node: exp.Column) -> Value:
    column = exact.columns.get(node.name.casefold())
    if column is None:
        raise Doubt(node, f"the type of `{node.name}` is not known", node.name)
    type_, name = column.type, column.type.sql.upper()
    whole = WHOLE_DIGITS.get(name, 0) if type_.kind is Kind.INTEGER else 0
    digits = (type_.precision or MANY) if type_.kind is Kind.DECIMAL else whole
    is_known = type_.kind in (Kind.DECIMAL, Kind.DOUBLE, Kind.BOOLEAN) or whole > 0
    is_date = type_.kind is Kind.DATE and exact.old.dates
    if not (is_known or is_date or type_.is_plain_text):
        why = f"`{node.name}` is {type_.sql}, which {exact.old.title} may hold in its own way"
        raise Doubt(node, why)
    return Value(node.copy(), type_.kind, digits)


def literal(exact: Exact, node: exp.Literal) -> Value:
    text = str(node.this)
    if node.is_string:
        return Value(node.copy(), Kind.TEXT, is_constant=True)
    digits = len(text.replace(".", "").lstrip("0"))
    if text.isdecimal() and digits <= _MAX_WHOLE:
        return Value(node.copy(), Kind.INTEGER, digits, is_constant=True)
    if re.fullmatch(r"\d*\.\d*", text) and digits <= DOUBLE_DIGITS:
        kind = Kind.DOUBLE if exact.old.points_are_doubles else Kind.DECIMAL
        return Value(node.copy(), kind, digits, is_constant=True)
    if re.fullmatch(r"[\d.]+[eE][+-]?\d{1,2}", text) and exact.old.exponents_are_doubles:
        return Value(node.copy(), Kind.DOUBLE, is_constant=True)
    raise Doubt(node, "a number of so many digits may be rounded in another way")


def boolean(exact: Exact, node: exp.Boolean) -> Value:
    return Value(node.copy(), Kind.BOOLEAN, is_constant=True)


# texts --------------------------------------------------------------------------------------------


def joined(exact: Exact, node: exp.DPipe) -> Value:
    made = exp.DPipe(this=_text(exact, node.this), expression=_text(exact, node.expression))
    return Value(made, Kind.TEXT)


def concat(exact: Exact, node: exp.Concat) -> Value:
    """NULL is nothing in PostgreSQL's; that of others is another one."""
    if exact.old.title != "PostgreSQL":
        raise Doubt(node, f"{exact.old.title} may have another result for NULL")
    empty = exp.Literal.string("")
    parts = [call("coalesce", _text(exact, each), empty) for each in node.expressions]
    made: exp.Expr = parts[0]
    for part in parts[1:]:
        made = exp.DPipe(this=made, expression=part)
    return Value(made, Kind.TEXT)


def folded(exact: Exact, node: exp.Lower | exp.Upper) -> Value:
    value = exact.value(node.this)
    if value.kind is not Kind.TEXT or not exact.old.lower_is_ascii:
        raise Doubt(node, f"{exact.old.title} may fold other letters")
    pair = (_LETTERS, _LETTERS.lower())
    written = pair if isinstance(node, exp.Lower) else pair[::-1]
    made = call("translate", value.node, *map(exp.Literal.string, written))
    return Value(made, Kind.TEXT)


def length(exact: Exact, node: exp.Length) -> Value:
    return Value(call("length", _plain_text(exact, node.this)), Kind.INTEGER, 10)


def trimmed(exact: Exact, node: exp.Trim) -> Value:
    made = call("trim", _plain_text(exact, node.this), exp.Literal.string(" "))
    return Value(made, Kind.TEXT)


def substring(exact: Exact, node: exp.Substring) -> Value:
    parts = [node.args.get("start"), node.args.get("length")]
    numbers = [part for part in parts if part is not None]
    plain = parts[0] is not None
    plain &= all(isinstance(n, exp.Literal) and n.is_int for n in numbers)
    if not plain or int(numbers[0].name) < 1:
        raise Doubt(node, f"{exact.old.title} counts in its own way before the first letter")
    made = call("substring", _plain_text(exact, node.this), *(n.copy() for n in numbers))
    return Value(made, Kind.TEXT)


def _text(exact: Exact, node: exp.Expr) -> exp.Expr:
    found = _as_text(exact.side(node))
    if found is None:
        raise Doubt(node, f"it is no text, and {exact.old.title} makes one of it")
    return found


def _plain_text(exact: Exact, node: exp.Expr) -> exp.Expr:
    value = exact.value(node)
    if value.kind is not Kind.TEXT:
        raise Doubt(node, f"it is no text, and {exact.old.title} makes one of it")
    return value.node


# CAST ---------------------------------------------------------------------------------------------


def cast(exact: Exact, node: exp.Cast) -> Value:
    to = node.to
    name = to.this.value if isinstance(to.this, exp.DType) else ""
    literal = node.this.unnest()
    if name == "DATE" and isinstance(literal, exp.Literal) and exact.old.dates:
        return date_of(literal, node)
    made = _converted(exact, name, to, exact.value(node.this))
    if made is None:
        raise Doubt(node, f"{exact.old.title} has rules of its own for this CAST")
    return replace(made, is_constant=False)


def _converted(exact: Exact, name: str, to: exp.DataType, value: Value) -> Value | None:
    """What the CAST makes of a value; None where that may be something else in DuckDB."""
    if name in _WHOLE_TYPES:
        whole = None if to.expressions else _as_whole(exact, value)
        return None if whole is None else Value(whole, Kind.INTEGER, 19)
    if name == "DOUBLE":
        return _as_double(exact, value)
    if name in ("TEXT", "VARCHAR") and not to.expressions and exact.old.is_run:
        text = _as_text(value)
        return None if text is None else replace(value, node=text, kind=Kind.TEXT)
    is_exact = value.kind in (Kind.INTEGER, Kind.DECIMAL) and exact.old.exact_decimals
    if name == "DECIMAL" and is_exact and _has_digits(to):
        made = exp.Cast(this=value.node.unnest(), to=to.copy())
        return replace(value, node=made, kind=Kind.DECIMAL, digits=int(to.expressions[0].name))
    return None


def _as_double(exact: Exact, value: Value) -> Value | None:
    is_near = value.kind is not Kind.DECIMAL or is_nearest_double(exact, value)
    if value.is_mixed or not (value.is_numeric and is_near):
        return None
    made = exp.cast(value.node.unnest(), "DOUBLE")
    return replace(value, node=made, kind=Kind.DOUBLE, digits=0)


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
    number = exp.Literal.number
    asked = [
        exp.If(this=sign(this=cut.copy(), expression=number(limit)), true=number(whole))
        for sign, limit, whole in (
            (exp.GTE, _BEYOND, "9223372036854775807"),
            (exp.LTE, f"-{_BEYOND}", "-9223372036854775808"),
        )
    ]
    return exp.Case(ifs=asked, default=exp.cast(cut.copy(), "BIGINT"))


def _can_be_repeated(node: exp.Expr) -> bool:
    """It is written three times: a cast of casts of casts would have no end."""
    return len(list(node.find_all(exp.Case))) <= 1


def _as_text(value: Value) -> exp.Expr | None:
    """The text that each engine makes of it; None if they differ."""
    if value.kind is Kind.TEXT:
        return value.node
    is_whole = value.kind is Kind.INTEGER and not value.is_mixed
    return exp.cast(value.node.unnest(), "VARCHAR") if is_whole else None


def _has_digits(to: exp.DataType) -> bool:
    return bool(to.expressions) and all(each.name.isdecimal() for each in to.expressions)
