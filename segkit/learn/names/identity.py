"""Segment ids that stay with their people from one fit to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segkit.core.fit import Fit, FittedSegment, letters
from segkit.learn.numbers import Floats, Ints

MIN_JACCARD = 1 / 3  # below, a match is a different group of people


@dataclass(frozen=True)
class Identity:
    """``code`` is the segment's order and is kept with ``id``, as in the fit ``before``."""

    code: int
    id: str
    before: FittedSegment | None = None


def identify(
    segments: Ints,
    centers: Floats,
    weight: Floats,
    sizes: Sequence[int],
    previous: Fit | None,
    before: Ints | None,
    taken: int = 0,
) -> tuple[Identity, ...]:
    """Return the identity of each row of ``centers``.

    Parameters
    ----------
    segments : array (m,)
        Row of ``centers`` of each customer; -1 is unassigned.
    centers : array (k, d)
        Rounded; they decide between segments of one size.
    sizes : sequence of int
        Customers of each row of ``centers``, all of them.
    previous, before
        The last fit, and the code that its tree gives to the same customers.
    taken : int
        The highest code that any earlier fit has given: a retired id is not given again.
    """
    k = len(centers)
    by_size = sorted(range(k), key=lambda s: (-sizes[s], *centers[s].tolist()))
    found: dict[int, Identity] = {}
    first_new = taken + 1
    if previous is not None and before is not None:
        found = _matched(segments, k, weight, previous, before)
        first_new = 1 + max(taken, *(segment.code for segment in previous.segments))
    new = [segment for segment in by_size if segment not in found]
    for code, segment in enumerate(new, start=first_new):
        found[segment] = Identity(code, letters(code))
    return tuple(found[segment] for segment in range(k))


def _matched(
    segments: Ints, k: int, weight: Floats, previous: Fit, before: Ints
) -> dict[int, Identity]:
    from scipy.optimize import linear_sum_assignment

    here = [segments == new for new in range(k)]
    there = [before == segment.code for segment in previous.segments]
    overlap = np.array([[weight[one & other].sum() for other in there] for one in here])
    found = {}
    for new, place in zip(*linear_sum_assignment(-overlap), strict=True):
        union = weight[here[new]].sum() + weight[there[place]].sum() - overlap[new, place]
        if union > 0 and overlap[new, place] / union >= MIN_JACCARD:
            segment = previous.segments[place]
            found[int(new)] = Identity(segment.code, segment.id, segment)
    return found
