from __future__ import annotations

import numpy as np
import pytest

from segkit.learn.clusters.aside import Telling, telling
from segkit.learn.clusters.gaps import Found
from segkit.learn.clusters.ties import spread_ties
from segkit.learn.numbers import Floats
from tests.learn.clusters.test_judge import judged

CENTERS = np.array([(0, 0), (8, 0), (0, 8), (8, 8)])


def groups(rng: np.random.Generator, rows: int, idle: Floats) -> Floats:
    """Four groups by two numbers, beside others."""
    X = np.hstack([CENTERS[rng.integers(0, 4, rows)] + rng.normal(size=(rows, 2)), idle])
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))


def told(X: Floats, numbers: list[int] | None = None, k_max: int = 6) -> Telling:
    return telling(spread_ties(X, np.ones(len(X)), numbers), k_max)


@pytest.mark.parametrize("kind", ["normal", "even", "skewed", "counts"])
def test_columns_that_say_nothing_are_set_aside(kind: str) -> None:
    rng = np.random.default_rng(4)
    idle = {
        "normal": rng.normal(size=(500, 5)),
        "even": rng.random((500, 5)),
        "skewed": rng.gamma(2.0, 1.0, (500, 5)),
        "counts": rng.poisson(1.0, (500, 5)) * 1.0,
    }
    found = told(groups(rng, 500, idle[kind]))
    assert (found.places, found.groups, found.least) == ((0, 1), 4, 4)
    assert told(idle[kind]).least is None


def test_nothing_to_set_aside() -> None:
    rng = np.random.default_rng(4)
    X = groups(rng, 500, np.empty((500, 0)))
    found = told(X)
    assert (found.are_all, found.groups, found.least) == (True, 4, None)
    # a category is no number along which there are gaps: it is set aside
    assert told(np.hstack([X, np.eye(3)[rng.integers(0, 3, 500)]]), [0, 1]).least == 4


@pytest.mark.parametrize(
    ("some", "others", "tells"),
    [
        ((1_000, 0, 100), (30, 115, 117), True),  # six clusters part them, fewer do not
        ((1_000, 0, 100), (30, 110, 112), False),  # seven would
        ((10, 0, 1), (10, 5, 6), True),  # two do; the halves of one of them are outliers
    ],
)
def test_two_to_six_clusters_of_a_number_are_looked_at(
    some: tuple[int, float, float], others: tuple[int, float, float], tells: bool
) -> None:
    x = np.concatenate([np.linspace(low, high, n) for n, low, high in (some, others)])
    assert told(x[:, None]).places == ((0,) if tells else ())


def test_k_means_starts_more_than_once() -> None:
    """Eight groups of fifty, of which one start does not find all."""
    rng = np.random.default_rng(4)
    at = np.array([(x, y) for x in range(0, 24, 8) for y in range(0, 24, 8)])[:8]
    X = at[rng.integers(0, 8, 400)] + rng.normal(size=(400, 2))
    assert told(np.hstack([X, rng.normal(size=(400, 3))]), k_max=10).groups == 8


def test_clusters_of_all_columns_are_those_groups_or_are_not() -> None:
    rng = np.random.default_rng(4)
    X, group = rng.normal(size=(400, 3)), np.repeat(np.arange(4), 100)
    X[:, :2] += CENTERS[group]
    found, ones = told(X), np.ones(400)
    assert found.places == (0, 1)
    assert found.are_groups(X, ones, 3 - group)
    assert not found.are_groups(X, ones, group % 3)  # not so many
    for moved, same in ((6, True), (12, False)):  # of 400 customers: .96 and .92
        labels = np.where(np.arange(400) < moved, 3, group)
        assert found.are_groups(X, ones, labels) == same


def test_four_groups_beside_eight_idle_columns_are_four() -> None:
    rng = np.random.default_rng(2)
    found = judged(groups(rng, 600, rng.random((600, 8)))).found
    assert found.k == 4
    assert found != Found(4, "degrees")
