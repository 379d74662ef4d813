from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.fit import FittedFeature
from segkit.core.rules import Condition, Interval, Rule
from segkit.project.nodes import TraitWords
from tests.learn.unweighted import cliffs_delta, name_segments

RNG = np.random.default_rng(0)


def features(*columns: str) -> list[FittedFeature]:
    return [
        FittedFeature(c, c.replace("_", " ").capitalize(), "", "standard", "DOUBLE", 0, 1, 0)
        for c in columns
    ]


def test_traits_come_in_the_order_of_the_columns() -> None:
    codes = np.repeat([1, 2], 100)
    spend = np.concatenate([RNG.normal(80, 5, 100), RNG.normal(20, 5, 100)])
    age = np.concatenate([RNG.normal(30, 5, 100), RNG.normal(60, 5, 100)])
    names = name_segments(codes, np.column_stack([age, spend]), features("age", "spend"), (), {})
    assert names == {1: "Younger, high spend", 2: "Older, low spend"}


def test_words_of_recency_and_tenure() -> None:
    codes = np.repeat([1, 2], 100)
    days = np.concatenate([RNG.normal(300, 5, 100), RNG.normal(20, 5, 100)])
    X = np.column_stack([days, days])
    named = name_segments(codes, X, features("recency_days", "tenure_months"), (), {})
    assert named == {1: "Lapsed, long-standing", 2: "Recent, new"}


def test_mid_and_typical() -> None:
    codes = np.repeat([1, 2, 3], 100)
    x = np.concatenate([RNG.normal(0, 1, 100), RNG.normal(50, 1, 100), RNG.normal(100, 1, 100)])
    names = name_segments(codes, x[:, None], features("x"), (), {})
    assert names == {1: "Low x", 2: "Mid x", 3: "High x"}
    assert name_segments(np.ones(300, int), x[:, None], features("x"), (), {}) == {1: "Typical"}


def test_a_word_that_is_false_for_many_is_not_used() -> None:
    # clearly higher than the others, but a third of the members lie below the overall median
    codes = np.repeat([1, 2], [100, 100])
    x = np.concatenate([np.repeat([0.0, 10.0], [30, 70]), np.repeat([1.0, 5.0], [60, 40])])
    assert cliffs_delta(x[:100], x[100:]) > 0.33
    assert "High" not in name_segments(codes, x[:, None], features("x"), (), {})[1]


def test_a_word_does_not_contradict_a_rule() -> None:
    codes = np.repeat([1, 2], 100)
    x = np.concatenate([RNG.normal(80, 5, 100), RNG.normal(20, 5, 100)])
    low = Rule(1, (Condition("x", Interval(upper=Decimal(15))),))
    assert name_segments(codes, x[:, None], features("x"), (low,), {})[1] == "Typical"


def test_a_collision_is_told_apart_by_the_best_column_or_by_size() -> None:
    codes = np.repeat([1, 2, 3], [100, 80, 300])
    x = np.concatenate([RNG.normal(90, 5, 180), RNG.normal(10, 5, 300)])
    y = np.concatenate([np.arange(100), np.arange(80) + 50, np.arange(300) / 2])
    names = name_segments(codes, np.column_stack([x, y]), features("x", "y"), (), {})
    assert names[1] == "High x, lower y"
    assert names[2] == "High x, higher y"
    y[100:180] -= 35  # still apart (delta .3), but "higher" would be false for many
    names = name_segments(codes, np.column_stack([x, y]), features("x", "y"), (), {})
    assert (names[1], names[2]) == ("High x 1", "High x 2")
    same = np.concatenate([np.tile([1.0, 2.0], 90), np.tile([7.0, 8.0], 50)])
    same = np.concatenate([same, np.full(200, 9.0)])
    codes = np.concatenate([np.tile([1, 1, 2, 2], 45), np.repeat(3, 300)])
    numbered = name_segments(codes, -same[:, None], features("x"), (), {})
    assert (numbered[1], numbered[2]) == ("High x 1", "High x 2")


def test_kept_names_stay_and_new_ones_differ() -> None:
    codes = np.repeat([1, 2, 3], [100, 100, 300])
    x = np.concatenate([RNG.normal(80, 5, 200), RNG.normal(20, 5, 300)])
    y = RNG.permutation(500) / 5.0
    X = np.column_stack([x, y])
    names = name_segments(codes, X, features("x", "y"), (), {2: "High x", 3: "Low x"})
    assert names == {1: "High x 2", 2: "High x", 3: "Low x"}
    X[:100, 1] += 200
    names = name_segments(codes, X, features("x", "y"), (), {2: "High x", 3: "Low x"})
    assert names == {1: "High x, high y", 2: "High x", 3: "Low x"}
    X[300:, 1] += 210  # y tells segment 1 from its namesake only
    names = name_segments(codes, X, features("x", "y"), (), {2: "High x", 3: "Low x"})
    assert names == {1: "High x, higher y", 2: "High x", 3: "Low x"}


