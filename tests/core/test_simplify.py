from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.evaluate import evaluate
from segkit.core.simplify import collapse_chain, merge_equal, simplify
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Tree, count_leaves, fold, splits
from tests.core.formulas import ROWS as LEVEL_ROWS
from tests.core.test_case import TREES as LEVEL_TREES
from tests.core.trees import ROWS, TREES

A, B = Leaf(1), Leaf(2)

REWRITES = (merge_equal, collapse_chain)


def below(cut: int, yes: Tree, no: Tree, missing: str = "no") -> Split:
    return Split("a", Below(Decimal(cut)), yes, no, missing)  # type: ignore[arg-type]


@given(TREES)
def test_every_row_keeps_its_code(tree: Tree) -> None:
    simple = simplify(tree)
    assert [evaluate(simple, row) for row in ROWS] == [evaluate(tree, row) for row in ROWS]
    assert count_leaves(simple) <= count_leaves(tree)
    assert simplify(simple) == simple


def shared(tree: Tree) -> Tree:
    """The tree with equal parts as one object, as rewrites expect."""
    known: dict[Tree, Tree] = {}

    def split(of: Split, yes: Tree, no: Tree) -> Tree:
        made = replace(of, yes=yes, no=no)
        return known.setdefault(made, made)

    return fold(tree, lambda leaf: known.setdefault(leaf, leaf), split)


@given(TREES, st.sampled_from(REWRITES))
def test_each_rewrite_is_exact_alone(tree: Tree, rewrite: Callable[[Split], Tree | None]) -> None:
    for split in splits(shared(tree)):
        simple = rewrite(split)
        if simple is not None:
            assert [evaluate(simple, r) for r in ROWS] == [evaluate(split, r) for r in ROWS]


def test_equal_siblings_merge() -> None:
    assert simplify(below(5, below(3, A, A), A)) == A


def test_a_test_that_the_path_decides_goes() -> None:
    assert simplify(below(5, below(7, A, B), B)) == below(5, A, B)


def test_it_stays_where_null_needs_it() -> None:
    tree = below(5, below(7, A, B), B, missing="yes")  # NULL: yes, then no
    assert evaluate(simplify(tree), {"a": None}) == 2
    assert evaluate(simplify(tree), {"a": 4}) == 1


def test_chains_collapse_with_the_right_side_for_null() -> None:
    assert simplify(below(3, A, below(5, A, B))) == below(5, A, B)
    assert simplify(below(3, A, below(5, A, B), "yes")) == below(5, A, B, "yes")
    assert simplify(below(5, below(3, A, B), B)) == below(3, A, B)
    assert simplify(below(5, below(3, A, B, "yes"), B, "yes")) == below(3, A, B, "yes")


def test_a_known_column_needs_no_second_look() -> None:
    inner = Split("a", Known(), A, B)
    assert simplify(Split("a", Known(), inner, Leaf(0))) == Split("a", Known(), A, Leaf(0))


@given(LEVEL_TREES)
def test_trees_of_levels_keep_their_codes(tree: Tree) -> None:
    """For NULL, and for a level that no list knows, too."""
    expected = [evaluate(tree, row) for row in LEVEL_ROWS]
    simple = simplify(tree)
    assert [evaluate(simple, row) for row in LEVEL_ROWS] == expected
    assert count_leaves(simple) <= count_leaves(tree)


@settings(max_examples=40, deadline=None)
@given(LEVEL_TREES, st.sampled_from(REWRITES))
def test_each_rewrite_of_levels_is_exact_alone(
    tree: Tree, rewrite: Callable[[Split], Tree | None]
) -> None:
    for split in splits(shared(tree)):
        simple = rewrite(split)
        if simple is not None:
            assert [evaluate(simple, r) for r in LEVEL_ROWS] == [
                evaluate(split, r) for r in LEVEL_ROWS
            ]


def test_two_lists_become_one() -> None:
    tree = Split("t", OneOf(("x",)), A, Split("t", OneOf(("y",)), A, B))
    assert simplify(tree) == Split("t", OneOf(("x", "y")), A, B)
    other = Split("t", OneOf(("x",)), A, Split("t", OneOf(("y",)), B, A))
    assert simplify(other) == other


def test_thousands_of_splits_below_each_other() -> None:
    """Right-deep, and each cut twice: half of the tests are decided above."""
    tree: Tree = Leaf(0)
    for number in reversed(range(5000)):
        inner = below(number, Leaf(7), tree)
        tree = below(number, Leaf(number % 5), inner)
    simple = simplify(tree)
    assert count_leaves(simple) == 5001
    assert [evaluate(simple, {"a": a}) for a in (-1, 2, 4998, 5000)] == [0, 3, 4, 0]
