"""Which tree is published for a clustering: as few leaves as hold the declared loss."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from segkit.core.facts import Fact
from segkit.core.fit import CurvePoint
from segkit.learn import weighted
from segkit.learn.clusters.sweep import Clustering, polish, restarts
from segkit.learn.matching import match_groups
from segkit.learn.numbers import Ints, round_digits
from segkit.learn.trees.fit_surrogate import budget, fit_path
from segkit.learn.trees.ranks import Rows, relabel
from segkit.learn.trees.short_cuts import shorten_cuts
from segkit.learn.trees.surrogate import Surrogate
from segkit.project.nodes import RuleSpec

# K-Means has many solutions that cost about the same. The tree's segments hardly depend on which
# one it was learned from, but how many customers they put into their cluster does.
ABOUT = 1.001  # times the lowest inertia: as good a clustering
ABOUT_OF_SAMPLE = 1.0002  # sampling has taken up to .05 % of the .1 % already
TIE = 0.005 + 1e-9  # of the customers: so few more are no reason


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
    rows: Rows, clustering: Clustering, spec: RuleSpec, wanted: int, max_leaves: int, seed: int
) -> _Trees | None:
    """Trees with leaves as large as declared; smaller ones only for a loss that is far less."""
    least = 0.0 if rows.counts_mistakes else clustering.inertia
    saved = spec.max_loss * (float(rows.weight.sum()) if rows.counts_mistakes else least)
    held = least + saved
    enough = -math.inf if spec.max_leaves else held
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


def best_explained(rows: Rows, clustering: Clustering, segments: Ints, seed: int) -> Clustering:
    """Return the clustering that most rows of the segments belong to.

    Among ``clustering``, K-Means restarted from the segments' means, and other
    starts; all within 0.1 % of the lowest inertia, 0.02 % where rows stand for
    several customers. Ties, within half a point of the rows, go to the lower inertia.

    ``rows``: with the centres of ``clustering``.
    ``segments`` (n,): segment of each row by the tree, from 0.
    """
    candidates = [
        clustering,
        polish(rows.scaled, rows.means_of(segments), rows.weight),
        *restarts(rows.scaled, clustering.k, seed, rows.weight),
    ]
    lowest = min(candidate.inertia for candidate in candidates)
    about = ABOUT if (rows.weight == 1).all() else ABOUT_OF_SAMPLE
    near = [
        (fidelity(rows, segments, candidate), candidate)
        for candidate in candidates
        if candidate.inertia <= about * lowest
    ]
    most = max(agreed for agreed, _ in near)
    return min((c for agreed, c in near if agreed >= most - TIE), key=lambda c: c.inertia)


def fidelity(rows: Rows, segments: Ints, clustering: Clustering) -> float:
    """Return the share of rows whose segment is paired with their cluster."""
    pairs = match_groups(segments, clustering.labels, rows.weight, clustering.k)
    return weighted.share(pairs[segments] == clustering.labels, rows.weight)
