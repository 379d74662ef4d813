"""What segments cost, by hand: six rows on a line. Random trees are in test_moves."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.learn.trees.bins import Space
from segkit.learn.trees.ranks import Cut, Ranks
from segkit.learn.trees.segment_costs import Costs
from tests.learn.trees.test_known_algorithms import rows_of

X = np.array([[0.0], [2.0], [10.0], [12.0], [20.0], [22.0]])
ROWS = rows_of(X, np.array([[1.0], [11.0], [21.0]]))


def costs(k: int = 3, min_leaf: int = 1) -> Costs:
    return Costs(Space.of(ROWS, Ranks.of(ROWS), []), k, min_leaf)


def test_a_state_is_the_sum_of_squares_about_the_means() -> None:
    state = costs().state(Cut(0, 1, 0, Cut(0, 3, 1, 2)))
    assert state.cost == pytest.approx(6)
    assert state.leaf.tolist() == [0, 0, 1, 1, 2, 2]
    assert (state.leaves, state.labels) == (3, (0, 1, 2))
    assert (state.centers + X.mean()).ravel().tolist() == pytest.approx([1, 11, 21])
    assert costs().spread == pytest.approx(((X - X.mean()) ** 2).sum())


def test_a_leaf_of_too_few_rows_goes_and_its_sibling_takes_its_place() -> None:
    tree = Cut(0, 0, 0, Cut(0, 3, 1, 2))  # one row, three, two
    assert costs(min_leaf=1).state(tree).leaves == 3
    assert costs(min_leaf=2).state(tree).tree == Cut(0, 3, 1, 2)
    assert costs(min_leaf=3).state(tree).tree == 1
    assert costs().state(Cut(0, 5, 0, 1)).tree == 0  # nobody is right of it


def test_leaves_share_a_segment_where_that_costs_least() -> None:
    four = Cut(0, 0, 0, Cut(0, 1, 1, Cut(0, 3, 2, 0)))
    state = costs().state(four)
    assert state.labels[0] == state.labels[1]  # 0 and 2 lie together
    assert len({state.labels[1], state.labels[2], state.labels[3]}) == 3
    assert state.cost == pytest.approx(6)


def test_with_few_leaves_no_two_share_a_segment() -> None:
    state = costs().state(Cut(0, 1, 2, Cut(0, 3, 2, 2)))
    assert state.labels == (2, 0, 1)


def test_a_row_costs_its_squared_distance_to_each_segment() -> None:
    found = costs(k=4).distances(costs(k=4).state(Cut(0, 1, 0, Cut(0, 3, 1, 2))))
    assert found[1].tolist() == pytest.approx([121, 81, 1, 1, 81, 121])
    assert np.isinf(found[3]).all()  # no leaf has it
