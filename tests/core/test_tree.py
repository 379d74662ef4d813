from __future__ import annotations

from decimal import Decimal as D

from segkit.core.tree import (
    Below,
    Known,
    Leaf,
    Split,
    Tree,
    behind_guards,
    columns,
    count_leaves,
    depth,
    fold,
    guarded_by,
    leaves,
    most_tests,
    nodes,
    splits,
    with_columns,
)

INNER = Split("b", Below(D(1)), Leaf(2), Split("a", Below(D(9)), Leaf(3), Leaf(4)))
TREE = Split("a", Below(D(5)), Leaf(1), INNER)


def test_from_left_to_right_and_from_the_root_down() -> None:
    assert [leaf.code for leaf in leaves(TREE)] == [1, 2, 3, 4]
    assert [split.column for split in splits(TREE)] == ["a", "b", "a"]
    assert list(nodes(TREE))[:3] == [TREE, Leaf(1), INNER]
    assert columns(TREE) == ("a", "b")
    assert (count_leaves(TREE), count_leaves(Leaf(7))) == (4, 1)


def test_the_depth_is_that_of_the_longest_path() -> None:
    assert (depth(TREE), depth(INNER), depth(Leaf(1))) == (3, 2, 0)
    assert depth(Split("a", Below(D(5)), INNER, Leaf(1))) == 3


def test_the_most_tests_are_those_that_are_drawn() -> None:
    """Of those in front, who goes to the same place is asked once."""
    own = Split("a", Known(), TREE, Leaf(5))
    assert (most_tests(TREE), most_tests(own)) == (3, 4)
    unassigned = Split("c", Known(), Split("b", Known(), own, Leaf(0)), Leaf(0))
    assert (most_tests(unassigned), depth(unassigned)) == (5, 6)
    assert most_tests(Split("b", Known(), Leaf(1), Leaf(0))) == 1


def test_a_fold_knows_yes_from_no() -> None:
    text = fold(TREE, lambda leaf: str(leaf.code), lambda s, yes, no: f"({s.column} {yes} {no})")
    assert text == "(a 1 (b 2 (a 3 4)))"


def test_thousands_of_splits_deep() -> None:
    tree: Tree = Leaf(0)
    for step in range(5000):
        tree = Split("a", Below(D(step)), Leaf(step), tree)
    assert (depth(tree), count_leaves(tree)) == (5000, 5001)


def test_guards_are_taken_apart_and_put_back() -> None:
    tree = Split("a", Known(), Split("b", Known(), TREE, Leaf(0)), Leaf(9))
    guards, inner = behind_guards(tree)
    assert [guard.column for guard in guards] == ["a", "b"]
    assert inner is TREE
    assert guarded_by(guards, TREE) == tree
    assert guarded_by(guards, Leaf(3)) == Split(
        "a", Known(), Split("b", Known(), Leaf(3), Leaf(0)), Leaf(9)
    )
    assert behind_guards(TREE) == ((), TREE)


def test_columns_in_another_spelling() -> None:
    tree = Split("age", Known(), Split("income", Below(D(3)), Leaf(1), Leaf(2)), Leaf(0))
    assert columns(with_columns(tree, str.upper)) == ("AGE", "INCOME")
    assert with_columns(tree, str) == tree
