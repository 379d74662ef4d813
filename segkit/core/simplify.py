"""The same function with fewer tests. Every rewrite is tree to tree and exact for NULL too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from segkit.core.rules import Condition, narrow
from segkit.core.tree import Below, Leaf, OneOf, Side, Split, Tree

Path = Mapping[str, Condition]


def simplify(tree: Tree) -> Tree:
    """Return a tree that gives every row the same code with at most as many leaves.

    A rewrite is done only where the way of NULL stays what it was.

    >>> from decimal import Decimal
    >>> from segkit.core.tree import Below
    >>> simplify(Split("age", Below(Decimal(42)), Leaf(1), Leaf(1)))
    Leaf(code=1)
    """
    while True:
        simpler = tree
        for rewrite in REWRITES:
            simpler = rewrite(simpler)
        if simpler == tree:
            return tree
        tree = simpler


def drop_decided(tree: Tree) -> Tree:
    """Drop tests that have only one answer for the rows that come there."""
    return _drop_decided(tree, {})


def _drop_decided(tree: Tree, path: Path) -> Tree:
    if isinstance(tree, Leaf):
        return tree
    here = path.get(tree.column, Condition(tree.column, null=True))
    yes, no = narrow(here, tree, "yes"), narrow(here, tree, "no")
    if no.is_impossible:
        return _drop_decided(tree.yes, path)
    if yes.is_impossible:
        return _drop_decided(tree.no, path)
    return replace(
        tree,
        yes=_drop_decided(tree.yes, {**path, tree.column: yes}),
        no=_drop_decided(tree.no, {**path, tree.column: no}),
    )


def merge_equal(tree: Tree) -> Tree:
    """Put one tree in place of a split whose two sides are equal."""
    if isinstance(tree, Leaf):
        return tree
    yes, no = merge_equal(tree.yes), merge_equal(tree.no)
    return yes if yes == no else replace(tree, yes=yes, no=no)


def collapse_chains(tree: Tree) -> Tree:
    """Make one test of two on the same column that part the same two trees.

    ``x < a ? X : (x < b ? X : Y)`` is ``x < b ? X : Y``, and the mirror image.
    """
    if isinstance(tree, Leaf):
        return tree
    tree = replace(tree, yes=collapse_chains(tree.yes), no=collapse_chains(tree.no))
    lower, upper = tree.yes, tree.no
    missing: Side
    if isinstance(upper, Split) and upper.yes == lower and _covers(upper, tree):
        # NULL reaches X by the outer test, or by the inner one.
        missing = "yes" if "yes" in (tree.missing, upper.missing) else "no"
        return replace(upper, missing=missing)
    if isinstance(lower, Split) and lower.no == upper and _covers(tree, lower):
        missing = "no" if "no" in (tree.missing, lower.missing) else "yes"
        return replace(lower, missing=missing)
    return tree


def _covers(wide: Split, tight: Split) -> bool:
    """Every number that passes the test of ``tight`` passes that of ``wide``."""
    if not (isinstance(wide.test, Below) and isinstance(tight.test, Below)):
        return False
    ends = (wide.test.cut, wide.test.inclusive), (tight.test.cut, tight.test.inclusive)
    return wide.column == tight.column and ends[0] >= ends[1]


def join_levels(tree: Tree) -> Tree:
    """Make one list of two on the same column that part the same two trees.

    ``x IN (a) ? X : (x IN (b) ? X : Y)`` is ``x IN (a, b) ? X : Y``.
    """
    if isinstance(tree, Leaf):
        return tree
    tree = replace(tree, yes=join_levels(tree.yes), no=join_levels(tree.no))
    other = tree.no
    if (
        isinstance(other, Split)
        and isinstance(tree.test, OneOf)
        and isinstance(other.test, OneOf)
        and (tree.column, tree.yes) == (other.column, other.yes)
    ):
        levels = tuple(sorted({*tree.test.levels, *other.test.levels}))
        # NULL reaches X by the outer list, or by the inner one.
        missing: Side = "yes" if "yes" in (tree.missing, other.missing) else "no"
        return replace(other, test=OneOf(levels), missing=missing)
    return tree


REWRITES: tuple[Callable[[Tree], Tree], ...] = (
    drop_decided,
    merge_equal,
    collapse_chains,
    join_levels,
)
