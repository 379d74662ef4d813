"""Distances between histograms that people ask for, beside what they are by chance alone."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtri

from segkit.core.drift_result import Check
from segkit.learn.numbers import Floats
from segkit.monitor.drift.evidence import Evidence


def _shares(before: Floats, now: Floats) -> tuple[Floats, Floats]:
    """Shares of bins that anybody is in; half a customer more in each, where one is empty."""
    kept = before + now > 0
    before, now = before[kept], now[kept]
    if not (before.all() and now.all()):
        before, now = before + 0.5, now + 0.5
    return before / before.sum(), now / now.sum()


def psi(before: Floats, now: Floats) -> float:
    """The population stability index.

    >>> psi(np.array([5.0, 5.0]), np.array([50.0, 50.0]))
    0.0
    """
    share0, share1 = _shares(before, now)
    return float(((share1 - share0) * np.log(share1 / share0)).sum())


def jensen_shannon(before: Floats, now: Floats) -> float:
    """The Jensen-Shannon divergence: from 0 to ln 2."""
    share0, share1 = _shares(before, now)
    middle = (share0 + share1) / 2
    apart = share0 * np.log(share0 / middle) + share1 * np.log(share1 / middle)
    return float(apart.sum() / 2)


def psi_by_chance(before: Floats, now: Floats) -> tuple[float, float]:
    """The PSI of unchanged customers: on average, and at most in 95 %."""
    freedom = int((before + now > 0).sum()) - 1
    scale = 1 / before.sum() + 1 / now.sum()
    high = float(chdtri(freedom, 0.05)) if freedom else 0.0
    return float(scale * freedom), float(scale * high)


def told_distances(evidence: Evidence) -> list[Check]:
    """Rows ``psi`` and ``js``; ``low`` and ``high`` are the mean and 95 % of it by chance."""
    rows = []
    for name, (before, now) in evidence.histograms.items():
        if not before.sum() or not now.sum():
            continue
        chance = psi_by_chance(before, now)
        where = (evidence.as_of, "fit")
        rows.append(Check(*where, "psi", name, None, psi(before, now), *chance))  # type: ignore[arg-type]
        js = jensen_shannon(before, now)
        # near 0 the one is eight times the other
        eighth = (chance[0] / 8, chance[1] / 8)
        rows.append(Check(*where, "js", name, None, js, *eighth))  # type: ignore[arg-type]
    return rows
