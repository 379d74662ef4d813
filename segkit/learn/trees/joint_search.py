"""Clusters and tree fitted together.

K-Means has many solutions that cost about the same. The tree's segments hardly
depend on which one it was learned from, but how many customers they put into
their cluster does. So the one is published that the tree explains best.
"""

from __future__ import annotations

from segkit.learn import weighted
from segkit.learn.clusters.sweep import Clustering, polish, restarts
from segkit.learn.matching import match_groups
from segkit.learn.numbers import Ints
from segkit.learn.trees.ranks import Rows

ABOUT = 1.001  # times the lowest inertia: as good a clustering
TIE = 0.005 + 1e-9  # of the customers: so few more are no reason


def best_explained(rows: Rows, clustering: Clustering, segments: Ints, seed: int) -> Clustering:
    """Return the clustering that most rows of the segments belong to.

    Among ``clustering``, K-Means restarted from the segments' means, and other
    starts; all within 0.1 % of the lowest inertia. Ties, within half a point of
    the rows, go to the lower inertia.

    Parameters
    ----------
    rows : Rows
        With the centres of ``clustering``.
    segments : array (n,)
        Segment of each row by the tree, from 0.
    """
    candidates = [
        clustering,
        polish(rows.scaled, rows.means_of(segments), rows.weight),
        *restarts(rows.scaled, clustering.k, seed, rows.weight),
    ]
    lowest = min(candidate.inertia for candidate in candidates)
    near = [
        (fidelity(rows, segments, candidate), candidate)
        for candidate in candidates
        if candidate.inertia <= ABOUT * lowest
    ]
    most = max(agreed for agreed, _ in near)
    return min((c for agreed, c in near if agreed >= most - TIE), key=lambda c: c.inertia)


def fidelity(rows: Rows, segments: Ints, clustering: Clustering) -> float:
    """Return the share of rows whose segment is paired with their cluster."""
    pairs = match_groups(segments, clustering.labels, rows.weight, clustering.k)
    return weighted.share(pairs[segments] == clustering.labels, rows.weight)
