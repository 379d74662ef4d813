"""A tree over doubles as one over the types that its columns have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from segkit.core.columns import ColumnType, Kind
from segkit.core.float_splits import last_rounded_to
from segkit.core.simplify import simplify
from segkit.core.tree import Below, Known, OneOf, Side, Split, Tree, fold


def in_types(tree: Tree, types: Mapping[str, ColumnType]) -> Tree:
    """Return the tree that gives a row the code which its values have as doubles.

    A flag is 0 or 1. Whole numbers and decimals are compared as they are, with the
    last one whose nearest double is on that side: 2**53 + 1 is 2**53 as a double.

    >>> from decimal import Decimal
    >>> from segkit.core.columns import parse_type
    >>> from segkit.core.tree import Leaf
    >>> tree = Split("vip", Below(Decimal("0.5")), Leaf(1), Leaf(2))
    >>> in_types(tree, {"vip": parse_type("BOOLEAN")}).test
    OneOf(levels=('false',))
    """

    def of_split(split: Split, yes: Tree, no: Tree) -> Tree:
        asked = replace(split, yes=yes, no=no)
        type_ = types.get(split.column)
        if type_ is None or not isinstance(split.test, Below):
            return asked
        if type_.kind is Kind.BOOLEAN:
            return _of_flag(asked, split.test)
        if type_.kind in (Kind.INTEGER, Kind.DECIMAL) and split.test.inclusive:
            cut, inclusive = last_rounded_to(float(split.test.cut))
            return replace(asked, test=Below(cut, inclusive))
        return asked

    return simplify(fold(tree, lambda leaf: leaf, of_split))


def _of_flag(split: Split, test: Below) -> Tree:
    false, true = (value < test.cut or (value == test.cut and test.inclusive) for value in (0, 1))
    if false and not true:
        return replace(split, test=OneOf(("false",)))
    if true:
        return replace(split, test=Known())
    missing: Side = "no" if split.missing == "yes" else "yes"
    return replace(split, test=Known(), yes=split.no, no=split.yes, missing=missing)
