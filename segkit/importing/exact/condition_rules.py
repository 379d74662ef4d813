"""Conditions: comparisons, lists, ranges, patterns, and what joins them."""

from __future__ import annotations

import re

from sqlglot import exp

from segkit.core.columns import Kind
from segkit.importing.exact.comparison_rules import alike, compared, side
from segkit.importing.exact.rewrite import Doubt, Exact, Value, call

_NULL_SAFE = (exp.NullSafeEQ, exp.NullSafeNEQ)


def connector(exact: Exact, node: exp.Connector) -> Value:
    left, right = exact.condition(node.this), exact.condition(node.expression)
    return Value(type(node)(this=left.node, expression=right.node), Kind.BOOLEAN)


def negation(exact: Exact, node: exp.Not) -> Value:
    return Value(exp.Not(this=exact.condition(node.this).node), Kind.BOOLEAN)


def comparison(exact: Exact, node: exp.Binary) -> Value:
    if isinstance(node.expression, exp.Null) and not isinstance(node, _NULL_SAFE):
        return Value(node.copy(), Kind.BOOLEAN)  # for no row
    left, right = side(exact, node.this), side(exact, node.expression)
    is_ordered = isinstance(node, exp.LT | exp.LTE | exp.GT | exp.GTE)
    one, other = compared(exact, left, right, node, is_ordered=is_ordered)
    return Value(type(node)(this=one, expression=other), Kind.BOOLEAN)


def is_state(exact: Exact, node: exp.Is) -> Value:
    if isinstance(node.expression, exp.Null):
        if isinstance(node.this.unnest(), exp.Column):
            return Value(node.copy(), Kind.BOOLEAN)
        inner = side(exact, node.this)
        return Value(exp.Is(this=inner.node, expression=exp.Null()), Kind.BOOLEAN)
    if not isinstance(node.expression, exp.Boolean):
        raise Doubt(node, f"{exact.old.title} may mean something else by IS")
    inner = side(exact, node.this)
    if inner.kind is not Kind.BOOLEAN:
        raise Doubt(node, "it is no condition, but a value that would have to become one")
    return Value(exp.Is(this=inner.node, expression=node.expression.copy()), Kind.BOOLEAN)


def in_list(exact: Exact, node: exp.In) -> Value:
    left = side(exact, node.this)
    items = [item for item in node.expressions if not isinstance(item, exp.Null)]
    first, listed = alike(exact, left, [side(exact, item) for item in items], node)
    nulls = [exp.Null() for item in node.expressions if isinstance(item, exp.Null)]
    return Value(exp.In(this=first, expressions=[*listed, *nulls]), Kind.BOOLEAN)


def between(exact: Exact, node: exp.Between) -> Value:
    value, low, high = (side(exact, node.args[key]) for key in ("this", "low", "high"))
    one, low_sql = compared(exact, value, low, node, is_ordered=True)
    other, high_sql = compared(exact, value, high, node, is_ordered=True)
    if one != other:
        raise Doubt(node, f"{exact.old.title} may convert one of them")
    return Value(exp.Between(this=one, low=low_sql, high=high_sql), Kind.BOOLEAN)


def like(exact: Exact, node: exp.Like) -> Value:
    text, pattern = side(exact, node.this), side(exact, node.expression)
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
