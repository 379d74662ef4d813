"""What is usual: how far a figure has been off in earlier builds, and how sure a test must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.special import ndtr, ndtri

from segkit.monitor.drift.result import EarlierBuild

SPREADS = 3  # an alarm lies further from the usual than so many spreads between builds
ENOUGH = 3  # builds that tell a spread


@dataclass(frozen=True)
class Limits:
    """``gate``: smaller changes are none of anybody's business.

    ``floor``: at least this is the spread between builds; ``early``: while that is unknown, a
    change must be so large.
    """

    gate: float
    floor: float = 0.0
    early: float = 0.0


LIMITS = {
    "shares": Limits(0.01),
    "flow": Limits(0.01, 0.01 / 3, 0.02),
    "events": Limits(0.1, 0.05, 0.2),
    "joiners": Limits(0.2),
    "features": Limits(0.1),
    "metrics": Limits(0.1),
    "new group": Limits(0.01),
    "fidelity": Limits(0.02),
}


def past_figures(
    earlier: Sequence[EarlierBuild], family: str, subject: str | None, segment_id: str | None
) -> list[float]:
    """What a check found in builds without an alarm of its family.

    The last one is left out where there are enough: what has begun there is not usual yet.
    """
    quiet = [build for build in earlier if family not in build.alarms]
    figures = [build.figure(family, subject, segment_id) for build in quiet]
    known = [figure for figure in figures if figure is not None]
    return known[:-1] if len(known) > ENOUGH else known


def leaves_usual(now: float, past: Sequence[float], limits: Limits, noise: float = 0.0) -> bool:
    """Whether a figure is further off than those of earlier builds.

    ``noise`` is what each of these is off by chance alone, which is no spread.
    """
    if len(past) < ENOUGH:
        return abs(now) >= limits.early
    mean = sum(past) / len(past)
    return abs(now - mean) > SPREADS * max(limits.floor, spread(past, noise))


def spread(past: Sequence[float], noise: float = 0.0) -> float:
    """The standard deviation between builds, less what chance makes."""
    if len(past) < ENOUGH:
        return 0.0
    mean = sum(past) / len(past)
    variance = sum((figure - mean) ** 2 for figure in past) / (len(past) - 1)
    return sqrt(max(variance - noise**2, 0.0))


def two_sided(z: float) -> float:
    """The probability of being as far off as ``z``.

    >>> round(two_sided(1.959963984540054), 9)
    0.05
    """
    return float(2 * ndtr(-abs(z)))


def visible(error: float, alpha: float, tests: int) -> float:
    """The change that is found four times in five, if that many tests share ``alpha``."""
    return float(ndtri(1 - alpha / (2 * max(tests, 1))) + ndtri(0.8)) * error
