"""Whether customers are in the arms as they should be: if not, no effect means anything."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri

from segkit.experiments.arm_moments import Floats

ALPHA = 0.001  # a mismatch of ratios is a fault of the machinery: it is found, or it is not there


def ratio_mismatch(counts: Floats, expected: Floats) -> Floats:
    """p of the chi-square test that customers fall to the arms by the shares expected; last axis.

    1 where nobody is.
    """
    total = counts.sum(axis=-1, keepdims=True)
    wanted = total * expected / expected.sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        chi2 = np.where(wanted > 0, (counts - wanted) ** 2 / wanted, 0.0).sum(axis=-1)
    return np.asarray(chdtrc(counts.shape[-1] - 1, chi2))


def spent(t: Any, alpha: float = ALPHA) -> Floats:
    """How much of alpha is spent when a share ``t`` of all customers is in (Lan, DeMets 1983).

    The function of O'Brien and Fleming: little at first, all of it at the end.
    """
    z = ndtri(1 - alpha / 2)
    with np.errstate(divide="ignore"):
        return np.asarray(2 * ndtr(-z / np.sqrt(np.clip(t, 0.0, 1.0))))


def daily_mismatch(counts: Floats, expected: Floats, planned_n: float) -> Floats:
    """p of a mismatch looked for every day: of experiments without one, alpha have p < alpha.

    Each look has the part of alpha that is spent on its day, so that the parts add up to alpha
    however many looks there are and however they hang together.

    ``counts`` (..., days, arms): so far, on each day of looking.
    ``expected`` (..., days, arms): how many of each there should be.
    ``planned_n``: how many customers there will be in the end.
    """
    p = ratio_mismatch(counts, np.broadcast_to(expected, counts.shape))
    so_far = spent(counts.sum(axis=-1) / planned_n)
    share = np.diff(so_far, axis=-1, prepend=0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scaled = np.where(share > 0, p * ALPHA / share, 1.0)
    return np.asarray(np.minimum(scaled.min(axis=-1), 1.0))


def missing_mismatch(missing: Floats, n: Floats) -> Floats:
    """p that as many values are missing in every arm: chi-square of independence; last axis."""
    share = missing.sum(axis=-1, keepdims=True) / np.maximum(n.sum(axis=-1, keepdims=True), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        chi2 = np.where(
            (share > 0) & (share < 1) & (n > 0),
            (missing - n * share) ** 2 / (n * share * (1 - share)),
            0.0,
        ).sum(axis=-1)
    return np.asarray(chdtrc(n.shape[-1] - 1, chi2))
