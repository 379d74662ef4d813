"""Trees to start from that scikit-learn grows, best first.

scikit-learn casts to float32, which holds ranks and bins exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from segkit.learn import weighted
from segkit.learn.numbers import Floats, Ints, squared_distances
from segkit.learn.trees.bins import Space, level_order
from segkit.learn.trees.ranks import Cut, Ranks, RankTree, Rows, leaf_of_rows, name_leaves

MakeCut = Callable[[int, int, RankTree, RankTree], Cut]
TRIED = 0.5  # share of the features that a random tree may cut by at each node


@dataclass(frozen=True, eq=False)
class _Table:
    """Numbers for scikit-learn, and what a cut between two of them is called here."""

    codes: Ints  # (n, d)
    cut: MakeCut


def cart(rows: Rows, ranks: Ranks, leaves: int, min_leaf: float, seed: int) -> Iterator[RankTree]:
    """Yield trees over ranks with at most so many leaves, learned from all rows.

    The first counts mistakes (CART on the labels, Breiman et al. 1984); the
    second minimises the spread inside the leaves (a regression tree on the
    values). Leaves are named by centre.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    table = _of_ranks(rows, ranks)
    options = {"max_leaf_nodes": leaves, "random_state": seed} | _at_least(min_leaf, rows.weight)
    if leaves < 2:
        yield 0
        return
    yield _by_vote(DecisionTreeClassifier(**options), table, rows, rows.weight)
    if rows.counts_mistakes:
        return
    model = DecisionTreeRegressor(**options).fit(table.codes, rows.scaled, rows.weight)
    tree = _from_sklearn(model.tree_, 0, table.cut)
    leaf = leaf_of_rows(tree, ranks.of_row)
    means = weighted.group_means(rows.scaled, leaf, rows.weight, int(leaf.max()) + 1)
    yield name_leaves(tree, squared_distances(means, rows.centers).argmin(axis=1))


def random_carts(
    rows: Rows, space: Space, leaves: int, min_leaf: float, how_many: int
) -> Iterator[RankTree]:
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
    table = _Table(space.codes.T.astype(np.int64), space.cut)
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
    codes = ranks.of_row.copy()
    for feature, order in orders.items():
        codes[:, feature] = order[ranks.of_row[:, feature]]

    def cut(feature: int, place: int, left: RankTree, right: RankTree) -> Cut:
        if feature in orders:
            levels = frozenset(np.flatnonzero(orders[feature] <= place).tolist())
            return Cut(feature, 0, left, right, levels)
        return Cut(feature, place, left, right)

    return _Table(codes, cut)


def _by_vote(model: Any, table: _Table, rows: Rows, weight: Floats) -> RankTree:
    nodes = model.fit(table.codes, rows.labels, weight).tree_
    names = model.classes_[nodes.value[:, 0, :].argmax(axis=1)]
    return name_leaves(_from_sklearn(nodes, 0, table.cut), names)


def _from_sklearn(nodes: Any, node: int, cut: MakeCut) -> RankTree:
    """The tree with the numbers of scikit-learn's nodes in its leaves."""
    if nodes.children_left[node] == -1:
        return node
    left = _from_sklearn(nodes, int(nodes.children_left[node]), cut)
    right = _from_sklearn(nodes, int(nodes.children_right[node]), cut)
    return cut(int(nodes.feature[node]), int(np.floor(nodes.threshold[node])), left, right)
