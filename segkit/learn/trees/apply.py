"""A tree on many rows at once; the same as ``core.evaluate`` on each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from segkit.core.tree import Known, Leaf, OneOf, Tree
from segkit.learn.numbers import Floats, Ints

NO_LEVELS: Mapping[str, tuple[str, ...]] = {}  # there are only numbers


def codes_of(
    tree: Tree, columns: Sequence[str], X: Floats, levels: Mapping[str, Sequence[str]] = NO_LEVELS
) -> Ints:
    """Return the code of every row; NaN is NULL, and so is a column that X does not have.

    A category is in X as the position in its ``levels``.
    """
    places = {column: place for place, column in enumerate(columns)}
    codes = np.empty(len(X), dtype=np.int64)
    todo: list[tuple[Tree, Ints]] = [(tree, np.arange(len(X)))]
    while todo:
        node, rows = todo.pop()
        if isinstance(node, Leaf):
            codes[rows] = node.code
            continue
        place = places.get(node.column)
        values = np.full(len(rows), np.nan) if place is None else X[rows, place]
        unknown = ~np.isfinite(values)
        if isinstance(node.test, Known):
            yes = ~unknown
        elif isinstance(node.test, OneOf):
            known = levels.get(node.column, ())
            yes = np.isin(values, [i for i, level in enumerate(known) if level in node.test.levels])
        else:
            cut = float(node.test.cut)
            yes = values <= cut if node.test.inclusive else values < cut
        yes = np.where(unknown, node.missing == "yes", yes)
        todo += [(node.yes, rows[yes]), (node.no, rows[~yes])]
    return codes
