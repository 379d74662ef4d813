"""How stable the rules are: who would be in the same segment with rules from other customers.

The customers are split in two at random, and rules are learned from each half: the two
differ as the rules of two samples do. Resamples of all customers do not: among solutions
that cost about the same, K-Means finds the one that the customers prefer whom a resample
shares with the published rules (of a cloud without groups that says .1 too much). After
Lange, Roth, Braun and Buhmann 2004, Stability-based validation of clustering solutions,
Neural Computation 16: there a classifier says what one half makes of the other, here the rules.
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
from segkit.learn.numbers import Floats, Ints, distinct_rows, one_thread, round_digits
from segkit.learn.trees.choose_tree import Explained
from segkit.learn.trees.fit_surrogate import fit_path
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.search import QUICK

PAIRS = 6  # of halves; more of them make the interval a little narrower
CONFIDENCE = 0.95
ALIKE = 0.25  # r / (1 - r), where r = .2 is how alike the shares of two splits are, as simulated
MOST = 5_000  # customers of a half: what is learned from more is no longer other rules


def split(weight: Floats, seed: Sequence[int]) -> tuple[Ints, Ints]:
    """Return the rows of two halves, which share none: at most ``MOST`` each.

    A row that stands for several customers is drawn in proportion to its weight.
    """
    rng = np.random.default_rng(seed)
    order, size = rng.permutation(len(weight)), len(weight) // 2
    halves = order[:size], order[size : 2 * size]
    if (weight == weight[0]).all():
        return halves[0][:MOST], halves[1][:MOST]
    one, other = (
        rng.choice(half, min(size, MOST), p=weight[half] / weight[half].sum()) for half in halves
    )
    return one, other


def measure_stability(
    rows: Rows, explained: Explained, prepare: Callable[[Ints], Rows], ids: Sequence[str], seed: int
) -> Stability | None:
    """Return the share of customers who would be in the same segment with rules from others.

    On each half all is learned again: the scales, K-Means with the same k (given labels
    stay as they are), and a tree of at most as many leaves. Segments of two halves are
    paired by the customers that they share. None where the rows are too few: no two halves
    have trees for k segments.

    ``rows``: what the published rules were learned from.
    ``prepare``: the rows at these places, of weight 1 and on scales of their own; a DataError
    where they have none.
    ``ids``: the segment id of each row of the centres.
    """
    k, stays = explained.clustering.k, []
    with one_thread():
        for number in range(PAIRS):
            halves = split(rows.weight, [seed, number])
            found = [
                _learned_again(rows, explained, prepare, half, seed + 2 * number + place)
                for place, half in enumerate(halves)
            ]
            if found[0] is not None and found[1] is not None:
                pairs = match_groups(found[0], found[1], rows.weight, k)
                stays.append(pairs[found[0]] == found[1])
    if not stays:
        return None
    shares = np.array([weighted.share(same, rows.weight) for same in stays])
    customers = min(len(rows.values) // 2, MOST)
    low, high = _interval(shares, customers / len(rows.values))
    everywhere = np.mean(stays, axis=0)
    return Stability(
        mean=round_digits(float(shares.mean())),
        low=round_digits(low),
        high=round_digits(high),
        customers=customers,
        by_segment={
            id_: round_digits(float(np.average(everywhere[here], weights=rows.weight[here])))
            for place, id_ in sorted(enumerate(ids), key=lambda pair: pair[1])
            if (here := explained.segments == place).any()
        },
        resamples=2 * len(stays),
    )


def _learned_again(
    rows: Rows, explained: Explained, prepare: Callable[[Ints], Rows], drawn: Ints, seed: int
) -> Ints | None:
    """The segment of each row by rules learned from those drawn; None where there are none."""
    try:
        resample = prepare(drawn)
    except DataError:  # too few distinct rows, or no quartiles
        return None
    k = explained.clustering.k
    if rows.counts_mistakes:
        labels = explained.clustering.labels[drawn]
        if len(np.unique(labels)) < k:
            return None
        centers = weighted.group_means(resample.scaled, labels, resample.weight, k)
    elif distinct_rows(resample.scaled, k) < k:
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


def _interval(shares: Floats, part: float) -> tuple[float, float]:
    """Where the share of rules from new customers lies in 95 of 100 cases.

    One more share lies at mean -+ t s sqrt(1 + 1/n) if all have nothing to do with one another
    (Fisher 1935). The splits are of the same customers, so their shares are alike by r and s is
    too small: r / (1 - r) is added under the root (Nadeau and Bengio 2003, Inference for the
    generalization error, Machine Learning 52). And the published rules are of all N customers:
    a cut of rules from m of them has a variance of 1 / m, so between theirs and new ones lie
    sqrt(1/N + 1/m) where halves show sqrt(2/m). That holds for cuts; which of several solutions
    K-Means takes differs as between halves. The upper end is that of the one, the lower end that
    of the other.

    ``part``: the customers of a half over all, m / N.
    """
    from scipy.special import stdtrit

    if len(shares) < 2:
        return 0.0, 1.0
    n, mean, steadier = len(shares), float(shares.mean()), math.sqrt((1 + part) / 2)
    error = float(shares.std(ddof=1)) * math.sqrt(1 + 1 / n + ALIKE)
    reach = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * error
    return max(0.0, mean - reach), min(1.0, 1 - steadier * (1 - mean) + reach)
