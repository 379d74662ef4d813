"""The best cut of some rows, against every cut of them."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.learn.numbers import Ints
from segkit.learn.trees.bins import Space
from segkit.learn.trees.ranks import Ranks, Rows
from segkit.learn.trees.segment_costs import Costs
from segkit.learn.trees.splits import Splits
from segkit.learn.trees.surrogate import cost_of
from tests.learn.trees.test_known_algorithms import random_rows

SEEDS = range(15)


def splits_of(rows: Rows, min_leaf: int = 1) -> Splits:
    return Splits(Costs(Space.of(rows, Ranks.of(rows), []), rows.k, min_leaf))


def some_of(rows: Rows) -> Ints:
    return np.arange(0, len(rows.values), 2)


def cost(rows: Rows, here: Ints, left: Ints | None = None) -> float:
    segment = np.zeros(len(here), dtype=np.int64) if left is None else left.astype(np.int64)
    return cost_of(rows.scaled[here], segment, rows.weight[here])


@pytest.mark.parametrize("seed", SEEDS)
def test_no_cut_lowers_the_spread_more(seed: int) -> None:
    rows, least = random_rows(seed), 1 + seed % 3
    splits, here = splits_of(rows, least), some_of(rows)
    gains = [0.0]
    for feature in range(rows.values.shape[1]):
        for value in np.unique(rows.values[:, feature]):
            left = rows.values[here, feature] <= value
            weight = rows.weight[here]
            if min(weight[left].sum(), weight[~left].sum()) >= least:
                gains.append(cost(rows, here) - cost(rows, here, left))
    found = splits.about_new_means(here)
    assert found.gain == pytest.approx(max(gains), abs=1e-9)
    if found.cut is not None:
        left = splits.space.goes_left(found.cut)[here]
        weight = rows.weight[here]
        assert min(weight[left].sum(), weight[~left].sum()) >= least
        assert cost(rows, here) - cost(rows, here, left) == pytest.approx(found.gain)
    again = splits.about_new_means(here)
    assert (again.gain, again.cut) == (found.gain, found.cut)


def test_a_factor_of_nothing_leaves_a_feature_out() -> None:
    rng = np.random.default_rng(1)
    X = np.stack([np.repeat([0.0, 100.0], 10), rng.normal(size=20)], axis=1)
    splits = splits_of(Rows.of_array(X))
    everyone = np.arange(20)
    plain = splits.about_new_means(everyone).cut
    weighed = splits.about_new_means(everyone, np.array([0.0, 1.0])).cut
    assert plain is not None and weighed is not None
    assert (plain.feature, weighed.feature) == (0, 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_cut_gains_more_with_the_segments_that_there_are(seed: int) -> None:
    rows, least = random_rows(seed), 1 + seed % 3
    splits, here = splits_of(rows, least), some_of(rows)
    distance = np.random.default_rng(seed).uniform(1, 9, (rows.k, len(rows.values)))
    now = distance[0, here].sum()
    best = 0.0
    for feature in range(rows.values.shape[1]):
        for value in np.unique(rows.values[:, feature]):
            left = rows.values[here, feature] <= value
            weight = rows.weight[here]
            if min(weight[left].sum(), weight[~left].sum()) >= least:
                sides = (distance[:, here[side]].sum(axis=1).min() for side in (left, ~left))
                best = max(best, now - sum(sides))
    found = splits.about_means(here, distance, 0)
    assert found.gain == pytest.approx(best)
    if found.cut is not None:
        left = splits.space.goes_left(found.cut)[here]
        to = (found.cut.left, found.cut.right)
        after = sum(distance[t, here[s]].sum() for t, s in zip(to, (left, ~left), strict=True))
        assert now - after == pytest.approx(best)


def test_one_row_is_not_split() -> None:
    rows = random_rows(0)
    splits = splits_of(rows)
    one, distance = np.array([3]), np.ones((rows.k, len(rows.values)))
    assert splits.about_new_means(one).cut is None
    assert splits.about_means(one, distance, 0).cut is None


def test_a_segment_without_a_leaf_takes_none() -> None:
    """Rows 0 and 1 are nearer to segment 2, the others to 0; 1 has no leaf and no mean."""
    splits = splits_of(Rows.of_array(np.arange(4.0)[:, None]))
    distance = np.array([[9.0, 9, 1, 1], [np.inf] * 4, [1, 1, 9, 9]])
    cut = splits.about_means(np.arange(4), distance, 0).cut
    assert cut is not None
    assert (cut.rank, cut.left, cut.right) == (1, 2, 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_sums_that_are_remembered_say_the_same_as_distances(seed: int) -> None:
    """Of two segments with a leaf, and one without any."""
    rows, least = random_rows(seed), 1 + seed % 3
    costs = Costs(Space.of(rows, Ranks.of(rows), []), 3, least)
    splits = Splits(costs)
    place = int(np.flatnonzero(costs.space.can_cut.any(axis=0))[0])
    feature = int(np.flatnonzero(costs.space.can_cut[:, place])[0])
    state = costs.state(costs.space.cut(feature, place, 0, 2))
    forms, distances = costs.forms(state), costs.distances(state)
    for here in (some_of(rows), np.arange(len(rows.values))):
        for label in state.labels:
            expected = splits.about_means(here, distances, label)
            for _ in range(2):
                found = splits.about_forms(here, forms, label)
                assert found.gain == pytest.approx(expected.gain)
                assert (found.cut is None) == (expected.cut is None)


def test_sums_of_the_rows_that_were_there_last_are_held() -> None:
    splits = splits_of(random_rows(0))
    one = splits.sums(np.arange(5))
    assert splits.sums(np.arange(5)) is one
    assert splits.sums(np.arange(6)) is not one
