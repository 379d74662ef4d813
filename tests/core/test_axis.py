from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

from segkit.core.axis import Axis, exact
from segkit.core.columns import parse_type
from segkit.core.tree import Below

DOUBLE, FLOAT, CENTS = (parse_type(name) for name in ("DOUBLE", "FLOAT", "DECIMAL(12,2)"))


def first(axis: Axis, value: float | Decimal) -> str:
    return str(next(axis.spellings(value)))


@pytest.mark.parametrize(
    ("type_", "low", "high"),
    [
        ("TINYINT", "-128", "127"),
        ("UTINYINT", "0", "255"),
        ("INTEGER", "-2147483648", "2147483647"),
        ("UBIGINT", "0", "18446744073709551615"),
        ("HUGEINT", str(-(2**127)), str(2**127 - 1)),
        ("UHUGEINT", "0", str(2**128 - 1)),
        ("DECIMAL(5,2)", "-999.99", "999.99"),
        ("DECIMAL(38,10)", f"-{'9' * 28}.{'9' * 10}", f"{'9' * 28}.{'9' * 10}"),
    ],
)
def test_the_ends_of_a_type(type_: str, low: str, high: str) -> None:
    assert parse_type(type_).ends == (Decimal(low), Decimal(high))


def test_the_ends_of_floats_are_their_largest_numbers() -> None:
    assert [float(end) for end in FLOAT.ends] == [-np.finfo("f4").max, np.finfo("f4").max]
    assert float(DOUBLE.ends[1]) == np.finfo("f8").max


def test_an_axis_holds_nothing_below_0_where_nothing_is() -> None:
    spend = Axis(CENTS, Decimal("0.01"), Decimal("12.50"), Decimal(900))
    assert spend.holds(Decimal(0)) and spend.holds(Decimal(901))
    assert not spend.holds(Decimal("-0.01"))
    assert Axis(CENTS, None, Decimal("-3"), None).holds(Decimal("-3"))
    assert not Axis(CENTS, None, Decimal("-3"), None).holds(Decimal("-4"))
    assert not Axis(parse_type("UTINYINT"), Decimal(1)).holds(Decimal(258))


def test_values_are_written_without_the_tails_of_floats() -> None:
    cents = Axis(DOUBLE, Decimal("0.01"))
    assert first(cents, 389.98999999999995) == "389.99"
    assert first(cents, 389.985) == "389.985"  # no tail: it is finer than the others
    assert first(Axis(DOUBLE), 0.1 + 0.2) == "0.3"
    assert first(Axis(FLOAT), float(np.float32(0.7))) == "0.7"
    assert first(Axis(FLOAT, Decimal("0.1")), float(np.float32(0.7))) == "0.7"
    assert first(Axis(DOUBLE, Decimal(1)), 1.2345e20) == "1.23E+20"
    assert first(Axis(CENTS), Decimal("12.50")) == "12.50"
    tail = Axis(DOUBLE, Decimal("0.01"), tail=1e-11)  # of a refund, after some hundred dollars
    assert first(tail, 5.551115123125783e-17) == "0.00"
    assert [*cents.spellings(389.98999999999995)][-1] == exact(389.98999999999995)


def test_the_last_number_below_a_cut_and_the_first_that_is_not() -> None:
    whole, any_ = Axis(DOUBLE, Decimal(1)), Axis(DOUBLE)
    for cut, inclusive, ends in (
        ("42", False, (41, 42)),
        ("42", True, (42, 43)),
        ("41.5", False, (41, 42)),
        ("41.5", True, (41, 42)),
        ("-0.5", False, (-1, 0)),
    ):
        test = Below(Decimal(cut), inclusive)
        assert (whole.last_below(test), whole.first_not_below(test)) == ends
    test = Below(Decimal("0.7"))
    assert any_.first_not_below(test) == exact(0.7)
    assert any_.last_below(test) == exact(math.nextafter(0.7, 0))
    assert any_.last_below(Below(Decimal("0.7"), True)) == exact(0.7)
    assert any_.first_not_below(Below(Decimal("0.7"), True)) == exact(math.nextafter(0.7, 1))


def test_a_single_may_lie_below_the_cut_that_it_is_written_as() -> None:
    tenths = Axis(FLOAT, Decimal("0.1"))
    assert tenths.passes(Below(Decimal("0.7")), Decimal("0.7"))  # stored: 0.699999988
    assert tenths.first_not_below(Below(Decimal("0.7"))) == Decimal("0.8")
    assert tenths.last_below(Below(Decimal("0.7"))) == Decimal("0.7")
    assert tenths.first_not_below(Below(Decimal("0.3"))) == Decimal("0.3")  # 0.300000012


def test_numbers_too_large_for_the_grain_are_neighbours_as_floats() -> None:
    whole = Axis(DOUBLE, Decimal(1))
    test = Below(Decimal("3e17"))
    assert whole.grain_at(test.cut) is None
    assert whole.first_not_below(test) == Decimal("3e17")
    assert whole.last_below(test) == Decimal("3e17") - 64
    assert Axis(parse_type("HUGEINT"), Decimal(1)).grain_at(Decimal("1e30")) == 1


def test_the_grain_of_a_value_that_is_finer_than_the_others() -> None:
    whole = Axis(DOUBLE, Decimal(1))
    assert whole.through(Decimal("12.5")).grain == Decimal("0.1")
    assert whole.through(Decimal("12.0")) is whole
    assert Axis(DOUBLE).through(Decimal("12.5")).grain is None
