"""Statistics of rows that stand for several customers each.

A weight is how many customers a row stands for: every figure is the one of the
rows written down so many times, so weights of 1 change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segkit.learn.numbers import Floats, Ints, exact_sum

NEAR = 1e-9  # of all customers: so much is rounding in a sum of weights
PLAINLY = 1e-3  # of a correlation: more than rounding takes


@dataclass(frozen=True, eq=False)
class Drawn:
    """Places of some of the rows, and how many rows each stands for."""

    chosen: Ints
    times: Floats


def draw(parts: Sequence[Floats], how_many: int) -> Drawn:
    """Return about so many rows, the same each time: an equal part of the draws by each weight.

    Rows that a weight favours stay for certain; whoever is drawn by chance stands for the
    others (Bachem, Lucic and Krause 2018, Scalable k-means clustering via lightweight coresets).

    >>> draw([np.ones(8), np.array([1.0, 0, 0, 0, 0, 0, 0, 0])], 2).times[0]
    1.0
    """
    share = np.mean([part / part.sum() for part in parts if part.sum() > 0], axis=0)
    likely = np.minimum(1.0, how_many * share)
    chosen = np.flatnonzero(np.random.default_rng(0).random(len(likely)) < likely)
    return Drawn(chosen, 1 / likely[chosen])


def mean(values: Floats, weight: Floats) -> float:
    """Return the mean from exact sums, whatever the order."""
    return exact_sum(values * weight) / exact_sum(weight)


def moments(values: Floats, weight: Floats) -> tuple[float, float, float]:
    """Return mean, standard deviation and skew; the skew of equal values is 0."""
    center, total = mean(values, weight), exact_sum(weight)
    step = values - center
    sd = float(np.sqrt(exact_sum(step**2 * weight) / total))
    skew = exact_sum((step / sd) ** 3 * weight) / total if sd > 0 else 0.0
    return center, sd, skew


def group_means(X: Floats, groups: Ints, weight: Floats, size: int) -> Floats:
    """Return the mean (size, d) of each group's rows; 0 for a group without any.

    >>> group_means(np.array([[1.0], [5.0], [7.0]]), np.array([0, 0, 2]), np.array([3.0, 1, 1]), 3)
    array([[2.],
           [0.],
           [7.]])
    """
    total = np.bincount(groups, weight, minlength=size)
    columns = np.ascontiguousarray(X.T)  # row by row each of them would be read through all of X
    sums = [np.bincount(groups, column * weight, minlength=size) for column in columns]
    return np.asarray(np.stack(sums, axis=1) / np.where(total > 0, total, 1.0)[:, None])


def share(chosen: NDArray[np.bool_], weight: Floats) -> float:
    """Return the share of the customers that the chosen rows stand for.

    >>> share(np.array([True, False]), np.array([3.0, 1.0]))
    0.75
    """
    return float(weight[chosen].sum() / weight.sum())


def count(chosen: NDArray[np.bool_], weight: Floats) -> int:
    """Return how many customers the chosen rows stand for, to the nearest one."""
    return round(float(weight[chosen].sum()))


def quantiles(values: Floats, weight: Floats, shares: Sequence[float]) -> Floats:
    """Return quantiles as ``np.quantile`` has them of the rows repeated: between two neighbours.

    >>> quantiles(np.array([9.0, 1.0]), np.array([1.0, 3.0]), (0.5, 0.75, 1.0))
    array([1., 3., 9.])
    """
    ordered, upto = in_order(values, weight)
    place = (upto[-1] - 1) * np.asarray(shares)
    below = np.floor(place)
    part = place - below
    low, high = (_at(ordered, upto, at) for at in (below, below + 1))
    step = high - low
    # from the nearer end, as numpy does, to the last bit
    return np.asarray(np.where(part >= 0.5, high - step * (1 - part), low + step * part))


def median(values: Floats, weight: Floats) -> float:
    """Return the median of the known values; NaN is left out."""
    known = np.isfinite(values)
    return middle(values[known], weight[known], 1, 2)


def middle(values: Floats, weight: Floats, part: int, of: int) -> float:
    """Return the quantile part/of, the same if every value stood there twice.

    >>> middle(np.array([9.0, 1.0, 4.0, 2.0]), np.ones(4), 1, 2)
    3.0
    """
    low, high = beside(values, weight, part, of)
    return low if low == high else (low + high) / 2


def beside(values: Floats, weight: Floats, part: int, of: int) -> tuple[float, float]:
    """Return the values below and above the quantile part/of; the same if it is one of them."""
    ordered, upto = in_order(values, weight)
    place, near = upto[-1] * part / of, NEAR * upto[-1]
    last = len(ordered) - 1
    low = ordered[min(last, int(np.searchsorted(upto, place - near)))]
    high = ordered[min(last, int(np.searchsorted(upto, place + near, "right")))]
    return float(low), float(high)


def in_order(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return the sorted values, and the weight up to each of them."""
    if len(weight) and (weight == weight[0]).all():  # a fifth of the time
        return np.sort(values), np.cumsum(weight)
    order = np.argsort(values, kind="stable")
    return values[order], np.cumsum(weight[order])


def _at(ordered: Floats, upto: Floats, place: Floats) -> Floats:
    """What stands at a place, from 0, of the values repeated."""
    found = np.searchsorted(upto, place + NEAR * upto[-1], "right")
    return np.asarray(ordered[np.minimum(found, len(ordered) - 1)])


def standardised(values: Floats, weight: Floats) -> Floats | None:
    """Return values whose dot product with another column's is Pearson's r, but for rounding.

    None where one is not finite, or they do not vary.
    """
    if not np.isfinite(values).all() or np.ptp(values) == 0:
        return None
    step = (values - np.average(values, weights=weight)) * np.sqrt(weight)
    length = float(np.sqrt(step @ step))
    return np.asarray(step / length) if length > 0 else None


def may_reach(one: Floats | None, other: Floats | None, least: float) -> bool:
    """False for two standardised columns that are plainly less correlated: a pair in a hundred
    needs the exact figure, which takes a hundred times as long.
    """
    return one is None or other is None or abs(float(one @ other)) > least - PLAINLY


def correlation(one: Floats, other: Floats, weight: Floats) -> float | None:
    """Return Pearson's r; None where one of them does not vary, or fewer than three rows count."""
    if len(one) < 3 or min(np.ptp(one), np.ptp(other)) == 0:
        return None
    covariance = np.cov(one, other, ddof=0, aweights=weight)
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))
