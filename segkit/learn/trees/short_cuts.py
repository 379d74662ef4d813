"""Rounder cuts than nobody moves for: how many customers may is declared (``max_moved``)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from segkit.core.tree import Below, Split, Tree, fold, splits
from segkit.learn.numbers import Ints
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.surrogate import Surrogate, segments_cost

DIGITS = 3  # that people remember


def shorten_cuts(surrogate: Surrogate, rows: Rows, max_moved: float) -> Surrogate:
    """Return the tree with cuts of at most three digits where few enough rows move.

    A cut of more digits becomes one of the two numbers of three digits beside
    it. Those for which the fewest move come first, and together at most the
    share ``max_moved`` of the customers is in another segment than before. Every
    segment keeps a row. ``moved`` and ``cost`` are counted anew.
    """
    allowed = int(max_moved * float(rows.weight.sum()) + 1e-9)
    if not allowed:
        return surrogate
    before = rows.codes(surrogate.tree)
    tree, moved = surrogate.tree, 0.0
    while True:
        found = [
            (count, place, candidate)
            for place, candidate in _candidates(tree)
            if (count := _moved(candidate, rows, before)) <= allowed
        ]
        if not found:
            break
        moved, _, tree = min(found, key=lambda option: option[:2])
    if tree is surrogate.tree:
        return surrogate
    cost = segments_cost(rows, rows.codes(tree) - 1)
    return replace(surrogate, tree=tree, cost=cost, moved=surrogate.moved + round(moved))


def _candidates(tree: Tree) -> Iterator[tuple[int, Tree]]:
    """The tree with one of its long cuts made short, and the place of that cut in preorder."""
    for place, split in enumerate(splits(tree)):
        if isinstance(split.test, Below) and digits_of(split.test.cut) > DIGITS:
            for rounding in (ROUND_FLOOR, ROUND_CEILING):
                yield place, _with_cut(tree, split, _rounded(split.test.cut, rounding))


def digits_of(cut: Decimal) -> int:
    """Return how many significant digits a cut has."""
    return len(cut.normalize().as_tuple().digits)


def _rounded(cut: Decimal, rounding: str) -> Decimal:
    step = Decimal(1).scaleb(cut.adjusted() - DIGITS + 1)
    short = (cut / step).to_integral_value(rounding) * step
    return Decimal(format(short, "f"))


def _with_cut(tree: Tree, wanted: Split, cut: Decimal) -> Tree:
    """The tree with another cut in that one split."""

    def of_split(split: Split, yes: Tree, no: Tree) -> Tree:
        if split is wanted and isinstance(split.test, Below):
            split = replace(split, test=replace(split.test, cut=cut))
        return replace(split, yes=yes, no=no)

    return fold(tree, lambda leaf: leaf, of_split)


def _moved(tree: Tree, rows: Rows, before: Ints) -> float:
    """Customers whose segment changes; infinite if a segment would be left without any."""
    after = rows.codes(tree)
    if len(np.unique(after)) < len(np.unique(before)):
        return math.inf
    return float(rows.weight[after != before].sum())
