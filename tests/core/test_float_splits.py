"""The cut says of every double what scikit-learn's rule says of its single."""

from __future__ import annotations

import math
import struct
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segkit.core.float_splits import exact_cut, float32, last_at_most, last_rounded_to

LARGEST = 3.4028234663852886e38  # of all singles
SINGLES = st.floats(width=32, allow_nan=False, allow_infinity=False)
THRESHOLDS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda t: t > -(2.0**128)),
    SINGLES,
    SINGLES.map(lambda t: math.nextafter(t, math.inf)),
    # as scikit-learn makes them: half way between two singles
    st.tuples(SINGLES, SINGLES).map(lambda pair: pair[0] / 2 + pair[1] / 2),
)


def single(x: float) -> float:
    """Numpy's rounding, apart from ours."""
    with np.errstate(over="ignore"):
        return float(np.float32(x))


@settings(max_examples=600)
@given(THRESHOLDS, st.floats(allow_nan=False, allow_infinity=False))
@example(0.0, -0.0)
@example(-0.0, 5e-324)
@example(LARGEST, LARGEST)
@example(1e300, LARGEST)
@example(-LARGEST, -LARGEST)
@example(2.0**-149, 2.0**-150)
def test_the_cut_is_the_rule(threshold: float, x: float) -> None:
    cut = exact_cut(threshold)
    near = [cut, threshold, x]
    near += [math.nextafter(value, end) for value in near for end in (-math.inf, math.inf)]
    for value in filter(math.isfinite, near):
        assert (single(value) <= threshold) == (value <= cut)


@given(st.floats(allow_nan=False))
def test_single_precision_is_numpys(x: float) -> None:
    assert struct.pack("d", float32(x)) == struct.pack("d", single(x))


def test_a_known_tie() -> None:
    """3.1 on iris: the threshold is the single nearest to 3.1, and 3.1 goes with it."""
    threshold = float(np.float32(3.1))
    assert exact_cut(math.nextafter(threshold, -math.inf)) < 3.1
    assert exact_cut(threshold) >= 3.1


def test_infinity_parts_missing_from_known() -> None:
    assert exact_cut(math.inf) == math.inf


@pytest.mark.parametrize("threshold", [math.nan, -math.inf])
def test_what_parts_nothing(threshold: float) -> None:
    with pytest.raises(ValueError, match="parts nothing"):
        exact_cut(threshold)


NUMBERS = st.floats(-1e12, 1e12)
SCALES = st.floats(1e-9, 1e9)


@given(NUMBERS, NUMBERS, SCALES, st.booleans())
def test_a_cut_behind_a_scaler(cut: float, shift: float, scale: float, times: bool) -> None:
    def of(x: float) -> float:
        return x * scale + shift if times else (x - shift) / scale

    last = last_at_most(of, cut)
    assert of(last) <= cut < of(math.nextafter(last, math.inf))


def test_a_cut_that_all_or_none_pass() -> None:
    assert last_at_most(lambda x: 0.0, 0.0) == math.inf
    assert last_at_most(lambda x: 0.0, -5e-324) == -math.inf
    assert last_at_most(lambda x: x, -sys.float_info.max) == -sys.float_info.max
    assert last_at_most(lambda x: x * 1e300, 1e308) == 1e8  # what overflows is above


@given(st.floats(-1e30, 1e30))
@example(2.0**53)
@example(2.0**53 + 2)
@example(-(2.0**53) - 2)
@example(0.0)
@example(-0.0)
@example(5e-324)
def test_numbers_that_a_double_stands_for(x: float) -> None:
    end, inclusive = last_rounded_to(x)
    at = Fraction(end)
    assert at == (Fraction(x) + Fraction(math.nextafter(x, math.inf))) / 2
    assert (float(at) <= x) == inclusive
    tiny = Fraction(1, 10**400)
    assert float(at - tiny) <= x < float(at + tiny)


def test_a_tie_goes_to_the_even_one() -> None:
    assert last_rounded_to(2.0**53) == (Decimal(2**53 + 1), True)
    assert last_rounded_to(2.0**53 + 2) == (Decimal(2**53 + 3), False)
