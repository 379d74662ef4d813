"""What speaks for each number of clusters: one row of figures a k, none of them alone right."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from segkit.core.fit import SweepPoint
from segkit.learn.clusters.sweep import Clustering
from segkit.learn.numbers import Floats, Ints, one_thread, round_digits, squared_distances
from segkit.learn.trees.fit_surrogate import fit_path
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.search import QUICK
from segkit.learn.trees.surrogate import cost_of, segments_cost, spread_of

HEAD_ROWS = 5_000  # the silhouette takes their square
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
    defined (k = 1, a cluster for every row) or not asked for.

    Parameters
    ----------
    rows : Rows
    clusterings : sequence of Clustering
        K-Means of ``rows.scaled``.
    in_full : collection of int
        Those k whose stability and loss are measured as well: they cost the most.
    """
    with one_thread():
        return tuple(_point(rows, c, seed, c.k in in_full) for c in clusterings)


def _point(rows: Rows, clustering: Clustering, seed: int, in_full: bool) -> SweepPoint:
    from sklearn.metrics import (
        calinski_harabasz_score,
        davies_bouldin_score,
        silhouette_score,
    )

    X, labels = rows.scaled, clustering.labels
    point = SweepPoint(
        clustering.k,
        round_digits(clustering.inertia),
        smallest_share=round_digits(np.bincount(labels).min() / len(labels)),
    )
    if not _is_defined(labels):
        return point
    if clustering.inertia > 0:  # else each group is one point, and both would divide by 0
        point = replace(
            point,
            calinski_harabasz=_rounded(calinski_harabasz_score(X, labels)),
            davies_bouldin=_rounded(davies_bouldin_score(X, labels)),
        )
    if clustering.k == 2:
        point = replace(point, variance_left=_rounded(variance_left(X, clustering)))
    head, of_head = X[:HEAD_ROWS], labels[:HEAD_ROWS]
    if not _is_defined(of_head):  # the other cluster is too small to be met among them
        return point
    point = replace(point, silhouette=_rounded(silhouette_score(head, of_head)))
    if not in_full:
        return point
    return replace(
        point,
        stability=_rounded(stability(X, clustering, seed)),
        tree_loss=_rounded(tree_loss(rows, clustering, seed)),
    )


def _is_defined(labels: Ints) -> bool:
    return 2 <= len(np.unique(labels)) < len(labels)


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round_digits(value)


def stability(X: Floats, clustering: Clustering, seed: int) -> float:
    """Return how alike the clusters come out on other customers of the same kind.

    Mean adjusted Rand index (Hubert and Arabie 1985) between the labels of
    the first 5,000 rows and those that K-Means gives them when it is fitted on
    a bootstrap resample of them (Fang and Wang 2012), at most 500 rows: 1 is the
    same clusters each time, 0 no more agreement than chance has.
    """
    X, labels = X[:HEAD_ROWS], clustering.labels[:HEAD_ROWS]
    found = []
    for number in range(RESAMPLES):
        rng = np.random.default_rng([seed, number])
        drawn = rng.integers(0, len(X), min(len(X), RESAMPLE_ROWS))
        centers = _refit(X[drawn], clustering.centers, seed + number)
        found.append(adjusted_rand(labels, squared_distances(X, centers).argmin(axis=1)))
    return math.fsum(found) / len(found)


def _refit(X: Floats, centers: Floats, seed: int) -> Floats:
    """Centres of the cheapest K-Means: some starts of its own, and one from the centres given."""
    import warnings

    from sklearn.cluster import KMeans

    k = len(centers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a resample may have fewer distinct rows than k
        models = [
            KMeans(k, n_init=STARTS, random_state=seed % 2**32).fit(X),
            KMeans(k, init=centers, n_init=1).fit(X),
        ]
    best = min(models, key=lambda model: round_digits(model.inertia_))
    return np.asarray(best.cluster_centers_, dtype=np.float64)


def variance_left(X: Floats, clustering: Clustering) -> float:
    """Return how much of the variance on the line through two centres stays within the clusters.

    Of any symmetric distribution with one peak at least 1/4 stays, however it is
    cut at its middle: by Khinchin's theorem it is a mixture of uniforms about
    that middle, of which a uniform keeps 1/4 and any mixture more (a normal one
    0.36). So less than 1/4 are two groups, not one cut in two. (The same share,
    against a normal distribution, is the cluster index of Liu et al. 2008.)
    """
    line = X @ (clustering.centers[0] - clustering.centers[1])
    return cost_of(line[:, None], clustering.labels, np.ones(len(line))) / cost_of(
        line[:, None], np.zeros(len(line), dtype=np.int64), np.ones(len(line))
    )


def adjusted_rand(one: Ints, other: Ints) -> float:
    """Return the adjusted Rand index of two labelings.

    The same figure as scikit-learn's ``adjusted_rand_score``, ten times as
    fast on few rows: it checks no input.
    """
    width = int(other.max()) + 1
    table = np.bincount(one * width + other, minlength=(int(one.max()) + 1) * width)
    table = table.reshape(-1, width).astype(np.float64)
    both, here, there = (
        float((counts * (counts - 1)).sum()) / 2
        for counts in (table, table.sum(axis=1), table.sum(axis=0))
    )
    expected = here * there / (len(one) * (len(one) - 1) / 2)
    most = (here + there) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


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
    inertia = segments_cost(head, head.labels, spread_of(head))
    found = fit_path(head, clustering.k, 1, seed, QUICK)
    if not found or inertia <= 0:
        return None
    return found[max(found)].cost / inertia - 1
