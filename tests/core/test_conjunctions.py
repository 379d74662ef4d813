"""Formulas as conjunctions: by hand, at the ends where they turn."""

from __future__ import annotations

from decimal import Decimal

import pytest

from segkit.core.conjunctions import (
    MAX_TERMS,
    TooComplex,
    can_hold,
    gap,
    has_room,
    other_values,
    overlap,
    terms_of,
    terms_where,
)
from segkit.core.predicate import AllOf, AnyOf, Compare, IsNull, Not
from segkit.core.rules import Condition, Interval, Levels

ONE = Decimal(1)
BELOW_1 = Compare("a", Interval(upper=ONE))
FROM_1 = Compare("a", Interval(lower=ONE))
X = Compare("t", Levels(frozenset({"x"})))


def no_step(name: str) -> None:
    return None


def test_what_is_not_among_some_values() -> None:
    assert other_values(Interval(lower=ONE, upper=Decimal(2))) == [
        Interval(upper=ONE),
        Interval(lower=Decimal(2)),
    ]
    closed = Interval(lower=ONE, lower_closed=False, upper=Decimal(2), upper_closed=True)
    assert other_values(closed) == [
        Interval(upper=ONE, upper_closed=True),
        Interval(lower=Decimal(2), lower_closed=False),
    ]


def test_and_is_false_by_one_part_alone() -> None:
    both = AllOf((BELOW_1, X))
    assert [sorted(term) for term in terms_where(both, True)] == [["a", "t"]]
    assert [sorted(term) for term in terms_where(both, False)] == [["a"], ["t"]]
    assert terms_where(Not(both), True) == terms_where(both, False)
    either = AnyOf((BELOW_1, X))
    assert [sorted(term) for term in terms_where(either, False)] == [["a", "t"]]


def test_null_is_neither_in_a_comparison_nor_outside_it() -> None:
    (term,) = terms_where(IsNull("a"), True)
    assert (term["a"].values, term["a"].null) == (None, True)
    assert overlap(IsNull("a"), BELOW_1, no_step) is None
    assert gap([BELOW_1, FROM_1], no_step) is None
    assert gap([BELOW_1], no_step) == {"a": Condition("a", Interval(lower=ONE))}


def test_between_two_steps_there_is_nothing() -> None:
    inside = Condition("a", Interval(ONE, Decimal(2), lower_closed=False))
    assert has_room(inside, None) and has_room(inside, Decimal("0.5"))
    assert not has_room(inside, ONE)
    formula = Compare("a", inside.values)
    assert (can_hold(formula, no_step), can_hold(formula, lambda _: ONE)) == (True, False)


def test_too_many_terms_prove_nothing() -> None:
    pairs = [AnyOf((Compare(f"c{i}", BELOW_1.values), IsNull(f"c{i}"))) for i in range(10)]
    assert MAX_TERMS == 2**9
    assert len(terms_where(AllOf(tuple(pairs[:9])), True)) == MAX_TERMS
    with pytest.raises(TooComplex):
        terms_where(AllOf(tuple(pairs)), True)
    assert terms_of(AllOf(tuple(pairs)), True) == ()
