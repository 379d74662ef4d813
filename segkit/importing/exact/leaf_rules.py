"""What an expression of another dialect ends in: columns, constants, and brackets."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlglot import exp

from segkit.core.columns import Kind
from segkit.importing.exact.rewrite import DOUBLE_DIGITS, MANY, WHOLE_DIGITS, Doubt, Exact, Value

_MAX_WHOLE = 18  # digits of a constant that fits a BIGINT


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
