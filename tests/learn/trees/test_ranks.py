from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segkit.core.tree import Below, Leaf, OneOf, Split
from segkit.learn.numbers import Floats
from segkit.learn.trees.ranks import (
    Cut,
    Ranks,
    Rows,
    at,
    cut_paths,
    leaf_of_rows,
    leaf_paths,
    middle_of_lowest,
    number_leaves,
    put,
    relabel,
    snap_cut,
    to_tree,
)

FINITE = st.floats(-1e9, 1e9)


def mixed() -> Rows:
    """A number, a category of three levels, and a number."""
    values = np.array([[5.0, 0, 1], [7.0, 2, 1], [5.0, 2, 3], [9.0, 1, 2]])
    return Rows(
        columns=("age", "region", "spend"),
        values=values,
        scaled=np.arange(20.0).reshape(4, 5),
        labels=np.array([0, 1, 1, 0]),
        centers=np.zeros((2, 5)),
        weight=np.array([1.0, 2.0, 1.0, 1.0]),
        medians=np.array([7.0, 2.0, 1.5]),
        levels={"region": ("east", "north", "west")},
    )


def test_a_category_takes_a_scaled_column_a_level() -> None:
    assert mixed().starts.tolist() == [0, 1, 4]
    assert mixed().k == 2


def test_means_are_weighted_and_some_rows_are_rows() -> None:
    rows = mixed()
    means = rows.means_of(rows.labels)
    assert means[0].tolist() == [7.5, 8.5, 9.5, 10.5, 11.5]
    assert means[1, 0] == (2 * 5 + 10) / 3
    some = rows.take(np.array([3, 1]))
    assert (some.labels.tolist(), some.weight.tolist()) == ([0, 1], [1, 2])
    assert some.values[:, 0].tolist() == [9, 7]
    assert some.medians is rows.medians


def test_ranks_are_dense_and_levels_are_ranks_already() -> None:
    ranks = Ranks.of(mixed())
    assert ranks.of_row.tolist() == [[0, 0, 0], [1, 2, 0], [0, 2, 2], [2, 1, 1]]
    assert [distinct.tolist() for distinct in ranks.distinct] == [[5, 7, 9], [0, 1, 2], [1, 2, 3]]
    assert ranks.categories == {1}


def test_at_most_the_rank_goes_left_and_listed_levels_do() -> None:
    ranks = Ranks.of(mixed()).of_row
    assert leaf_of_rows(Cut(0, 1, 8, 9), ranks).tolist() == [8, 8, 8, 9]
    tree = Cut(1, 0, 8, Cut(2, 0, 7, 6), frozenset({0, 1}))
    assert leaf_of_rows(tree, ranks).tolist() == [8, 7, 6, 8]
    assert number_leaves(tree, 3) == (Cut(1, 0, 3, Cut(2, 0, 4, 5), frozenset({0, 1})), 6)


def test_our_tree_has_the_roundest_cut_and_null_goes_with_the_median() -> None:
    rows = mixed()
    ranks = Ranks.of(rows)
    # 7 is the median, and the cut may equal it: then it lies above, and so does NULL
    assert to_tree(Cut(0, 0, 1, 2), rows, ranks) == Split(
        "age", Below(Decimal(6)), Leaf(1), Leaf(2), "no"
    )
    assert to_tree(Cut(0, 1, 1, 2), rows, ranks) == Split(
        "age", Below(Decimal(8)), Leaf(1), Leaf(2), "yes"
    )
    assert to_tree(Cut(2, 0, 1, 2), rows, ranks) == Split(
        "spend", Below(Decimal(2)), Leaf(1), Leaf(2), "yes"
    )


def test_a_median_that_the_cut_equals_lies_above_it() -> None:
    X = np.array([[6.0], [7.0], [7.0]])
    rows = Rows.of_array(X, columns=("age",))
    found = to_tree(Cut(0, 0, 1, 2), rows, Ranks.of(rows))
    assert found == Split("age", Below(Decimal(7)), Leaf(1), Leaf(2), "no")


def test_levels_are_listed_on_the_side_without_the_mode() -> None:
    rows = mixed()
    ranks = Ranks.of(rows)
    left = Cut(1, 0, 1, 2, frozenset({0, 1}))  # the mode, west, is right
    assert to_tree(left, rows, ranks) == Split(
        "region", OneOf(("east", "north")), Leaf(1), Leaf(2), "no"
    )
    right = Cut(1, 0, 1, 2, frozenset({1, 2}))  # now it is left, so the others are listed
    assert to_tree(right, rows, ranks) == Split("region", OneOf(("east",)), Leaf(2), Leaf(1), "no")


@given(FINITE, FINITE)
@example(252.35810227983535, 252.35810227983538)  # ...36 would be the lower one again
@example(0.1, 0.10000000000000002)
def test_a_cut_parts_two_values(a: float, b: float) -> None:
    lower, upper = sorted((a, b))
    if lower < upper:
        cut = float(snap_cut(lower, upper))
        assert lower < cut <= upper


def test_leaves_get_their_codes_and_others_0() -> None:
    tree = Split("age", Below(Decimal(7)), Leaf(1), Split("b", Below(Decimal(1)), Leaf(2), Leaf(3)))
    found = relabel(tree, {1: 30, 3: 10})
    assert found == Split(
        "age", Below(Decimal(7)), Leaf(30), Split("b", Below(Decimal(1)), Leaf(0), Leaf(10))
    )


@pytest.mark.parametrize(
    ("cost", "place"),
    [
        ([3.0, 1, 2], 1),
        ([1.0, 1, 1, 2], 1),  # of three equals the middle, of two the first
        ([2.0, 1, 1, 3], 1),
        ([2.0, 1, 1, 1, 1], 2),  # to the end
        ([1.0, 2, 1], 0),  # another run that is as low is another gap
        ([1.0, 1 + 1e-13, 1, 2], 1),
        ([np.inf, 0.0, 5e-13, np.inf], 1),
    ],
)
def test_the_cut_lies_amid_the_gap(cost: list[float], place: int) -> None:
    values: Floats = np.array(cost)
    assert middle_of_lowest(values) == place


INNER = Cut(1, 5, 7, 8)
TREE = Cut(0, 3, Cut(2, 1, 4, INNER), 9)


def test_places_are_the_way_from_the_root_left_to_right() -> None:
    assert leaf_paths(TREE) == [
        (True, True),
        (True, False, True),
        (True, False, False),
        (False,),
    ]
    assert cut_paths(TREE) == [(), (True,), (True, False)]
    assert (leaf_paths(4), cut_paths(4)) == ([()], [])


def test_what_stands_at_a_place() -> None:
    assert [at(TREE, path) for path in leaf_paths(TREE)] == [4, 7, 8, 9]
    assert at(TREE, (True, False)) is INNER
    assert at(TREE, ()) is TREE


def test_a_part_is_put_there_and_all_others_stay() -> None:
    assert put(TREE, (True, False), 6) == Cut(0, 3, Cut(2, 1, 4, 6), 9)
    assert put(TREE, (False,), INNER) == Cut(0, 3, Cut(2, 1, 4, INNER), INNER)
    assert put(TREE, (), 6) == 6
    assert put(put(TREE, (True, False), 6), (True, False), INNER) == TREE
