"""What can be said of a column: each border on both of its sides."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from segkit.core.fit import FittedFeature
from segkit.core.naming import Statement
from segkit.core.rules import Condition, Interval, Levels, Rule
from segkit.learn.names.statements import People, is_true, saying_of, word_statement
from segkit.learn.numbers import Floats
from segkit.learn.weighted import median, middle

REGION = FittedFeature(
    "region", "Region", "", "category", "VARCHAR", 0, 1, 0, 1, ("east", "north", "south"), "east"
)


def number(column: str, type_: str = "DOUBLE") -> FittedFeature:
    return FittedFeature(column, column.capitalize(), "", "standard", type_, 0, 1, 0)


def people(feature: FittedFeature, values: Sequence[float], *rules: Rule) -> People:
    X: Floats = np.array(values, dtype=np.float64)[:, None]
    return People(np.ones(len(X), dtype=np.int64), X, np.ones(len(X)), [feature], rules)


def phrases(feature: FittedFeature, values: Sequence[float], *rules: Rule) -> dict[str, int]:
    """What can be said, and of how many of the values."""
    found = saying_of(people(feature, values, *rules), 0, {})
    true = found.holds[:, found.cells].sum(axis=1).tolist()
    return dict(zip((c.phrase for c in found.candidates), true, strict=True))


def below(column: str, cut: str, code: int = 1) -> Rule:
    return Rule(code, (Condition(column, Interval(upper=Decimal(cut))),))


def test_words_begin_at_the_median() -> None:
    assert phrases(number("spend"), [1, 2, 3, 4, 5]) == {
        "high spend": 2,
        "low spend": 2,
        "mid spend": 3,
    }
    assert phrases(number("spend"), [1, 1, 1, 4, 5])["low spend"] == 3  # nobody is below
    assert phrases(number("spend"), [1, 2, 5, 5, 5])["high spend"] == 3


@pytest.mark.parametrize(
    ("below", "above", "median"),
    [(2.65, 2.66, 2.655), (67, 70, 68), (3, 4, 3.5), (1234.56, 1240.1, 1240), (-0.3, -0.1, -0.2)],
)
def test_a_word_begins_at_the_shortest_number_that_parts_the_halves(
    below: float, above: float, median: float
) -> None:
    values = np.array([below - 1, below, above, above + 1])
    high, low = (word_statement("x", word, values, np.ones(4)) for word in ("high", "low"))
    assert high and low
    assert (high.lower, low.upper) == (median, median)
    for said, true in ((high, [0, 0, 1, 1]), (low, [1, 1, 0, 0])):
        assert is_true(said, number("x"), values).tolist() == true


def test_mid_is_not_said_where_ties_make_it_true_of_nearly_everybody() -> None:
    for low, high, said in ((10, 10, True), (10, 9, False), (9, 10, False), (0, 10, False)):
        values = [1.0] * low + [5.0] * (100 - low - high) + [9.0] * high
        assert ("mid spend" in phrases(number("spend"), values)) is said


def test_cuts_are_those_of_the_rules() -> None:
    said = phrases(number("spend"), [1, 5, 9], below("spend", "4"), below("spend", "7", 2))
    assert {text: n for text, n in said.items() if any(c.isdigit() for c in text)} == {
        "spend under 4": 1,
        "spend under 7": 2,
        "spend 4-7": 1,
        "spend 4+": 2,
        "spend 7+": 1,
    }
    # one that nobody is below, and one of another column
    assert "spend under 1" not in phrases(number("spend"), [1, 5, 9], below("spend", "1"))
    assert len(phrases(number("spend"), [1, 5, 9], below("age", "4"))) == 2


@pytest.mark.parametrize(("cut", "text"), [("164", "164+"), ("164.04", "160+"), ("1710", "1710+")])
def test_a_cut_of_more_than_three_digits_is_said_with_two(cut: str, text: str) -> None:
    assert f"spend {text}" in phrases(number("spend"), [1, 5000], below("spend", cut))


def test_none_is_said_where_one_in_twenty_has_none() -> None:
    assert phrases(number("balance"), [0] + [5, 7] * 9 + [9])["no balance"] == 1
    assert "no balance" not in phrases(number("balance"), [0] + [5, 7] * 10)
    assert "no balance" not in phrases(number("balance"), [-1, 0] + [5, 7] * 9)
    said = phrases(number("visits", "BIGINT"), [0] + [1] * 2 + [4, 5, 6] * 12)
    assert (said["no visits"], said["one visit"], said["2+ visits"]) == (1, 2, 36)
    assert "one visit" not in phrases(number("visits", "BIGINT"), [1] + [4, 5, 6] * 12)
    assert "no flag" not in phrases(number("flag"), [0, 1])  # two values: a flag, not an amount


def test_what_is_missing_is_in_no_other_statement() -> None:
    said = phrases(number("income"), [np.nan, np.nan, 1, 2, 3])
    assert said == {"high income": 1, "low income": 1, "unknown income": 2}


def test_levels_and_short_lists_of_the_rules() -> None:
    listed = Rule(1, (Condition("region", Levels(frozenset({"north", "south"}))),))
    said = phrases(REGION, [0, 0, 1, 2, 9, np.nan], listed)
    assert said == {
        "region east": 2,
        "region north": 1,
        "region south": 1,
        "region north or south": 2,
        "unknown region": 2,  # one is of a level that the fit has not seen
    }
    one_out = Rule(1, (Condition("region", Levels(frozenset({"east"}), excluded=True)),))
    assert "region north or south" not in phrases(REGION, [0, 1, 2], one_out)


def test_cells_say_what_the_values_say() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 9, 60).astype(np.float64)
    values[:5] = np.nan
    rules = [below("orders", cut) for cut in ("3", "5")]
    found = people(number("orders", "BIGINT"), values.tolist(), *rules)
    saying = saying_of(found, 0, {})
    for holds, candidate in zip(saying.holds, saying.candidates, strict=True):
        direct = is_true(candidate.statement, found.features[0], found.values(0))
        assert (holds[saying.cells] == direct).all()
        plain = [candidate.statement.interval.holds(v) for v in values[5:].tolist()]
        assert candidate.statement.kind == "unknown" or direct[5:].tolist() == plain


def test_medians_are_weighted() -> None:
    values, weight = np.array([1.0, 5.0, 9.0]), np.array([5.0, 1.0, 1.0])
    assert word_statement("x", "high", values, weight) == (
        Statement("x", "high", 1.0, lower_closed=False)
    )
    assert word_statement("x", "high", np.array([np.nan]), np.ones(1)) is None


@pytest.mark.parametrize(("part", "of", "value"), [(1, 2, 3.0), (1, 4, 1.5), (3, 4, 6.5)])
def test_a_quantile_is_the_same_if_all_stood_there_twice(part: int, of: int, value: float) -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    ones, twice = np.ones(4), np.repeat(values, 2)
    assert middle(values, ones, part, of) == middle(twice, np.ones(8), part, of) == value
    assert middle(values, 2 * ones, part, of) == value
    assert median(np.array([9.0, np.nan, 1.0, 4.0]), ones) == 4
