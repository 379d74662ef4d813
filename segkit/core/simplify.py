"""The same function with fewer tests. Every rewrite is exact for NULL too.

Tests with only one answer are dropped on the way down, where it is known what
rows come there. On the way up each split is rewritten, its sides being simple
already. Equal trees are one object (``_Nodes``), so that to compare them costs
nothing however deep they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from segkit.core.rules import Condition, narrow
from segkit.core.tree import Below, Leaf, OneOf, Side, Split, Test, Tree

Path = Mapping[str, Condition]


def simplify(tree: Tree) -> Tree:
    """Return a tree that gives every row the same code with at most as many leaves.

    A rewrite is done only where the way of NULL stays what it was.

    >>> from decimal import Decimal
    >>> from segkit.core.tree import Below
    >>> simplify(Split("age", Below(Decimal(42)), Leaf(1), Leaf(1)))
    Leaf(code=1)
    """
    nodes = _Nodes()
    while True:
        simpler = _simplified(tree, nodes)
        if simpler is tree:
            return tree
        tree = simpler


class _Nodes:
    """Every tree once: what is equal is identical."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Tree] = {}

    def leaf(self, leaf: Leaf) -> Tree:
        return self._known.setdefault((leaf.code,), leaf)

    def split(self, split: Split, yes: Tree, no: Tree) -> Tree:
        """The split with these sides, rewritten as long as that is possible."""
        node: Tree = replace(split, yes=yes, no=no)
        while isinstance(node, Split):
            rewritten = merge_equal(node) or collapse_chain(node)
            if rewritten is None:
                key = (node.column, node.test, node.missing, id(node.yes), id(node.no))
                return self._known.setdefault(key, node)
            node = rewritten
        return node


def _simplified(tree: Tree, nodes: _Nodes) -> Tree:
    done: list[Tree] = []
    todo: list[tuple[Tree, Path, bool]] = [(tree, {}, False)]
    while todo:
        node, path, has_sides = todo.pop()
        if isinstance(node, Leaf):
            done.append(nodes.leaf(node))
        elif has_sides:
            right, left = done.pop(), done.pop()
            done.append(nodes.split(node, left, right))
        else:
            here = path.get(node.column, Condition(node.column, null=True))
            yes, no = narrow(here, node, "yes"), narrow(here, node, "no")
            if no.is_impossible or yes.is_impossible:  # the test has one answer here
                todo.append((node.yes if no.is_impossible else node.no, path, False))
                continue
            todo.append((node, path, True))
            todo.append((node.no, {**path, node.column: no}, False))
            todo.append((node.yes, {**path, node.column: yes}, False))
    return done[0]


def merge_equal(split: Split) -> Tree | None:
    """Put one tree in place of a split whose two sides are equal."""
    return split.yes if split.yes is split.no else None


def collapse_chain(split: Split) -> Tree | None:
    """Make one test of two on the same column that part the same two trees.

    ``x < a ? X : (x < b ? X : Y)`` is ``x < b ? X : Y``, and the mirror image;
    ``x IN (a) ? X : (x IN (b) ? X : Y)`` is ``x IN (a, b) ? X : Y``.
    """
    missing: Side
    yes, no = split.yes, split.no
    test = _either(split, no) if isinstance(no, Split) and no.yes is yes else None
    if isinstance(no, Split) and test is not None:
        # NULL reaches X by the outer test, or by the inner one.
        missing = "yes" if "yes" in (split.missing, no.missing) else "no"
        return replace(no, test=test, missing=missing)
    if isinstance(yes, Split) and yes.no is no and _covers(split, yes):
        missing = "no" if "no" in (split.missing, yes.missing) else "yes"
        return replace(yes, missing=missing)
    return None


def _either(outer: Split, inner: Split) -> Test | None:
    """The test that is TRUE where one of theirs is, if one column can be asked so."""
    if isinstance(outer.test, OneOf) and isinstance(inner.test, OneOf):
        levels = tuple(sorted({*outer.test.levels, *inner.test.levels}))
        return OneOf(levels) if outer.column == inner.column else None
    return inner.test if _covers(inner, outer) else None


def _covers(wide: Split, tight: Split) -> bool:
    """Every number that passes the test of ``tight`` passes that of ``wide``."""
    if not (isinstance(wide.test, Below) and isinstance(tight.test, Below)):
        return False
    return wide.column == tight.column and wide.test >= tight.test
