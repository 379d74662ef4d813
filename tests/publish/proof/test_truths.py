"""Formulas by columns say what ``truth_of`` says row by row."""

import time
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.evaluate import evaluate
from segkit.core.predicate import AllOf, AnyOf, Compare, IsNull, Not
from segkit.core.rules import Interval, Levels
from segkit.core.tree import Below, Leaf, OneOf, Split, Tree
from segkit.publish.proof.truths import Rows
from tests.core.reference import truth_of

ENDS = st.none() | st.integers(-3, 3).map(lambda n: Decimal(n) / 2)
INTERVALS = st.builds(Interval, ENDS, ENDS, st.booleans(), st.booleans())
LEVELS = st.builds(Levels, st.frozensets(st.sampled_from("abc")), st.booleans())
ATOMS = (
    st.builds(Compare, st.sampled_from(["i", "d", "f"]), INTERVALS)
    | st.builds(Compare, st.just("t"), LEVELS)
    | st.builds(IsNull, st.sampled_from("idft"))
)
FORMULAS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(AllOf, st.lists(inner, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=6,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "i": st.none() | st.integers(-2, 2),
            "d": st.none() | st.integers(-4, 4).map(lambda n: Decimal(n) / 2),
            "f": st.none() | st.sampled_from([-1.5, -0.0, 0.5, 1.0, float("nan"), float("inf")]),
            "t": st.none() | st.sampled_from("abcd"),
        }
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(FORMULAS, ROWS)
def test_all_at_once_is_one_by_one(formula, rows) -> None:
    columns = {name: [row[name] for row in rows] for name in "idft"}
    true, false = Rows(columns, len(rows)).truths(formula)
    said = [True if t else False if f else None for t, f in zip(true, false, strict=True)]
    assert said == [truth_of(formula, row) for row in rows]


def test_the_leaves_of_10000_edges_are_those_of_the_reference() -> None:
    tree: Tree = Leaf(10_001)
    for i in reversed(range(10_000)):
        tree = Split("a", Below(Decimal(i), inclusive=i % 2 == 0), Leaf(i + 1), tree, missing="no")
    tree = Split("a", Below(Decimal(-5), inclusive=False), Leaf(7), tree, missing="yes")
    tree = Split("t", OneOf(("x", "y")), Leaf(0), tree, missing="no")
    rows = [(a, t) for a in (None, -1, 0, 1, 2, 4321, 9999.5, 1e9) for t in ("x", "z", None)]
    floats = [(None if a is None else float(a), t) for a, t in rows]
    asked = Rows({"a": [a for a, _ in floats], "t": [t for _, t in floats]}, len(floats))
    assert asked.codes(tree).tolist() == [evaluate(tree, {"a": a, "t": t}) for a, t in floats]
    start = time.process_time()
    many = [i / 2 for i in range(30_000)]
    assert len(set(Rows({"a": many, "t": [None] * 30_000}, 30_000).codes(tree).tolist())) == 10_001
    assert time.process_time() - start < 10
