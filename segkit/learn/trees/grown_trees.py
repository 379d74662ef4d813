"""Trees to start from that scikit-learn grows, best first.

scikit-learn casts to float32, which holds ranks and bins exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segkit.learn.numbers import Floats, Ints, squared_distances
from segkit.learn.trees.bins import Space, level_order
from segkit.learn.trees.ranks import Cut, Ranks, RankTree, Rows

MakeCut = Callable[[int, int, RankTree, RankTree], Cut]
TRIED = 0.5  # share of the features that a random tree may cut by at each node


@dataclass(frozen=True, eq=False)
class _Table:
    """Numbers for scikit-learn, and what a cut between two of them is called here."""

    codes: NDArray[np.float32]  # (n, d)
    cut: MakeCut


@dataclass(frozen=True, eq=False)
class Grown:
    """A tree as scikit-learn grew it, the best split first: each smaller one is a part of it."""

    nodes: Any
    names: Ints  # of each node: a centre
    cut: MakeCut

    def of(self, leaves: int) -> RankTree:
        """The tree with at most so many leaves, as if no more had been asked for."""
        return self._part(0, 2 * leaves - 1)

    def _part(self, node: int, end: int) -> RankTree:
        # both sides of a split are numbered when it is made: these are of later ones
        left, right = int(self.nodes.children_left[node]), int(self.nodes.children_right[node])
        if left == -1 or left >= end:
            return int(self.names[node])
        feature, place = int(self.nodes.feature[node]), int(self.nodes.threshold[node] // 1)
        return self.cut(feature, place, self._part(left, end), self._part(right, end))


def cart(rows: Rows, ranks: Ranks, leaves: int, min_leaf: float, seed: int) -> Iterator[Grown]:
    """Yield trees over ranks with at most so many leaves, two or more, learned from all rows.

    The first counts mistakes (CART on the labels, Breiman et al. 1984); the
    second minimises the spread inside the leaves (a regression tree on the
    values). Leaves are named by centre.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    table = _of_ranks(rows, ranks)
    options = {"max_leaf_nodes": leaves, "random_state": seed} | _at_least(min_leaf, rows.weight)
    yield _by_vote(DecisionTreeClassifier(**options), table, rows, rows.weight)
    if rows.counts_mistakes:
        return
    model = DecisionTreeRegressor(**options)
    nodes = model.fit(table.codes, rows.scaled, rows.weight, check_input=False).tree_
    names = squared_distances(nodes.value[:, :, 0], rows.centers).argmin(axis=1)
    yield Grown(nodes, names, table.cut)


def random_carts(
    rows: Rows, space: Space, leaves: int, min_leaf: float, how_many: int
) -> Iterator[Grown]:
    """Yield trees over bins that count a mistake by what it costs at least.

    That is what the nearest other centre is farther away than the own one. Each
    node of the first looks at every feature, those of the others at some.
    """
    from sklearn.tree import DecisionTreeClassifier

    if leaves < 2 or rows.k < 2:
        return
    some = rows.take(space.chosen)
    nearest = np.partition(squared_distances(some.scaled, rows.centers), 1, axis=1)
    weight = (nearest[:, 1] - nearest[:, 0]) * space.weight
    if not weight.sum() > 0:
        return
    table = _Table(space.codes.T.astype(np.float32), space.cut)
    for number in range(how_many):
        model = DecisionTreeClassifier(
            max_leaf_nodes=leaves,
            min_samples_leaf=rows_of(min_leaf, some.weight),
            random_state=number,
            max_features=TRIED if number else None,
        )
        yield _by_vote(model, table, some, weight)


def _at_least(min_leaf: float, weight: Floats) -> dict[str, float]:
    """How scikit-learn is told that a leaf holds so many customers.

    The half keeps a leaf of exactly so many; rows are counted as well, so that
    with weights of 1 it looks at the same nodes as ever.
    """
    least = max(1, math.ceil(min_leaf / float(weight.max())))
    part = max(0.0, (min_leaf - 0.5) / float(weight.sum()))
    return {"min_samples_leaf": least, "min_weight_fraction_leaf": min(0.5, part)}


def rows_of(min_leaf: float, weight: Floats) -> int:
    """Return how many rows of mean weight stand for so many customers."""
    return max(1, int(min_leaf * len(weight) / float(weight.sum())))


def _of_ranks(rows: Rows, ranks: Ranks) -> _Table:
    orders = {feature: level_order(rows, ranks, feature) for feature in sorted(ranks.categories)}
    codes = ranks.of_row.astype(np.float32)
    for feature, order in orders.items():
        codes[:, feature] = order[ranks.of_row[:, feature]]

    def cut(feature: int, place: int, left: RankTree, right: RankTree) -> Cut:
        if feature in orders:
            levels = frozenset(np.flatnonzero(orders[feature] <= place).tolist())
            return Cut(feature, 0, left, right, levels)
        return Cut(feature, place, left, right)

    return _Table(codes, cut)


def _by_vote(model: Any, table: _Table, rows: Rows, weight: Floats) -> Grown:
    nodes = model.fit(table.codes, rows.labels, weight, check_input=False).tree_
    return Grown(nodes, model.classes_[nodes.value[:, 0, :].argmax(axis=1)], table.cut)
