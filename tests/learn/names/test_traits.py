"""When a word is said of a segment: each border on both of its sides."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from segkit.core.fit import FittedFeature
from segkit.core.rules import Condition, Interval, Levels, Rule
from segkit.learn.names.traits import People, Trait, find_traits
from segkit.learn.numbers import Floats
from segkit.learn.weighted import median, middle
from tests.learn.unweighted import mostly
from tests.learn.unweighted import people as people_of

NUMBER = FittedFeature("x", "X", "", "standard", "DOUBLE", 0.0, 1.0, 0.0)
REGION = FittedFeature(
    "region", "Region", "", "category", "VARCHAR", 0.0, 1.0, 0.0, 1.0, ("east", "north"), "east"
)


def people(members: Sequence[float], others: Sequence[float], *rules: Rule) -> People:
    """One number; the members are in segment 1, the others in 2."""
    codes = np.repeat([1, 2], [len(members), len(others)])
    return people_of(codes, np.array([*members, *others], dtype=float)[:, None], [NUMBER], rules)


def words(found: People) -> list[str]:
    return [trait.level for trait in find_traits(found, 1)]


def test_a_word_holds_for_four_of_five() -> None:
    """The median of all is 4: of ten members eight, or seven, have more."""
    assert words(people([0] * 2 + [10] * 8, [4] * 10)) == ["high"]
    assert words(people([0] * 3 + [10] * 7, [4] * 10)) == []
    assert words(people([9] * 2 + [0] * 8, [4] * 10)) == ["low"]
    assert words(people([9] * 3 + [0] * 7, [4] * 10)) == []


def test_a_trait_is_a_third_more_often_above_than_below() -> None:
    """Of 100 others 66 lie below and 33 above: Cliff's delta is 0.33. With 65 it is 0.32."""
    assert words(people([5] * 10, [0] * 66 + [5] + [9] * 33)) == ["high"]
    assert words(people([5] * 10, [0] * 65 + [5] * 2 + [9] * 33)) == ["mid"]
    assert words(people([5] * 10, [9] * 66 + [5] + [0] * 33)) == ["low"]


def test_mid_is_half_as_wide_as_all() -> None:
    """The interquartile range of all is 0 to 100: 25 to 75 is half of it."""
    others = [0.0] * 400 + [100.0] * 400
    assert words(people([25.0] * 50 + [75.0] * 50, others)) == ["mid"]
    assert words(people([24.0] * 50 + [75.0] * 50, others)) == []


def test_where_a_segment_is_nearly_everybody_it_is_held_against_the_others() -> None:
    found = people([4] * 85, [3] * 12 + [5] * 3)
    assert words(found) == ["higher"]
    assert words(people([4] * 85, [5] * 12 + [3] * 3)) == ["lower"]


def test_a_word_that_a_rule_rules_out_is_not_said() -> None:
    high = [0.0] * 2 + [10.0] * 8
    for values, said in (
        (Interval(upper=Decimal(10)), []),  # 10 is not below 10, and nobody else has more than 4
        (Interval(upper=Decimal(10), upper_closed=True), ["high"]),
        (Interval(lower=Decimal(10)), ["high"]),
        (Interval(lower=Decimal(10), lower_closed=False), []),
        (None, []),
    ):
        rule = Rule(1, (Condition("x", values),))
        assert words(people(high, [4] * 10, rule)) == said
        other = Rule(2, (Condition("x", values),))
        assert words(people(high, [4] * 10, other)) == ["high"]


def region(members: Sequence[float], others: Sequence[float], *rules: Rule) -> list[Trait]:
    codes = np.repeat([1, 2], [len(members), len(others)])
    X: Floats = np.array([*members, *others], dtype=float)[:, None]
    return find_traits(people_of(codes, X, [REGION], rules), 1)


def test_a_level_is_a_trait_of_a_third_more() -> None:
    """All hundred members are in the north, and of the others 66 or 68 of a hundred."""
    found = region([1] * 100, [1] * 66 + [0] * 34)
    assert [(trait.level, trait.code) for trait in found] == [("high", 1)]
    assert region([1] * 100, [1] * 68 + [0] * 32) == []
    north = Rule(1, (Condition("region", Levels(frozenset({"north"}))),))
    assert region([1] * 100, [0] * 100, north) != []
    other = Rule(1, (Condition("region", Levels(frozenset({"north"}), excluded=True)),))
    assert region([1] * 100, [0] * 100, other) == []


def test_a_missing_level_is_a_members_too() -> None:
    values = np.array([0.0] * 6 + [np.nan] * 4 + [1.0] * 10)
    assert mostly(values, np.repeat([True, False], 10)) == (0, 0.6)
    assert mostly(values, np.repeat([True, False], [20, 0])) is None
    nobody = np.array([np.nan] * 4 + [1.0] * 10)
    assert mostly(nobody, np.repeat([True, False], [4, 10])) is None


def test_a_level_that_the_fit_has_not_seen_is_missing() -> None:
    found = people_of(np.array([1, 1]), np.array([[1.0], [2.0]]), [REGION], ())
    assert np.isnan(found.values(0)).tolist() == [False, True]


def test_the_two_strongest_in_the_order_of_the_columns() -> None:
    codes = np.repeat([1, 2], 10)
    weak = [0.0] * 2 + [10.0] * 8 + [4.0] * 10  # delta 0.6
    strong = [9.0] * 10 + [1.0] * 10
    X = np.array([weak, strong, weak, strong]).T
    found = find_traits(people_of(codes, X, [NUMBER] * 4, ()), 1)
    assert [(trait.place, trait.strength) for trait in found] == [(1, 1.0), (3, 1.0)]
    found = find_traits(people_of(codes, X[:, :3], [NUMBER] * 3, ()), 1)
    assert [trait.place for trait in found] == [0, 1]  # of equals the first


@pytest.mark.parametrize(("part", "of", "value"), [(1, 2, 3.0), (1, 4, 1.5), (3, 4, 6.5)])
def test_a_quantile_is_the_same_if_all_stood_there_twice(part: int, of: int, value: float) -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    ones, twice = np.ones(4), np.repeat(values, 2)
    assert middle(values, ones, part, of) == middle(twice, np.ones(8), part, of) == value
    assert middle(values, 2 * ones, part, of) == value
    assert median(np.array([9.0, np.nan, 1.0, 4.0]), ones) == 4
