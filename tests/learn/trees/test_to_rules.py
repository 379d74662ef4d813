from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from segkit.core.tree import Below, Leaf, Split
from segkit.learn.trees.ranks import Cut, Ranks, name_leaves
from segkit.learn.trees.to_rules import Finish
from tests.learn.trees.test_known_algorithms import rows_of

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
