"""All rows at once say what the reference says of each."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
from hypothesis import given

from segkit.core.evaluate import evaluate
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Tree
from segkit.learn.trees.apply import codes_of
from tests.core.trees import COLUMNS, ROWS, TREES


@given(TREES)
def test_it_is_the_reference_on_every_row(tree: Tree) -> None:
    X = np.array([[math.nan if row[c] is None else float(row[c]) for c in COLUMNS] for row in ROWS])
    assert codes_of(tree, COLUMNS, X).tolist() == [evaluate(tree, row) for row in ROWS]


def test_a_category_is_the_place_of_its_level() -> None:
    tree = Split("region", OneOf(("north", "west")), Leaf(1), Leaf(2), "yes")
    X = np.array([[0.0], [1.0], [2.0], [3.0], [math.nan]])  # 3: a level that is not known
    levels = {"region": ("east", "north", "west")}
    assert codes_of(tree, ["region"], X, levels).tolist() == [2, 1, 1, 2, 1]


def test_a_column_that_is_not_there_is_null() -> None:
    below = Split("age", Below(Decimal(40)), Leaf(1), Leaf(2), "yes")
    known = Split("age", Known(), Leaf(1), below, "no")
    X = np.array([[50.0], [60.0]])
    assert codes_of(below, ["income"], X).tolist() == [1, 1]
    assert codes_of(known, ["income"], X).tolist() == [1, 1]
    assert codes_of(known, ["age"], X).tolist() == [1, 1]
    assert codes_of(below, ["age"], X).tolist() == [2, 2]
