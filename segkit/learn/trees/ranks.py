"""Trees over ranks: exact while they are searched for, and turned into ours at the end.

A column's distinct values are numbered from 0. A split between two ranks is a
gap of the whole column, and the roundest number in that gap moves no row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from segkit.core.snap import roundest
from segkit.core.tree import Below, Leaf, OneOf, Split, Tree, with_leaves
from segkit.learn import weighted
from segkit.learn.numbers import Floats, Ints, squared_distances
from segkit.learn.trees.apply import codes_of


@dataclass(frozen=True, eq=False)
class Rows:
    """What a tree is learned from: raw values for the cuts, scaled ones for the cost.

    A number has one scaled column, which rises with its raw values; a category
    (a position in its ``levels``) has one a level. ``counts_mistakes``: a row
    costs 1 where its leaf does not name its label, however far it is.
    """

    columns: tuple[str, ...]
    values: Floats  # (n, d) raw, without missing values
    scaled: Floats  # (n, D)
    labels: Ints  # (n,) cluster of each row
    centers: Floats  # (k, D) scaled
    weight: Floats  # (n,) customers that each row stands for
    medians: Floats  # (d,) raw: the side that missing values take
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    counts_mistakes: bool = False

    @classmethod
    def of_array(
        cls,
        X: Floats,
        *,
        columns: Sequence[str] = (),
        scaled: Floats | None = None,
        labels: Ints | None = None,
        centers: Floats | None = None,
        weight: Floats | None = None,
    ) -> Rows:
        """Rows of numbers without missing values.

        What is not given: columns are ``x0``, ``x1``, ..., the cost is of X as
        it is, all rows are in one cluster, and each has weight 1.
        """
        scaled = X if scaled is None else scaled
        weight = np.ones(len(X)) if weight is None else weight
        return cls(
            columns=tuple(columns) or tuple(f"x{place}" for place in range(X.shape[1])),
            values=X,
            scaled=scaled,
            labels=np.zeros(len(X), dtype=np.int64) if labels is None else labels,
            centers=np.zeros((1, scaled.shape[1])) if centers is None else centers,
            weight=weight,
            medians=np.array([weighted.median(column, weight) for column in X.T]),
        )

    @property
    def k(self) -> int:
        return len(self.centers)

    @property
    def starts(self) -> Ints:
        """The first scaled column of each column."""
        widths = [len(self.levels.get(column, (1,))) for column in self.columns]
        return np.cumsum([0, *widths[:-1]])

    @cached_property
    def spread(self) -> float:
        """What a single segment costs."""
        off = self.scaled - np.average(self.scaled, axis=0, weights=self.weight)
        return float(((off**2).sum(axis=1) * self.weight).sum())

    def means_of(self, segments: Ints) -> Floats:
        """The mean (k, D) of the rows of each segment, all of which have some."""
        return weighted.group_means(self.scaled, segments, self.weight, self.k)

    def costs(self, centers: Floats) -> Floats:
        """What each row costs in the segment of each centre (n, k): its distance, or a mistake."""
        if self.counts_mistakes:
            wrong = self.labels[:, None] != np.arange(self.k)
            return np.where(wrong, self.weight[:, None], 0.0)
        return squared_distances(self.scaled, centers) * self.weight[:, None]

    def codes(self, tree: Tree) -> Ints:
        """The code that the tree gives to each row."""
        return codes_of(tree, self.columns, self.values, self.levels)

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
    """Rows whose rank in ``feature`` is at most ``rank`` go left. A leaf is an integer.

    Of a category those go left whose level is among ``levels``.
    """

    feature: int
    rank: int
    left: RankTree
    right: RankTree
    levels: frozenset[int] | None = None

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # once for each part: trees that share most of their parts are looked up all the time
        return hash((self.feature, self.rank, self.left, self.right, self.levels))

    def goes_left(self, ranks: NDArray[np.int64]) -> NDArray[np.bool_]:
        """``ranks`` are those of some rows in the feature of the cut."""
        if self.levels is None:
            return np.asarray(ranks <= self.rank)
        return np.isin(ranks, sorted(self.levels))


RankTree = Cut | int
Path = tuple[bool, ...]  # a place in a tree, as the way there from the root: True is left


@dataclass(frozen=True, eq=False)
class Ranks:
    """``of_row`` (n, d) are dense ranks, ``distinct[j]`` the values that they stand for.

    They are looked at by column, and lie so in memory: a third of the time.
    The ranks of a category are its levels' positions, whether they occur or not.
    """

    of_row: NDArray[np.int64]
    distinct: tuple[Floats, ...]
    categories: frozenset[int] = frozenset()

    @classmethod
    def of(cls, rows: Rows) -> Ranks:
        ranks, distinct, categories = [], [], set()
        for feature, (name, column) in enumerate(zip(rows.columns, rows.values.T, strict=True)):
            if name in rows.levels:
                ranks.append(column.astype(np.int64))
                distinct.append(np.arange(len(rows.levels[name]), dtype=np.float64))
                categories.add(feature)
                continue
            found, inverse = np.unique(column, return_inverse=True)
            ranks.append(np.asarray(inverse, dtype=np.int64).ravel())
            distinct.append(found)
        return cls(np.stack(ranks).T, tuple(distinct), frozenset(categories))

    def take(self, rows: Ints) -> Ranks:
        """The same ranks, of some of the rows."""
        return replace(self, of_row=self.of_row.T[:, rows].T)


def leaf_of_rows(tree: RankTree, ranks: NDArray[np.int64]) -> Ints:
    """Return the integer of the leaf that each row reaches."""
    out = np.empty(len(ranks), dtype=np.int64)
    todo: list[tuple[RankTree, Ints]] = [(tree, np.arange(len(ranks)))]
    while todo:
        node, rows = todo.pop()
        if isinstance(node, int):
            out[rows] = node
            continue
        left = node.goes_left(ranks[rows, node.feature])
        todo += [(node.left, rows[left]), (node.right, rows[~left])]
    return out


def leaf_paths(tree: RankTree, path: Path = ()) -> list[Path]:
    if isinstance(tree, int):
        return [path]
    return leaf_paths(tree.left, (*path, True)) + leaf_paths(tree.right, (*path, False))


def cut_paths(tree: RankTree, path: Path = ()) -> list[Path]:
    if isinstance(tree, int):
        return []
    return [path, *cut_paths(tree.left, (*path, True)), *cut_paths(tree.right, (*path, False))]


def at(tree: RankTree, path: Path) -> RankTree:
    for left in path:
        assert isinstance(tree, Cut)
        tree = tree.left if left else tree.right
    return tree


def put(tree: RankTree, path: Path, part: RankTree) -> RankTree:
    if not path or isinstance(tree, int):
        return part
    if path[0]:
        return replace(tree, left=put(tree.left, path[1:], part))
    return replace(tree, right=put(tree.right, path[1:], part))


def number_leaves(tree: RankTree, start: int = 0) -> tuple[RankTree, int]:
    """Return the tree with leaves numbered from ``start``, left to right, and the next number."""
    if isinstance(tree, int):
        return start, start + 1
    left, middle = number_leaves(tree.left, start)
    right, end = number_leaves(tree.right, middle)
    return replace(tree, left=left, right=right), end


def to_tree(tree: RankTree, rows: Rows, ranks: Ranks, here: Ints | None = None) -> Tree:
    """Return our tree with the same leaf numbers as codes, its cuts snapped.

    ``here``: the rows that come to it, all by default.
    """
    if isinstance(tree, int):
        return Leaf(tree)
    here = np.arange(len(ranks.of_row)) if here is None else here
    goes_left = tree.goes_left(ranks.of_row[here, tree.feature])
    left = to_tree(tree.left, rows, ranks, here[goes_left])
    right = to_tree(tree.right, rows, ranks, here[~goes_left])
    name, median = rows.columns[tree.feature], rows.medians[tree.feature]
    if tree.levels is not None:
        # The side with the mode is what is left over: missing values and unseen levels go there.
        mode_is_left = int(median) in tree.levels
        listed = here[goes_left != mode_is_left]
        codes = np.unique(ranks.of_row[listed, tree.feature]).tolist()
        levels = tuple(sorted(rows.levels[name][code] for code in codes))
        yes, no = (right, left) if mode_is_left else (left, right)
        return Split(name, OneOf(levels), yes, no, "no")
    values = ranks.distinct[tree.feature]
    cut = snap_cut(values[tree.rank], values[tree.rank + 1])
    return Split(name, Below(cut), left, right, "yes" if median < float(cut) else "no")


def snap_cut(lower: float, upper: float) -> Decimal:
    """Return the roundest cut that parts two neighbouring values under ``x < cut``."""
    low, high = Decimal(repr(float(lower))), Decimal(repr(float(upper)))
    cut = roundest(low, high)
    # Between floats that touch, the round number may become the lower one again.
    return cut if lower < float(cut) else high


def name_leaves(tree: RankTree, names: Ints) -> RankTree:
    """Return the tree with another name for each integer in its leaves."""
    if isinstance(tree, int):
        return int(names[tree])
    return replace(tree, left=name_leaves(tree.left, names), right=name_leaves(tree.right, names))


def relabel(tree: Tree, codes: dict[int, int]) -> Tree:
    """Return the tree with other codes in its leaves; leaves without one get 0."""
    return with_leaves(tree, lambda leaf: Leaf(codes.get(leaf.code, 0)))


def middle_of_lowest(cost: Floats) -> int:
    """Return the middle of the run of places that cost least: the cut lies amid the gap."""
    return int(middles_of_lowest(cost[None, :])[0])


def middles_of_lowest(costs: Floats) -> Ints:
    """Return the same for each row of costs (m, n)."""
    lowest, first = costs.min(axis=1), costs.argmin(axis=1)
    place = np.arange(costs.shape[1])
    same = lowest + 1e-12 * np.maximum(1.0, np.abs(lowest))
    ends = (place >= first[:, None]) & (costs > same[:, None])
    end = np.where(ends.any(axis=1), ends.argmax(axis=1), costs.shape[1])
    return np.asarray(first + (end - first - 1) // 2, dtype=np.int64)
