"""A changed tree says something else for exactly those whom the change concerns."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segkit.core.evaluate import evaluate
from segkit.core.fit import FittedFeature
from segkit.core.rule_changes import cuts_gone, parse_change, unused_cuts
from segkit.core.rulebook import Rulebook
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Tree, splits
from segkit.core.tree_edits import adjust, side_of_missing
from segkit.errors import ConfigError
from tests.core.trees import CUTS, ROWS, TREES

A = FittedFeature("a", "A value", "", "standard", "DOUBLE", 1, 1, 1.5)
B = FittedFeature("b", "B value", "", "standard", "DOUBLE", 1, 1, 1.5)
COLOUR = FittedFeature(
    "c", "Colour", "", "category", "VARCHAR", 0, 1, 0, levels=("blue", "red"), mode="red"
)
CODES = {"A": 1, "B": 2}


def changed(tree: Tree, text: str, integers: frozenset[str] = frozenset()) -> tuple[Tree, ...]:
    rules = Rulebook(tree, (A, B, COLOUR), CODES, integers)
    return adjust(parse_change(text, rules), rules)


def number(value: object) -> float | None:
    known = isinstance(value, int | float | Decimal) and value == value
    return float(value) if known else None  # type: ignore[arg-type]


@given(TREES, CUTS, st.data())
def test_only_those_between_the_old_and_the_new_cut_move(
    tree: Tree, new: Decimal, data: st.DataObject
) -> None:
    cuts = [s for s in splits(tree) if isinstance(s.test, Below) and not s.test.inclusive]
    assume(cuts)
    split = data.draw(st.sampled_from(cuts))
    assert isinstance(split.test, Below)
    old = split.test.cut
    assume(old != new)
    try:
        (made,) = changed(tree, f"{split.column} < {old} -> {new}")
    except ConfigError:  # nothing changes, or a segment is gone
        return
    low, high = float(min(old, new)), float(max(old, new))
    for row in ROWS:
        value = number(row[split.column])
        if value is not None and not low <= value < high:
            assert evaluate(made, row) == evaluate(tree, row)


@given(TREES, CUTS, st.booleans())
def test_customers_that_are_sent_arrive_and_nobody_else_moves(
    tree: Tree, cut: Decimal, above: bool
) -> None:
    try:
        (made,) = changed(tree, f"a {'>=' if above else '<'} {cut} -> B")
    except ConfigError:
        return
    guarded = isinstance(tree, Split) and isinstance(tree.test, Known)  # it stays in front
    for row in ROWS:
        value = number(row["a"])
        if value is None or guarded:
            continue
        concerned = (value < float(cut)) != above
        assert evaluate(made, row) == (2 if concerned else evaluate(tree, row))


STEPS = Split(
    "a",
    Below(Decimal(1)),
    Leaf(1),
    Split("b", Below(Decimal(2)), Leaf(2), Split("a", Below(Decimal(3)), Leaf(2), Leaf(1))),
)


def test_a_cut_that_goes_leaves_either_side() -> None:
    one, other = changed(STEPS, "b < 2 -> remove")
    assert {one, other} == {
        Split("a", Below(Decimal(1)), Leaf(1), Leaf(2)),
        Split(
            "a",
            Below(Decimal(1)),
            Leaf(1),
            Split("a", Below(Decimal(3)), Leaf(2), Leaf(1)),
        ),
    }


def test_a_cut_that_stands_twice_moves_in_both_places_or_in_one() -> None:
    twice = Split(
        "b",
        Below(Decimal(2)),
        Split("a", Below(Decimal(1)), Leaf(1), Leaf(2)),
        Split("a", Below(Decimal(1)), Leaf(2), Leaf(0)),
    )
    (both,) = changed(twice, "a < 1 -> 2")
    (left,) = changed(twice, "in A: a < 1 -> 2")
    assert [s.test for s in splits(both) if s.column == "a"] == [Below(Decimal(2))] * 2
    assert [s.test for s in splits(left) if s.column == "a"] == [
        Below(Decimal(2)),
        Below(Decimal(1)),
    ]


def test_null_goes_where_the_median_lies_after_the_move() -> None:
    tree = Split("a", Below(Decimal(2)), Leaf(1), Leaf(2), missing="yes")
    (made,) = changed(tree, "a < 2 -> 1")  # the median is 1.5
    assert (evaluate(tree, {"a": None}), evaluate(made, {"a": None})) == (1, 2)


def test_customers_with_a_missing_value_stay_unassigned() -> None:
    tree = Split("a", Known(), Split("a", Below(Decimal(2)), Leaf(1), Leaf(2)), Leaf(0))
    (made,) = changed(tree, "b >= 1 -> A")
    assert evaluate(made, {"a": None, "b": 5}) == 0
    assert evaluate(made, {"a": 3, "b": 5}) == 1


def test_whole_numbers_up_to_41_are_those_below_42() -> None:
    tree = Split("a", Below(Decimal(42)), Leaf(1), Leaf(2), missing="yes")
    (made,) = changed(tree, "a <= 41 -> 39", integers=frozenset({"a"}))
    assert made == Split("a", Below(Decimal(40)), Leaf(1), Leaf(2), missing="yes")
    with pytest.raises(ConfigError, match="no cut a <= 41"):
        changed(tree, "a <= 41 -> 39")


@pytest.mark.parametrize(
    ("texts", "gone", "unused"),
    [
        (["a < 1 -> 3.5"], ["a < 3"], []),
        (["a < 1 -> 2"], [], []),
        (["a < 3.0 -> 4"], [], []),
        (["a < 3 -> 0.5", "b < 2 -> 4"], [], ["a < 0.5"]),
        (["a < 1 -> 2", "a < 2 -> 2.5"], [], []),
    ],
)
def test_cuts_that_nobody_comes_to_are_named(
    texts: list[str], gone: list[str], unused: list[str]
) -> None:
    rest = Split("b", Below(Decimal(2)), Leaf(2), Leaf(1))
    rules = Rulebook(
        Split("a", Below(Decimal(1)), Leaf(1), Split("a", Below(Decimal(3)), Leaf(2), rest)),
        (A, B),
        CODES,
    )
    changes = [parse_change(text, rules) for text in texts]
    made = rules
    for change in changes:
        made = replace(made, tree=adjust(change, made)[0])
    assert cuts_gone(changes, rules, made) == gone
    assert unused_cuts(changes, made) == unused


def test_levels_of_a_category_are_changed_like_a_cut() -> None:
    tree = Split("c", OneOf(("red",)), Split("a", Below(Decimal(2)), Leaf(1), Leaf(2)), Leaf(2))
    (made,) = changed(tree, "c = red -> (blue)")
    assert isinstance(made, Split) and made.test == OneOf(("blue",))
    assert made.missing == "no"  # red is the most frequent


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a < 5 -> 4", "have no cut a < 5"),
        ("in A: a < 5 -> 4", "the rules of A have no cut"),
        ("a < 1 -> A", "changes nothing"),
        ("a >= 1 -> A", "no rule for segment B"),
    ],
)
def test_what_cannot_be_done_is_said(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        changed(STEPS, text)


@pytest.mark.parametrize(
    ("cut", "inclusive", "side"),
    [("39", False, "no"), ("40", False, "no"), ("40", True, "yes"), ("40.5", False, "yes")],
)
def test_null_goes_where_a_median_of_40_would(cut: str, inclusive: bool, side: str) -> None:
    age = FittedFeature("age", "Age", "", "standard", "INTEGER", 40, 10, 40)
    assert side_of_missing(Below(Decimal(cut), inclusive), age) == side


def test_null_goes_where_the_mode_is_listed() -> None:
    region = FittedFeature(
        "r", "R", "", "category", "VARCHAR", 0, 1, 0, levels=("a", "b"), mode="b"
    )
    assert [side_of_missing(OneOf(levels), region) for levels in (("a",), ("a", "b"))] == [
        "no",
        "yes",
    ]


def test_a_rule_for_nobody_but_null_is_no_rule_of_a_segment() -> None:
    """Without the cut B would be those whose value is missing."""
    inner = Split("a", Below(Decimal(5)), Leaf(1), Leaf(2))
    tree = Split("a", Known(), inner, Leaf(2))
    with pytest.raises(ConfigError, match="would leave no rule for segment"):
        changed(tree, "a < 5 -> remove")
