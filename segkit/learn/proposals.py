"""Trees to start from: three of scikit-learn's, and how a tree grows by a leaf.

scikit-learn casts to float32, which holds ranks exactly. Its trees look one
step ahead and may begin with a cut that parts a group in two; those of
``published`` keep centres together until a cut parts them at the least cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from segkit.learn.numbers import Floats, Ints
from segkit.learn.ranks import Cut, Ranks, RankTree, Rows


def cart_trees(
    rows: Rows, ranks: Ranks, leaves: Sequence[int], min_leaf: int, seed: int
) -> Iterator[RankTree]:
    """Return trees with at most so many leaves, grown best first in three ways.

    The first counts mistakes (CART on the labels); the second minimises the
    spread inside the leaves; the third counts a mistake by how far it throws
    a customer.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    ways: tuple[tuple[Any, Any], ...] = (
        (DecisionTreeClassifier, rows.labels),
        (DecisionTreeRegressor, rows.scaled),
        (DecisionTreeRegressor, rows.centers[rows.labels]),
    )
    orders = {feature: level_order(rows, ranks, feature) for feature in sorted(ranks.categories)}
    X = ranks.of_row.astype(np.float32)
    for feature, order in orders.items():
        X[:, feature] = order[ranks.of_row[:, feature]]
    for count in leaves:
        for way, target in ways:
            if count < 2:
                yield 0
                continue
            model = way(max_leaf_nodes=count, min_samples_leaf=min_leaf, random_state=seed)
            yield _from_sklearn(model.fit(X, target, sample_weight=rows.weight).tree_, 0, orders)


def _from_sklearn(nodes: Any, node: int, orders: Mapping[int, Ints]) -> RankTree:
    if nodes.children_left[node] == -1:
        return node
    feature, rank = int(nodes.feature[node]), int(np.floor(nodes.threshold[node]))
    left = _from_sklearn(nodes, int(nodes.children_left[node]), orders)
    right = _from_sklearn(nodes, int(nodes.children_right[node]), orders)
    if feature in orders:
        levels = frozenset(np.flatnonzero(orders[feature] <= rank).tolist())
        return Cut(feature, 0, left, right, levels)
    return Cut(feature, rank, left, right)


def level_order(rows: Rows, ranks: Ranks, feature: int) -> Ints:
    """Return a place in a row for each level of a category: like groups of customers lie together.

    Levels are compared by the mean of their rows' centres, along the axis on
    which these means differ most. So a split that scikit-learn makes between
    two places is one between two sets of levels.
    """
    codes, size = ranks.of_row[:, feature], len(ranks.distinct[feature])
    weight = np.bincount(codes, rows.weight, minlength=size)
    known = np.flatnonzero(weight > 0)
    means = np.stack(
        [
            np.bincount(codes, column * rows.weight, minlength=size)[known] / weight[known]
            for column in rows.centers[rows.labels].T
        ],
        axis=1,
    )
    centred = (means - np.average(means, axis=0, weights=weight[known])) * np.sqrt(
        weight[known, None]
    )
    axis = np.linalg.svd(centred, full_matrices=False)[2][0]
    axis = axis * (1 if axis[np.abs(axis).argmax()] > 0 else -1)  # its sign is arbitrary
    along = np.round(means @ axis, 9)
    order = np.full(size, size, dtype=np.int64)
    order[known[np.lexsort((known, along))]] = np.arange(len(known))
    return order


