from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
import pytest

from segkit.core.facts import Fact
from segkit.core.fit import FittedFeature, FittedSegment
from segkit.core.naming import Naming, Statement
from segkit.core.rules import Condition, Interval, Rule
from segkit.learn.names.name_counts import NameCounts
from segkit.learn.names.name_segments import Named, name_segments, notes_of
from segkit.learn.names.statements import word_statement
from segkit.learn.numbers import Floats, Ints
from segkit.project.nodes import TraitWords
from tests.learn.unweighted import counts_of

RNG = np.random.default_rng(0)


def features(*columns: str, type_: str = "DOUBLE") -> list[FittedFeature]:
    return [
        FittedFeature(c, c.replace("_", " ").capitalize(), "", "standard", type_, 0, 1, 0)
        for c in columns
    ]


def texts(
    counts: NameCounts,
    given: Mapping[int, str] | None = None,
    before: Mapping[int, FittedSegment] | None = None,
) -> dict[int, str]:
    found = name_segments(counts, (), given or {}, before or {})
    return {code: named.text for code, named in found.items()}


def between(code: int, column: str, lower: int | None, upper: int | None) -> Rule:
    ends = (None if end is None else Decimal(end) for end in (lower, upper))
    return Rule(code, (Condition(column, Interval(*ends)),))


def test_the_two_columns_of_four_groups_in_the_order_of_the_columns() -> None:
    codes = np.repeat([1, 2, 3, 4], 100)
    spend = np.where(codes % 2 == 1, 20.0, 80.0) + RNG.normal(0, 5, 400)
    age = np.where(codes < 3, 30.0, 60.0) + RNG.normal(0, 5, 400)
    assert texts(counts_of(codes, np.array([age, spend]).T, features("age", "spend"))) == {
        1: "Younger, low spend",
        2: "Younger, high spend",
        3: "Older, low spend",
        4: "Older, high spend",
    }


def test_who_never_bought_is_not_called_recent() -> None:
    """Their recency is missing: the median stands in for it in the rules, not in the name."""
    codes = np.repeat([1, 2, 3], [40, 30, 30])
    days = np.concatenate(
        [np.full(40, np.nan), RNG.integers(0, 40, 30), RNG.integers(200, 900, 30)]
    )
    orders = np.where(codes == 1, 0, 5)
    found = texts(counts_of(codes, np.array([days, orders]).T, features("recency_days", "orders")))
    assert found[1] == "Never bought"


def test_bands_along_one_column_are_told_by_their_cuts() -> None:
    codes = np.repeat([1, 2, 3], 100)
    x = np.concatenate(
        [RNG.integers(1, 3, 100), RNG.integers(3, 11, 100), RNG.integers(11, 60, 100)]
    )
    rules = [
        between(1, "orders", None, 3),
        between(2, "orders", 3, 11),
        between(3, "orders", 11, None),
    ]
    counts = counts_of(codes, x[:, None].astype(float), features("orders", type_="BIGINT"), rules)
    assert texts(counts) == {1: "Under 3 orders", 2: "3-10 orders", 3: "11+ orders"}


def test_words_that_are_given() -> None:
    x = np.concatenate([RNG.normal(10, 1, 200), RNG.normal(90, 1, 200)])
    words = {"x": TraitWords(high="big spender", low="small spender", mid="spender")}
    counts = counts_of(np.repeat([1, 2], 200), x[:, None], features("x"), (), words)
    assert texts(counts) == {1: "Small spender", 2: "Big spender"}


def mixed() -> NameCounts:
    """Two segments that nothing tells apart, and a third."""
    codes = np.concatenate([np.tile([1, 2, 2], 60), np.full(60, 3)])
    x = np.concatenate([np.tile([1.0, 1.0, 1.0, 2.0, 2.0, 2.0], 30), np.full(60, 9.0)])
    return counts_of(codes, x[:, None], features("x"), [between(3, "x", 5, None)])


def test_that_no_short_name_tells_a_segment_apart_is_said() -> None:
    counts = mixed()
    found = name_segments(counts, (), {}, {})
    assert found[3].text == "High x" and found[3].is_short
    assert not found[1].is_short and not found[2].is_short
    assert (found[2].text, found[1].text) == ("X under 5", "X under 5 (2)")  # the larger one first
    notes = list(notes_of(counts, found, {1: "A", 2: "B", 3: "C"}))
    assert [(note.code, note.figures[0]) for note in notes] == [
        ("no_short_name", "A"),
        ("no_short_name", "B"),
    ]
    assert notes[0].figures[1] == pytest.approx(1 / 3)


def test_where_nothing_is_true_of_most_members_nothing_is_claimed() -> None:
    codes = np.repeat([1, 2], [20, 10])
    x = np.concatenate([np.repeat([np.nan, 1.0, 9.0], [7, 6, 7]), np.full(10, 5.0)])
    found = name_segments(counts_of(codes, x[:, None], features("x")), (), {}, {})
    assert found[1] == Named("Mixed", Naming((), 1.0, 1.0, round(2 / 3, 9)), is_short=False)
    before = {1: FittedSegment(1, "A", "Mixed", 20, found[1].naming)}
    assert texts(two(20, 80), before=before)[1] == "Low spend"  # as soon as there is one


