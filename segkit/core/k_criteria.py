"""What each figure of the panel says by itself about the number of clusters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from segkit.core.fit import SweepPoint

DIGITS = 3  # figures equal to so many digits are a tie: the smaller k wins
HIGHEST = ("silhouette", "calinski_harabasz", "stability")
LOWEST = ("davies_bouldin", "tree_loss")


def picks_of(panel: Sequence[SweepPoint]) -> dict[str, int | None]:
    """Return the k that each figure picks alone; None where fewer than two k can be compared.

    ``inertia`` and ``log_inertia`` by their knee, the rest by their highest or
    lowest value. ``smallest_share`` has no pick: it is a bound, not a score.
    """
    found = {
        "inertia": knee({point.k: point.inertia for point in panel}),
        "log_inertia": knee(log_inertias(panel)),
    }
    for name, sign in {**dict.fromkeys(HIGHEST, 1), **dict.fromkeys(LOWEST, -1)}.items():
        values = [(sign * value, p.k) for p in panel if (value := getattr(p, name)) is not None]
        known = [(round(value, DIGITS), -k) for value, k in values]
        found[name] = -max(known)[1] if len(known) > 1 else None
    return found


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
