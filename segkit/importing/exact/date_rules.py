"""Dates: what their texts are, the days between two, their parts."""

from __future__ import annotations

import re

from sqlglot import exp

from segkit.core.columns import Kind
from segkit.importing.exact.rewrite import Doubt, Exact, Value

_ISO_DATE = re.compile(r"(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


def date_of(literal: exp.Expr, node: exp.Expr) -> Value:
    """The date that a text is; ``node`` is what a doubt is about."""
    if not _ISO_DATE.fullmatch(str(literal.this)):
        raise Doubt(node, "a date is plain as 'YYYY-MM-DD' only")
    return Value(exp.cast(literal.copy(), "DATE"), Kind.DATE)


def date_arithmetic(exact: Exact, node: exp.Binary, left: Value, right: Value) -> Value:
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