@pytest.mark.parametrize(("precise", "is_short"), [(60, True), (59, False)])
def test_a_short_name_is_three_fifths_precise(precise: int, is_short: bool) -> None:
    """Of a hundred with much 60 are members, or 59; the others are few in a large segment."""
    codes = np.repeat([1, 2], [precise, 400])
    x = np.concatenate(
        [np.full(precise, 9.0), np.full(100 - precise, 9.0), np.full(300 + precise, 1.0)]
    )
    found = name_segments(counts_of(codes, x[:, None], features("x")), (), {}, {})
    assert (found[1].text, found[1].is_short) == ("High x", is_short)


@pytest.mark.parametrize(("missing", "said"), [(51, True), (50, False)])
def test_what_is_mostly_filled_in_is_said_unless_the_name_does(missing: int, said: bool) -> None:
    codes = np.repeat([1, 2], 100)
    income = np.where(np.arange(200) < missing, np.nan, 50.0)
    age = np.where(codes == 1, 90.0, 30.0)
    counts = counts_of(codes, np.array([income, age]).T, features("income", "age"))
    names = name_segments(counts, (), {}, {})
    assert names[1].text == "Older"
    expected = [Fact("mostly_filled", "income", value=("A", missing / 100))]
    assert list(notes_of(counts, names, {1: "A", 2: "B"})) == (expected if said else [])
    named = {**names, 1: Named("Unknown income, older")}
    assert list(notes_of(counts, named, {1: "A", 2: "B"})) == []


def test_a_segment_of_filled_in_values_is_called_so() -> None:
    codes = np.repeat([1, 2], 100)
    income = np.where(np.arange(200) < 85, np.nan, 50.0)
    age = np.where(codes == 1, 90.0, 30.0)
    counts = counts_of(codes, np.array([income, age]).T, features("annual_income", "age"))
    assert texts(counts)[1] == "Unknown annual income"


# a refit -----------------------------------------------------------------------------------------


def two(low: float, high: float) -> NameCounts:
    codes = np.repeat([1, 2], 100)
    x = np.concatenate([RNG.normal(low, 1, 100), RNG.normal(high, 1, 100)])
    return counts_of(codes, x[:, None], features("spend"))


def segment(name: str, *says: Statement) -> FittedSegment:
    return FittedSegment(1, "A", name, 100, Naming(says, 1.0, 0.0, 1.0) if says else None)


def test_a_name_is_kept_while_it_passes() -> None:
    cut = segment("Spend under 40", Statement("spend", "cut", None, 40.0))
    assert texts(two(20, 80)) == {1: "Low spend", 2: "High spend"}
    assert texts(two(20, 80), before={1: cut})[1] == "Spend under 40"
    assert texts(two(50, 80), before={1: cut})[1] == "Low spend"  # no longer true of them
    assert texts(two(20, 30), before={1: cut})[1] == "Low spend"  # true of the others, too


def test_a_kept_name_has_todays_truth() -> None:
    before = segment("Low spend", Statement("spend", "low", None, 7.0))
    counts = two(20, 80)
    found = name_segments(counts, (), {}, {1: before})[1]
    today = word_statement("spend", "low", counts.people.X[:, 0], np.ones(200))
    assert today and found.naming == Naming((today,), 1.0, 0.0, 1.0)


def test_a_name_of_which_nothing_is_known_is_kept() -> None:
    found = name_segments(two(20, 80), (), {}, {1: segment("Whales")})
    assert found[1] == Named("Whales")


def test_a_name_that_speaks_of_a_column_that_is_gone_is_made_anew() -> None:
    before = segment("Younger", Statement("age", "low", None, 40.0))
    assert texts(two(20, 80), before={1: before})[1] == "Low spend"


def test_names_are_unique() -> None:
    assert texts(two(20, 80), given={1: "High spend"}) == {1: "High spend", 2: "Mixed"}
    before = {1: segment("High spend")}
    assert texts(two(20, 80), before=before) == {1: "High spend", 2: "Mixed"}


def codes_and_values() -> tuple[Ints, Floats]:
    codes = np.repeat([1, 2, 3], [200, 150, 150])
    X = RNG.normal(codes[:, None] * 3, 1, (500, 2))
    return codes, X


def test_the_order_of_the_rows_decides_nothing() -> None:
    codes, X = codes_and_values()
    rules: Sequence[Rule] = [
        between(1, "x", None, 5),
        between(2, "x", 5, 8),
        between(3, "x", 8, None),
    ]
    named = features("x", "y")
    first = name_segments(counts_of(codes, X, named, rules), (), {}, {})
    order = RNG.permutation(500)
    assert name_segments(counts_of(codes[order], X[order], named, rules), (), {}, {}) == first


def test_who_is_in_a_segment_of_its_own_is_a_sibling_and_no_measure() -> None:
    """300 who never bought spent nothing: the median of the others is 5.5, not 0."""
    codes = np.repeat([1, 2, 3], [50, 50, 300])
    spend = np.concatenate([np.repeat([1.0, 10.0], 50), np.zeros(300)])
    found = counts_of(codes, spend[:, None], features("spend"), own=[3])
    assert found.people.is_measure.sum() == 100
    names = name_segments(found, (), {3: "No recency"}, {})
    assert {code: named.text for code, named in names.items()} == {
        1: "Low spend",
        2: "High spend",
        3: "No recency",
    }
    assert not names[1].is_short  # it is true of all who never bought, too
    assert names[2].is_short
