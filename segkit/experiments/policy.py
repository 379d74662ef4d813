"""Which arm for which segment, and what that is worth over the best arm for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from segkit.experiments.arm_moments import Floats
from segkit.experiments.by_segment import deviation, shrink

FOLDS = 5
ALPHA = 0.05


@dataclass(frozen=True)
class PolicyValue:
    """``arms`` (..., segments) and ``best`` (...) are positions of arms; ``gain`` a customer.

    ``by_segment``: the lower end is above 0. Else it is one arm for all, ``best``.
    """

    arms: NDArray[np.int64]
    best: NDArray[np.int64]
    gain: Floats
    low: Floats
    high: Floats

    @property
    def by_segment(self) -> NDArray[np.bool_]:
        return np.asarray(self.low > 0)


def policy_value(n: Floats, mean: Floats, var: Floats, alpha: float = ALPHA) -> PolicyValue:
    """Choose by shrunk effects, and value what is chosen on customers who had no say in it.

    Cross-fitted (Athey, Wager 2021; as policytree): for each fold, arms are chosen from the
    other folds, and their worth is taken from the fold. The gain over the best arm for all is
    the least of those over each arm, and so are its ends: which arm that is, is not chosen.

    ``n``, ``mean``, ``var`` (..., folds, segments, arms): customers, mean and variance of the mean;
    more is better.
    """
    folds = n.shape[-3]
    weight = n.sum(axis=(-3, -1))
    weight = weight / weight.sum(axis=-1, keepdims=True)
    gains, variances = [], []
    for fold in range(folds):
        chosen, _ = choose(*_pooled(n, mean, var, np.arange(folds) != fold), weight)
        gain, variance = _gains(mean[..., fold, :, :], var[..., fold, :, :], weight, chosen)
        gains.append(gain)
        variances.append(variance)
    gain = np.mean(gains, axis=0)
    half = ndtri(1 - alpha / 2) * np.sqrt(np.sum(variances, axis=0)) / folds
    chosen, best = choose(*_pooled(n, mean, var, np.ones(folds, bool)), weight)
    ends = ((gain + side * half).min(axis=-1) for side in (0, -1, 1))
    return PolicyValue(chosen, best, *ends)


def choose(
    n: Floats, mean: Floats, var: Floats, weight: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the arm of each segment, by shrunk effects against the control, and the best."""
    best = (weight[..., None] * mean).sum(axis=-2).argmax(axis=-1)
    effect = mean[..., 1:] - mean[..., :1]
    se = np.sqrt(var[..., 1:] + var[..., :1])
    shrunk, _ = shrink(effect, se, deviation(n, var), axis=-2)
    worth = np.concatenate([np.zeros_like(mean[..., :1]), np.nan_to_num(shrunk)], axis=-1)
    return worth.argmax(axis=-1), best


def _pooled(
    n: Floats, mean: Floats, var: Floats, folds: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    n, mean, var = n[..., folds, :, :], mean[..., folds, :, :], var[..., folds, :, :]
    total = n.sum(axis=-3)
    share = n / np.maximum(total, 1.0)[..., None, :, :]
    return total, (share * mean).sum(axis=-3), (share**2 * var).sum(axis=-3)


def _gains(
    mean: Floats, var: Floats, weight: Floats, chosen: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """What the policy is worth over each arm for all, a customer; and the variance."""
    at = chosen[..., None]
    differs = at != np.arange(mean.shape[-1])
    gain = np.where(differs, np.take_along_axis(mean, at, axis=-1) - mean, 0.0)
    variance = np.where(differs, np.take_along_axis(var, at, axis=-1) + var, 0.0)
    weight = weight[..., None]
    return (weight * gain).sum(axis=-2), (weight**2 * variance).sum(axis=-2)