@dataclass(frozen=True, eq=False)
class Growth:
    """Trees grown by what a cut costs. ``distance`` (n, k) is weighted and squared."""

    ranks: Ranks
    distance: Floats
    min_leaf: int

    def grow(self, tree: RankTree) -> RankTree | None:
        """Split the leaf that gains most, or return None if none gains."""
        gains: list[tuple[float, tuple[bool, ...], RankTree]] = []
        self._gains(tree, np.arange(len(self.distance)), (), gains)
        gain, path, leaf = min(gains, key=lambda g: g[:2], default=(0.0, (), 0))
        return _put(tree, path, leaf) if gain < 0 else None

    def _gains(
        self,
        tree: RankTree,
        rows: Ints,
        path: tuple[bool, ...],
        out: list[tuple[float, tuple[bool, ...], RankTree]],
    ) -> None:
        if isinstance(tree, Cut):
            goes_left = tree.goes_left(self.ranks.of_row[rows, tree.feature])
            self._gains(tree.left, rows[goes_left], (*path, True), out)
            self._gains(tree.right, rows[~goes_left], (*path, False), out)
            return
        if not len(rows):  # a cut further up has taken them all
            return
        before = float(self.distance[rows, tree].sum())
        for feature in range(len(self.ranks.distinct)):
            rank = self.ranks.of_row[rows, feature]
            size = len(self.ranks.distinct[feature])
            if feature in self.ranks.categories:
                found = self._level_gain(rows, tree, feature)
                if found is not None and found[0] < -1e-12 * abs(before):
                    out.append((found[0], path, found[1]))
                continue
            sums = np.stack(
                [
                    np.cumsum(np.bincount(rank, column, minlength=size))
                    for column in self.distance[rows].T
                ]
            )
            left, right = sums, sums[:, -1:] - sums
            cost = left.min(axis=0) + right.min(axis=0)
            count = np.cumsum(np.bincount(rank, minlength=size))
            cost[(count < self.min_leaf) | (len(rows) - count < self.min_leaf)] = np.inf
            if np.isfinite(cost).any():
                at = middle_of_lowest(cost)
                one, other = int(left[:, at].argmin()), int(right[:, at].argmin())
                gain = float(cost[at]) - before
                if one != other and gain < -1e-12 * abs(before):
                    out.append((gain, path, Cut(feature, at, one, other)))

    def _level_gain(self, rows: Ints, leaf: int, feature: int) -> tuple[float, Cut] | None:
        """Levels that are better off with another centre: the best one, and what they gain."""
        rank, size = self.ranks.of_row[rows, feature], len(self.ranks.distinct[feature])
        best: tuple[float, Cut] | None = None
        for other in range(self.distance.shape[1]):
            gain = self.distance[rows, other] - self.distance[rows, leaf]
            levels, change = best_levels(rank, gain, size, self.min_leaf)
            if levels and (best is None or change < best[0]):
                best = change, Cut(feature, 0, other, leaf, levels)
        return best


def best_levels(
    codes: Ints, gain: Floats, size: int, min_leaf: int
) -> tuple[frozenset[int], float]:
    """Return the levels that are better off on the left, and the sum of what they gain.

    Each level goes by itself where its rows cost less, so no order of levels
    is needed. Empty where a side would have too few rows.

    Parameters
    ----------
    codes : array (n,)
        Level of each row, below ``size``.
    gain : array (n,)
        Cost of each row on the left less its cost on the right.
    """
    sums = np.bincount(codes, gain, minlength=size)
    counts = np.bincount(codes, minlength=size)
    chosen = np.flatnonzero((sums < 0) & (counts > 0))
    left = int(counts[chosen].sum())
    if min(left, len(codes) - left) < max(1, min_leaf):
        return frozenset(), 0.0
    return frozenset(chosen.tolist()), float(sums[chosen].sum())


def middle_of_lowest(cost: Floats) -> int:
    """Return the middle of the run of places that cost least: the cut lies amid the gap."""
    lowest, first = float(cost.min()), int(cost.argmin())
    above = cost[first:] > lowest + 1e-12 * max(1.0, abs(lowest))
    run = int(above.argmax()) if above.any() else len(above)
    return first + (run - 1) // 2


def _put(tree: RankTree, path: tuple[bool, ...], leaf: RankTree) -> RankTree:
    if not path or isinstance(tree, int):
        return leaf
    if path[0]:
        return replace(tree, left=_put(tree.left, path[1:], leaf))
    return replace(tree, right=_put(tree.right, path[1:], leaf))
