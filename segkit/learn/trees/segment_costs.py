"""What the segments of a tree cost, on the rows of a space."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from segkit.learn.numbers import Floats, Ints
from segkit.learn.trees.bins import Space
from segkit.learn.trees.ranks import RankTree

SAME = 1e-9  # of the whole spread: less is rounding
ASSIGNMENTS = 10  # passes over the leaves; they settle after two or three


@dataclass(frozen=True, eq=False)
class State:
    """A tree whose leaves are numbers of segments, and what its segments cost."""

    tree: RankTree
    leaf: Ints = field(repr=False)  # (n,) from left to right
    labels: tuple[int, ...]  # segment of each leaf
    centers: Floats = field(repr=False)  # (k, D) means of the segments, NaN without a leaf
    cost: float

    @property
    def leaves(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Costs:
    """The cost of trees with ``k`` segments and at least ``min_leaf`` customers in a leaf."""

    space: Space
    k: int
    min_leaf: float
    _last: list[State] = field(default_factory=list, init=False, repr=False)
    _near: list[tuple[State, Floats]] = field(default_factory=list, init=False, repr=False)

    def state(self, tree: RankTree) -> State:
        """Return what a tree costs, without its small leaves, each leaf in its best segment.

        One move often begins with the tree that another has ended with.
        """
        last = self._last[-1] if self._last else None
        if last is None or tree is not last.tree:
            last = self._measured(tree)
            self._last[:] = [last]
        return last

    def _measured(self, tree: RankTree) -> State:
        tree, leaf, labels = self._without_small(tree)
        if self.space.wrong is not None:
            cost = self.space.wrong[np.asarray(labels)[leaf], np.arange(len(leaf))].sum()
            return State(tree, leaf, tuple(labels), np.zeros((self.k, 1)), float(cost))
        member = (leaf == np.arange(len(labels))[:, None]).astype(np.float64)
        weight, sums = member @ self.space.weight, member @ self._weighted
        if len(labels) > self.k:
            assignment = _Assignment(labels, self.k, weight, sums)
            assignment.settle(SAME * self.spread)
            labels = assignment.labels
        else:
            labels = _all_different(labels, self.k)
        tree = _labelled(tree, iter(labels))
        of_segment = (np.asarray(labels) == np.arange(self.k)[:, None]).astype(np.float64)
        size, total = of_segment @ weight, of_segment @ sums
        used = size > 0
        centers = np.full_like(total, np.nan)
        centers[used] = total[used] / size[used, None]
        # sum of squares about the means = sum of squares less that of the means
        cost = self.spread - float(np.einsum("ij,ij->", total[used], centers[used]))
        return State(tree, leaf, tuple(labels), centers, cost)

    def distances(self, state: State) -> Floats:
        """Return what each row costs in each segment, (k, n); infinite in one without a leaf."""
        if self.space.wrong is not None:
            return self.space.wrong
        if not self._near or self._near[0][0] is not state:
            self._near[:] = [(state, self._distances(state))]
        return self._near[0][1]

    def _distances(self, state: State) -> Floats:
        used = np.isfinite(state.centers[:, 0])
        centers = state.centers[used]
        squares = self._norms - 2 * (centers @ self._columns) + (centers**2).sum(axis=1)[:, None]
        out = np.full((self.k, len(self._norms)), np.inf)
        out[used] = np.maximum(squares, 0) * self.space.weight
        return out

    @cached_property
    def spread(self) -> float:
        """What a single segment costs."""
        if self.space.wrong is not None:
            return float(self.space.weight.sum())
        return float((self._weighted * self.space.points).sum())

    @cached_property
    def _weighted(self) -> Floats:
        return self.space.points * self.space.weight[:, None]

    @cached_property
    def _columns(self) -> Floats:
        return np.ascontiguousarray(self.space.points.T)

    @cached_property
    def _norms(self) -> Floats:
        return np.asarray((self.space.points**2).sum(axis=1))

    def _without_small(self, tree: RankTree) -> tuple[RankTree, Ints, list[int]]:
        """The tree, the number of each row's leaf, and the leaves' labels."""
        leaf = np.zeros(len(self.space.weight), dtype=np.int64)
        labels: list[int] = []
        counts, least = self.space.counts, self.min_leaf

        def walk(node: RankTree, rows: Ints) -> RankTree:
            if isinstance(node, int):
                leaf[rows] = len(labels)
                labels.append(node)
                return node
            goes_left = self.space.goes_left(node)[rows]
            left, right = rows[goes_left], rows[~goes_left]
            if counts[left].sum() < least:
                return walk(node.right, rows)
            if counts[right].sum() < least:
                return walk(node.left, rows)
            one = walk(node.left, left)
            other = walk(node.right, right)
            if one is node.left and other is node.right:
                return node
            return replace(node, left=one, right=other)

        tree = walk(tree, np.arange(len(leaf)))
        return tree, leaf, labels


class _Assignment:
    """Leaves in segments, moved to others while that costs less (Hartigan and Wong 1979).

    A segment keeps a leaf, and one without any takes the leaf that is worst off.
    """

    def __init__(self, labels: Sequence[int], k: int, weight: Floats, sums: Floats) -> None:
        self.labels = list(labels)
        self._weight, self._sums = weight, sums
        self._means = sums / weight[:, None]
        self._size, self._total = np.zeros(k), np.zeros((k, sums.shape[1]))
        np.add.at(self._size, self.labels, weight)
        np.add.at(self._total, self.labels, sums)
        self._leaves = [self.labels.count(segment) for segment in range(k)]

    def settle(self, least: float) -> None:
        """Move leaves while one of them saves more than ``least``."""
        for segment, leaves in enumerate(self._leaves):
            if not leaves:
                self._move(max(range(len(self.labels)), key=self._saved), segment)
        for _ in range(ASSIGNMENTS):
            if not sum(self._improve(leaf, least) for leaf in range(len(self.labels))):
                break

    def _improve(self, leaf: int, least: float) -> bool:
        """Move a leaf to the segment where it costs least; False where that saves too little."""
        less = self._saved(leaf)
        if less <= 0:
            return False
        size, weight = self._size, self._weight[leaf]
        apart = ((self._total / size[:, None] - self._means[leaf]) ** 2).sum(axis=1)
        more = size * weight / (size + weight) * apart
        more[self.labels[leaf]] = np.inf
        there = int(more.argmin())
        if not more[there] < less - least:
            return False
        self._move(leaf, there)
        return True

    def _saved(self, leaf: int) -> float:
        """What the segment of a leaf costs less without it."""
        here = self.labels[leaf]
        if self._leaves[here] == 1:
            return 0.0
        size, weight = self._size[here], self._weight[leaf]
        off = float(((self._means[leaf] - self._total[here] / size) ** 2).sum())
        return float(size * weight / (size - weight)) * off

    def _move(self, leaf: int, there: int) -> None:
        for segment, sign in ((self.labels[leaf], -1), (there, 1)):
            self._size[segment] += sign * self._weight[leaf]
            self._total[segment] += sign * self._sums[leaf]
            self._leaves[segment] += sign
        self.labels[leaf] = there


def _all_different(labels: Sequence[int], k: int) -> list[int]:
    """With a leaf for each segment at most, no two share one."""
    free = iter(sorted(set(range(k)) - set(labels)))
    found: list[int] = []
    for label in labels:
        found.append(next(free) if label in found else label)
    return found


def _labelled(tree: RankTree, labels: Iterator[int]) -> RankTree:
    if isinstance(tree, int):
        return next(labels)
    left, right = _labelled(tree.left, labels), _labelled(tree.right, labels)
    if left is tree.left and right is tree.right:
        return tree
    return replace(tree, left=left, right=right)
