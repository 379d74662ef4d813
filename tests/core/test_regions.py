"""Regions hold the rows for which a formula is TRUE, and no other."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.conjunctions import TooComplex
from segkit.core.evaluate import matches
from segkit.core.predicate import Compare, Formula, IsNull, Not
from segkit.core.regions import (
    Region,
    first_match,
    is_known,
    outside,
    together,
    where_true,
    with_room,
    within,
)
from segkit.core.rules import Condition, Interval, Levels
from segkit.dialects.region_text import all_but, region_sql
from tests.core.formulas import FORMULAS, ROWS
from tests.core.reference import truths_of

AGE = Compare("age", Interval(Decimal(18), Decimal(25)))


def holds(region: Region, row: dict[str, object]) -> bool:
    return any(all(matches(c, row[name]) for name, c in term.items()) for term in region)


@settings(max_examples=40)
@given(FORMULAS, FORMULAS)
def test_a_region_is_where_the_formula_is_true(first: Formula, second: Formula) -> None:
    one, two = where_true(first), where_true(second)
    truths = zip(ROWS, truths_of(first, ROWS), truths_of(second, ROWS), strict=True)
    for row, one_true, other_true in truths:
        is_first, is_second = one_true is True, other_true is True
        assert holds(one, row) == is_first
        assert holds(outside(one), row) != is_first
        assert holds(within(one, two), row) == (is_first and is_second)
        assert holds(together([one, two]), row) == (is_first or is_second)


@given(st.lists(FORMULAS, min_size=1, max_size=3))
def test_the_first_that_is_true_takes_a_row(formulas: list[Formula]) -> None:
    try:
        taken, rest = first_match([where_true(formula) for formula in formulas])
    except TooComplex:
        return
    truths = zip(*(truths_of(formula, ROWS) for formula in formulas), strict=True)
    for row, said in zip(ROWS, truths, strict=True):
        true = [each is True for each in said]
        wanted = [is_true and not any(true[:i]) for i, is_true in enumerate(true)]
        assert [holds(region, row) for region in taken] == wanted
        assert holds(rest, row) == (not any(true))


@given(FORMULAS)
def test_a_known_formula_is_never_unknown(formula: Formula) -> None:
    if is_known(formula):
        assert None not in truths_of(formula, ROWS)


def test_neighbours_become_one() -> None:
    low = Compare("age", Interval(upper=Decimal(18)))
    assert together([where_true(low), where_true(AGE)]) == where_true(
        Compare("age", Interval(upper=Decimal(25)))
    )
    assert together([where_true(IsNull("age")), where_true(Not(IsNull("age")))]) == ({},)


def test_between_two_integers_there_is_no_room() -> None:
    gap = Condition("age", Interval(Decimal(24), Decimal(25), lower_closed=False), null=True)
    region = with_room(({"age": gap},), lambda _: Decimal(1))
    assert region == ({"age": Condition("age", None, null=True)},)
    assert with_room(({"age": Condition("age", gap.values)},), lambda _: Decimal(1)) == ()
    assert with_room(({"age": gap},), lambda _: None) == ({"age": gap},)


@pytest.mark.parametrize(
    ("region", "sql"),
    [
        (where_true(AGE), "age >= 18 AND age < 25"),
        (outside(where_true(AGE)), "age < 18 OR age >= 25 OR age IS NULL"),
        (where_true(IsNull("age")), "age IS NULL"),
        (where_true(Not(IsNull("Age"))), '"Age" IS NOT NULL'),
        (where_true(Compare("t", Levels(frozenset({"it's"})))), "t = 'it''s'"),
        (
            outside(where_true(Compare("t", Levels(frozenset("ba"))))),
            "t NOT IN ('a', 'b') OR t IS NULL",
        ),
        (
            within(where_true(AGE), outside(where_true(IsNull("t")))),
            "age >= 18 AND age < 25 AND t IS NOT NULL",
        ),
        (
            within(where_true(IsNull("t")), outside(where_true(AGE))),
            "(age < 18 OR age >= 25 OR age IS NULL) AND t IS NULL",
        ),
    ],
)
def test_a_region_is_written_as_a_person_would(region: Region, sql: str) -> None:
    assert region_sql(region) == sql


def test_a_flag_is_asked_for_itself() -> None:
    flag = ({"is_vip": Condition("is_vip", Levels(frozenset({"true"})))},)
    assert region_sql(flag, {"is_vip"}) == "is_vip"
    assert region_sql(outside(flag), {"is_vip"}) == "NOT is_vip OR is_vip IS NULL"
    assert region_sql(flag) == "is_vip = 'true'"


def test_single_numbers_that_are_left_out() -> None:
    one = Interval(Decimal(1), Decimal(1), True, True)
    others = [c.values for term in outside(where_true(Compare("n", one))) for c in term.values()]
    intervals = [values for values in others if isinstance(values, Interval)]
    assert all_but(intervals) == [Decimal(1)]
    assert all_but(intervals[:1]) == []
    assert region_sql(outside(where_true(Compare("n", one)))) == "n <> 1 OR n IS NULL"
