"""How many customers an experiment needs, and what it cannot see."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

ALPHA, POWER = 0.05, 0.80


def factor(alpha: float = ALPHA, power: float = POWER) -> float:
    """Standard errors that an effect has to be large to be found with that probability."""
    return float(ndtri(1 - alpha / 2) + ndtri(power))


def customers(effect: Any, sd: Any, sd_other: Any, shares: tuple[float, float]) -> Any:
    """How many customers both arms need together, of arms with these shares.

    >>> [round(float(customers(d, 1.0, 1.0, (0.5, 0.5)) / 2)) for d in (0.05, 0.1, 0.2)]
    [6279, 1570, 392]
    """
    first, second = (share / sum(shares) for share in shares)
    return factor() ** 2 * (sd**2 / first + sd_other**2 / second) / effect**2


def detectable(sd: Any, n: Any, shares: tuple[float, float]) -> Any:
    """The least effect found with 80 % among ``n`` customers of both arms."""
    first, second = (share / sum(shares) for share in shares)
    return factor() * sd * np.sqrt((1 / first + 1 / second) / np.maximum(n, 1.0))


def detectable_difference(mde: Any) -> Any:
    """The least difference between two segments' effects, for each pair: (segments, segments)."""
    mde = np.asarray(mde)
    return np.sqrt(mde[:, None] ** 2 + mde[None, :] ** 2)
