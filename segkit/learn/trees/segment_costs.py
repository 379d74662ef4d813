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
REMEMBERED = 1_600_000  # rows of all states that are held, 13 MB: 200 states of 8,000 rows


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
    _known: dict[RankTree, State] = field(default_factory=dict, init=False, repr=False)
    _near: list[tuple[State, Floats]] = field(default_factory=list, init=False, repr=False)

    def state(self, tree: RankTree) -> State:
        """Return what a tree costs, without its small leaves, each leaf in its best segment.

        Of three trees one was there not long before: one move begins where another has ended.
        """
        found = self._known.pop(tree, None) or self._measured(tree)
        if (len(self._known) + 1) * len(self.space.weight) > REMEMBERED and self._known:
            del self._known[next(iter(self._known))]
        self._known[tree] = found
        return found

    def _measured(self, tree: RankTree) -> State:
        tree, leaf, labels = self._leaves(tree)
        if self.space.wrong is not None:
            cost = self.space.wrong[np.asarray(labels)[leaf], np.arange(len(leaf))].sum()
            return State(tree, leaf, tuple(labels), np.zeros((self.k, 1)), float(cost))
        member = _members(leaf, len(labels))
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

    def forms(self, state: State) -> Floats:
        """Return the factors of weight, count and weighted coordinates (k, parts) by segment.

        Their sum is what rows cost there, less the squares of the rows, which cost the same in
        each. NaN without a leaf.
        """
        squares = (state.centers**2).sum(axis=1)
        return np.column_stack([squares, np.zeros(self.k), -2 * state.centers])

    def distances(self, state: State) -> Floats:
        """Return what each row costs in each segment, (k, n); infinite in one without a leaf."""
        if self.space.wrong is not None:
            return self.space.wrong
        if not self._near or self._near[0][0] is not state:
            self._near[:] = [(state, self._distances(state))]
        return self._near[0][1]

    def _distances(self, state: State) -> Floats:
        out = self.forms(state) @ self._by_part
        out += self._squares
        np.maximum(out, 0, out=out)
        out[np.isnan(state.centers[:, 0])] = np.inf
        return np.asarray(out)

    @cached_property
    def _weighted(self) -> Floats:
        return self.space.points * self.space.weight[:, None]

    @cached_property
    def _by_part(self) -> Floats:
        """Weight, count and weighted coordinates (parts, n) of the rows."""
        space = self.space
        return np.vstack([space.weight, space.counts, self._weighted.T])

    @cached_property
    def _squares(self) -> Floats:
        return np.asarray((self.space.points**2).sum(axis=1) * self.space.weight)

    @cached_property
    def spread(self) -> float:
        """What a single segment costs."""
        if self.space.wrong is not None:
            return float(self.space.weight.sum())
        return float(self._squares.sum())

    def _leaves(self, tree: RankTree) -> tuple[RankTree, Ints, list[int]]:
        """The tree without its small leaves, the number of each row's leaf, and their labels."""
        leaf, labels = self._leaf_of_rows(tree)
        counts = np.bincount(leaf, self.space.counts, minlength=len(labels))
        if len(labels) > 1 and counts.min() < self.min_leaf:
            tree = self._without_small(tree, np.arange(len(leaf)))
            leaf, labels = self._leaf_of_rows(tree)
        return tree, leaf, labels

    def _leaf_of_rows(self, tree: RankTree) -> tuple[Ints, list[int]]:
        labels: list[int] = []

        def walk(node: RankTree) -> Ints | int:
            if isinstance(node, int):
                labels.append(node)
                return len(labels) - 1
            left, right = walk(node.left), walk(node.right)
            return np.where(self.space.goes_left(node), left, right)

        leaf = walk(tree)
        return np.zeros(len(self.space.weight), int) if isinstance(leaf, int) else leaf, labels

    def _without_small(self, node: RankTree, rows: Ints) -> RankTree:
        if isinstance(node, int):
            return node
        counts, least = self.space.counts, self.min_leaf
        goes_left = self.space.goes_left(node)[rows]
        left, right = rows[goes_left], rows[~goes_left]
        if counts[left].sum() < least:
            return self._without_small(node.right, rows)
        if counts[right].sum() < least:
            return self._without_small(node.left, rows)
        one, other = self._without_small(node.left, left), self._without_small(node.right, right)
        if one is node.left and other is node.right:
            return node
        return replace(node, left=one, right=other)


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
            if not self._pass(least):
                break

    def _pass(self, least: float) -> bool:
        """Move each leaf in turn where it costs least, if that saves enough; False if none did."""
        first, has_moved = 0, False
        while first < len(self.labels):
            saved, there = self._best_moves()
            better = np.flatnonzero(saved[first:] > least)
            if not len(better):
                break
            leaf = first + int(better[0])
            self._move(leaf, int(there[leaf]))
            first, has_moved = leaf + 1, True
        return has_moved

    def _best_moves(self) -> tuple[Floats, Ints]:
        """What it saves to move each leaf alone, -inf for one that has to stay, and to where."""
        labels, places = np.asarray(self.labels), np.arange(len(self.labels))
        size, weight = self._size, self._weight[:, None]
        off = self._total / size[:, None] - self._means[:, None]
        apart = np.einsum("lsd,lsd->ls", off, off)
        more = size * weight / (size + weight) * apart
        own, weight = size[labels], self._weight
        with np.errstate(divide="ignore", invalid="ignore"):  # alone in its segment
            less = own * weight / (own - weight) * apart[places, labels]
        more[places, labels] = np.inf
        there = more.argmin(axis=1)
        alone = np.asarray(self._leaves)[labels] == 1
        return np.where(alone, -np.inf, less - more[places, there]), there

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


def _members(leaf: Ints, leaves: int) -> Floats:
    """Which rows are in each leaf (leaves, n): ones and zeros."""
    return np.asarray(leaf == np.arange(leaves)[:, None], dtype=np.float64)


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
