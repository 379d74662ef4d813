"""Trees over ranks: exact while they are searched for, and turned into ours at the end.

A column's distinct values are numbered from 0. A split between two ranks is a
gap of the whole column, and the roundest number in that gap moves no row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from segkit.core.snap import roundest
from segkit.core.tree import Below, Leaf, Split, Tree
from segkit.learn.numbers import Floats, Ints


@dataclass(frozen=True, eq=False)
class Rows:
    """What a tree is learned from: raw values for the cuts, scaled ones for the cost."""

    columns: tuple[str, ...]
    values: Floats  # (n, d) raw, without missing values
    scaled: Floats  # (n, d), each column rising with its raw values
    labels: Ints  # (n,) cluster of each row
    centers: Floats  # (k, d) scaled
    weight: Floats  # (n,)
    medians: Floats  # (d,) raw: the side that missing values take

    @property
    def k(self) -> int:
        return len(self.centers)

    def take(self, rows: Ints) -> Rows:
        """The same for some of the rows."""
        return replace(
            self,
            values=self.values[rows],
            scaled=self.scaled[rows],
            labels=self.labels[rows],
            weight=self.weight[rows],
        )


@dataclass(frozen=True)
class Cut:
    """Rows whose rank in ``feature`` is at most ``rank`` go left. A leaf is an integer."""

    feature: int
    rank: int
    left: RankTree
    right: RankTree


RankTree = Cut | int


@dataclass(frozen=True, eq=False)
class Ranks:
    """``of_row`` (n, d) are dense ranks, ``distinct[j]`` the values that they stand for."""

    of_row: NDArray[np.int64]
    distinct: tuple[Floats, ...]

    @classmethod
    def of(cls, values: Floats) -> Ranks:
        pairs = [np.unique(column, return_inverse=True) for column in values.T]
        ranks = [np.asarray(inverse, dtype=np.int64).ravel() for _, inverse in pairs]
        return cls(np.stack(ranks, axis=1), tuple(found for found, _ in pairs))


def lift(tree: RankTree, some: Ranks, ranks: Ranks) -> RankTree:
    """Return a tree over the ranks of some rows as one over those of all rows.

    Where other rows lie in a gap, the cut goes amid them.
    """
    if isinstance(tree, int):
        return tree
    values, every = some.distinct[tree.feature], ranks.distinct[tree.feature]
    low, high = np.searchsorted(every, values[tree.rank : tree.rank + 2]).tolist()
    return Cut(
        tree.feature,
        (low + high - 1) // 2,
        lift(tree.left, some, ranks),
        lift(tree.right, some, ranks),
    )


def leaf_of_rows(tree: RankTree, ranks: NDArray[np.int64]) -> Ints:
    """Return the integer of the leaf that each row reaches."""
    out = np.empty(len(ranks), dtype=np.int64)
    todo: list[tuple[RankTree, Ints]] = [(tree, np.arange(len(ranks)))]
    while todo:
        node, rows = todo.pop()
        if isinstance(node, int):
            out[rows] = node
            continue
        left = ranks[rows, node.feature] <= node.rank
        todo += [(node.left, rows[left]), (node.right, rows[~left])]
    return out


def number_leaves(tree: RankTree, start: int = 0) -> tuple[RankTree, int]:
    """Return the tree with leaves numbered from ``start``, left to right, and the next number."""
    if isinstance(tree, int):
        return start, start + 1
    left, middle = number_leaves(tree.left, start)
    right, end = number_leaves(tree.right, middle)
    return replace(tree, left=left, right=right), end


def to_tree(tree: RankTree, rows: Rows, ranks: Ranks) -> Tree:
    """Return our tree with the same leaf numbers as codes, its cuts snapped."""
    if isinstance(tree, int):
        return Leaf(tree)
    values = ranks.distinct[tree.feature]
    cut = snap_cut(values[tree.rank], values[tree.rank + 1])
    return Split(
        rows.columns[tree.feature],
        Below(cut),
        to_tree(tree.left, rows, ranks),
        to_tree(tree.right, rows, ranks),
        "yes" if rows.medians[tree.feature] < float(cut) else "no",
    )


def snap_cut(lower: float, upper: float) -> Decimal:
    """Return the roundest cut that parts two neighbouring values under ``x < cut``."""
    low, high = Decimal(repr(float(lower))), Decimal(repr(float(upper)))
    cut = roundest(low, high)
    # Between floats that touch, the round number may become the lower one again.
    return cut if lower < float(cut) else high


def relabel(tree: Tree, codes: dict[int, int]) -> Tree:
    """Return the tree with other codes in its leaves; leaves without one get 0."""
    if isinstance(tree, Leaf):
        return Leaf(codes.get(tree.code, 0))
    return replace(tree, yes=relabel(tree.yes, codes), no=relabel(tree.no, codes))
