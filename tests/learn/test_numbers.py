from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from segkit.learn.numbers import (
    MANY,
    distinct_rows,
    exact_sum,
    one_thread,
    round_array,
    round_digits,
    squared_distances,
    without_noise,
)


def test_nine_digits_and_no_negative_zero() -> None:
    assert round_digits(1 / 3) == 0.333333333
    assert round_digits(123456789.5) == 123456790
    assert math.copysign(1, round_digits(-0.0)) == 1
    found = round_array(np.array([[1 / 3, -0.0], [2e9 + 1, 2 / 3]]))
    assert found.tolist() == [[0.333333333, 0], [2000000000, 0.666666667]]


def test_a_sum_does_not_depend_on_the_order() -> None:
    values = np.array([[1e16, 1.0], [-1e16, 1.0]])
    assert exact_sum(values) == 2 != values.ravel().sum()
    assert exact_sum(values[::-1, ::-1]) == 2


@pytest.mark.parametrize("seed", range(30))
def test_a_sum_of_many_is_correctly_rounded(seed: int) -> None:
    """Of every size and sign, and of such as cancel; in any order."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=3000) * np.exp2(rng.integers(-1070, 1000, 3000) // (1 + seed % 9))
    values = np.concatenate([values, -values[:2000] * (1 + seed % 2), np.zeros(9), [5e-324, 1e300]])
    values = values[: len(values) - seed % 3]
    expected = math.fsum(values.tolist())
    assert exact_sum(values) == exact_sum(rng.permutation(values)) == expected
    wide = np.exp(rng.normal(size=(20_000, 2)))
    assert exact_sum(wide) == math.fsum(wide.ravel().tolist())
    assert exact_sum(np.ones(MANY)) == MANY


def test_a_sum_of_many_with_infinity_is_infinite() -> None:
    assert exact_sum(np.array([np.inf, *np.ones(MANY)])) == math.inf


def test_what_rounding_leaves_is_nothing() -> None:
    assert without_noise(1e-12, 1.0) == 0
    assert without_noise(1.1e-12, 1.0) == 1.1e-12
    assert without_noise(-1e-9, 0.0) == 0


def test_within_one_thread_every_library_has_one() -> None:
    with one_thread():
        assert {each["num_threads"] for each in threadpool_info()} == {1}


def test_distances_are_those_of_rows_to_centres() -> None:
    points = np.array([[1e8, 3.0], [1e8, 0.0]])
    centers = np.array([[1e8, 3.0], [1e8 + 4, 3.0], [1e8, 1.0]])
    assert squared_distances(points, centers).tolist() == [[0, 16, 4], [9, 25, 1]]


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_distance_is_summed_in_the_order_of_the_points_in_memory(
    order: Literal["C", "F"],
) -> None:
    """Which it is changes the last bit, and that one which tree is found."""
    rng = np.random.default_rng(0)
    points = np.array(rng.normal(size=(2000, 8)), order=order)
    centers = rng.normal(size=(3, 8))
    steps = [points - center for center in centers]
    expected = np.stack([np.einsum("ij,ij->i", step, step) for step in steps], axis=1)
    assert (squared_distances(points, centers) == expected).all()


def test_distinct_rows_are_counted_until_there_are_enough() -> None:
    """The first thousand have two, all have four."""
    X = np.concatenate([np.tile([[0.0, 1.0], [1.0, 1.0]], (500, 1)), [[0.0, 2.0], [0.0, 3.0]]])
    assert [distinct_rows(X, enough) for enough in (1, 2, 3, 4, 5)] == [2, 2, 4, 4, 4]
