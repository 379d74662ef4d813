from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.snap import rounder, roundest

NUMBERS = st.one_of(
    st.decimals(-100_000, 100_000, places=3),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda x: D(repr(x))),
)


def digits_of(number: D) -> int:
    return len(number.normalize().as_tuple().digits)


@pytest.mark.parametrize(
    ("lower", "upper", "cut"),
    [
        ("50", "51", "51"),  # the cut may be the value above it
        ("70", "71", "71"),
        ("23.2", "57.9", "50"),
        ("0.31", "0.37", "0.35"),
        ("0.5", "0.52", "0.52"),
        ("0.61", "0.64", "0.62"),
        ("41", "44", "42"),
        ("-3", "8", "0"),
        ("-3", "0", "0"),
        ("-57.9", "-23.2", "-50"),
        ("0", "1", "1"),
        ("-1", "-0.9999", "-0.9999"),
        ("99.5", "101", "100"),
        ("1E+20", "3E+20", "200000000000000000000"),
    ],
)
def test_the_roundest_number_of_a_gap(lower: str, upper: str, cut: str) -> None:
    assert str(roundest(D(lower), D(upper))) == cut


@given(NUMBERS, NUMBERS)
def test_it_lies_in_the_gap_and_nothing_there_has_fewer_digits(a: D, b: D) -> None:
    lower, upper = sorted((a, b))
    if lower == upper:
        return
    cut = roundest(lower, upper)
    assert lower < cut <= upper
    assert digits_of(cut) <= digits_of(upper)
    assert "E" not in str(cut) or cut.as_tuple().exponent < 0  # type: ignore[operator]


@given(st.integers(-999, 999), st.integers(1, 400), st.sampled_from([1, 10, 100]))
def test_against_all_decimals_of_the_gap(start: int, width: int, scale: int) -> None:
    lower, upper = D(start) / scale, D(start + width) / scale
    cut = roundest(lower, upper)
    inside = [D(n) / scale for n in range(start + 1, start + width + 1)]
    assert digits_of(cut) <= min(digits_of(n) for n in inside)


@pytest.mark.parametrize(("lower", "upper"), [("1", "1"), ("2", "1"), ("NaN", "1"), ("0", "Inf")])
def test_no_gap(lower: str, upper: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        roundest(D(lower), D(upper))


@pytest.mark.parametrize(
    ("cut", "least", "tried"),
    [
        ("42", 1, ("40", "45")),
        ("7", 1, ("6", "8")),
        ("1", 1, ("0", "2")),
        ("322", 0, ("300", "350")),
        ("361", 1, ("350", "400")),
        ("2130", 0, ("2000", "2500")),
        ("934.6", 0, ("900", "1000")),
        ("100", 1, ("90", "110")),
        ("-42", 0, ("-45", "-40")),
        ("0.35", 0, ("0.3", "0.4")),
        ("9.5", 0, ("9", "10")),
    ],
)
def test_what_people_try_instead_of_a_cut(cut: str, least: int, tried: tuple[str, str]) -> None:
    assert rounder(D(cut), least) == tuple(map(D, tried))


def test_nothing_is_rounder_than_zero() -> None:
    assert rounder(D(0), 1) == ()


@given(NUMBERS.filter(bool))
def test_a_rounder_number_lies_on_each_side_and_is_printed_in_full(cut: D) -> None:
    below, above = rounder(cut)
    assert below < cut < above
    assert above - below <= abs(cut) * D("0.6")
    assert "E" not in f"{below:f}{above:f}"
