"""Random trees and rows for properties."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from segkit.core.tree import Below, Known, Leaf, Split, Tree

COLUMNS = ("a", "b")
CUTS = st.integers(0, 12).map(lambda n: Decimal(n) / 4)
TESTS = st.one_of(
    st.builds(Below, CUTS, st.booleans()),
    st.builds(Below, CUTS, st.booleans()),
    st.just(Known()),
)
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.builds(Leaf, st.integers(0, 2)),
    lambda tree: st.builds(
        Split, st.sampled_from(COLUMNS), TESTS, tree, tree, st.sampled_from(["yes", "no"])
    ),
    max_leaves=12,
)
VALUES = (None, float("nan"), -1, *(n / 8 for n in range(-1, 26)), 2, Decimal("2.25"))
ROWS = tuple({"a": a, "b": b} for a in VALUES for b in VALUES)
