"""What can be compared in DuckDB with the same answer: numbers, texts, dates, flags."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from segkit.core.columns import Kind
from segkit.importing.exact.cast_rules import clamped
from segkit.importing.exact.date_rules import date_of
from segkit.importing.exact.rewrite import DOUBLE_DIGITS, Doubt, Exact, Value


def side(exact: Exact, node: exp.Expr) -> Value:
    """A side of a comparison; ``a = b = c`` is read in more than one way."""
    if isinstance(node, exp.Predicate | exp.Connector | exp.Not):
        raise Doubt(node, "say with brackets what belongs together")
    return exact.value(node)


def compared(
    exact: Exact, left: Value, right: Value, node: exp.Expr, *, is_ordered: bool
) -> tuple[exp.Expr, exp.Expr]:
    """Both sides, as DuckDB compares them in the same way."""
    if left.is_numeric and right.is_numeric:
        check_numbers(exact, left, right, node)
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


def alike(
    exact: Exact, left: Value, others: Sequence[Value], node: exp.Expr
) -> tuple[exp.Expr, list[exp.Expr]]:
    """What is equal to one of others, and the others: with the same answers in DuckDB."""
    pairs = [compared(exact, left, other, node, is_ordered=False) for other in others]
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


def check_numbers(exact: Exact, left: Value, right: Value, node: exp.Expr) -> None:
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
