from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from segkit.core.tree import Below, Leaf, Split
from segkit.learn.numbers import Floats
from segkit.learn.trees.ranks import Cut, Ranks, RankTree, Rows, leaf_of_rows, name_leaves
from segkit.learn.trees.to_rules import Finish
from tests.learn.trees.test_known_algorithms import rows_of
from tests.learn.unweighted import best_levels, refine

X = np.array([[1.0], [2.0], [3.0], [10.0], [11.0], [12.0]])
ROWS = rows_of(X, np.array([[11.0], [2.0]]))  # the centre of the low ones is the second


def finish(min_leaf: int = 1) -> Finish:
    return Finish(ROWS, Ranks.of(ROWS), min_leaf)


def test_leaves_are_called_by_the_centre_that_they_share_most_with() -> None:
    (found,) = finish().surrogates(Cut(0, 2, 0, 1), rounds=0)
    assert found.tree == Split("x0", Below(Decimal(10)), Leaf(2), Leaf(1), "yes")
    assert (found.cost, found.moved) == (4, 0)
    assert found.predict(X).tolist() == [1, 1, 1, 0, 0, 0]


def test_each_round_may_put_the_cuts_anew() -> None:
    (as_it_is,) = finish().surrogates(Cut(0, 0, 0, 1), rounds=0)
    assert as_it_is.cost == pytest.approx(((X[1:] - X[1:].mean()) ** 2).sum())
    (better,) = finish().surrogates(Cut(0, 0, 0, 1), rounds=3)
    assert better.cost == 4


def test_a_leaf_that_is_too_small_is_none() -> None:
    assert list(finish(4).surrogates(Cut(0, 2, 0, 1), rounds=0)) == []
    assert len(list(finish(3).surrogates(Cut(0, 2, 0, 1), rounds=0))) == 1


def test_every_segment_has_a_row() -> None:
    assert list(finish().surrogates(Cut(0, 5, 0, 1), rounds=2)) == []
    assert list(finish().surrogates(0, rounds=0)) == []


def test_mistakes_are_counted_where_they_count() -> None:
    rows = replace(ROWS, counts_mistakes=True, labels=np.array([0, 0, 1, 1, 1, 1]))
    ranks = Ranks.of(rows)
    (found,) = Finish(rows, ranks, 1).surrogates(Cut(0, 2, 0, 1), rounds=0)
    assert found.cost == 1
    (better,) = Finish(rows, ranks, 1).surrogates(Cut(0, 2, 0, 1), rounds=1)
    assert better.cost == 0
    assert better.tree == Split("x0", Below(Decimal(3)), Leaf(1), Leaf(2), "no")


def test_names_go_to_every_leaf() -> None:
    named = name_leaves(Cut(0, 1, 0, Cut(0, 3, 1, 0)), np.array([5, 7]))
    assert named == Cut(0, 1, 5, Cut(0, 3, 7, 5))


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
