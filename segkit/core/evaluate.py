"""What a tree or a condition means for one row. The reference that SQL is compared with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from numbers import Integral, Real

from segkit.core.rules import Condition, Interval
from segkit.core.tree import Known, Leaf, Split, Tree

Number = Decimal | float


def evaluate(tree: Tree, row: Mapping[str, object]) -> int:
    """Return the code of the leaf that the row reaches.

    None, NaN and the infinities are NULL, which goes where ``Split.missing``
    says. Integers and decimals are compared exactly with the cut, floats with
    the float nearest to it. ``row`` must have every column that is met on the
    way; a value that is not a number raises TypeError.

    >>> from segkit.core.tree import Below
    >>> tree = Split("age", Below(Decimal(42)), Leaf(1), Leaf(2), missing="yes")
    >>> evaluate(tree, {"age": 41}), evaluate(tree, {"age": 42}), evaluate(tree, {"age": None})
    (1, 2, 1)
    """
    while not isinstance(tree, Leaf):
        tree = tree.yes if _goes_to_yes(tree, number(row[tree.column])) else tree.no
    return tree.code


def matches(condition: Condition, value: object) -> bool:
    """Return whether the value fulfils the condition; NULL does if the condition says so."""
    known = number(value)
    if known is None:
        return condition.null
    return condition.interval is not None and _lies_in(condition.interval, known)


def number(value: object) -> Number | None:
    """Return the value as it is compared: a Decimal (exact) or a float; None for NULL."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, Integral):
        return Decimal(int(value))
    if isinstance(value, Real):
        plain = float(value)
        return plain if math.isfinite(plain) else None
    raise TypeError(f"{value!r} is not a number")


def _goes_to_yes(split: Split, value: Number | None) -> bool:
    if value is None:
        return split.missing == "yes"
    if isinstance(split.test, Known):
        return True
    cut = _as_compared(split.test.cut, value)
    return value <= cut if split.test.inclusive else value < cut


def _lies_in(interval: Interval, value: Number) -> bool:
    if interval.lower is not None:
        lower = _as_compared(interval.lower, value)
        if value < lower or (value == lower and not interval.lower_closed):
            return False
    if interval.upper is not None:
        upper = _as_compared(interval.upper, value)
        if value > upper or (value == upper and not interval.upper_closed):
            return False
    return True


def _as_compared(cut: Decimal, value: Number) -> Number:
    return float(cut) if isinstance(value, float) else cut
