"""The space of bins says what the rows say."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.learn.numbers import Floats, squared_distances
from segkit.learn.trees.bins import MARGIN, SAMPLE, Space
from segkit.learn.trees.ranks import Cut, Ranks, RankTree, Rows, leaf_of_rows
from tests.learn.trees.test_known_algorithms import rows_of


def space_of(rows: Rows, *starts: RankTree) -> Space:
    return Space.of(rows, Ranks.of(rows), starts)


def spread_out(n: int = 600, d: int = 3, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    X = np.exp(rng.normal(size=(n, d)) * 1.5)
    return rows_of(X, X[:4])


def test_few_rows_are_all_there_with_every_gap() -> None:
    rows = rows_of(np.arange(40.0)[:, None] % 10, np.array([[1.0], [8.0]]))
    space = space_of(rows)
    assert space.codes.tolist() == [(np.arange(40) % 10).tolist()]
    assert space.can_cut.sum() == 9
    assert space.counts.tolist() == [1.0] * 40


def test_sums_are_those_of_the_rows_left_of_each_cut() -> None:
    rows = spread_out()
    space = space_of(rows)
    values = np.random.default_rng(1).normal(size=len(rows.values))
    some, most = np.arange(0, 600, 7), np.arange(100, 600)  # one by one, and by a product
    few, many = (space.sums(rows, values[rows]) for rows in (some, most))
    part = space.sums_of(some, np.stack([values, values**2], axis=1)[some])
    for feature in range(3):
        for place in np.flatnonzero(space.can_cut[feature])[::20]:
            left = space.codes[feature] <= place
            assert few[feature, place] == pytest.approx(values[some][left[some]].sum())
            assert many[feature, place] == pytest.approx(values[most][left[most]].sum())
            here = some[left[some]]
            assert part[1, feature, place] == pytest.approx((values[here] ** 2).sum())


def test_many_values_are_cut_by_count_by_width_and_where_a_start_does() -> None:
    rows = spread_out(5_000)  # all of them are searched
    ranks = Ranks.of(rows)
    wanted = Cut(1, 1234, 0, 1)
    space = Space.of(rows, ranks, [wanted])
    assert 1234 in space.cuts[1]
    assert all(len(cuts) <= 200 for cuts in space.cuts)
    # by count alone the last cut would have 39 rows above it
    assert max(space.cuts[0]) > 4_990
    tree = space.from_ranks(wanted)
    assert space.to_ranks(tree) == wanted


def test_a_tree_over_bins_says_what_the_one_over_ranks_says() -> None:
    rows = spread_out(500)
    ranks = Ranks.of(rows)
    tree = Cut(0, 77, Cut(2, 300, 0, 1), Cut(1, 250, 2, 0))
    space = Space.of(rows, ranks, [tree])
    over_bins = leaf_of_rows(space.from_ranks(tree), space.codes.T.astype(np.int64))
    assert over_bins.tolist() == leaf_of_rows(tree, ranks.of_row).tolist()


def test_levels_come_back_as_they_were() -> None:
    values = np.array([[0.0], [1.0], [2.0], [3.0]] * 20)
    scaled = np.eye(4)[values[:, 0].astype(int)] * [1, 5, 1, 5]
    rows = Rows(
        columns=("region",),
        values=values,
        scaled=scaled,
        labels=(values[:, 0] % 2).astype(np.int64),
        centers=np.array([[0.5, 0, 0.5, 0], [0, 2.5, 0, 2.5]]),
        weight=np.ones(80),
        medians=np.zeros(1),
        levels={"region": ("east", "north", "south", "west")},
    )
    ranks = Ranks.of(rows)
    tree = Cut(0, 0, 0, 1, frozenset({1, 3}))
    space = Space.of(rows, ranks, [tree])
    assert space.to_ranks(space.from_ranks(tree)) == tree
    # like levels lie together, so one cut in a row of bins says it as well
    parted = space.to_ranks(space.cut(0, 1, 0, 1))
    assert isinstance(parted, Cut)
    assert parted.levels in ({0, 2}, {1, 3})


def two_small_groups(n: int = 30_000) -> tuple[Rows, Floats]:
    rng = np.random.default_rng(0)
    centers = np.array([[0.0, 0.0], [40.0, 0.0], [900.0, 900.0]])
    label = np.repeat([0, 1, 2], [n - 60, 50, 10])
    X = centers[label] + rng.normal(size=(n, 2))
    return rows_of(X, centers), label


def test_of_many_rows_small_groups_stay_whole() -> None:
    rows, label = two_small_groups()
    space = space_of(rows)
    assert len(space.chosen) < 1.1 * SAMPLE
    assert np.bincount(label[space.chosen].astype(int))[1:].tolist() == [50, 10]
    assert space.counts[label[space.chosen] > 0].tolist() == [1.0] * 60
    assert space.weight.sum() == pytest.approx(30_000, rel=0.05)
    # what a leaf holds is rather thought too little than too much
    assert space.counts.sum() == pytest.approx(30_000 / MARGIN, rel=0.05)


def test_weighted_sums_of_the_sample_are_about_those_of_all() -> None:
    rows, _ = two_small_groups()
    space = space_of(rows)
    cost = squared_distances(rows.scaled, rows.centers).min(axis=1)
    assert (cost[space.chosen] * space.weight).sum() == pytest.approx(cost.sum(), rel=0.05)
