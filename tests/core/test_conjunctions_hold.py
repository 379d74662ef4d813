"""What is proved of conditions holds for every row, NULL included."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.columns import parse_type
from segkit.core.conjunctions import MAX_TERMS, Term, TooComplex, can_hold, gap, overlap
from segkit.core.evaluate import matches
from segkit.core.predicate import AllOf, AnyOf, Compare, Formula, Step
from segkit.core.rules import Interval, Levels
from tests.core.formulas import FORMULAS, ROWS
from tests.core.reference import truth_of, truths_of

STEP: Step = {"n": Decimal(1)}.get
NO_STEP: Step = {}.get
BELOW_2 = Interval(upper=Decimal(2))


def fulfils(row: dict[str, object], term: Term) -> bool:
    return all(matches(condition, row[name]) for name, condition in term.items())


@settings(max_examples=300)
@given(FORMULAS, FORMULAS)
def test_an_overlap_is_one_and_none_is_missed(first: Formula, second: Formula) -> None:
    """ROWS has every value that can matter: cuts, what lies between, all levels, NULL."""
    truths = zip(ROWS, truths_of(first, ROWS), truths_of(second, ROWS), strict=True)
    both = [row for row, one, other in truths if one and other]
    found = overlap(first, second, STEP)
    assert (found is not None) == bool(both)
    if found is not None:
        witnesses = [row for row in ROWS if fulfils(row, found)]
        assert witnesses
        assert all(row in both for row in witnesses)


@settings(max_examples=300)
@given(st.lists(FORMULAS, min_size=1, max_size=3))
def test_a_gap_is_one_and_none_is_missed(formulas: list[Formula]) -> None:
    truths = zip(*(truths_of(formula, ROWS) for formula in formulas), strict=True)
    left = [row for row, said in zip(ROWS, truths, strict=True) if {*said} == {False}]
    found = gap(formulas, STEP)
    assert (found is not None) == bool(left)
    if found is not None:
        assert all(row in left for row in ROWS if fulfils(row, found))


@settings(max_examples=300)
@given(FORMULAS)
def test_what_can_hold_does_for_a_row(formula: Formula) -> None:
    assert can_hold(formula, STEP) == any(truths_of(formula, ROWS))


def test_whole_numbers_leave_no_room_between_them() -> None:
    below, above = (
        Compare("n", BELOW_2),
        Compare("n", Interval(lower=Decimal(1), lower_closed=False)),
    )
    assert overlap(below, above, STEP) is None  # nothing lies between 1 and 2
    assert overlap(below, above, NO_STEP) is not None
    first = Compare("n", Interval(upper=Decimal(1), upper_closed=True))
    assert gap([first, Compare("n", Interval(lower=Decimal(2)))], STEP) is None
    assert gap([first, Compare("n", Interval(lower=Decimal(2)))], NO_STEP) is not None


FINE_CUTS = st.integers(-5, 35).map(lambda n: Decimal(n) / 100)
FINE = st.one_of(
    st.builds(lambda c, closed: Interval(upper=c, upper_closed=closed), FINE_CUTS, st.booleans()),
    st.builds(lambda c, closed: Interval(lower=c, lower_closed=closed), FINE_CUTS, st.booleans()),
    st.builds(lambda a, b: Interval(a, b, True, True), FINE_CUTS, FINE_CUTS),
).map(lambda interval: Compare("a", interval))


@settings(max_examples=300)
@given(FINE, FINE)
def test_a_decimal_has_its_step(first: Formula, second: Formula) -> None:
    """A DECIMAL(.., 1) has tenths alone: what lies between them is neither overlap nor gap."""
    tenth = parse_type("DECIMAL(9,1)").step
    assert tenth == Decimal("0.1")
    truths = [
        (truth_of(first, row), truth_of(second, row))
        for row in ({"a": Decimal(n) / 10} for n in range(-2, 6))
    ]
    assert (overlap(first, second, lambda _: tenth) is not None) == ((True, True) in truths)
    assert (gap([first, second], lambda _: tenth) is not None) == ((False, False) in truths)


def test_the_step_of_a_type() -> None:
    types = ("DECIMAL(18,2)", "BIGINT", "DOUBLE", "FLOAT", "VARCHAR")
    assert [parse_type(t).step for t in types] == [Decimal("0.01"), 1, None, None, None]
    at = Decimal("123456789012345678901234567890.5")  # more digits than Decimal keeps by itself
    above = Interval(lower=at, lower_closed=False).on_grid(Decimal("0.01"))
    assert str(above.lower) == "123456789012345678901234567890.51"


def test_too_much_is_not_proved() -> None:
    many = AllOf(
        tuple(
            AnyOf((Compare(f"c{i}", BELOW_2), Compare(f"d{i}", BELOW_2)))
            for i in range(MAX_TERMS.bit_length() + 1)
        )
    )
    with pytest.raises(TooComplex):
        overlap(many, many, NO_STEP)


def test_numbers_against_texts_are_not_proved() -> None:
    with pytest.raises(TooComplex):
        overlap(Compare("a", BELOW_2), Compare("a", Levels(frozenset({"x"}))), NO_STEP)
