"""Effects of arms against the control: intervals at a fixed end, or at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtr, stdtrit

from segkit.experiments.arm_moments import ArmMeans, Floats

ALPHA = 0.05
FIELLER_WITHIN = 5.0  # standard errors of the control's mean from 0: a log of it says too little
ONE = 1.0


@dataclass(frozen=True)
class Effects:
    """By segment and arm other than the control, which is the first.

    ``lift`` is relative to the control; its ends are infinite where nothing is known.
    """

    effect: Floats
    se: Floats
    df: Floats
    low: Floats
    high: Floats
    p: Floats
    lift: Floats
    lift_low: Floats
    lift_high: Floats


def effects(means: ArmMeans, alpha: float = ALPHA) -> Effects:
    """Welch's test and interval; the lift by ``relative``."""
    diff, var, df = _differences(means)
    se = np.sqrt(var)
    t = stdtrit(df, 1 - alpha / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(df, -np.abs(diff) / se)
    p = np.where(se > 0, p, np.where(diff == 0, 1.0, 0.0))
    return Effects(diff, se, df, diff - t * se, diff + t * se, p, *relative(means, t, alpha))


def sequential(means: ArmMeans, planned_n: float, alpha: float = ALPHA) -> Effects:
    """An asymptotic confidence sequence: its intervals hold at all times together.

    Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2024), theorem 2.2, narrowest at half the
    planned number of customers. p is the least alpha whose interval leaves out 0.

    ``planned_n``: of all arms together; a segment's, by its share of them.
    """
    diff, var, df = _differences(means)
    se, n = np.sqrt(var), means.n.sum(axis=-1)[..., None]
    whole = np.maximum(means.n.sum(axis=(-2, -1)), 1.0)[..., None, None]
    rho2 = tuned(np.maximum(planned_n * n / whole / 2, ONE), alpha)
    factor = sequence_factor(n, rho2, alpha)
    half = se * factor
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        z2 = np.where(se > 0, (diff / se) ** 2, 0.0)
        p = np.sqrt(n * rho2 + 1) * np.exp(-z2 * n * rho2 / (2 * (n * rho2 + 1)))
    p = np.minimum(p, 1.0)
    return Effects(diff, se, df, diff - half, diff + half, p, *relative(means, factor))


def tuned(n: Any, alpha: float = ALPHA) -> Any:
    """The rho^2 for which a confidence sequence is narrowest at ``n``."""
    spent = -2 * np.log(alpha)
    return (spent + np.log(spent + 1)) / n


def sequence_factor(n: Any, rho2: Any, alpha: float = ALPHA) -> Any:
    """Half the width of the sequence in standard errors of the mean of ``n``.

    >>> round(float(sequence_factor(1000.0, tuned(1000.0))), 3)
    3.035
    """
    spread = n * rho2 + 1
    return np.sqrt(2 * spread / (n * rho2) * np.log(np.sqrt(spread) / alpha))


def _differences(means: ArmMeans) -> tuple[Floats, Floats, Floats]:
    diff = means.mean[..., 1:] - means.mean[..., :1]
    var = means.var[..., 1:] + means.var[..., :1]
    spread = means.spread[..., 1:] + means.spread[..., :1]
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.where(spread > 0, var**2 / np.where(spread > 0, spread, 1.0), np.inf)
    return diff, var, np.asarray(df)


def relative(means: ArmMeans, t: Any, alpha: float | None = None) -> tuple[Floats, Floats, Floats]:
    """The lift and its interval, ``t`` errors wide: the delta method on the log of the ratio.

    Fieller's interval where the control's mean is within 5 standard errors of 0, or a mean is
    not above 0, where there is no log. With ``alpha``, errors of the log are counted by
    degrees of freedom of its own.
    """
    control, other = means.mean[..., :1], means.mean[..., 1:]
    vc, vo = means.var[..., :1], means.var[..., 1:]
    with np.errstate(all="ignore"):
        ratio = other / control
        log_var = vo / other**2 + vc / control**2
        log_spread = means.spread[..., 1:] / other**4 + means.spread[..., :1] / control**4
        width = t if alpha is None else stdtrit(log_var**2 / log_spread, 1 - alpha / 2)
        half = width * np.sqrt(log_var)
        low, high = ratio * np.exp(-half) - 1, ratio * np.exp(half) - 1
        is_near = (control <= FIELLER_WITHIN * np.sqrt(vc)) | (other <= 0)
        f_low, f_high = fieller(other, control, vo, vc, t)
        lift = np.where(control == 0, np.nan, ratio - 1)
        return (
            lift,
            np.where(is_near, f_low - 1, low),
            np.where(is_near, f_high - 1, high),
        )


def fieller(a: Any, b: Any, va: Any, vb: Any, t: Any) -> tuple[Floats, Floats]:
    """Fieller's interval of a / b, of independent a and b; infinite where b may be 0."""
    g = t**2 * vb / b**2
    ratio = a / b
    root = np.sqrt(np.maximum(va + ratio**2 * vb - g * va, 0.0))
    half = t / np.abs(b) * root
    is_open = ~(g < 1)
    low = np.where(is_open, -np.inf, (ratio - half) / (1 - g))
    high = np.where(is_open, np.inf, (ratio + half) / (1 - g))
    return low, high
