"""The same function with fewer tests. Every rewrite is tree to tree and exact for NULL too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from segkit.core.rules import Condition, Interval, side_interval
from segkit.core.tree import Known, Leaf, Side, Split, Tree

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
    yes, no = _side(here, tree, "yes"), _side(here, tree, "no")
    if _is_impossible(no):
        return _drop_decided(tree.yes, path)
    if _is_impossible(yes):
        return _drop_decided(tree.no, path)
    return replace(
        tree,
        yes=_drop_decided(tree.yes, {**path, tree.column: yes}),
        no=_drop_decided(tree.no, {**path, tree.column: no}),
    )


def _side(here: Condition, split: Split, side: Side) -> Condition:
    """What is known about the column on that side of the split."""
    null = here.null and split.missing == side
    interval: Interval | None
    if here.interval is None:
        interval = None
    elif isinstance(split.test, Known):
        interval = here.interval if side == "yes" else None
    else:
        interval = here.interval.intersect(side_interval(split.test, side))
        interval = None if interval.is_empty else interval
    return Condition(split.column, interval, null)


def _is_impossible(condition: Condition) -> bool:
    return condition.interval is None and not condition.null


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


def _covers(wide: Split, narrow: Split) -> bool:
    """Every number that passes the test of ``narrow`` passes that of ``wide``."""
    if isinstance(wide.test, Known) or isinstance(narrow.test, Known):
        return False
    ends = (wide.test.cut, wide.test.inclusive), (narrow.test.cut, narrow.test.inclusive)
    return wide.column == narrow.column and ends[0] >= ends[1]


REWRITES: tuple[Callable[[Tree], Tree], ...] = (drop_decided, merge_equal, collapse_chains)