@given(st.lists(st.integers(0, 5), min_size=1), st.lists(st.integers(0, 5), min_size=1))
def test_cliffs_delta_is_what_it_says(a: list[int], b: list[int]) -> None:
    expected = sum((x > y) - (x < y) for x in a for y in b) / (len(a) * len(b))
    found = cliffs_delta(np.array([*a, np.nan]), np.array(b, dtype=float))
    assert found == pytest.approx(expected)


def test_namesakes_along_one_column() -> None:
    codes = np.repeat([1, 2, 3, 4, 5], 100)
    x = np.concatenate([RNG.normal(10 * i * i, 1, 100) for i in range(1, 6)])
    named = name_segments(codes, x[:, None], features("total_spend"), (), {})
    assert list(named.values()) == [
        "Very low total spend",
        "Low total spend",
        "Mid total spend",
        "High total spend",
        "Very high total spend",
    ]


def test_nothing_is_said_twice_of_one_column() -> None:
    codes = np.repeat([1, 2, 3, 4], [100, 45, 45, 100])
    x = np.concatenate([RNG.normal(m, 1, n) for m, n in ((0, 100), (40, 45), (60, 45), (100, 100))])
    named = name_segments(codes, x[:, None], features("x"), (), {})
    assert list(named.values()) == ["Low x", "Mid x 1", "Mid x 2", "High x"]


def test_three_of_one_name_are_told_apart_by_several_columns() -> None:
    codes = np.repeat([1, 2, 3, 4], [100, 100, 100, 600])
    x = np.concatenate([RNG.normal(90, 5, 300), RNG.normal(10, 5, 600)])
    wide = np.linspace(-80, 80, 100)  # nearly as wide as all others, and not far from them
    others = RNG.permutation(np.linspace(-100, 100, 600))
    orders = np.concatenate([wide - 30, wide + 30, wide + 30, others])
    z = np.concatenate([wide[::-1], wide - 30, wide + 30, others[::-1]])
    X = np.column_stack([x, orders, z])
    named = name_segments(codes, X, features("x", "orders", "z"), (), {})
    assert [named[code] for code in (1, 2, 3)] == [
        "High x, fewer orders",
        "High x, more orders, lower z",
        "High x, more orders, higher z",
    ]


def test_few_is_what_nobody_is_below() -> None:
    codes = np.repeat([1, 2], [120, 80])
    orders = np.concatenate([np.ones(120), RNG.integers(2, 9, 80)])  # the median is the least
    named = name_segments(codes, orders[:, None], features("orders"), (), {})
    assert named == {1: "Few orders", 2: "Many orders"}


def test_a_word_of_those_who_are_known_is_not_one_of_all() -> None:
    codes = np.repeat([1, 2], 100)
    x = np.concatenate([RNG.normal(80, 5, 100), RNG.normal(20, 5, 100)])
    x[:30] = np.nan
    assert name_segments(codes, x[:, None], features("x"), (), {}) == {1: "Typical", 2: "Low x"}


def test_words_that_are_given() -> None:
    codes = np.repeat([1, 2, 3, 4], 100)
    x = np.concatenate([RNG.normal(m, 1, 100) for m in (10, 50, 90, 120)])
    given = {"x": TraitWords(high="big spender", low="small spender", mid="spender")}
    named = name_segments(codes, x[:, None], features("x"), (), {}, given)
    assert list(named.values()) == [  # "very" goes with our own words
        "Small spender 1",
        "Small spender 2",
        "Big spender 1",
        "Big spender 2",
    ]
    named = name_segments(np.repeat([1, 2], 200), x[:, None], features("x"), (), {}, given)
    assert named == {1: "Small spender", 2: "Big spender"}


def test_most_customers_are_compared_with_the_others() -> None:
    codes = np.repeat([1, 2], [200, 100])  # a quarter of segment 1 is above the median of all
    x = np.concatenate([RNG.normal(20, 5, 200), RNG.normal(80, 5, 100)])
    y = np.zeros(300)
    named = name_segments(codes, np.column_stack([x, y]), features("x", "y"), (), {})
    assert named == {1: "Lower x", 2: "High x"}
