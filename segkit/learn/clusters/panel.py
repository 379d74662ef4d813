"""What speaks for each number of clusters: one row of figures a k, none of them alone right."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from segkit.core.fit import SweepPoint
from segkit.learn import weighted
from segkit.learn.clusters.sweep import Clustering
from segkit.learn.matching import adjusted_rand, crosstab
from segkit.learn.numbers import Floats, Ints, one_thread, round_digits, squared_distances
from segkit.learn.trees.choose_tree import loss
from segkit.learn.trees.fit_surrogate import fit_path
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.search import QUICK
from segkit.learn.trees.surrogate import cost_of, segments_cost, spread_of

HEAD_ROWS = 5_000  # the silhouette takes their square
CHUNK = 500  # rows whose distances to all others are held at a time
RESAMPLES = 10
# Of many rows even a cloud is cut in the same places each time; of few, only groups come back.
RESAMPLE_ROWS = 500
STARTS = 2  # of K-Means on a resample, beside one from the clustering's own centres


def measure_panel(
    rows: Rows, clusterings: Sequence[Clustering], seed: int, in_full: Collection[int]
) -> tuple[SweepPoint, ...]:
    """Return the figures of each clustering, rounded to nine digits.

    Rows come in the order of a hash of the key, so the first of them are a
    sample: silhouette, stability and loss are those of 5,000 rows. A figure is None where it is not
    defined (k = 1, a cluster for every row) or not asked for. The seed is that of the trees alone:
    the figures that choose k are the same for any.

    ``clusterings``: K-Means of ``rows.scaled``.
    ``in_full``: those k whose loss is measured as well: it costs the most, and chooses nothing.
    """
    with one_thread():
        compared = [c for c in clusterings if _can_be_compared(c.labels, rows.weight)]
        heads = silhouettes(rows.scaled, rows.weight, [c.labels for c in compared])
        found = {c.k: head for c, head in zip(compared, heads, strict=True)}
        spread = spread_of(rows.scaled, rows.weight)
        return tuple(
            _point(rows, c, seed, found.get(c.k), c.k in in_full, spread) for c in clusterings
        )


def _point(
    rows: Rows,
    clustering: Clustering,
    seed: int,
    silhouette: float | None,
    in_full: bool,
    spread: float,
) -> SweepPoint:
    X, weight, labels = rows.scaled, rows.weight, clustering.labels
    smallest = float(np.bincount(labels, weight).min() / weight.sum())
    figures: dict[str, float | None] = {"smallest_share": smallest, "silhouette": silhouette}
    if _can_be_compared(labels, weight):
        if clustering.inertia > 0:  # else each group is one point, and both would divide by 0
            figures["calinski_harabasz"] = calinski_harabasz(X, weight, labels, spread)
            figures["davies_bouldin"] = davies_bouldin(X, weight, labels)
        if clustering.k == 2:
            figures["variance_left"] = variance_left(X, weight, clustering)
    if silhouette is not None:
        figures["stability"], figures["stability_error"] = stability(X, weight, clustering)
    if silhouette is not None and in_full:
        figures["tree_loss"] = tree_loss(rows, clustering, seed)
    rounded: dict[str, Any] = {
        name: None if value is None or not math.isfinite(value) else round_digits(value)
        for name, value in figures.items()
    }
    return SweepPoint(clustering.k, round_digits(clustering.inertia), **rounded)


def _can_be_compared(labels: Ints, weight: Floats) -> bool:
    """False for one cluster, and for a cluster for each customer."""
    return bool(2 <= _count_groups(labels) < weight.sum())


def _count_groups(labels: Ints) -> int:
    return int(np.count_nonzero(np.bincount(labels)))


def stability(X: Floats, weight: Floats, clustering: Clustering) -> tuple[float, float]:
    """Return how alike the clusters come out on other customers of the same kind, and its error.

    Mean adjusted Rand index (Hubert and Arabie 1985) between the labels of
    the first 5,000 rows and those that K-Means gives them when it is fitted on
    a bootstrap resample of them (Fang and Wang 2012), at most 500 customers: 1 is the
    same clusters each time, 0 no more agreement than chance has. The error is the
    standard error of that mean.
    """
    X, weight, labels = X[:HEAD_ROWS], weight[:HEAD_ROWS], clustering.labels[:HEAD_ROWS]
    upto = np.cumsum(weight)
    total = round(float(upto[-1]))
    found = []
    for number in range(RESAMPLES):
        rng = np.random.default_rng([0, number])
        customers = rng.integers(0, total, min(total, RESAMPLE_ROWS))
        drawn = np.minimum(np.searchsorted(upto, customers, "right"), len(X) - 1)
        centers = _refit(X[drawn], clustering.centers, number)
        again = squared_distances(X, centers).argmin(axis=1)
        found.append(adjusted_rand(crosstab(labels, again, weight)))
    return math.fsum(found) / len(found), float(np.std(found, ddof=1)) / math.sqrt(len(found))


def _refit(X: Floats, centers: Floats, seed: int) -> Floats:
    """Centres of the cheapest K-Means: some starts of its own, and one from the centres given."""
    import warnings

    from sklearn.cluster import KMeans

    k = len(centers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a resample may have fewer distinct rows than k
        models = [
            KMeans(k, n_init=STARTS, random_state=seed).fit(X),
            KMeans(k, init=centers, n_init=1).fit(X),
        ]
    best = min(models, key=lambda model: round_digits(model.inertia_))
    return np.asarray(best.cluster_centers_, dtype=np.float64)


def variance_left(X: Floats, weight: Floats, clustering: Clustering) -> float:
    """Return how much of the variance on the line through two centres stays within the clusters.

    Of any symmetric distribution with one peak at least 1/4 stays, however it is
    cut at its middle: by Khinchin's theorem it is a mixture of uniforms about
    that middle, of which a uniform keeps 1/4 and any mixture more (a normal one
    0.36). So less than 1/4 are two groups, not one cut in two. (The same share,
    against a normal distribution, is the cluster index of Liu et al. 2008.)
    """
    line = (X @ (clustering.centers[0] - clustering.centers[1]))[:, None]
    return cost_of(line, clustering.labels, weight) / spread_of(line, weight)


def silhouettes(X: Floats, weight: Floats, labelings: Sequence[Ints]) -> list[float | None]:
    """Return the mean silhouette (Rousseeuw 1987) of each labeling, on the first 5,000 rows.

    The distances are built once for all of them. None where one cluster is too
    small to be met among these rows.
    """
    X, weight = X[:HEAD_ROWS], weight[:HEAD_ROWS]
    heads = [labels[:HEAD_ROWS] for labels in labelings]
    sums = _sums_of_distances(X, weight, heads)
    return [
        _silhouette(total, weight, labels) if _can_be_compared(labels, weight) else None
        for total, labels in zip(sums, heads, strict=True)
    ]


def _sums_of_distances(X: Floats, weight: Floats, labelings: Sequence[Ints]) -> list[Floats]:
    """For each labeling the (n, k) sums of each row's distances to the customers of a cluster."""
    from sklearn.metrics import euclidean_distances

    members = [
        (labels[:, None] == np.arange(labels.max() + 1)) * weight[:, None] for labels in labelings
    ]
    found: list[list[Floats]] = [[] for _ in labelings]
    for start in range(0, len(X), CHUNK):
        distances = euclidean_distances(X[start : start + CHUNK], X)
        own = np.arange(len(distances))
        distances[own, start + own] = 0.0
        for sums, member in zip(found, members, strict=True):
            sums.append(distances @ member)
    return [np.concatenate(sums) for sums in found]


