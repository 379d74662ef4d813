from __future__ import annotations

import numpy as np
import pytest

from segkit.learn.clusters.ties import spread_ties
from tests.learn.clusters.test_borders import layout


def test_ties_are_no_gaps() -> None:
    rng = np.random.default_rng(5)
    scores = np.clip(np.round(rng.normal(3, 1, (800, 2))), 1, 5)
    assert layout(scores, 4).groups < 4
    spread = spread_ties(scores, np.ones(800))
    assert spread.copies == 8
    assert np.abs(spread.X - np.tile(scores, (8, 1))).max() <= 0.5
    assert spread.weight.sum() == 800
    assert spread.observations(np.ones(6400, dtype=bool)) == pytest.approx(800)
    plain = rng.normal(size=(800, 2))
    assert np.array_equal(spread_ties(plain, np.ones(800)).X, plain)
    assert spread_ties(np.ones((3, 1)), np.ones(3)).X.tolist() == [[1.0]] * 3


def test_gaps_are_looked_for_along_some_columns_and_all_are_spread() -> None:
    X = np.column_stack([np.arange(40.0), np.repeat([0.0, 1.0], 20)])
    spread = spread_ties(X, np.ones(40), [0])
    assert spread.along.shape == (320, 1)
    assert len(np.unique(spread.X[:, 1])) > 40
