"""Counts, means and covariances of arms, as they come from one GROUP BY; and what is made of them.

Arrays: ``...`` are experiments (a simulation has thousands), then strata, then arms, then
values. The first value is the metric; of a ratio the second is what it is divided by; the
others are covariates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MIN_CUSTOMERS = 2  # of an arm in a stratum: a variance needs two


@dataclass(frozen=True)
class Moments:
    """``n`` (..., strata, arms), ``mean`` (..., values), ``cov`` (..., values, values).

    ``segment`` and ``known`` are of strata: the segment's position, and whether the
    covariates are known of its customers.
    """

    n: Floats
    mean: Floats
    cov: Floats
    segment: NDArray[np.int64]
    known: NDArray[np.bool_]
    is_ratio: bool = False

    @staticmethod
    def of_sums(
        n: Floats, sums: Floats, products: Floats, segment: Any, known: Any, *, is_ratio: bool
    ) -> Moments:
        """From sums and sums of products; they should be of values less a constant near the mean.

        ``sample`` covariances, with n - 1; zero where there are not two customers.
        """
        count = np.maximum(n, 1.0)
        mean = sums / count[..., None]
        outer = mean[..., :, None] * mean[..., None, :]
        spread = products - n[..., None, None] * outer
        cov = spread / np.maximum(n - 1, 1.0)[..., None, None]
        cov = np.where((n >= MIN_CUSTOMERS)[..., None, None], cov, 0.0)
        return Moments(n, mean, cov, np.asarray(segment), np.asarray(known, bool), is_ratio)

    def shifted(self, by: Floats) -> Moments:
        """The moments of the values plus a constant."""
        return replace(self, mean=self.mean + by)

    @property
    def segments(self) -> int:
        return int(self.segment.max()) + 1 if len(self.segment) else 0

    def usable(self) -> Moments:
        """Without strata in which an arm has too few customers to be compared."""
        kept = (self.n >= MIN_CUSTOMERS).all(axis=(*range(self.n.ndim - 2), self.n.ndim - 1))
        return self.only(np.asarray(kept))

    def only(self, kept: NDArray[np.bool_]) -> Moments:
        return Moments(
            self.n[..., kept, :],
            self.mean[..., kept, :, :],
            self.cov[..., kept, :, :, :],
            self.segment[kept],
            self.known[kept],
            self.is_ratio,
        )


@dataclass(frozen=True)
class ArmMeans:
    """By segment and arm: the mean, its variance, customers; ``spread`` is for degrees of freedom.

    ``spread`` is the sum of (variance of a part)^2 / (n of the part - 1), as Welch has it.
    """

    n: Floats
    mean: Floats
    var: Floats
    spread: Floats
    known: NDArray[np.bool_]  # segments that have customers in every arm

    @property
    def weight(self) -> Floats:
        """Shares of the segments, of all arms."""
        n = self.n.sum(axis=-1) * self.known
        return np.asarray(n / n.sum(axis=-1, keepdims=True))

    def overall(self) -> ArmMeans:
        """All segments together, each by its share: one segment."""
        w = self.weight[..., None]
        return ArmMeans(
            self.n.sum(axis=-2, keepdims=True),
            (w * self.mean).sum(axis=-2, keepdims=True),
            (w**2 * self.var).sum(axis=-2, keepdims=True),
            (w**4 * self.spread).sum(axis=-2, keepdims=True),
            np.array([True]),
        )


def arm_means(moments: Moments, *, adjust: bool = True) -> ArmMeans:
    """Means by segment and arm: strata weighted by their customers, covariates adjusted for.

    A ratio is of sums, its variance by the delta method (Deng and others, 2018). CUPED
    (Deng and others, 2013): theta is pooled over arms and strata of a segment, and what it
    takes off is held against the stratum's mean, so a mean stays near that of the arm.
    Customers whose covariates are not known are strata of their own, and not adjusted.
    """
    value, var, cross = _linear(moments)
    n, first = moments.n, 2 if moments.is_ratio else 1
    x, sxx = moments.mean[..., first:], moments.cov[..., first:, first:]
    if adjust and x.shape[-1]:
        theta = _theta(moments, value, cross, sxx)
        pooled = (n[..., None] * x).sum(axis=-2, keepdims=True)
        pooled = pooled / np.maximum(n.sum(axis=-1), 1.0)[..., None, None]
        value = value - np.einsum("...kp,...kap->...ka", theta, x - pooled)
        quadratic = np.einsum("...kp,...kapq,...kq->...ka", theta, sxx, theta)
        var = var - 2 * np.einsum("...kp,...kap->...ka", theta, cross) + quadratic
    var = np.maximum(var, 0.0) / np.maximum(n, 1.0)
    return _by_segment(moments, value, var)


def _linear(moments: Moments) -> tuple[Floats, Floats, Floats]:
    """The value of each arm in each stratum, its variance a customer, and that with covariates."""
    mean, cov = moments.mean, moments.cov
    if not moments.is_ratio:
        return mean[..., 0], cov[..., 0, 0], cov[..., 0, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = mean[..., 0] / mean[..., 1]
        square = cov[..., 0, 0] - 2 * ratio * cov[..., 0, 1] + ratio**2 * cov[..., 1, 1]
        cross = (cov[..., 0, 2:] - ratio[..., None] * cov[..., 1, 2:]) / mean[..., 1][..., None]
        return ratio, square / mean[..., 1] ** 2, cross


def _theta(moments: Moments, value: Floats, cross: Floats, sxx: Floats) -> Floats:
    """The regression on the covariates, of each stratum's segment; 0 where they are not known."""
    first = 2 if moments.is_ratio else 1
    count = moments.n * moments.known[:, None]
    weight = np.maximum(moments.n - 1, 0.0) * moments.known[:, None]
    member = _membership(moments)
    total = np.maximum(count.sum(axis=-1, keepdims=True), 1.0)
    x = moments.mean[..., first:]
    x = x - (count[..., None] * x).sum(axis=-2, keepdims=True) / total[..., None]
    y = value - (count * value).sum(axis=-1, keepdims=True) / total
    s_xy = np.einsum("sk,...ka,...kap->...sp", member, weight, cross)
    s_xy = s_xy + np.einsum("sk,...ka,...ka,...kap->...sp", member, count, y, x)
    s_xx = np.einsum("sk,...ka,...kapq->...spq", member, weight, sxx)
    s_xx = s_xx + np.einsum("sk,...ka,...kap,...kaq->...spq", member, count, x, x)
    theta = np.einsum("...spq,...sq->...sp", np.linalg.pinv(s_xx, hermitian=True), s_xy)
    return np.asarray(np.einsum("sk,...sp->...kp", member, theta) * moments.known[:, None])


def _membership(moments: Moments) -> Floats:
    return np.asarray(np.arange(moments.segments)[:, None] == moments.segment, dtype=float)


def _by_segment(moments: Moments, value: Floats, var: Floats) -> ArmMeans:
    member, n = _membership(moments), moments.n
    total = np.einsum("sk,...ka->...s", member, n)
    share = n.sum(axis=-1) / np.einsum("sk,...s->...k", member, np.maximum(total, 1.0))
    spread = var**2 / np.maximum(n - 1, 1.0)

    def over_strata(what: Floats, power: int) -> Floats:
        return np.asarray(np.einsum("sk,...k,...ka->...sa", member, share**power, what))

    return ArmMeans(
        np.asarray(np.einsum("sk,...ka->...sa", member, n)),
        over_strata(value, 1),
        over_strata(var, 2),
        over_strata(spread, 4),
        np.asarray(member.any(axis=1)),
    )
