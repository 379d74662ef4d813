"""The share of a variance that groups explain (eta squared), from sums by group.

Intervals are a grouped jackknife: customers are dealt into parts by a hash of
their key, and each part is left out once. So a table of sums is all that is
needed, however many customers there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segkit.core.usefulness import Estimate
from segkit.learn.numbers import Floats, round_digits

PARTS = 200
_SURE = 0.95


@dataclass(frozen=True, eq=False)
class GroupSums:
    """Of one metric, by part (rows) and group (columns): count, sum, sum of squares.

    Values are taken from near their mean, or the squares cancel. Customers
    without a value are in none of the cells.
    """

    n: Floats
    total: Floats
    squares: Floats

    @property
    def known(self) -> int:
        return int(self.n.sum())

    @property
    def groups(self) -> int:
        """Number of groups with somebody in them."""
        return int((self.n.sum(axis=0) > 0).sum())


def explained_share(n: Floats, total: Floats, squares: Floats) -> Floats:
    """Return the sum of squares between groups over that of all; 0 where nothing varies.

    Groups are along the last axis.

    >>> n, total, squares = np.array([2.0, 2.0]), np.array([-2.0, 2.0]), np.array([4.0, 4.0])
    >>> float(explained_share(n, total, squares))  # -2, 0 and 0, 2
    0.5
    """
    everyone = n.sum(axis=-1)
    mean_part = total.sum(axis=-1) ** 2 / np.maximum(everyone, 1.0)
    between = (total**2 / np.maximum(n, 1.0)).sum(axis=-1) - mean_part
    whole = squares.sum(axis=-1) - mean_part
    share = np.divide(between, whole, out=np.zeros_like(whole), where=whole > 0)
    return np.asarray(np.clip(share, 0.0, 1.0))


def estimate_share(sums: GroupSums) -> Estimate:
    """Return the share that the groups explain, with its interval."""
    value, left_out = _jackknife(sums)
    estimate = _estimate(value, left_out)
    return Estimate(estimate.value, max(estimate.low, 0.0), min(estimate.high, 1.0))


def adjusted_share(sums: GroupSums) -> float:
    """The share less what so many groups explain by chance, as an adjusted R squared: for ranks.

    >>> two = np.array([[2.0, 2.0]]), np.array([[-2.0, 2.0]]), np.array([[4.0, 4.0]])
    >>> adjusted_share(GroupSums(*two))
    0.25
    """
    n, total, squares = (each.sum(axis=0) for each in (sums.n, sums.total, sums.squares))
    left = 1 - float(explained_share(n, total, squares))
    return 1 - left * (sums.known - 1) / max(sums.known - sums.groups, 1)


def estimate_difference(one: GroupSums, other: GroupSums) -> Estimate:
    """Return one share minus the other's, of the same customers: what both miss cancels out."""
    (value, left_out), (other_value, other_left_out) = _jackknife(one), _jackknife(other)
    return _estimate(value - other_value, left_out - other_left_out)


def random_share(groups: int, known: int) -> tuple[float, float]:
    """Return what random groups of the same sizes explain: on average, and at most in 95 %.

    The average is exact, (k - 1) / (n - 1), whatever the values and the sizes. The
    quantile is that of normal values: the share has a beta distribution.
    """
    from scipy.special import betaincinv  # scipy.stats takes three times as long to import

    if groups < 2 or known <= groups:
        return 0.0, 0.0
    mean = (groups - 1) / (known - 1)
    high = float(betaincinv((groups - 1) / 2, (known - groups) / 2, _SURE))
    return round_digits(mean), round_digits(high)


def _jackknife(sums: GroupSums) -> tuple[float, Floats]:
    """The share, and the share without each of the parts that have somebody in them."""
    there = sums.n.sum(axis=1) > 0
    parts = [each[there] for each in (sums.n, sums.total, sums.squares)]
    whole = [part.sum(axis=0) for part in parts]
    value = float(explained_share(*whole))
    return value, explained_share(*(all_ - part for all_, part in zip(whole, parts, strict=True)))


def _estimate(value: float, left_out: Floats) -> Estimate:
    from scipy.special import stdtrit

    parts = len(left_out)
    if parts < 2:
        return Estimate(round_digits(value), -1.0, 1.0)
    error = np.sqrt((parts - 1) / parts * ((left_out - left_out.mean()) ** 2).sum())
    reach = float(stdtrit(parts - 1, (1 + _SURE) / 2) * error)
    low, high = max(value - reach, -1.0), min(value + reach, 1.0)
    return Estimate(round_digits(value), round_digits(low), round_digits(high))
