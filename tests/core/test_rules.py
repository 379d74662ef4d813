from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.evaluate import evaluate, matches
from segkit.core.rules import (
    EVERYTHING,
    Condition,
    Interval,
    Levels,
    Rule,
    intersect,
    narrow,
    rules_of,
    values_of,
)
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Tree
from tests.core.trees import ROWS, TREES

ENDS = st.one_of(st.none(), st.integers(0, 6).map(D))
INTERVALS = st.builds(Interval, ENDS, ENDS, st.booleans(), st.booleans())
GRID = [D(n) / 4 for n in range(-4, 32)]


def inside(interval: Interval, number: D) -> bool:
    return matches(Condition("x", interval), number)


@given(INTERVALS, INTERVALS)
def test_a_number_is_in_both_or_in_neither(one: Interval, other: Interval) -> None:
    both = one.intersect(other)
    assert [inside(both, n) for n in GRID] == [inside(one, n) and inside(other, n) for n in GRID]
    if one.is_empty:
        assert not any(inside(one, n) for n in GRID)


@pytest.mark.parametrize(
    ("interval", "is_empty"),
    [
        (Interval(D(2), D(2)), True),
        (Interval(D(2), D(2), True, True), False),
        (Interval(D(2), D(2), False, True), True),
        (Interval(D(3), D(2), True, True), True),
        (Interval(D(2), D(3), False, False), False),
        (Interval(D(2)), False),
    ],
)
def test_between_two_ends_is_a_number_or_none(interval: Interval, is_empty: bool) -> None:
    assert interval.is_empty is is_empty


@given(INTERVALS, st.sampled_from([D(1), D("0.5"), D(3)]))
def test_on_a_grid_the_same_multiples_are_in(interval: Interval, step: D) -> None:
    found = interval.on_grid(step)
    assert found.lower_closed and not found.upper_closed
    for n in range(-4, 12):
        assert inside(found, n * step) == inside(interval, n * step)


def test_whole_numbers_above_41_and_up_to_60() -> None:
    assert Interval(D(41), D(60), False, True).on_grid(D(1)) == Interval(D(42), D(61))
    assert Interval(D("41.5"), D("60.5")).on_grid(D(1)) == Interval(D(42), D(61))


def test_an_end_is_the_float_that_it_is_compared_as() -> None:
    ends = Interval(D("0.1000000000000000055"), D("0.3"), False).on_floats()
    assert ends == Interval(D("0.1"), D("0.3"), False)


NORTH, SOUTH = frozenset({"north"}), frozenset({"south"})


def test_levels_listed_and_left_out() -> None:
    assert Levels(NORTH | SOUTH).intersect(Levels(NORTH)) == Levels(NORTH)
    assert Levels(NORTH | SOUTH).intersect(Levels(NORTH, True)) == Levels(SOUTH)
    assert Levels(NORTH, True).intersect(Levels(NORTH | SOUTH)) == Levels(SOUTH)
    assert Levels(NORTH, True).intersect(Levels(SOUTH, True)) == Levels(NORTH | SOUTH, True)
    assert Levels(NORTH).complement == Levels(NORTH, True)
    assert Levels(frozenset(), True).is_everything and Levels(frozenset()).is_empty
    assert intersect(Levels(NORTH), Levels(SOUTH)) is None
    assert intersect(EVERYTHING, Levels(NORTH)) == Levels(NORTH)
    assert intersect(None, EVERYTHING) is None
    with pytest.raises(TypeError, match="different kinds"):
        intersect(Interval(D(1)), Levels(NORTH))


def test_null_is_on_one_side_only() -> None:
    split = Split("x", Below(D(5)), Leaf(1), Leaf(2), "no")
    known_or_not = Condition("x", null=True)
    assert narrow(known_or_not, split, "yes") == Condition("x", Interval(upper=D(5)), False)
    assert narrow(known_or_not, split, "no") == Condition("x", Interval(lower=D(5)), True)
    assert narrow(Condition("x", null=False), split, "no").null is False


@pytest.mark.parametrize(
    ("test", "yes", "no"),
    [
        (Below(D(5)), Interval(upper=D(5)), Interval(lower=D(5))),
        (Below(D(5), True), Interval(upper=D(5), upper_closed=True), Interval(D(5), None, False)),
        (Known(), EVERYTHING, None),
        (OneOf(("north",)), Levels(NORTH), Levels(NORTH, excluded=True)),
    ],
)
def test_the_values_of_each_side(test: Below | Known | OneOf, yes: object, no: object) -> None:
    assert values_of(test, "yes") == yes
    assert values_of(test, "no") == no


@given(TREES)
def test_each_row_fulfils_one_rule_and_gets_its_code(tree: Tree) -> None:
    rules = rules_of(tree)
    for row in ROWS[::7]:
        fitting = [
            rule.code for rule in rules if all(matches(c, row[c.column]) for c in rule.conditions)
        ]
        assert fitting == [evaluate(tree, row)]


def test_a_leaf_that_nobody_reaches_has_no_rule() -> None:
    inner = Split("x", Below(D(9)), Leaf(2), Leaf(3), "no")
    assert rules_of(Split("x", Below(D(5)), inner, Leaf(1), "no")) == (
        Rule(2, (Condition("x", Interval(upper=D(5))),)),
        Rule(1, (Condition("x", Interval(lower=D(5)), True),)),
    )


def test_only_null_and_always() -> None:
    assert Condition("x", None, True).is_impossible is False
    assert Condition("x", None, False).is_impossible
    assert Condition("x", EVERYTHING, True).is_always_true
    assert not Condition("x", EVERYTHING, False).is_always_true
