"""Trees that scikit-learn proposes, turned into ours with snapped cuts.

scikit-learn casts to float32. So it gets dense ranks, which float32 holds
exactly; a split between two ranks is a gap of the whole column, and the
roundest number in that gap moves no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segkit.core.snap import roundest
from segkit.core.tree import Below, Leaf, Split, Tree
from segkit.learn.apply import codes_of
from segkit.learn.numbers import Floats, Ints

Ranks = NDArray[np.float32]

PROPOSAL_ROWS = 20_000  # more rows hardly move a cut; costs are counted on all rows


@dataclass(frozen=True, eq=False)
class Rows:
    """What a tree is learned from: raw values for the cuts, scaled ones for the cost."""

    columns: tuple[str, ...]
    values: Floats  # (n, d) raw, without missing values
    scaled: Floats  # (n, d)
    labels: Ints  # (n,) cluster of each row
    centers: Floats  # (k, d) scaled
    weight: Floats  # (n,)
    medians: Floats  # (d,) raw: the side that missing values take

    @property
    def k(self) -> int:
        return len(self.centers)

    def take(self, rows: Ints) -> Rows:
        """The same for some of the rows."""
        return replace(self, values=self.values[rows], scaled=self.scaled[rows],
                       labels=self.labels[rows], weight=self.weight[rows])


@dataclass(frozen=True, eq=False)
class Proposal:
    """A tree whose leaves are numbered from 0, and the leaf of each row.

    ``moved`` counts the rows that lie in another leaf than in scikit-learn's tree.
    """

    tree: Tree
    leaf: Ints
    moved: int


def propose(rows: Rows, leaves: Sequence[int], min_leaf: int, seed: int) -> Iterator[Proposal]:
    """Return trees with at most so many leaves, grown best first in three ways.

    The first counts mistakes (CART on the labels); the second minimises the
    spread inside the leaves; the third counts a mistake by how far it throws
    a customer.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    distinct, ranks = _ranks(rows.values)
    head = slice(None, PROPOSAL_ROWS)
    smallest = max(1, min_leaf * len(ranks[head]) // max(1, len(ranks)))
    ways: tuple[tuple[Any, Any], ...] = (
        (DecisionTreeClassifier, rows.labels[head]),
        (DecisionTreeRegressor, rows.scaled[head]),
        (DecisionTreeRegressor, rows.centers[rows.labels[head]]),
    )
    for count in leaves:
        for way, target in ways:
            if count < 2:
                yield Proposal(Leaf(0), np.zeros(len(ranks), dtype=np.int64), 0)
                continue
            model = way(max_leaf_nodes=count, min_samples_leaf=smallest, random_state=seed)
            model.fit(ranks[head], target, sample_weight=rows.weight[head])
            yield _translate(model, rows, distinct, ranks)


def snap_cut(lower: float, upper: float) -> Decimal:
    """Return the roundest cut that parts two neighbouring values under ``x < cut``."""
    low, high = Decimal(repr(float(lower))), Decimal(repr(float(upper)))
    cut = roundest(low, high)
    # Between floats that touch, the round number may become the lower one again.
    return cut if lower < float(cut) else high


def _ranks(values: Floats) -> tuple[list[Floats], Ranks]:
    distinct, ranks = [], np.empty(values.shape, dtype=np.float32)
    for place, column in enumerate(values.T):
        found, rank = np.unique(column, return_inverse=True)
        distinct.append(found)
        ranks[:, place] = rank
    return distinct, ranks


def _translate(model: Any, rows: Rows, distinct: list[Floats], ranks: Ranks) -> Proposal:
    nodes = model.tree_

    def build(node: int) -> Tree:
        if nodes.children_left[node] == -1:
            return Leaf(node)
        feature = int(nodes.feature[node])
        rank = int(np.floor(nodes.threshold[node]))
        cut = snap_cut(distinct[feature][rank], distinct[feature][rank + 1])
        return Split(
            rows.columns[feature],
            Below(cut),
            build(int(nodes.children_left[node])),
            build(int(nodes.children_right[node])),
            "yes" if rows.medians[feature] < float(cut) else "no",
        )

    tree = build(0)
    ours, theirs = codes_of(tree, rows.columns, rows.values), model.apply(ranks)
    numbers, leaf = np.unique(ours, return_inverse=True)
    dense = {int(number): place for place, number in enumerate(numbers)}
    return Proposal(relabel(tree, dense), leaf.astype(np.int64), int((ours != theirs).sum()))


def relabel(tree: Tree, codes: dict[int, int]) -> Tree:
    """Return the tree with other codes in its leaves; leaves without one get 0."""
    if isinstance(tree, Leaf):
        return Leaf(codes.get(tree.code, 0))
    return replace(tree, yes=relabel(tree.yes, codes), no=relabel(tree.no, codes))
