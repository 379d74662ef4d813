"""What a tree or a condition means for one row. The reference that SQL is compared with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from numbers import Integral, Real

from segkit.core.rules import Condition, Interval, Values
from segkit.core.tree import Known, Leaf, OneOf, Split, Tree

Number = Decimal | float
Row = Mapping[str, object]


def evaluate(tree: Tree, row: Row) -> int:
    """Return the code of the leaf that the row reaches.

    None, NaN and the infinities are NULL, which goes where ``Split.missing``
    says. Integers and decimals are compared exactly with the cut, floats with
    the float nearest to it; levels as texts. ``row`` must have every column
    that is met on the way; a cut at a value that is not a number raises
    TypeError.

    >>> from segkit.core.tree import Below
    >>> tree = Split("age", Below(Decimal(42)), Leaf(1), Leaf(2), missing="yes")
    >>> evaluate(tree, {"age": 41}), evaluate(tree, {"age": 42}), evaluate(tree, {"age": None})
    (1, 2, 1)
    """
    while not isinstance(tree, Leaf):
        tree = tree.yes if _goes_to_yes(tree, row[tree.column]) else tree.no
    return tree.code


def matches(condition: Condition, value: object) -> bool:
    """Return whether the value fulfils the condition; NULL does if the condition says so."""
    if is_missing(value):
        return condition.null
    return condition.values is not None and _is_among(condition.values, value)


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


def level(value: object) -> str | None:
    """Return the value as a level of a category: its text; None for NULL.

    >>> level("north"), level(7), level(True)
    ('north', '7', 'true')
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def is_missing(value: object) -> bool:
    """NULL, or a number that is not finite."""
    return value is None or (isinstance(value, Real | Decimal) and not math.isfinite(value))


def _goes_to_yes(split: Split, value: object) -> bool:
    if is_missing(value):
        return split.missing == "yes"
    if isinstance(split.test, Known):
        return True
    if isinstance(split.test, OneOf):
        return level(value) in split.test.levels
    known = number(value)
    assert known is not None
    return split.test.holds(known)


def _is_among(values: Values, value: object) -> bool:
    if values.is_everything:
        return True
    if not isinstance(values, Interval):
        return (level(value) in values.listed) != values.excluded
    known = number(value)
    return known is not None and values.holds(known)
