"""Each cut anew, against all the cuts that there are."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.learn.numbers import Floats
from segkit.learn.trees.ranks import Cut, Ranks, RankTree, Rows, leaf_of_rows
from tests.learn.unweighted import best_levels, refine


def cost(tree: RankTree, ranks: Ranks, distance: Floats) -> float:
    return float(distance[np.arange(len(distance)), leaf_of_rows(tree, ranks.of_row)].sum())


@pytest.mark.parametrize("seed", range(20))
def test_a_single_cut_becomes_the_best_there_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = Rows.of_array(rng.integers(0, 6, (25, 3)).astype(float))
    ranks, distance = Ranks.of(rows), rng.integers(0, 9, (25, 2)).astype(float)
    least = 1 + seed % 4
    options = [
        cost(Cut(feature, rank, 0, 1), ranks, distance)
        for feature in range(3)
        for rank in range(len(ranks.distinct[feature]) - 1)
        if least <= (ranks.of_row[:, feature] <= rank).sum() <= 25 - least
    ]
    start = Cut(0, 2, 0, 1)
    found = refine(start, ranks, distance, least)
    assert cost(found, ranks, distance) == min(*options, cost(start, ranks, distance))


def test_a_cut_that_is_as_good_stays_where_it_is() -> None:
    rows = Rows.of_array(np.array([[1.0], [2.0], [3.0], [4.0]]))
    distance = np.array([[0.0, 1], [0, 0], [0, 0], [1, 0]])
    start = Cut(0, 0, 0, 1)
    assert refine(start, Ranks.of(rows), distance, 1) == start
    worse = Cut(0, 0, 1, 0)
    assert cost(refine(worse, Ranks.of(rows), distance, 1), Ranks.of(rows), distance) == 2


@pytest.mark.parametrize("start", [Cut(0, 3, Cut(0, 0, 0, 1), 2), Cut(0, 2, Cut(0, 1, 0, 1), 2)])
def test_cuts_at_every_depth_are_put_anew(start: Cut) -> None:
    """Rows 0 to 5 want the leaves 0, 0, 1, 1, 2, 2."""
    ranks = Ranks.of(Rows.of_array(np.arange(6.0)[:, None]))
    distance = 1.0 - np.repeat(np.eye(3), 2, axis=0)
    assert cost(start, ranks, distance) == 1
    assert refine(start, ranks, distance, 1) == Cut(0, 3, Cut(0, 1, 0, 1), 2)


def test_levels_go_left_where_they_gain() -> None:
    codes = np.array([0, 0, 1, 2, 3, 3])
    gain = np.array([-1.0, -2, 5, 0, -4, 1])  # 2 gains nothing and 4 has no rows
    assert best_levels(codes, gain, 5, 1) == (frozenset({0, 3}), -6.0)
    assert best_levels(codes, gain, 5, 2) == (frozenset({0, 3}), -6.0)
    assert best_levels(codes, gain, 5, 3) == (frozenset(), 0.0)
    assert best_levels(codes, np.abs(gain), 5, 1) == (frozenset(), 0.0)
    assert best_levels(codes, -np.abs(gain) - 1, 5, 0) == (frozenset(), 0.0)  # all on one side
