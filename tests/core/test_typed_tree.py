"""A tree in the columns' own types says what it says of their values as doubles."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segkit.core.columns import parse_type
from segkit.core.evaluate import evaluate
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Tree
from segkit.core.typed_tree import in_types

FLAG = {"x": parse_type("BOOLEAN")}


@pytest.mark.parametrize("missing", ["yes", "no"])
@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("cut", ["-1", "0", "0.3", "1", "2"])
def test_a_flag_is_0_or_1(cut: str, inclusive: bool, missing: str) -> None:
    tree = Split("x", Below(Decimal(cut), inclusive), Leaf(1), Leaf(2), missing)  # type: ignore[arg-type]
    typed = in_types(tree, FLAG)
    assert not any(isinstance(getattr(node, "test", None), Below) for node in (typed,))
    for flag in (False, True, None):
        number = None if flag is None else int(flag)
        assert evaluate(typed, {"x": flag}) == evaluate(tree, {"x": number})


def test_two_cuts_of_a_flag_are_one_test() -> None:
    inner = Split("x", Below(Decimal("0.7")), Leaf(2), Leaf(3))
    tree = Split("x", Below(Decimal("0.2")), Leaf(1), inner)
    assert in_types(tree, FLAG) == Split("x", OneOf(("false",)), Leaf(1), Leaf(3))


@given(
    st.floats(-1e20, 1e20),
    st.decimals(-(10**20), 10**20, places=5, allow_nan=False),
    st.integers(-2, 2),
)
@example(2.0**53, Decimal(2**53), 1)
@example(2.0**53 + 2, Decimal(2**53 + 2), 1)
@example(0.1, Decimal("0.1"), 0)
def test_numbers_as_they_are(cut: float, value: Decimal, steps: int) -> None:
    tree = Split("x", Below(Decimal(repr(cut)), inclusive=True), Leaf(1), Leaf(2))
    for type_, near in (
        ("DECIMAL(38,5)", value + steps * Decimal("0.00001")),
        ("DECIMAL(38,5)", Decimal(repr(round(cut, 5))) + steps * Decimal("0.00001")),
        ("HUGEINT", Decimal(int(cut) + steps)),
    ):
        typed = in_types(tree, {"x": parse_type(type_)})
        assert evaluate(typed, {"x": near}) == evaluate(tree, {"x": float(near)})


def test_what_is_left_alone() -> None:
    trees: list[Tree] = [
        Split("x", Known(), Leaf(1), Leaf(2)),
        Split("x", OneOf(("a",)), Leaf(1), Leaf(2)),
        Split("x", Below(Decimal("0.1"), inclusive=True), Leaf(1), Leaf(2)),
    ]
    for tree in trees:
        assert in_types(tree, {"x": parse_type("DOUBLE")}) == tree
        assert in_types(tree, {}) == tree