def _silhouette(sums: Floats, weight: Floats, labels: Ints) -> float:
    rows, sizes = np.arange(len(labels)), np.bincount(labels, weight)
    own = sizes[labels]
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = sums[rows, labels] / (own - 1)  # the customer itself is no neighbour
        means = sums / sizes
        means[:, sizes == 0] = np.inf
        means[rows, labels] = np.inf
        outside = means.min(axis=1)
        value = (outside - inside) / np.maximum(inside, outside)
    value = np.where((own > 1) & np.isfinite(value), value, 0.0)  # alone in a cluster: 0
    return float((value * weight).sum() / weight.sum())


def calinski_harabasz(X: Floats, weight: Floats, labels: Ints, spread: float) -> float:
    """Return the variance between the clusters over that within (Calinski and Harabasz 1974).

    ``spread``: what a single cluster costs.
    """
    k, total = _count_groups(labels), float(weight.sum())
    within = cost_of(X, labels, weight)
    between = spread - within
    return between * (total - k) / (within * (k - 1)) if within else 1.0


def davies_bouldin(X: Floats, weight: Floats, labels: Ints) -> float:
    """Return how near clusters are for how wide they are (Davies and Bouldin 1979)."""
    present = np.flatnonzero(np.bincount(labels))
    labels = np.searchsorted(present, labels) if len(present) <= present[-1] else labels
    centers = weighted.group_means(X, labels, weight, len(present))
    off = np.sqrt(((X - centers[labels]) ** 2).sum(axis=1, keepdims=True))
    wide = weighted.group_means(off, labels, weight, len(present))[:, 0]
    apart = np.sqrt(squared_distances(centers, centers))
    if np.allclose(wide, 0) or np.allclose(apart, 0):
        return 0.0
    apart[apart == 0] = np.inf
    return float(((wide[:, None] + wide) / apart).max(axis=1).mean())


def tree_loss(rows: Rows, clustering: Clustering, seed: int) -> float | None:
    """Return the loss of a tree with as many leaves as clusters; None if there is none.

    Nor if a cluster is so small that the first 5,000 rows have none of it.

    The fixed number of leaves makes different k comparable, and it is the
    least that a tree needs. Found in the quick search and on the first 5,000
    rows: the published tree has more leaves and loses less.
    """
    head = replace(rows, labels=clustering.labels, centers=clustering.centers)
    head = head.take(np.arange(min(HEAD_ROWS, len(rows.values))))
    if len(np.unique(head.labels)) < clustering.k:
        return None
    inertia = segments_cost(head, head.labels)
    found = fit_path(head, clustering.k, 1, seed, QUICK)
    if not found or inertia <= 0:
        return None
    return loss(found[max(found)], replace(clustering, inertia=inertia), head)
