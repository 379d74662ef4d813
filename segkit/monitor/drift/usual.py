"""What is usual: how far a figure has been off in earlier builds, and how sure a test must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import mean, variance

from scipy.special import ndtr, ndtri

from segkit.core.drift_result import EarlierBuild

SPREADS = 3  # an alarm lies further from the usual than so many spreads between builds
ENOUGH = 3  # builds that tell a spread
_PRIOR = 4  # so few tell it badly: as if so many more had told that of the floor


@dataclass(frozen=True)
class Limits:
    """``gate``: smaller changes are none of anybody's business.

    ``floor``: at least this is the spread between builds; ``early``: while that is unknown, a
    change must be so large. A season comes by degrees: a change is sudden from ``step`` on, or
    larger than a season from ``room`` on.
    """

    gate: float
    floor: float = 0.0
    early: float = 0.0
    step: float = 0.0
    room: float = inf


LIMITS = {
    "shares": Limits(0.01, 0.0125 / 3, 0.06, 0.0225, 0.06),
    "flow": Limits(0.01, 0.01 / 3, 0.02, 0.01, 0.05),
    "events": Limits(0.1, 0.045, 0.25, 0.14, 0.35),
    "joiners": Limits(0.2),
    "features": Limits(0.1),
    "metrics": Limits(0.1, 0.04, 0.3, 0.13, 0.5),
    "new group": Limits(0.01),
    "fidelity": Limits(0.02),
}


def past_figures(
    earlier: Sequence[EarlierBuild], family: str, subject: str | None, segment_id: str | None
) -> list[float]:
    """What a check found in builds without an alarm of its family."""
    quiet = [build for build in earlier if family not in build.alarms]
    figures = [build.figure(family, subject, segment_id) for build in quiet]
    return [figure for figure in figures if figure is not None]


def leaves_usual(
    now: float,
    past: Sequence[float],
    limits: Limits,
    noise: float = 0.0,
    *,
    is_moved: bool = False,
) -> bool:
    """Whether a figure is further off than those of earlier builds.

    ``noise`` is what each of these is off by chance alone, which is no spread. ``is_moved``: it
    is known already that the change was sudden.
    """
    away = abs(now - (mean(_known(past)) if len(past) >= ENOUGH else 0.0))
    step = max(limits.step, 2 * noise) if limits.step else 0.0
    is_sudden = is_moved or not past or abs(now - past[-1]) >= step
    return away > reach(past, limits, noise) and (is_sudden or away >= limits.room)


def reach(past: Sequence[float], limits: Limits, noise: float = 0.0) -> float:
    """How far off the usual a figure may be."""
    known = _known(past)
    if len(known) < ENOUGH:
        return limits.early
    n, told = len(known) - 1, variance(known) - noise**2
    square = (n * told + _PRIOR * limits.floor**2) / (n + _PRIOR)
    return SPREADS * max(limits.floor, sqrt(max(square, 0.0)))


def _known(past: Sequence[float]) -> Sequence[float]:
    """The last one is left out where there are enough: what began there is not usual yet."""
    return past[:-1] if len(past) > ENOUGH else past


def two_sided(z: float) -> float:
    """The probability of being as far off as ``z``.

    >>> round(two_sided(1.959963984540054), 9)
    0.05
    """
    return float(2 * ndtr(-abs(z)))


def visible(error: float, alpha: float, tests: int) -> float:
    """The change that is found four times in five, if that many tests share ``alpha``."""
    return float(ndtri(1 - alpha / (2 * max(tests, 1))) + ndtri(0.8)) * error
