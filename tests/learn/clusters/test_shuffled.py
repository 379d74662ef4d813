from __future__ import annotations

from dataclasses import replace

import numpy as np

from segkit.learn.clusters.shuffled import is_by_columns
from segkit.learn.numbers import Floats
from segkit.learn.trees.ranks import Rows


def amounts(rng: np.random.Generator, rows: int, has: np.ndarray) -> Floats:
    return np.where(has, rng.normal(5, 0.8, rows), 0.0)


def test_zeros_that_have_nothing_to_do_with_one_another() -> None:
    rng = np.random.default_rng(1)
    X = np.column_stack([amounts(rng, 900, rng.random(900) < 0.5) for _ in range(2)])
    assert is_by_columns(Rows.of_array(X), 4)


def test_zeros_of_the_same_customers_are_a_group() -> None:
    rng = np.random.default_rng(2)
    has = rng.random(900) < 0.5
    X = np.column_stack([amounts(rng, 900, has) for _ in range(3)])
    assert not is_by_columns(Rows.of_array(X), 2)


def test_two_values_that_are_not_shared_are_no_such_columns() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(900, 2)) * 0.5 + rng.choice([0.0, 6.0], (900, 2))
    assert not is_by_columns(Rows.of_array(X), 4)
    scores = rng.integers(1, 6, (900, 2)).astype(float)
    assert not is_by_columns(Rows.of_array(scores), 4)


def test_weights_say_how_many_share_a_value() -> None:
    rng = np.random.default_rng(4)
    X = np.column_stack([amounts(rng, 900, rng.random(900) < 0.95), rng.normal(size=900)])
    rows = Rows.of_array(X)
    assert not is_by_columns(rows, 2)
    heavy = np.where(X[:, 0] == 0, 20.0, 1.0)
    assert is_by_columns(replace(rows, weight=heavy), 2)
