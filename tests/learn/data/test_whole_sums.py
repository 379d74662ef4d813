"""Sums as whole numbers: exact for any order, and of small numbers beside very large ones."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.dialects.spelling import double
from segkit.learn.data.whole_sums import Whole
from tests.learn.conftest import MemoryEngine


def summed(values: list[float], most: float) -> float:
    whole, engine = Whole.of(most), MemoryEngine()
    rows = ", ".join(f"({double(value)})" for value in values)
    items = ", ".join(whole.sums_sql("v"))
    (found,) = engine.query(f"SELECT {items} FROM (VALUES {rows}) AS t(v)")
    return whole.value(iter(found))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=20))
def test_it_is_the_sum_but_for_a_step_each_in_any_order(values: list[float]) -> None:
    step = 2.0 ** -Whole.of(1000).bits
    found = summed(values, 1000)
    assert found == pytest.approx(math.fsum(values), abs=step * len(values))
    assert found == summed(values[::-1], 1000)


@pytest.mark.parametrize(("most", "is_coarse"), [(2.0**23, False), (2.0**24, True)])
def test_what_is_less_than_a_step_is_summed_where_steps_are_long(
    most: float, is_coarse: bool
) -> None:
    """Up to 2^-20 of a step is no part of a standard deviation that anybody would miss."""
    assert Whole.of(most).is_coarse is is_coarse
    assert summed([0.3] * 9, most) == pytest.approx(2.7, abs=9 * 2.0**-20)


def test_small_numbers_beside_a_very_large_one() -> None:
    assert summed([0.3] * 9, 1e16) == pytest.approx(2.7)
    assert summed([-0.3] * 9, 1e16) == pytest.approx(-2.7)
    assert summed([1e-300, 2e-300], 2e-300) == 0.0  # nothing overflows
