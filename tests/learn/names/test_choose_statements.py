"""Which statements a segment gets: each border on both of its sides."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from segkit.core.fit import FittedFeature
from segkit.core.naming import Naming, Statement
from segkit.core.rules import Condition, Interval, Rule
from segkit.learn.names.choose_statements import (
    Option,
    best_of,
    choose,
    options_of,
    text_of,
)
from segkit.learn.names.name_counts import NameCounts
from segkit.learn.names.statements import Candidate
from tests.learn.unweighted import counts_of


def feature(column: str, type_: str = "DOUBLE") -> FittedFeature:
    return FittedFeature(column, column.capitalize(), "", "standard", type_, 0, 1, 0)


def cut(code: int, column: str, lower: str | None, upper: str | None) -> Rule:
    ends = (None if end is None else Decimal(end) for end in (lower, upper))
    return Rule(code, (Condition(column, Interval(*ends)),))


def groups(*values: Sequence[float], rules: Sequence[Rule] = ()) -> NameCounts:
    """One column, a segment for each list of values."""
    codes = np.repeat(np.arange(len(values)) + 1, list(map(len, values)))
    X = np.concatenate([np.asarray(v, dtype=np.float64) for v in values])[:, None]
    return counts_of(codes, X, [feature("spend")], rules)


def picked(counts: NameCounts) -> list[str | None]:
    found = choose(counts, counts.codes, ("spend",), (), ())
    return [option and text_of(option) for option in found.values()]


@pytest.mark.parametrize(("inside", "said"), [(8, True), (7, False)])
def test_a_name_is_true_of_four_of_five_members(inside: int, said: bool) -> None:
    counts = groups([9] * inside + [1] * (10 - inside), [1] * 9 + [0] * 11)
    options = [text_of(option) for option in options_of(counts, 1)]
    assert ("High spend" in options) is said


@pytest.mark.parametrize(("inside", "passes"), [(4, True), (5, False)])
def test_it_is_true_of_less_than_half_of_any_sibling(inside: int, passes: bool) -> None:
    """Of a small sibling, which hardly matters for how precise the name is."""
    counts = groups([9] * 40, [9] * inside + [1] * (10 - inside), [0] * 30 + [1] * 60)
    high = next(o for o in options_of(counts, 1) if text_of(o) == "High spend")
    assert high.passes is passes
    assert high.sibling == inside / 10


def test_the_score() -> None:
    """Of 60 with much, 48 are members: precision .8 (a word is free), or .6 (it costs a cut)."""
    rules = [cut(1, "spend", "5", None), cut(2, "spend", None, "5")]
    for members, others, cost in ((48, 12, 0), (47, 13, 0.1)):
        counts = groups([9] * members, [9] * others + [1] * 200, rules=rules)
        scores = {text_of(o): o.score for o in options_of(counts, 1)}
        assert scores["High spend"] == pytest.approx(members / 60 - cost)
        assert scores["Spend 5+"] == pytest.approx(members / 60 - 0.1)


def test_a_second_statement_and_a_foreign_column_cost_a_little() -> None:
    rules = [cut(1, "a", "5", None), cut(2, "a", None, "5")]
    a, b = [9.0] * 40 + [1.0] * 60, [9.0] * 40 + [0.0] * 30 + [1.0] * 30
    counts = counts_of(
        np.repeat([1, 2], [40, 60]), np.array([a, b]).T, [feature("a"), feature("b")], rules
    )
    scores = {text_of(o): round(o.score, 6) for o in options_of(counts, 1)}
    assert scores["High a"] == 1
    assert scores["High b"] == 0.9  # no rule asks for it
    assert scores["With b"] == round(40 / 70 - 0.1 + 0.02, 6)
    assert scores["High a, high b"] == 0.87


def test_a_cut_of_the_rule_comes_before_a_word_of_another_column() -> None:
    """Of who spends under 5, also 95 % of the young and nearly nobody else."""
    rules = [cut(1, "spend", None, "5"), cut(2, "spend", "5", None)]
    spend, age = [1.0] * 40 + [9.0] * 60, [20.0] * 38 + [50.0] * 2 + [20.0] * 2 + [50.0] * 58
    columns = [feature("spend"), feature("age")]
    counts = counts_of(np.repeat([1, 2], [40, 60]), np.array([spend, age]).T, columns, rules)
    best = best_of(options_of(counts, 1), ("spend",), {("spend", "word")})
    assert best and text_of(best) == "Spend under 5"


def test_a_cut_of_its_own_rule_comes_before_one_of_another_segment() -> None:
    """Under 6 is more precise by .03, but the rule says 7: who reads both wants one number."""
    rules = [cut(1, "spend", None, "7"), cut(2, "spend", "7", None), cut(3, "spend", None, "6")]
    counts = groups([1] * 95 + [6] * 5, [6] * 3 + [9] * 97, [9] * 100, rules=rules)
    found = {text_of(o): o for o in options_of(counts, 1)}
    assert found["Spend under 6"].score > found["Spend under 7"].score
    assert (found["Spend under 6"].borrowed, found["Spend under 7"].borrowed) == (1, 0)
    best = best_of(options_of(counts, 1), ("spend",), {("spend", "word")})
    assert best == found["Spend under 7"]


def option(
    score: float, *says: Candidate, cuts: int = 0, foreign: int = 0, borrowed: int = 0
) -> Option:
    truth = Naming(tuple(s.statement for s in says), 1.0, 0.1, 0.9)
    return Option(says, tuple(range(len(says))), truth, 0.1, cuts, foreign, borrowed, score)


WORD = Candidate(Statement("a", "high", 5.0), "high a")
CUT = Candidate(Statement("a", "cut", 5.0), "a 5+")
OTHER = Candidate(Statement("b", "high", 5.0), "high b")
UNKNOWN = Candidate(Statement("b", "unknown"), "unknown b")


def test_of_near_ties_the_plainest() -> None:
    for score, said in ((0.95, "High a"), (0.94, "A 5+")):
        best = best_of([option(0.995, CUT, cuts=1), option(score, WORD)], ("a",), ())
        assert best and text_of(best) == said
    foreign = option(0.99, OTHER, foreign=1)
    assert best_of([foreign, option(0.97, WORD)], ("a",), ()) != foreign
    two = option(0.99, WORD, OTHER)
    assert best_of([two, option(0.97, WORD)], ("a", "b"), ()) != two
    borrowed = option(0.99, CUT, borrowed=1)
    assert best_of([borrowed, option(0.97, WORD)], ("a",), ()) != borrowed
    one, other = option(0.9, OTHER), option(0.9, WORD)
    assert best_of([one, other], ("a", "b"), ()) == other
    assert best_of([one, other], ("b", "a"), ()) == one


def test_a_style_that_is_banned_is_not_used() -> None:
    both = [option(0.9, WORD), option(0.8, CUT, cuts=1)]
    best = best_of(both, ("a",), {("a", "word")})
    assert best and text_of(best) == "A 5+"
    assert best_of(both, ("a",), {("a", "word"), ("a", "cut")}) is None


def test_who_is_made_of_what_is_missing_is_called_so() -> None:
    best = best_of([option(0.95, WORD), option(0.7, UNKNOWN)], ("a",), ())
    assert best and text_of(best) == "Unknown b"


def test_one_style_for_a_column() -> None:
    """The word is good for 1 alone; the cuts are good for all three."""
    rules = [
        cut(1, "spend", None, "3"),
        cut(2, "spend", "3", "7"),
        cut(3, "spend", "7", None),
    ]
    counts = groups([1] * 50, [5] * 30, [9] * 20, rules=rules)
    assert picked(counts) == ["Spend under 3", "Spend 3-7", "Spend 7+"]
    assert picked(groups([1] * 50, [9] * 50, rules=rules)) == ["Low spend", "High spend"]


def test_a_name_that_is_taken_and_a_style_that_is_kept() -> None:
    rules = [cut(1, "spend", None, "5"), cut(2, "spend", "5", None)]
    counts = groups([1] * 50, [9] * 50, rules=rules)
    found = choose(counts, (2,), ("spend",), {"High spend"}, ())
    assert found[2] and text_of(found[2]) == "Spend 5+"
    found = choose(counts, (2,), ("spend",), (), {("spend", "cut")})
    assert found[2] and text_of(found[2]) == "Spend 5+"


def test_said_twice_is_not_said() -> None:
    """Zero orders and no last order are the same words."""
    codes = np.repeat([1, 2], [30, 70])
    orders = np.repeat([0.0, 4.0, 9.0], [30, 35, 35])
    days = np.where(codes == 1, np.nan, 50.0 + np.arange(100))
    features = [feature("orders", "BIGINT"), feature("recency_days", "BIGINT")]
    counts = counts_of(codes, np.array([orders, days]).T, features)
    assert "Never bought, never bought" not in map(text_of, options_of(counts, 1))
    assert picked_of(counts)[1] == "Never bought"


def picked_of(counts: NameCounts) -> dict[int, str | None]:
    found = choose(counts, counts.codes, (), (), ())
    return {code: option and text_of(option) for code, option in found.items()}


def cube(asked: str) -> NameCounts:
    """Eight corners of three columns; the rules of the first one read those that are asked."""
    codes = np.repeat(np.arange(8), 25)
    X = np.array([(codes >> place) % 2 * 8.0 + 1 for place in range(3)]).T
    conditions = tuple(Condition(column, Interval(upper=Decimal(5))) for column in asked)
    named = [feature(column) for column in "abc"]
    return counts_of(codes + 1, X, named, [Rule(1, conditions)])


def test_a_third_statement_where_two_do_not_tell_a_segment_apart() -> None:
    found = choose(cube("abc"), (1,), ("a", "b", "c"), (), ())[1]
    assert found and text_of(found) == "Low a, low b, low c"
    assert (found.truth.precision, found.is_short) == (1.0, True)
    # of columns that its rules read, and no others
    found = choose(cube("ab"), (1,), ("a", "b", "c"), (), ())[1]
    assert found and text_of(found) == "A under 5, b under 5"
    assert (found.truth.precision, found.is_short) == (0.5, False)
