"""Costs and moves against the same said slowly."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from segkit.learn.numbers import Ints
from segkit.learn.trees.bins import Space
from segkit.learn.trees.ranks import Cut, Ranks, RankTree, Rows, cut_paths, leaf_paths
from segkit.learn.trees.segment_costs import Costs
from segkit.learn.trees.steps import Moves
from segkit.learn.trees.surrogate import cost_of
from tests.learn.trees.test_known_algorithms import random_rows, rows_of

SEEDS = range(20)


def moves_of(rows: Rows, min_leaf: int = 1, seed: int = 0) -> Moves:
    space = Space.of(rows, Ranks.of(rows), [])
    return Moves(Costs(space, rows.k, min_leaf), seed)


def random_tree(moves: Moves, leaves: int, seed: int) -> RankTree:
    """Any tree: cuts that are no good, segments drawn."""
    rng = np.random.default_rng(seed)
    space, k = moves.space, moves.costs.k

    def grow(count: int) -> RankTree:
        if count == 1:
            return int(rng.integers(k))
        left = int(rng.integers(1, count))
        feature = int(rng.integers(len(space.codes)))
        place = int(rng.integers(max(1, space.can_cut[feature].sum())))
        return Cut(feature, place, grow(left), grow(count - left))

    return grow(leaves)


def segments_of(moves: Moves, tree: RankTree) -> Ints:
    out = np.zeros(len(moves.space.weight), dtype=np.int64)

    def walk(node: RankTree, rows: Ints) -> None:
        if isinstance(node, int):
            out[rows] = node
            return
        left = moves.space.codes[node.feature][rows] <= node.rank
        walk(node.left, rows[left])
        walk(node.right, rows[~left])

    walk(tree, np.arange(len(out)))
    return out


def cost_of_tree(moves: Moves, rows: Rows, tree: RankTree) -> float:
    return cost_of(rows.scaled, segments_of(moves, tree), rows.weight)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cost_is_that_of_the_segments(seed: int) -> None:
    rows = random_rows(seed)
    moves = moves_of(rows)
    for leaves in range(1, 8):
        state = moves.costs.state(random_tree(moves, leaves, seed))
        assert state.cost == pytest.approx(cost_of_tree(moves, rows, state.tree), abs=1e-7)
        assert state.leaves == len(leaf_paths(state.tree)) <= leaves
        assert set(np.bincount(state.leaf, minlength=state.leaves) > 0) == {True}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_leaf_is_better_off_in_another_segment(seed: int) -> None:
    rows = random_rows(seed)
    moves = moves_of(rows)
    state = moves.costs.state(random_tree(moves, 7, seed))
    if state.leaves >= rows.k:
        assert set(state.labels) == set(range(rows.k))
    labels = np.array(state.labels)
    for leaf, segment in itertools.product(range(state.leaves), range(rows.k)):
        other = labels.copy()
        other[leaf] = segment
        if set(other) == set(labels):
            cost = cost_of(rows.scaled, other[state.leaf], rows.weight)
            assert cost >= state.cost * (1 - 1e-6) - 1e-9


def all_splits(moves: Moves) -> Iterator[Cut]:
    for feature, place in np.argwhere(moves.space.can_cut).tolist():
        yield Cut(feature, place, 0, 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_split_is_the_best_there_is(seed: int) -> None:
    rows = random_rows(seed)
    moves = moves_of(rows, min_leaf=3)
    found = moves.grow(0, 2)
    costs = [
        cost_of_tree(moves, rows, cut)
        for cut in all_splits(moves)
        if np.bincount(segments_of(moves, cut), rows.weight, minlength=2).min() >= 3
    ]
    assert found.cost == pytest.approx(min(costs, default=found.cost))
    assert found.leaves == (2 if costs else 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_leaf_more_gains_most_with_the_means_that_there_are(seed: int) -> None:
    rows = random_rows(seed)
    moves = moves_of(rows)
    state = moves.grow(0, rows.k)
    if state.leaves < rows.k:
        return
    distance = moves.costs.distances(state)
    now = distance[np.array(state.labels)[state.leaf], np.arange(len(state.leaf))]
    best = 0.0
    for leaf in range(state.leaves):
        inside = state.leaf == leaf
        for cut in all_splits(moves):
            left = inside & moves.space.goes_left(cut)
            right = inside & ~left
            if left.any() and right.any():
                after = distance[:, left].sum(axis=1).min() + distance[:, right].sum(axis=1).min()
                best = max(best, float(now[inside].sum() - after))
    found = moves.grow(state.tree, rows.k + 1)
    assert (found.leaves > state.leaves) == (best > 1e-6)
    assert found.cost <= state.cost - best + 1e-6  # the means move after it


@pytest.mark.parametrize("seed", SEEDS)
def test_moves_never_cost_more(seed: int) -> None:
    rows = random_rows(seed)
    moves = moves_of(rows, min_leaf=2)
    for leaves in (rows.k, rows.k + 3):
        start = moves.costs.state(random_tree(moves, leaves, seed))
        settled = moves.descend(start.tree)
        assert settled.cost <= start.cost * (1 + 1e-9)
        improved = moves.improve(settled, 5, 4)
        assert improved.cost <= settled.cost * (1 + 1e-9)
        assert improved.leaves >= settled.leaves
        if improved.leaves > 1:
            assert np.bincount(improved.leaf, rows.weight).min() >= 2


@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_descent_no_single_cut_is_better(seed: int) -> None:
    """With the means held, every other cut in the place of one costs as much at least."""
    rows = random_rows(seed)
    moves = moves_of(rows)
    state = moves.descend(moves.grow(0, rows.k + 2).tree, rounds=100)
    distance = moves.costs.distances(state)
    everyone = np.arange(len(state.leaf))

    def cost(tree: RankTree) -> float:
        return float(distance[segments_of(moves, tree), everyone].sum())

    if state.leaves <= rows.k:
        return
    for path in cut_paths(state.tree):
        node = state.tree
        for left in path:
            assert isinstance(node, Cut)
            node = node.left if left else node.right
        assert isinstance(node, Cut)
        for other in all_splits(moves):
            changed = Cut(other.feature, other.rank, node.left, node.right)
            assert cost(_with(state.tree, path, changed)) >= cost(state.tree) * (1 - 1e-4) - 1e-7


def _with(tree: RankTree, path: tuple[bool, ...], part: RankTree) -> RankTree:
    if not path:
        return part
    assert isinstance(tree, Cut)
    if path[0]:
        return Cut(tree.feature, tree.rank, _with(tree.left, path[1:], part), tree.right)
    return Cut(tree.feature, tree.rank, tree.left, _with(tree.right, path[1:], part))


def test_a_leaf_less_is_tried_for_each_leaf() -> None:
    rows = random_rows(3)
    moves = moves_of(rows)
    state = moves.grow(0, rows.k + 2)
    drops = moves.drops(state)
    assert len(drops) == state.leaves
    assert {len(leaf_paths(tree)) for tree in drops} == {state.leaves - 1}
    distance = moves.costs.distances(state)
    costs = [distance[segments_of(moves, tree), np.arange(len(state.leaf))].sum() for tree in drops]
    assert costs == pytest.approx(sorted(costs))


def test_the_seed_alone_decides_what_is_random() -> None:
    rows = random_rows(7)
    found = []
    for seed in (1, 1, 2):
        moves = moves_of(rows, seed=seed)
        state = moves.grow(0, rows.k + 2)
        found.append([moves.kick(state).tree for _ in range(30)])
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_a_sample_counts_the_rows_that_it_stands_for() -> None:
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(20_000, 2)), rng.normal(size=(300, 2)) + 30])
    rows = rows_of(X, np.array([[0.0, 0.0], [30.0, 30.0]]))
    for min_leaf, parts_them in ((200, True), (400, False)):
        moves = moves_of(rows, min_leaf)
        state = moves.grow(0, 2)
        counts = [moves.space.counts[state.leaf == leaf].sum() for leaf in range(2)]
        assert min(counts) >= min_leaf
        assert (min(counts) < 400) == parts_them
