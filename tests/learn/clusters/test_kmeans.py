"""Single K-Means, and one with a cluster more or less."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.learn.clusters.kmeans import (
    Data,
    best_merge,
    best_of,
    best_split,
    merges,
    splits,
    started,
)
from segkit.learn.numbers import squared_distances
from tests.learn.conftest import blobs


def test_of_many_rows_one_call_finds_the_best_of_single_ones() -> None:
    """So many rows are not small; the centres that are tried together are those that were given."""
    data = Data.of(blobs(2_100), None)
    start = started(data, 4, 0)
    for together, single in ((best_split, splits), (best_merge, merges)):
        (found,) = together(data, start)
        best = best_of(list(single(data, start)))
        assert found.centers.tolist() == best.centers.tolist()
        assert found.inertia == best.inertia


def test_what_a_solution_is_about_is_its_inertia_but_for_rounding() -> None:
    X = blobs(300)
    found = started(Data.of(X, None), 3, 0)
    assert found.about == pytest.approx(found.inertia)
    assert found.inertia == pytest.approx(squared_distances(X, found.centers).min(axis=1).sum())


def test_whether_there_are_so_many_distinct_rows() -> None:
    data = Data.of(np.repeat([[1.0, 2.0], [3.0, 4.0]], 5, axis=0), None)
    assert (data.distinct, data.has(2), data.has(3)) == (2, True, False)


def test_rows_that_were_drawn_are_searched_all() -> None:
    X = np.random.default_rng(3).normal(size=(30_000, 2))
    assert len(Data.of(X, None).to_search(10).X) <= 21_000
    drawn = Data.of(X, np.repeat([1.0, 9.0], 15_000))
    assert drawn.to_search(10) is drawn
