from __future__ import annotations

from dataclasses import replace

import numpy as np

from segkit.learn.trees.bins import Space
from segkit.learn.trees.grown_trees import cart, random_carts
from segkit.learn.trees.ranks import Cut, Ranks, Rows, leaf_of_rows, leaf_paths, number_leaves
from tests.learn.conftest import blobs
from tests.learn.trees.test_known_algorithms import rows_of

X = blobs(200)
CENTERS = np.array([[10.0, 10.0], [30.0, 12.0], [20.0, 40.0]])
ROWS = rows_of(X, CENTERS)
RANKS = Ranks.of(ROWS)
SPACE = Space.of(ROWS, RANKS, [])


def test_a_tree_that_counts_mistakes_and_one_that_counts_spread() -> None:
    """One cut: to be wrong about least often, or to be least far from the means."""
    votes, means = (grown.of(2) for grown in cart(ROWS, RANKS, 2, 1, 0))
    assert isinstance(votes, Cut) and isinstance(means, Cut)
    right = [(leaf_of_rows(tree, RANKS.of_row) == ROWS.labels).sum() for tree in (votes, means)]
    assert right[0] >= np.sort(np.bincount(ROWS.labels))[1:].sum()
    assert means.feature == 1 and means.right == 2  # the third group is 28 away, along y
    assert leaf_of_rows(means, RANKS.of_row)[ROWS.labels == 2].tolist() == [2] * sum(
        ROWS.labels == 2
    )


def test_three_groups_have_three_leaves() -> None:
    for tree in (grown.of(3) for grown in cart(ROWS, RANKS, 3, 1, 0)):
        assert leaf_of_rows(tree, RANKS.of_row).tolist() == ROWS.labels.tolist()
        assert len(leaf_paths(tree)) == 3


def test_leaves_hold_enough_rows() -> None:
    for grown in cart(ROWS, RANKS, 8, 30, 0):
        reached = leaf_of_rows(number_leaves(grown.of(8))[0], RANKS.of_row)
        assert np.bincount(reached).min() >= 30


def test_a_smaller_tree_is_the_one_that_is_grown_with_so_many_leaves() -> None:
    """With ties and with features drawn at random, whose draws come one after the other."""
    for leaves in range(2, 9):
        whole, alone = (cart(ROWS, RANKS, n, 5, 3) for n in (9, leaves))
        assert [one.of(leaves) for one in whole] == [one.of(leaves) for one in alone]
        drawn, again = (random_carts(ROWS, SPACE, n, 1, 6) for n in (9, leaves))
        assert [one.of(leaves) for one in drawn] == [one.of(leaves) for one in again]


def test_one_leaf_is_a_leaf_and_mistakes_have_one_tree() -> None:
    assert isinstance(next(cart(ROWS, RANKS, 2, 1, 0)).of(1), int)
    assert len(list(cart(replace(ROWS, counts_mistakes=True), RANKS, 3, 1, 0))) == 1


def test_random_trees_are_the_same_each_time_and_unlike_each_other() -> None:
    one, again = ([g.of(3) for g in random_carts(ROWS, SPACE, 3, 1, 4)] for _ in range(2))
    assert one == again
    assert len(set(one)) > 1 and len(one) == 4
    bins = SPACE.codes.T.astype(np.int64)
    assert leaf_of_rows(one[0], bins).tolist() == ROWS.labels.tolist()  # it sees every feature


def test_nothing_to_start_from() -> None:
    one = Rows.of_array(X)
    assert list(random_carts(one, SPACE, 3, 1, 4)) == []
    assert list(random_carts(ROWS, SPACE, 1, 1, 4)) == []
    same = rows_of(X, np.repeat(CENTERS[:1], 2, axis=0))  # no centre is farther than another
    assert list(random_carts(same, Space.of(same, RANKS, []), 3, 1, 4)) == []
