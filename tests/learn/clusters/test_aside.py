from __future__ import annotations

import numpy as np
import pytest

from segkit.learn.clusters.aside import layouts_set_aside
from segkit.learn.clusters.gaps import Found, proven
from segkit.learn.clusters.ties import spread_ties
from segkit.learn.numbers import Floats
from tests.learn.clusters.test_judge import judged

CENTERS = np.array([(0, 0), (8, 0), (0, 8), (8, 8)])


def groups(rng: np.random.Generator, rows: int, idle: Floats) -> Floats:
    """Four groups by two numbers, beside others."""
    X = np.hstack([CENTERS[rng.integers(0, 4, rows)] + rng.normal(size=(rows, 2)), idle])
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))


def least(X: Floats, numbers: list[int] | None = None) -> int | None:
    return proven(layouts_set_aside(spread_ties(X, np.ones(len(X)), numbers), 6))


@pytest.mark.parametrize("kind", ["normal", "even", "skewed", "counts"])
def test_columns_that_say_nothing_are_set_aside(kind: str) -> None:
    rng = np.random.default_rng(4)
    idle = {
        "normal": rng.normal(size=(500, 5)),
        "even": rng.random((500, 5)),
        "skewed": rng.gamma(2.0, 1.0, (500, 5)),
        "counts": rng.poisson(1.0, (500, 5)) * 1.0,
    }
    assert least(groups(rng, 500, idle[kind])) == 4
    assert least(idle[kind]) is None


def test_nothing_to_set_aside() -> None:
    rng = np.random.default_rng(4)
    X = groups(rng, 500, np.empty((500, 0)))
    assert layouts_set_aside(spread_ties(X, np.ones(500)), 6) == {}
    # a category is no number along which there are gaps: it is set aside
    assert least(np.hstack([X, np.eye(3)[rng.integers(0, 3, 500)]]), [0, 1]) == 4


def test_four_groups_beside_eight_idle_columns_are_four() -> None:
    rng = np.random.default_rng(2)
    found = judged(groups(rng, 600, rng.random((600, 8)))).found
    assert found.k == 4
    assert found != Found(4, "degrees")
