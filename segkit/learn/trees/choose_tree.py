"""Which tree is published for a clustering: as few leaves as hold the declared loss."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from segkit.core.facts import Fact
from segkit.core.fit import CurvePoint
from segkit.core.tree import Known, Leaf, Split, Tree
from segkit.learn import weighted
from segkit.learn.clusters.sweep import Clustering
from segkit.learn.matching import match_groups
from segkit.learn.numbers import Ints, round_digits
from segkit.learn.trees.fit_surrogate import budget, fit_path
from segkit.learn.trees.joint_search import best_explained
from segkit.learn.trees.ranks import Rows, relabel
from segkit.learn.trees.search import QUICK
from segkit.learn.trees.short_cuts import shorten_cuts
from segkit.learn.trees.surrogate import Surrogate
from segkit.project.nodes import RuleSpec

FOLDS = 5


@dataclass(frozen=True, eq=False)
class Explained:
    """``segments`` is, for each row, the tree's row index into the centres.

    ``curve`` has the best tree of each number of leaves that was tried.
    """

    clustering: Clustering
    surrogate: Surrogate
    segments: Ints
    min_leaf: int
    warnings: tuple[Fact, ...]
    loss: float
    smallest_share: float  # of the customers, in a segment
    curve: tuple[CurvePoint, ...] = ()


def explain(rows: Rows, clustering: Clustering, spec: RuleSpec, seed: int) -> Explained | None:
    """Return the tree for the clustering, or None if none has a leaf for each cluster.

    ``max_leaves: auto`` takes the fewest leaves whose loss is at most
    ``max_loss``, and looks up to ``budget`` leaves. A leaf holds ``min_share``
    of the customers, or fewer where a smaller cluster has no leaf otherwise. The
    clustering is exchanged for one that costs the same and that the tree
    explains better.
    """
    rows = replace(rows, labels=clustering.labels, centers=clustering.centers)
    max_leaves = spec.max_leaves or budget(clustering.k)
    wanted = max(1, math.ceil(spec.min_share * float(rows.weight.sum()) - 1e-9))
    found = _trees(rows, clustering, spec, wanted, max_leaves, seed)
    if found is None:
        return None
    path, min_leaf, otherwise = found.path, found.min_leaf, found.with_min_share
    warnings = []
    if min_leaf < wanted and otherwise is None:
        warnings.append(Fact("small_leaf", n=min_leaf, value=(wanted, clustering.k)))
    elif min_leaf < wanted and otherwise is not None:
        lost = round_digits(loss(otherwise, clustering, rows))
        warnings.append(Fact("small_leaf_or_loss", n=min_leaf, value=(wanted, lost)))
    chosen = _enough(path, clustering, rows, spec) or max(path)
    if not rows.counts_mistakes:
        clustering = best_explained(rows, clustering, path[chosen].predict(rows.values), seed)
        rows = replace(rows, labels=clustering.labels, centers=clustering.centers)
        path = {count: _renamed(found, rows) for count, found in path.items()}
        chosen = _enough(path, clustering, rows, spec) or chosen
    surrogate = shorten_cuts(path[chosen], rows, spec.max_moved)
    lost = loss(surrogate, clustering, rows)
    if lost > spec.max_loss and not _enough(path, clustering, rows, spec):
        code = "over_max_mistakes" if rows.counts_mistakes else "over_max_loss"
        figures = (round_digits(lost), spec.max_loss, max_leaves)
        warnings.append(Fact(code, n=surrogate.leaves, value=figures))
    path = {**path, chosen: surrogate}
    curve = tuple(_point(found, clustering, rows) for found in path.values())
    segments = surrogate.predict(rows.values)
    sizes = np.bincount(segments, rows.weight, minlength=clustering.k)
    smallest = float(sizes.min() / rows.weight.sum())
    return Explained(
        clustering, surrogate, segments, min_leaf, tuple(warnings), lost, smallest, curve
    )


@dataclass(frozen=True, eq=False)
class _Trees:
    """The trees by number of leaves, and the customers that a leaf of theirs holds at least.

    ``with_min_share`` is the best tree whose leaves hold what is declared, if there is one.
    """

    path: Mapping[int, Surrogate]
    min_leaf: int
    with_min_share: Surrogate | None

    @property
    def cost(self) -> float:
        return self.path[max(self.path)].cost


def _trees(
    rows: Rows,
    clustering: Clustering,
    spec: RuleSpec,
    wanted: int,
    max_leaves: int,
    seed: int,
) -> _Trees | None:
    """Trees with leaves as large as declared; smaller ones only for a loss that is far less."""
    held = _enough_cost(clustering, rows, spec)
    enough = -math.inf if spec.max_leaves else held
    saved = held - _enough_cost(clustering, rows, replace(spec, max_loss=0.0))
    smallest = int(np.bincount(clustering.labels, rows.weight).min())
    best: _Trees | None = None
    for min_leaf in _min_leaves(wanted, smallest):
        path = fit_path(rows, max_leaves, min_leaf, seed, enough=enough)
        if path:
            first = best.with_min_share if best else None
            if min_leaf == wanted:
                first = path[max(path)]
            found = _Trees(path, min_leaf, first)
            if best is None or found.cost < best.cost - saved or found.cost <= held < best.cost:
                best = found
        if best is not None and (best.cost <= held or min_leaf <= smallest):
            break
    return best


def _min_leaves(wanted: int, smallest: int) -> Iterator[int]:
    """As many rows as are wanted, as the smallest cluster has, and fewer and fewer."""
    yield wanted
    least = min(wanted - 1, smallest)
    while least >= 1:
        yield least
        least //= 2


def _enough_cost(clustering: Clustering, rows: Rows, spec: RuleSpec) -> float:
    """What a tree may cost that holds ``max_loss``."""
    if rows.counts_mistakes:
        return spec.max_loss * float(rows.weight.sum())
    return (1 + spec.max_loss) * clustering.inertia


def _enough(
    path: Mapping[int, Surrogate], clustering: Clustering, rows: Rows, spec: RuleSpec
) -> int | None:
    """The fewest leaves that hold ``max_loss``, or as many as are declared; None if none do."""
    held = [count for count in path if loss(path[count], clustering, rows) <= spec.max_loss]
    if spec.max_leaves is not None:
        held = [count for count in held if count == max(path)]
    return min(held, default=None)


def _renamed(surrogate: Surrogate, rows: Rows) -> Surrogate:
    """The same tree, each of its segments called by the centre that it shares most rows with."""
    pairs = match_groups(surrogate.predict(rows.values), rows.labels, rows.weight, rows.k)
    codes = {place + 1: int(pairs[place]) + 1 for place in range(rows.k)}
    return replace(surrogate, tree=relabel(surrogate.tree, codes))


def _point(surrogate: Surrogate, clustering: Clustering, rows: Rows) -> CurvePoint:
    right = surrogate.predict(rows.values) == rows.labels
    return CurvePoint(
        leaves=surrogate.leaves,
        loss=round_digits(loss(surrogate, clustering, rows)),
        fidelity=round_digits(weighted.share(right, rows.weight)),
        short_rules=surrogate.short_rules,
    )


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


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Fidelity of trees to customers that they were not learned from.

    ``by_segment``: of the rows that such a tree puts into a segment, the share
    whose cluster it is; by row index into the centres, where there are any.
    """

    fidelity: float
    by_segment: Mapping[int, float]


