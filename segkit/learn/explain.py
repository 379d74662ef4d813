"""Which tree is published for a clustering: as few leaves as hold the declared loss."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from segkit.core.tree import Known, Leaf, Split, Tree
from segkit.learn.clusters import Clustering
from segkit.learn.fit_surrogate import budget, fit_path
from segkit.learn.numbers import Ints
from segkit.learn.ranks import Rows
from segkit.learn.search import QUICK
from segkit.learn.short_cuts import shorten_cuts
from segkit.learn.surrogate import Surrogate
from segkit.project.nodes import RuleSpec

FOLDS = 5


@dataclass(frozen=True, eq=False)
class Explained:
    """``segments`` is, for each row, the tree's row index into the centres."""

    clustering: Clustering
    surrogate: Surrogate
    segments: Ints
    min_leaf: int
    warnings: tuple[str, ...]
    loss: float

    @property
    def smallest_share(self) -> float:
        sizes = np.bincount(self.segments, minlength=self.clustering.k)
        return float(sizes.min()) / len(self.segments)


def explain(rows: Rows, clustering: Clustering, spec: RuleSpec, seed: int) -> Explained | None:
    """Return the tree for the clustering, or None if none has a leaf for each cluster.

    ``max_leaves: auto`` takes the fewest leaves whose loss is at most
    ``max_loss``, and looks up to ``surrogate.budget`` leaves. A leaf holds
    ``min_share`` of the rows, or fewer where k leaves cannot be had otherwise.
    """
    rows = replace(rows, labels=clustering.labels, centers=clustering.centers)
    max_leaves = spec.max_leaves or budget(clustering.k)
    wanted = min_leaf = max(1, math.ceil(spec.min_share * len(rows.values) - 1e-9))
    while not (path := fit_path(rows, max_leaves, min_leaf, seed)):
        if min_leaf == 1:
            return None
        min_leaf //= 2
    warnings = []
    if min_leaf < wanted:
        warnings.append(
            f"a rule may hold as few as {min_leaf:,} customers, not {wanted:,} "
            f"(min_share): otherwise {clustering.k} segments cannot be told apart"
        )
    losses = {count: loss(found, clustering, rows) for count, found in path.items()}
    enough = [count for count in path if losses[count] <= spec.max_loss]
    chosen = min(enough) if spec.max_leaves is None and enough else max(path)
    surrogate = shorten_cuts(path[chosen], rows, spec.max_moved)
    lost = loss(surrogate, clustering, rows)
    if not enough:
        said = f"lose {lost:.1%} against K-Means"
        if rows.counts_mistakes:
            said = f"put {lost:.1%} of the customers into another cluster"
        warnings.append(
            f"{surrogate.leaves} leaves {said}, more than max_loss {spec.max_loss:.3g}; "
            f"up to {max_leaves} leaves were tried"
        )
    segments = surrogate.predict(rows.values)
    return Explained(clustering, surrogate, segments, min_leaf, tuple(warnings), lost)


def loss(surrogate: Surrogate, clustering: Clustering, rows: Rows) -> float:
    """Return the cost of the tree's segments over the inertia of K-Means, minus 1.

    Where K-Means costs nothing, so does a tree of that many leaves, or the loss
    is infinite. Where mistakes count, it is their share.
    """
    if rows.counts_mistakes:
        return surrogate.cost / float(rows.weight.sum())
    if clustering.inertia <= 0:
        return 0.0 if surrogate.cost <= 0 else math.inf
    ratio = surrogate.cost / clustering.inertia - 1
    return ratio if abs(ratio) > 1e-12 else 0.0


def held_out_fidelity(rows: Rows, explained: Explained, seed: int) -> float | None:
    """Return the share of rows that a tree learned from others puts into their cluster.

    Five folds; rows come in the order of a hash, so every fifth is a shuffle.
    Each tree has at most as many leaves as the published one. None where the
    rows are too few, or a fold lacks a cluster.
    """
    clustering = explained.clustering
    rows = replace(rows, labels=clustering.labels, centers=clustering.centers)
    total = len(rows.values)
    if total < FOLDS * max(FOLDS, clustering.k):
        return None
    fold = np.arange(total) % FOLDS
    hits = 0
    for number in range(FOLDS):
        train = rows.take(np.flatnonzero(fold != number))
        test = rows.take(np.flatnonzero(fold == number))
        smallest = max(1, explained.min_leaf * (FOLDS - 1) // FOLDS)
        path = fit_path(train, explained.surrogate.leaves, smallest, seed, QUICK)
        path = path or fit_path(train, explained.surrogate.leaves, 1, seed, QUICK)
        if not path:
            return None
        hits += int((path[max(path)].predict(test.values) == test.labels).sum())
    return hits / total


def only_where_known(tree: Tree, columns: tuple[str, ...]) -> Tree:
    """Return the tree behind one test a column: without a value the code is 0."""
    for column in reversed(columns):
        tree = Split(column, Known(), yes=tree, no=Leaf(0), missing="no")
    return tree
