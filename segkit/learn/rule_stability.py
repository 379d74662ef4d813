"""How stable the rules are: who would be in the same segment with rules from other customers.

Rules R are learned from n customers, others R' from m that nobody has seen. How
far R' lies from R has two parts: the chance in the n and that in the m, about
1/n + 1/m. A resample of a customers differs from R by the chance in the a alone,
about 1/a. So resamples of a = n m / (n + m) customers are as far from R as the
rules of m new customers would be: an m-out-of-n bootstrap (Bickel, Goetze and van
Zwet, Resampling fewer than n observations, Statistica Sinica 7, 1997).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from segkit.core.fit import Stability
from segkit.errors import DataError
from segkit.learn import weighted
from segkit.learn.clusters.sweep import restarts
from segkit.learn.matching import match_groups
from segkit.learn.numbers import Floats, Ints, one_thread, round_digits
from segkit.learn.trees.choose_tree import Explained
from segkit.learn.trees.fit_surrogate import fit_path
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.search import QUICK

RESAMPLES = 10
CONFIDENCE = 0.95
MOST = 5_000  # new customers at most: what is learned from more is no longer other rules


def resample_sizes(n: int) -> tuple[int, int]:
    """Return the rows of a resample of n, and how many new customers it stands for.

    >>> resample_sizes(200), resample_sizes(5_000), resample_sizes(45_000)
    ((100, 200), (2500, 5000), (4500, 5000))
    """
    new = min(n, MOST)
    return round(n * new / (n + new)), new


def measure_stability(
    rows: Rows,
    explained: Explained,
    prepare: Callable[[Ints], Rows],
    ids: Sequence[str],
    seed: int,
) -> Stability | None:
    """Return the share of customers who would be in the same segment with rules from others.

    On each resample all is learned again: the scales, K-Means with the same k (given labels
    stay as they are), and a tree of at most as many leaves. Its segments are paired with the
    published ones by the customers that they share.

    Parameters
    ----------
    rows : Rows
        What the published rules were learned from, n rows.
    prepare : callable
        The rows at these places (a,), on scales of their own; a DataError where they have none.
    ids : sequence of str
        The segment id of each row of the centres.

    Returns
    -------
    Stability or None
        None where the rows are too few: no resample has a tree for k segments.
    """
    size, new = resample_sizes(len(rows.values))
    stays = []
    with one_thread():
        for number in range(RESAMPLES):
            rng = np.random.default_rng([seed, number])
            drawn = rng.integers(0, len(rows.values), size)
            try:
                resample = prepare(drawn)
            except DataError:  # too few distinct rows, or no quartiles
                continue
            segments = _learned_again(rows, explained, resample, drawn, seed + number)
            if segments is not None:
                k = explained.clustering.k
                pairs = match_groups(segments, explained.segments, rows.weight, k)
                stays.append(pairs[segments] == explained.segments)
    if not stays:
        return None
    shares = np.array([weighted.share(same, rows.weight) for same in stays])
    low, high = _interval(shares)
    everywhere = np.mean(stays, axis=0)
    return Stability(
        mean=round_digits(float(shares.mean())),
        low=round_digits(low),
        high=round_digits(high),
        customers=new,
        by_segment={
            id_: round_digits(float(np.average(everywhere[here], weights=rows.weight[here])))
            for place, id_ in sorted(enumerate(ids), key=lambda pair: pair[1])
            if (here := explained.segments == place).any()
        },
    )


def _learned_again(
    rows: Rows, explained: Explained, resample: Rows, drawn: Ints, seed: int
) -> Ints | None:
    """The segment of each row by rules learned from the resample; None where there are none."""
    k = explained.clustering.k
    if rows.counts_mistakes:
        labels = explained.clustering.labels[drawn]
        if len(np.unique(labels)) < k:
            return None
        centers = weighted.group_means(resample.scaled, labels, resample.weight, k)
    elif len(np.unique(resample.scaled, axis=0)) < k:
        return None
    else:
        found = min(restarts(resample.scaled, k, seed, resample.weight), key=lambda c: c.inertia)
        labels, centers = found.labels, found.centers
    counts = rows.counts_mistakes
    resample = replace(resample, labels=labels, centers=centers, counts_mistakes=counts)
    leaf = explained.min_leaf * float(resample.weight.sum() / rows.weight.sum())
    for smallest in (max(1, round(leaf)), 1):
        path = fit_path(resample, explained.surrogate.leaves, smallest, seed, QUICK)
        if path:
            return path[max(path)].predict(rows.values)
    return None


def _interval(shares: Floats) -> tuple[float, float]:
    """Where one more share lies in 95 of 100 cases: mean -+ t s sqrt(1 + 1/n) (Fisher 1935)."""
    from scipy.stats import t

    if len(shares) < 2:
        return 0.0, 1.0
    n, mean = len(shares), float(shares.mean())
    reach = float(t.ppf((1 + CONFIDENCE) / 2, n - 1) * shares.std(ddof=1) * math.sqrt(1 + 1 / n))
    return max(0.0, mean - reach), min(1.0, mean + reach)
