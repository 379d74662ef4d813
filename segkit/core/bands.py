"""A set of bands as a Case: the same thing as a learned tree, in one column."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.core.case import Case, named_outcomes
from segkit.core.rules import Interval
from segkit.core.tree import Below, Known, Leaf, Split, Tree


def case_of_bands(column: str, bands: Sequence[tuple[str, Interval]], missing: str) -> Case:
    """Return the Case of bands that were proved MECE.

    The code of a band is its place in the list, from 1; 0 is ``missing``. The
    tree asks from the lowest band up, and at last whether there is a value.
    """
    coded = list(enumerate(bands, start=1))
    ascending = sorted(
        coded,
        key=lambda item: (
            item[1][1].lower is not None,
            item[1][1].lower or 0,
            not item[1][1].lower_closed,
        ),
    )
    tree: Tree = Split(column, Known(), yes=Leaf(ascending[-1][0]), no=Leaf(0))
    for code, (_, interval) in reversed(ascending[:-1]):
        assert interval.upper is not None, "only the highest band may be without an upper end"
        tree = Split(column, Below(interval.upper, interval.upper_closed), Leaf(code), tree)
    return Case(tree, named_outcomes(missing, [label for label, _ in bands]))