def measure_held_out(rows: Rows, explained: Explained, seed: int) -> HeldOut | None:
    """Return what trees learned from four fifths of the rows do to the others.

    Five folds; rows come in the order of a hash, so every fifth is a shuffle.
    Each tree has at most as many leaves as the published one, and is found by
    the quick search. None where the rows are too few, or a fold lacks a cluster.
    """
    clustering = explained.clustering
    rows = replace(rows, labels=clustering.labels, centers=clustering.centers)
    total = len(rows.values)
    if total < FOLDS * max(FOLDS, clustering.k):
        return None
    fold = np.arange(total) % FOLDS
    predicted = np.empty(total, dtype=np.int64)
    for number in range(FOLDS):
        train = rows.take(np.flatnonzero(fold != number))
        smallest = max(1, explained.min_leaf * (FOLDS - 1) // FOLDS)
        path = fit_path(train, explained.surrogate.leaves, smallest, seed, QUICK)
        path = path or fit_path(train, explained.surrogate.leaves, 1, seed, QUICK)
        if not path:
            return None
        predicted[fold == number] = path[max(path)].predict(rows.values[fold == number])
    right = predicted == rows.labels
    by_segment = {
        segment: weighted.share(right[predicted == segment], rows.weight[predicted == segment])
        for segment in np.unique(predicted).tolist()
    }
    return HeldOut(weighted.share(right, rows.weight), by_segment)


def only_where_known(tree: Tree, columns: tuple[str, ...]) -> Tree:
    """Return the tree behind one test a column: without a value the code is 0."""
    for column in reversed(columns):
        tree = Split(column, Known(), yes=tree, no=Leaf(0), missing="no")
    return tree
