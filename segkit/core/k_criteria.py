"""What each figure of the panel says by itself about the number of clusters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from segkit.core.fit import SweepPoint

DIGITS = 3  # figures equal to so many digits are a tie: the smaller k wins
HIGHEST = ("silhouette", "calinski_harabasz", "stability")
LOWEST = ("davies_bouldin", "tree_loss")


def picks_of(panel: Sequence[SweepPoint]) -> dict[str, int | None]:
    """Return the k that each figure picks alone; None where fewer than two k can be compared.

    ``inertia`` and ``log_inertia`` by their knee, the rest by their highest or
    lowest value. ``smallest_share`` has no pick: it is a bound, not a score.
    """
    found = {"inertia": knee(inertias(panel)), "log_inertia": knee(log_inertias(panel))}
    for name in HIGHEST:
        found[name] = _best((p.k, getattr(p, name)) for p in panel)
    for name in LOWEST:
        found[name] = _best((p.k, _negative(getattr(p, name))) for p in panel)
    return found


def _best(values: Iterable[tuple[int, float | None]]) -> int | None:
    known = [(round(value, DIGITS), -k) for k, value in values if value is not None]
    return -max(known)[1] if len(known) > 1 else None


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


def inertias(panel: Sequence[SweepPoint]) -> dict[int, float]:
    return {point.k: point.inertia for point in panel}


def log_inertias(panel: Sequence[SweepPoint]) -> dict[int, float]:
    """Where there is a logarithm: not of clusters whose customers are all alike."""
    return {point.k: math.log(point.inertia) for point in panel if point.inertia > 0}


def knee(costs: Mapping[int, float]) -> int | None:
    """Return the k at the knee of a falling curve of costs; None without one.

    A tie goes to the smaller k. See ``knee_depths``.

    >>> knee({1: 10.0, 2: 4.0, 3: 1.0, 4: 0.5, 5: 0.0})
    3
    """
    depths = knee_depths(costs)
    if not depths:
        return None
    return max(depths, key=lambda k: (depths[k], -k))


def knee_depths(costs: Mapping[int, float]) -> dict[int, float]:
    """Return how far each inner point lies below the chord from the first point to the last.

    Both axes are scaled to [0, 1] first, and the knee is the deepest point:
    kneedle (Satopaa, Albrecht, Irwin and Raghavan 2011, "Finding a kneedle in a
    haystack") for a curve that falls and is convex, without smoothing. Rounded
    to nine digits.

    >>> knee_depths({1: 10.0, 2: 4.0, 3: 0.0})
    {2: 0.1}
    """
    if len(costs) < 3:
        return {}
    first, *inner, last = sorted(costs)
    drop, span = costs[first] - costs[last], last - first
    if drop <= 0:
        return {}
    return {k: round((last - k) / span - (costs[k] - costs[last]) / drop, 9) + 0.0 for k in inner}
