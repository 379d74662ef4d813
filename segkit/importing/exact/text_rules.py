"""Functions of texts: joined, folded, cut."""

from __future__ import annotations

from sqlglot import exp

from segkit.core.columns import Kind
from segkit.importing.exact.cast_rules import as_text
from segkit.importing.exact.comparison_rules import side
from segkit.importing.exact.rewrite import Doubt, Exact, Value, call

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


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
    found = as_text(side(exact, node))
    if found is None:
        raise Doubt(node, f"it is no text, and {exact.old.title} makes one of it")
    return found


def _plain_text(exact: Exact, node: exp.Expr) -> exp.Expr:
    value = exact.value(node)
    if value.kind is not Kind.TEXT:
        raise Doubt(node, f"it is no text, and {exact.old.title} makes one of it")
    return value.node
